/* Verdicts: every kind, what is missing is said, and rounding. */
#include "src/lab/early_stop.h"
#include "src/lab/round.h"
#include "src/lab/sweep_table.h"
#include "src/lab/verdict.h"
#include "src/stat/block.h"
#include "tests/lab/sweep_fixture.h"
#include "tests/testing.h"

static struct fixture f;

/* Noise of fixed size: no seed is like another. */
static const double noise[4][5] = {{.011, -.004, .006, -.009, .002},
                                   {-.007, .01, -.003, .004, -.006},
                                   {.003, -.008, .009, .001, -.005},
                                   {-.002, .005, -.01, .007, .004}};

static void losses(double y[20], const double mean[4])
{
    for (int i = 0; i < 20; i++) y[i] = mean[i / 5] + .03 * (i % 5) + noise[i / 5][i % 5];
}

static void expect(const struct sweep_verdict *v, int arm, enum verdict wanted,
                   const char *sentence)
{
    ck_assert_str_eq(v->arms[arm].sentence, sentence);
    ck_assert_str_eq(verdict_word(v->arms[arm].verdict), verdict_word(wanted));
}

TEST(better_worse_and_unknown)
{
    double y[20];
    struct sweep_verdict v;
    struct error e;
    losses(y, (double[]){3, 2.9, 3.2, 3.004});
    MUST(sweep_verdicts(&v, fix(&f, 4, 5, y), &e), &e);
    expect(&v, 0, VERDICT_BASELINE, "rope is the baseline: test/loss 3.061 ± 0.055 (n = 5)");
    expect(
        &v, 1, VERDICT_BETTER,
        "alibi is better than rope: test/loss lower by 0.102 ± 0.014 (adjusted p < 0.001, n = 5, "
        "wins 5/5)");
    expect(&v, 2, VERDICT_WORSE,
           "yarn is worse than rope: test/loss higher by 0.199 ± 0.014 (adjusted p < 0.001, n = 5, "
           "wins 0/5)");
    expect(&v, 3, VERDICT_INCONCLUSIVE,
           "nope cannot be told from rope: test/loss higher by 0.004 ± 0.014 (adjusted p = 0.83, n "
           "= 5, wins 2/5); 5 seeds find differences of 0.019 or more");
    ck_assert(v.arms[1].leading && !v.arms[0].leading && !v.arms[2].leading);
    /* the numbers of the sentences are those of the block design */
    struct stat_block_fit fit;
    struct stat_contrast c[4];
    const struct stat_block b = {4, 5, 0, y, STAT_DUNNETT, .95, 0};
    MUST(stat_block(&b, &fit, c, &e), &e);
    for (int a = 1; a < 4; a++)
        ck_assert(v.arms[a].than.delta == c[a].delta && v.arms[a].than.half == c[a].half);
    verdict_close(&v);
}
END

TEST(larger_may_be_better)
{
    double y[20];
    struct sweep_verdict v;
    struct error e;
    losses(y, (double[]){3, 2.9, 3.2, 3.004});
    struct lab_results *r = fix(&f, 4, 5, y);
    r->goal = GOAL_MAXIMIZE;
    MUST(sweep_verdicts(&v, r, &e), &e);
    ck_assert(v.arms[1].verdict == VERDICT_WORSE && v.arms[2].verdict == VERDICT_BETTER);
    ck_assert(v.arms[1].wins == 0 && v.arms[2].wins == 5 && v.arms[2].leading);
    verdict_close(&v);
}
END

TEST(equivalence_is_a_finding)
{
    double y[20];
    struct sweep_verdict v;
    struct error e;
    losses(y, (double[]){3, 2.97, 3.2, 3.004});
    for (int s = 0; s < 5; s++) y[10 + s] = y[s];
    struct lab_results *r = fix(&f, 4, 5, y);
    r->practical_delta = .05;
    MUST(sweep_verdicts(&v, r, &e), &e);
    ck_assert(v.arms[1].than.p_adjusted < .05); /* real, and too small to matter */
    ck_assert(v.arms[1].verdict == VERDICT_EQUIVALENT);
    ck_assert_ptr_nonnull(
        strstr(v.arms[1].sentence, "alibi is equivalent to rope within 0.05: test/loss lower by"));
    ck_assert_ptr_nonnull(strstr(v.arms[1].sentence, "a real difference too small to matter"));
    expect(&v, 2, VERDICT_EQUIVALENT,
           "yarn is equivalent to rope: the same test/loss in every one of 5 seeds");
    ck_assert(v.arms[3].verdict == VERDICT_EQUIVALENT);
    ck_assert_ptr_null(strstr(v.arms[3].sentence, "real difference"));
    verdict_close(&v);
}
END

