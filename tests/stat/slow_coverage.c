/* What the intervals and tests promise, over simulated sweeps: coverage, false alarms, power. Borders
 * are the promise and 4 standard deviations of the count; the numbers are printed. */
#include "src/stat/block.h"
#include "src/stat/cluster.h"
#include "src/stat/dunnett.h"
#include "src/stat/exact.h"
#include "src/stat/mean.h"
#include "src/stat/multiple.h"
#include "tests/stat/clustered.h"
#include "tests/testing.h"

static void within(const char *what, int count, int of, double low, double high)
{
    const double share = (double)count / of, slack = 4 * sqrt(low * (1 - low) / of);
    printf("  %-62s %.4f\n", what, share);
    ck_assert_msg(share >= low - slack && share <= high + 4 * sqrt(high * (1 - high) / of),
                  "%s: %d of %d", what, count, of);
}

enum { SWEEPS = 2000 };

TEST(means)
{
    for (int n = 3; n <= 10; n += n == 3 ? 2 : 5) {
        struct rng r = rng_open((uint64_t)n, "means");
        int t = 0, paired = 0, welch = 0;
        for (int k = 0; k < SWEEPS; k++) {
            double x[10], y[10];
            for (int i = 0; i < n; i++) {
                const double seed = rng_normal(&r);
                x[i] = 3 + seed + rng_normal(&r);
                y[i] = 3.5 + seed + rng_normal(&r);
            }
            const struct stat_mean m = stat_mean(x, n, .95);
            const struct stat_difference p = stat_paired(x, y, n, .95),
                                         w = stat_welch(x, n, y, n, .95);
            t += fabs(m.mean - 3) <= m.half;
            paired += fabs(p.delta + .5) <= p.half;
            welch += fabs(w.delta + .5) <= w.half;
        }
        printf("  n = %d\n", n);
        within("t interval of a mean covers", t, SWEEPS, .95, .95);
        within("paired t interval covers", paired, SWEEPS, .95, .95);
        within("Welch's interval covers (seeds in common: too wide)", welch, SWEEPS, .95, 1);
    }
}
END

struct counts {
    int alarms, found, covered, contrasts, equivalent, noisy;
};

/* Six arms; arm 1 differs by `effect` noise deviations from the others. */
static void sweep(struct rng *r, int seeds, enum stat_block_method method, double missing,
                  double effect, struct counts *n)
{
    double y[60];
    struct stat_block_fit fit;
    struct stat_contrast c[6];
    struct error e;
    for (int s = 0; s < seeds; s++) {
        const double of_seed = rng_normal(r);
        for (int a = 0; a < 6; a++)
            y[a * seeds + s] =
                a && rng_uniform(r) < missing
                    ? NAN
                    : 3 + .02 * of_seed + .01 * rng_normal(r) + (a == 1) * effect * .01;
    }
    const struct stat_block b = {6, seeds, 0, y, method, .95, .03};
    MUST(stat_block(&b, &fit, c, &e), &e);
    bool alarm = false, all = true, equivalent = false;
    for (int a = 1; a < 6; a++) {
        const double truth = a == 1 ? effect * .01 : 0;
        if (a > 1 || effect == 0) alarm |= c[a].p_adjusted < .05;
        all &= isnan(c[a].half) || fabs(c[a].delta - truth) <= c[a].half;
        equivalent |= fabs(truth) >= .03 - 1e-9 && c[a].p_equivalent < .05;
    }
    n->alarms += alarm;
    n->found += c[1].p_adjusted < .05;
    n->covered += all;
    n->equivalent += equivalent;
    n->noisy += fit.variance_p < .01;
}

static struct counts sweeps(int seeds, enum stat_block_method method, double missing, double effect)
{
    struct rng r = rng_open(11, "sweeps");
    struct counts n = {0};
    for (int k = 0; k < SWEEPS; k++) sweep(&r, seeds, method, missing, effect, &n);
    return n;
}

