/* Claims about arms: sums of arms and of columns, seed by seed; the four verdicts; what is missing. */
#include "src/lab/contrast.h"
#include "tests/lab/sweep_fixture.h"
#include "tests/testing.h"

static struct fixture f;
static const double t975_4 = 2.7764451051977987, t95_4 = 2.1318467863266499;

static struct contrast_claim ask(const char *contrast, enum claim_expect expect, double margin)
{
    return (struct contrast_claim){.contrast = contrast,
                                   .metric = "test/loss",
                                   .expect = expect,
                                   .margin = margin,
                                   .level = .95};
}

static void losses(double y[20])
{
    static const double noise[4][5] = {{.011, -.004, .006, -.009, .002},
                                       {-.007, .01, -.003, .004, -.006},
                                       {.003, -.008, .009, .001, -.005},
                                       {-.002, .005, -.01, .007, .004}};
    static const double mean[4] = {3, 2.9, 3.2, 3.004};
    for (int i = 0; i < 20; i++) y[i] = mean[i / 5] + .03 * (i % 5) + noise[i / 5][i % 5];
}

/* By hand: differences alibi - rope are -.118 -.086 -.109 -.087 -.108. */
TEST(a_difference_of_arms)
{
    double y[20];
    struct contrast_answer a;
    struct error e;
    losses(y);
    const struct lab_results *r = fix(&f, 4, 5, y);
    const struct contrast_claim q = ask("alibi - rope", EXPECT_BELOW, 0);
    MUST(contrast_answer(&a, r, &q, &e), &e);
    const double sd = sqrt(.0008212 / 4); /* sum of squares about -.1016 */
    ck_assert(a.n == 5 && a.missing == 0);
    ck_assert_double_eq_tol(a.mean, -.1016, 1e-12);
    ck_assert_double_eq_tol(a.high - a.mean, t975_4 * sd / sqrt(5), 1e-9);
    ck_assert_int_eq(a.verdict, CLAIM_AGREES);
}
END

TEST(weights_columns_and_a_constant)
{
    double y[20];
    struct contrast_answer a, b;
    struct error e;
    losses(y);
    const struct lab_results *r = fix(&f, 4, 5, y);
    struct contrast_claim q = ask("0.5 rope + 0.5 alibi - 0.25 yarn - 0.75 nope", EXPECT_EQUAL, 0);
    MUST(contrast_answer(&a, r, &q, &e), &e);
    double sum = 0;
    for (int s = 0; s < 5; s++)
        sum += (.5 * y[s] + .5 * y[5 + s] - .25 * y[10 + s] - .75 * y[15 + s]) / 5;
    ck_assert_double_eq_tol(a.mean, sum, 1e-12);
    q = ask("rope", EXPECT_EQUAL, 0);
    q.metric = "2 eval/loss - test/loss"; /* eval/loss is 1 more */
    MUST(contrast_answer(&a, r, &q, &e), &e);
    q.metric = "test/loss";
    q.than = -2;
    MUST(contrast_answer(&b, r, &q, &e), &e);
    ck_assert_double_eq_tol(a.mean, b.mean, 1e-12);
}
END

static enum claim_verdict decide(double mean, enum claim_expect expect, double margin, int family)
{
    static const double about[5] = {-.01, .01, 0, .005, -.005}; /* sd .00791, half .00982 at 95 % */
    double x[5], m, low, high;
    struct contrast_claim q = ask("", expect, margin);
    q.family = family;
    for (int i = 0; i < 5; i++) x[i] = mean + about[i];
    return claim_decide(x, 5, &q, &m, &low, &high);
}