/* Seeds that never got there, as of tokens until something is solved. */
TEST(complete_runs_without_a_value_are_said)
{
    double y[20];
    struct sweep_verdict v;
    struct error e;
    losses(y, (double[]){3, 2.9, 2.9, 3.004});
    y[2] = y[6] = y[7] = NAN;
    MUST(sweep_verdicts(&v, fix(&f, 4, 5, y), &e), &e);
    ck_assert_ptr_nonnull(strstr(v.arms[0].sentence,
                                 "(n = 4); 1 of its 5 complete seeds have no test/loss and enter "
                                 "no mean"));
    ck_assert_ptr_nonnull(strstr(v.arms[1].sentence,
                                 "n = 3, wins 3/3); 2 of its 5 complete seeds have no test/loss "
                                 "and enter no mean"));
    ck_assert_ptr_nonnull(strstr(v.arms[2].sentence,
                                 "; 4 of its 5 complete seeds have a complete baseline with one"));
    verdict_close(&v);
}
END

TEST(runs_without_a_value_are_said)
{
    double y[20];
    struct sweep_verdict v;
    struct error e;
    losses(y, (double[]){3, 2.9, 2.9, 3.004});
    struct lab_results *r = fix(&f, 4, 5, y);
    f.runs[5].status = RUN_DIVERGED; /* alibi, two of five */
    f.runs[6].status = RUN_DIVERGED;
    for (int s = 0; s < 5; s++) f.runs[10 + s].status = RUN_DIVERGED;
    f.runs[15].status = RUN_MISSING;
    f.runs[16].status = RUN_FAILED;
    f.runs[4].status = RUN_PRUNED; /* of the baseline */
    MUST(sweep_verdicts(&v, r, &e), &e);
    ck_assert(v.arms[1].than.p_adjusted < .05);
    expect(
        &v, 1, VERDICT_INCONCLUSIVE,
        "alibi differs from rope where it finishes: test/loss lower by 0.098 ± 0.040 (adjusted p "
        "= 0.004, n = 2, wins 2/2); diverged in 2 of 5 seeds (baseline: 0); 2 of its 3 complete "
        "seeds have a complete baseline");
    expect(&v, 2, VERDICT_WORSE,
           "yarn is worse than rope: it never finishes; diverged in 5 of 5 seeds (baseline: 0)");
    ck_assert_ptr_nonnull(
        strstr(v.arms[3].sentence, "; 1 of 5 missing; 1 of 5 failed; 2 of its 3"));
    ck_assert_ptr_nonnull(strstr(v.arms[0].sentence, "(n = 4); 1 of 5 pruned"));
    ck_assert(!v.arms[1].leading && !v.arms[2].leading && v.arms[0].leading);
    ck_assert_int_eq(v.arms[1].count[RUN_DIVERGED], 2);
    verdict_close(&v);
    for (int s = 0; s < 5; s++) f.runs[10 + s].status = RUN_PRUNED;
    MUST(sweep_verdicts(&v, r, &e), &e);
    expect(&v, 2, VERDICT_INCONCLUSIVE,
           "yarn cannot be compared with rope: no seed is complete in both; 5 of 5 pruned");
    verdict_close(&v);
}
END

TEST(one_seed_and_no_baseline)
{
    const double y[3] = {3, 2.5, 3.25};
    struct sweep_verdict v;
    struct error e;
    struct lab_results *r = fix(&f, 3, 1, y);
    MUST(sweep_verdicts(&v, r, &e), &e);
    expect(&v, 1, VERDICT_INCONCLUSIVE,
           "alibi cannot be tested against rope with one seed: test/loss lower by 0.5000 (n = 1, "
           "wins 1/1)");
    expect(&v, 0, VERDICT_BASELINE, "rope is the baseline: test/loss 3.0000 (n = 1)");
    verdict_close(&v);
    r->baseline = -1;
    MUST(sweep_verdicts(&v, r, &e), &e);
    expect(&v, 1, VERDICT_NONE, "alibi has no baseline: test/loss 2.5000 (n = 1)");
    verdict_close(&v);
}
END

