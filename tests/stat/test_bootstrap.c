/* Resampling: the same for any number of threads, against known errors, and covering. */
#include "src/stat/bootstrap.h"
#include "src/stat/cluster.h"
#include "src/stat/mean.h"
#include "tests/base/scratch.h"
#include "tests/stat/clustered.h"
#include "tests/testing.h"

static void near(double is, double wanted, double tolerance)
{
    ck_assert_msg(fabs(is - wanted) <= tolerance * fabs(wanted), "%.12g is not %.12g", is, wanted);
}

enum { DOCUMENTS = 300, REPLICATES = 2000 };

struct losses {
    double sum[DOCUMENTS], count[DOCUMENTS];
};

static void mean_loss(double *out, const double *const weight[2], const void *data)
{
    const struct losses *l = data;
    double sum = 0, count = 0, seeds = 0;
    for (int i = 0; i < DOCUMENTS; i++) {
        sum += weight[0][i] * l->sum[i];
        count += weight[0][i] * l->count[i];
    }
    for (int i = 0; weight[1] && i < 4; i++) seeds += weight[1][i];
    out[0] = sum / count;
    out[1] = weight[0][0] > 2 ? NAN : weight[1] ? seeds : 1;
}

TEST(resampled_documents)
{
    static double samples[2 * REPLICATES], again[2 * REPLICATES];
    struct losses l;
    struct error e;
    struct rng r = rng_open(1, "documents");
    for (int i = 0; i < DOCUMENTS; i++) {
        l.count[i] = 50 + (double)rng_below(&r, 500);
        l.sum[i] = l.count[i] * (3 + 0.5 * rng_normal(&r));
    }
    struct stat_bootstrap b = {{DOCUMENTS, 4}, 2, REPLICATES, 7, mean_loss, &l};
    parallel_init(1);
    MUST(stat_bootstrap(&b, samples, &e), &e);
    parallel_init(3);
    MUST(stat_bootstrap(&b, again, &e), &e);
    ck_assert(memcmp(samples, again, sizeof samples) == 0);
    const struct stat_ratio_mean m = stat_cluster_mean(l.sum, l.count, DOCUMENTS);
    near(stat_mean(samples, REPLICATES, .95).sd, m.se, .06);
    struct stat_interval p;
    MUST(stat_percentile(samples, REPLICATES, .95, &p, &e), &e);
    near(p.high - p.low, 2 * 1.96 * m.se, .08);
    ck_assert(p.lost == 0);
    MUST(stat_percentile(samples + REPLICATES, REPLICATES, .95, &p, &e), &e);
    ck_assert(p.low == 4 && p.high == 4);
    ck_assert(p.lost > 0 && p.lost < REPLICATES / 5); /* P(drawn > 2 times) = 0.080 */
    b.n[1] = 0;
    MUST(stat_bootstrap(&b, again, &e), &e);
    ck_assert(memcmp(samples, again, REPLICATES * sizeof *again) == 0); /* documents come first */
    ck_assert(again[2 * REPLICATES - 1] == 1 || isnan(again[2 * REPLICATES - 1]));
}
END

/* SciPy's normal distribution and NumPy's quantiles in Efron's formulas. */
TEST(intervals_of_given_samples)
{
    double x[102], jack[6] = {3.1, 2.9, 3.0, 3.4, 2.2, 3.05};
    struct stat_interval i;
    struct error e;
    for (int k = 0; k < 101; k++) x[k] = pow(k * 37 % 101, 1.3) / 50;
    x[101] = NAN;
    MUST(stat_percentile(x, 102, .95, &i, &e), &e);
    near(i.low, 0.06633456337637561, 1e-12);
    near(i.high, 7.704389367582621, 1e-12);
    ck_assert_int_eq(i.lost, 1);
    MUST(stat_bca(x, 102, 3.0, jack, 6, .95, &i, &e), &e);
    near(i.low, 0.09712126276985678, 1e-9);
    near(i.high, 7.791653950836308, 1e-9);
    MUST(stat_bca(x, 102, 1e9, jack, 6, .95, &i, &e), &e);
    near(i.high, 7.704389367582621, 1e-12);
    MUST(stat_percentile(x + 101, 1, .95, &i, &e), &e);
    ck_assert(isnan(i.low) && i.lost == 1);
}
END

TEST(clustered_fits)
{
    static struct clustered x;
    struct rng r = rng_open(2, "clustered");
    struct power_law_intervals out;
    struct error e;
    int beta = 0, gamma = 0, profile_gamma = 0;
    for (int trial = 0; trial < 60; trial++) {
        struct power_law_documents d = cluster(&x, &r, 100, 1);
        MUST(power_law_bootstrap(&d, 200, (uint64_t)trial, .95, &out, &e), &e);
        beta += out.beta.low <= .45 && .45 <= out.beta.high;
        gamma += out.gamma.low <= 1.56 && 1.56 <= out.gamma.high;
        double loss[CONTEXTS];
        for (int j = 0; j < CONTEXTS; j++) {
            double sum = 0, count = 0;
            for (int i = 0; i < d.documents; i++) {
                sum += d.sum[i * CONTEXTS + j];
                count += d.count[i * CONTEXTS + j];
            }
            loss[j] = sum / count;
        }
        const struct power_law_points p = {CONTEXTS, d.c, loss, NULL};
        struct stat_interval i;
        MUST(power_law_profile(&p, &out.fit, POWER_LAW_GAMMA, .95, &i, &e), &e);
        profile_gamma += i.low <= 1.56 && 1.56 <= i.high;
    }
    ck_assert_msg(beta >= 47 && gamma >= 47, "%d %d of 60", beta, gamma);
    ck_assert_msg(profile_gamma < 40, "%d of 60", profile_gamma); /* why this file exists */
    struct power_law_documents d = cluster(&x, &r, 100, 4);
    MUST(power_law_bootstrap(&d, 100, 1, .95, &out, &e), &e);
    ck_assert(out.gamma.low < out.gamma.high && out.alpha.low < out.alpha.high);
    d.documents = 1;
    FAILS(power_law_bootstrap(&d, 100, 1, .95, &out, &e), E_USAGE, &e,
          "1 document cannot be resampled");
}
END

int main(void)
{
    return run_tests("bootstrap", resampled_documents, intervals_of_given_samples, clustered_fits,
                     NULL);
}