TEST(verdicts)
{
    const struct {
        double mean;
        enum claim_expect expect;
        double margin;
        int family;
        enum claim_verdict want;
    } cases[] = {
        {-.02, EXPECT_BELOW, 0, 1, CLAIM_AGREES},
        {.02, EXPECT_BELOW, 0, 1, CLAIM_DISAGREES},
        {-.005, EXPECT_BELOW, 0, 1, CLAIM_UNDECIDED},
        {-.005, EXPECT_BELOW, .02, 1, CLAIM_EQUIVALENT},
        {-.012, EXPECT_BELOW, .02, 1, CLAIM_EQUIVALENT}, /* real, and too small to matter */
        {-.02, EXPECT_BELOW, .02, 1, CLAIM_AGREES},
        {-.011, EXPECT_BELOW, 0, 1, CLAIM_AGREES},
        {-.011, EXPECT_BELOW, 0, 3, CLAIM_UNDECIDED}, /* three claims share the error */
        {.02, EXPECT_ABOVE, 0, 1, CLAIM_AGREES},
        {-.02, EXPECT_ABOVE, 0, 1, CLAIM_DISAGREES},
        {0, EXPECT_EQUAL, .01, 1, CLAIM_EQUIVALENT},
        {0, EXPECT_EQUAL, .005, 1, CLAIM_UNDECIDED},
        {.02, EXPECT_EQUAL, .01, 1, CLAIM_DISAGREES},
        {-.009, EXPECT_NOT_ABOVE, .01, 1, CLAIM_AGREES}, /* no worse, perhaps better */
        {.005, EXPECT_NOT_ABOVE, .01, 1, CLAIM_UNDECIDED},
        {-.008, EXPECT_NOT_ABOVE, 0, 1, CLAIM_AGREES}, /* one-sided at any margin */
        {-.008, EXPECT_BELOW, 0, 1, CLAIM_UNDECIDED},
        {.02, EXPECT_NOT_ABOVE, .01, 1, CLAIM_DISAGREES},
        {-.02, EXPECT_NOT_BELOW, .01, 1, CLAIM_DISAGREES},
        {.009, EXPECT_NOT_BELOW, .01, 1, CLAIM_AGREES},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_msg(decide(cases[i].mean, cases[i].expect, cases[i].margin, cases[i].family) ==
                          cases[i].want,
                      "case %zu", i);
    /* the two one-sided tests use the 90 % interval */
    const double half90 = t95_4 * .0079056941504209 / sqrt(5);
    ck_assert(decide(0, EXPECT_EQUAL, half90 * 1.0001, 1) == CLAIM_EQUIVALENT);
    ck_assert(decide(0, EXPECT_EQUAL, half90 * .9999, 1) == CLAIM_UNDECIDED);
}
END

TEST(no_spread_and_too_few_seeds)
{
    double m, low, high;
    const struct contrast_claim q = ask("", EXPECT_EQUAL, .01);
    ck_assert(claim_decide((double[]){0, 0, 0}, 3, &q, &m, &low, &high) == CLAIM_EQUIVALENT);
    ck_assert(low == 0 && high == 0);
    ck_assert(claim_decide((double[]){.5}, 1, &q, &m, &low, &high) == CLAIM_UNDECIDED);
    ck_assert(m == .5 && isnan(low) && isnan(high));
    ck_assert(claim_decide(NULL, 0, &q, &m, &low, &high) == CLAIM_UNDECIDED && isnan(m));
}
END

TEST(missing_runs_and_wrong_names)
{
    double y[20];
    struct contrast_answer a;
    struct error e = {0};
    losses(y);
    const struct lab_results *r = fix(&f, 4, 5, y);
    f.runs[7].status = RUN_DIVERGED; /* alibi's third seed */
    struct contrast_claim q = ask("alibi - rope", EXPECT_BELOW, 0);
    MUST(contrast_answer(&a, r, &q, &e), &e);
    ck_assert(a.n == 4 && a.missing == 1 && a.diverged == 1 && a.high < 0);
    /* four seeds that agree are those that survived */
    ck_assert_int_eq(a.verdict, CLAIM_UNDECIDED);
    f.runs[7].status = RUN_FAILED;
    MUST(contrast_answer(&a, r, &q, &e), &e);
    ck_assert(a.n == 4 && a.missing == 1 && a.diverged == 0);
    ck_assert_int_eq(a.verdict, CLAIM_AGREES);
    q.contrast = "yarn - rope";
    MUST(contrast_answer(&a, r, &q, &e), &e);
    ck_assert(a.n == 5 && a.missing == 0 && a.diverged == 0);
    q.contrast = "alibj - rope";
    ck_assert(contrast_answer(&a, r, &q, &e) == E_USAGE);
    ck_assert_str_eq(e.text, "sweep 'positions' has no arm 'alibj': did you mean 'alibi'?");
    q.contrast = "alibi - ";
    ck_assert(contrast_answer(&a, r, &q, &e) == E_USAGE);
    ck_assert_str_eq(e.text,
                     "'alibi - ' is no signed sum like 'a - b' or '0.5 a + 0.5 b - c' of at most "
                     "32 terms");
}
END

int main(void)
{
    return run_tests("contrast", a_difference_of_arms, weights_columns_and_a_constant, verdicts,
                     no_spread_and_too_few_seeds, missing_runs_and_wrong_names, NULL);
}