TEST(ablation_tables)
{
    struct counts n = sweeps(3, STAT_DUNNETT, 0, 0);
    within("Dunnett, 5 arms, 3 seeds: some false alarm", n.alarms, SWEEPS, .05, .05);
    within("all simultaneous intervals cover", n.covered, SWEEPS, .95, .95);
    within("warning of unequal variances, equal in truth", n.noisy, SWEEPS, 0, .012);
    n = sweeps(3, STAT_DUNNETT, 0, 3);
    within("power for 3 noise deviations", n.found, SWEEPS, .733, .733);
    within("false equivalence at the margin", n.equivalent, SWEEPS, 0, .05);
    n = sweeps(3, STAT_PAIRED_HOLM, 0, 0);
    within("paired t with Holm: some false alarm", n.alarms, SWEEPS, 0, .05);
    n = sweeps(3, STAT_PAIRED_HOLM, 0, 3);
    within("its power for 3 noise deviations", n.found, SWEEPS, .1, .2);
    n = sweeps(5, STAT_DUNNETT, .15, 0);
    within("Dunnett, 5 seeds, 15 % of runs missing: some false alarm", n.alarms, SWEEPS, .035, .05);
    n = sweeps(10, STAT_PAIRED_HOLM, 0, 3);
    within("paired t with Holm, 10 seeds: power", n.found, SWEEPS, .97, 1);
}
END

TEST(sign_flips)
{
    struct rng r = rng_open(5, "flips");
    int alarms = 0;
    for (int k = 0; k < SWEEPS; k++) {
        double d[8];
        for (int i = 0; i < 8; i++) d[i] = rng_normal(&r) * (1 + i);
        alarms += stat_sign_flip_p(d, 8) < .05;
    }
    within("sign flip, 8 seeds of unequal noise: false alarms", alarms, SWEEPS, .03, .05);
}
END

TEST(documents)
{
    static struct clustered x;
    struct rng r = rng_open(6, "documents");
    int covered = 0;
    for (int k = 0; k < SWEEPS; k++) {
        double sum[100], count[100];
        const struct power_law_documents d = cluster(&x, &r, 100, 1);
        for (int i = 0; i < 100; i++) {
            sum[i] = d.sum[i * CONTEXTS + 7];
            count[i] = d.count[i * CONTEXTS + 7];
        }
        const struct stat_ratio_mean m = stat_cluster_mean(sum, count, 100);
        covered += fabs(m.mean - (pow(25.4 / 8192, .45) + 1.56)) <= 1.984 * m.se;
    }
    within("document-clustered interval of a loss covers", covered, SWEEPS, .93, .955);
}
END

/* Independent points: profiles. */
TEST(profiles)
{
    for (int n = 6; n <= 16; n = n == 6 ? 8 : 16 + (n == 16)) {
        struct rng r = rng_open((uint64_t)n, "profiles");
        int beta = 0, gamma = 0;
        for (int k = 0; k < SWEEPS; k++) {
            double c[16], loss[16];
            struct power_law f;
            struct stat_interval b, g;
            struct error e;
            for (int i = 0; i < n; i++) {
                c[i] = 64 * pow(256, (double)i / (n - 1));
                loss[i] = pow(25.4 / c[i], .45) + 1.56 + .003 * rng_normal(&r);
            }
            const struct power_law_points p = {n, c, loss, NULL};
            MUST(power_law_fit(&p, &f, &e), &e);
            MUST(power_law_profile(&p, &f, POWER_LAW_BETA, .95, &b, &e), &e);
            MUST(power_law_profile(&p, &f, POWER_LAW_GAMMA, .95, &g, &e), &e);
            beta += b.low <= .45 && .45 <= b.high;
            gamma += g.low <= 1.56 && 1.56 <= g.high;
        }
        printf("  %d points\n", n);
        within("profile interval of beta covers", beta, SWEEPS, .93, .95);
        within("profile interval of gamma covers", gamma, SWEEPS, .93, .955);
    }
}
END

/* Contexts that share documents: resampling. */
TEST(clustered_fits)
{
    static struct clustered x;
    for (int seeds = 1; seeds <= 3; seeds += 2) {
        struct rng r = rng_open((uint64_t)seeds, "clustered");
        int beta = 0, gamma = 0;
        const int trials = 600;
        for (int k = 0; k < trials; k++) {
            const struct power_law_documents d = cluster(&x, &r, 200, seeds);
            struct power_law_intervals out;
            struct error e;
            MUST(power_law_bootstrap(&d, 400, (uint64_t)k, .95, &out, &e), &e);
            beta += out.beta.low <= .45 && .45 <= out.beta.high;
            gamma += out.gamma.low <= 1.56 && 1.56 <= out.gamma.high;
        }
        printf("  200 documents, %d seeds\n", seeds);
        within("document bootstrap of beta covers", beta, trials, .90, .97);
        within("document bootstrap of gamma covers", gamma, trials, .90, .97);
    }
}
END

int main(void)
{
    return run_tests("coverage", means, ablation_tables, sign_flips, documents, profiles,
                     clustered_fits, NULL);
}