TEST(declared_method_and_warning)
{
    double y[20];
    struct sweep_verdict v;
    struct error e;
    losses(y, (double[]){3, 2.9, 3.2, 3.004});
    for (int s = 0; s < 5; s++) y[15 + s] += 40 * noise[3][s];
    struct lab_results *r = fix(&f, 4, 5, y);
    MUST(sweep_verdicts(&v, r, &e), &e);
    ck_assert_ptr_nonnull(strstr(v.method, "Dunnett's test, m = 3, simultaneous 95 % intervals"));
    ck_assert_ptr_nonnull(strstr(v.warning, "the residuals of nope spread"));
    ck_assert(v.arms[1].verdict == VERDICT_INCONCLUSIVE); /* no switch of methods behind the back */
    verdict_close(&v);
    r->paired_holm = true;
    MUST(sweep_verdicts(&v, r, &e), &e);
    ck_assert_ptr_nonnull(strstr(v.method, "paired t-tests with Holm's correction, m = 3"));
    ck_assert(v.arms[1].verdict == VERDICT_BETTER);
    verdict_close(&v);
}
END

TEST(rounding)
{
    char t[128];
    static const struct {
        double mean, half;
        const char *text;
    } known[] = {
        {3.14159, .0123, "3.142 ± 0.012"},
        {3.14159, .0996, "3.14 ± 0.10"},
        {123.4, 12.3, "123 ± 12"},
        {-0.0004, .012, "0.000 ± 0.012"},
        {1e4, 1234, "10000 ± 1234"},
        {2.5, NAN, "2.5000"},
        {NAN, NAN, "-"},
        {.001, .00019, "0.00100 ± 0.00019"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        ck_assert_str_eq(round_pair(t, known[i].mean, known[i].half), known[i].text);
    ck_assert_str_eq(round_p(t, .00049), "< 0.001");
    ck_assert_str_eq(round_p(t, .0314), "0.031");
    ck_assert_str_eq(round_p(t, .314), "0.31");
    ck_assert_str_eq(round_p(t, NAN), "-");
}
END

TEST(early_stopping_by_arm)
{
    struct early_stop s = {STOP_ASHA, GOAL_MINIMIZE, 1000, 27000, 3, 0};
    int64_t rung[8];
    ck_assert_int_eq(early_stop_rungs(&s, 0, rung, 8), 3);
    ck_assert(rung[0] == 1000 && rung[1] == 3000 && rung[2] == 9000);
    const double mean[7] = {9, 1, 2, 3, NAN, INFINITY, 3};
    const bool asha[7] = {true, true, true, false, true, false, false}; /* best 2 of 6; baseline */
    for (int a = 0; a < 7; a++) ck_assert(early_stop_goes_on(&s, mean, 7, a, 0) == asha[a]);
    s.type = STOP_MEDIAN;
    const bool median[7] = {true, true, true, true, true, false, true};
    for (int a = 0; a < 7; a++) ck_assert(early_stop_goes_on(&s, mean, 7, a, 0) == median[a]);
    ck_assert(!early_stop_goes_on(&s, mean, 7, 0, -1));
    s.goal = GOAL_MAXIMIZE;
    ck_assert(!early_stop_goes_on(&s, mean, 7, 1, 0) && early_stop_goes_on(&s, mean, 7, 5, 0));
    s.goal = GOAL_MINIMIZE;
    s.min_arms = 7;
    ck_assert(early_stop_goes_on(&s, mean, 7, 5, 0)); /* too few have arrived */
    s.min_arms = 0;
    s.type = STOP_NEVER;
    ck_assert(early_stop_goes_on(&s, mean, 7, 5, 0) && !early_stop_rungs(&s, 0, rung, 8));
    s.type = STOP_HYPERBAND;
    ck_assert_int_eq(early_stop_brackets(&s), 4);
    ck_assert(early_stop_rungs(&s, 1, rung, 8) == 2 && rung[0] == 3000);
    ck_assert(early_stop_rungs(&s, 3, rung, 8) == 0); /* the bracket that runs to the end */
    const double eight[8] = {5, 5, 5, 5, 4, 6, 4, 6}; /* arm i against arm i + 4 */
    for (int a = 0; a < 8; a++)
        ck_assert(early_stop_goes_on(&s, eight, 8, a, -1) ==
                  (a == 1 || a == 3 || a == 4 || a == 6));
}
END

int main(void)
{
    return run_tests("verdict", better_worse_and_unknown, larger_may_be_better,
                     equivalence_is_a_finding, complete_runs_without_a_value_are_said,
                     runs_without_a_value_are_said, one_seed_and_no_baseline,
                     declared_method_and_warning, rounding, early_stopping_by_arm, NULL);
}
