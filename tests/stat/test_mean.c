/* Intervals and tests of means against values of SciPy 1.x and statsmodels. */
#include "src/stat/cluster.h"
#include "src/stat/exact.h"
#include "src/stat/mean.h"
#include "src/stat/multiple.h"
#include "src/stat/spread.h"
#include "tests/testing.h"

static const double x[5] = {3.412, 3.398, 3.431, 3.405, 3.420};
static const double y[5] = {3.430, 3.405, 3.452, 3.411, 3.447};

static void near(double is, double wanted, double tolerance)
{
    ck_assert_msg(fabs(is - wanted) <= tolerance * fabs(wanted), "%.15g is not %.15g", is, wanted);
}

TEST(mean_has_a_t_interval)
{
    const struct stat_mean m = stat_mean(x, 5, 0.95);
    near(m.mean, 3.4132, 1e-14);
    near(m.sd, 0.01287245120402482, 1e-12);
    near(m.half, 0.015983259228672313, 1e-10);
    near(stat_t_critical(0.95, INFINITY), 1.959963984540054, 1e-12);
}
END

TEST(no_spread_gives_no_interval)
{
    const double same[3] = {2, 2, 2};
    ck_assert(isnan(stat_mean(x, 1, 0.95).half) && isnan(stat_mean(x, 1, 0.95).sd));
    ck_assert(isnan(stat_mean(same, 3, 0.95).half));
    ck_assert(isnan(stat_mean(x, 0, 0.95).mean));
    ck_assert(isnan(stat_paired(same, same, 3, 0.95).p));
    ck_assert(isnan(stat_paired(x, y, 1, 0.95).half));
    near(stat_paired(x, y, 1, 0.95).delta, -0.018, 1e-12);
}
END

TEST(pairs_and_samples)
{
    const struct stat_difference d = stat_paired(x, y, 5, 0.95);
    near(d.t, -3.8849848928787196, 1e-11);
    near(d.p, 0.017765979723300112, 1e-10);
    near(d.delta - d.half, -0.027091635327214855, 1e-10);
    near(d.delta + d.half, -0.0045083646727852155, 1e-9);
    near(stat_effect_size(&d), -3.8849848928787196 / sqrt(5) * (1 - 3.0 / 15), 1e-11);
    const struct stat_difference w = stat_welch(x, 5, y, 4, 0.95);
    near(w.t, -0.9366177691022646, 1e-11);
    near(w.df, 4.721735199588597, 1e-11);
    near(w.p, 0.3943435709470277, 1e-9);
    near(stat_correlation(x, y, 5), 0.9673380345505305, 1e-11);
    /* ranks with ties */
    const double u[] = {3, 1, 4, 1, 5, 9, 2, 6}, v[] = {2, 7, 1, 8, 2, 8, 1, 8};
    near(stat_rank_correlation(u, v, 8), 0.19885368120992464, 1e-12);
    const double rising[] = {1, 10, 100, 1000, 1e4}, falling[] = {5, 4, 3, 2, -9};
    near(stat_rank_correlation(rising, falling, 5), -1, 1e-12);
    near(stat_equivalence_p(d.delta, d.se, d.df, 0.03), 0.012543562580387947, 1e-10);
    near(stat_equivalence_p(d.delta, d.se, d.df, 0.01), 0.8865109528988667, 1e-10);
    ck_assert(isnan(stat_equivalence_p(d.delta, d.se, d.df, 0)));
    const struct stat_ratio r = stat_ratio(x, y, 5, 0.95);
    near(r.ratio, 0.99540143, 1e-8);
    near(r.low, 0.99214435, 1e-8);
    near(r.high, 0.99866921, 1e-8);
}
END

/* When the correlation of seeds makes pairing worth its degrees of freedom. */
TEST(pairing_threshold)
{
    const double known[][2] = {{3, .58}, {4, .41}, {5, .31}, {8, .18}, {10, .14}};
    for (int i = 0; i < 5; i++)
        ck_assert(fabs(stat_pairing_threshold((int)known[i][0], 0.95) - known[i][1]) < 0.006);
}
END

TEST(holm_and_benjamini_hochberg)
{
    const double p[6] = {.01, .04, NAN, .03, .005, .5};
    const double holm[6] = {.04, .09, NAN, .09, .025, .5}, bh[6] = {.025, .05, NAN, .05, .025, .5};
    double a[6], b[6];
    stat_holm(p, 6, a);
    stat_benjamini_hochberg(p, 6, b);
    for (int i = 0; i < 6; i++) {
        if (i == 2) {
            ck_assert(isnan(a[i]) && isnan(b[i]));
            continue;
        }
        near(a[i], holm[i], 1e-14);
        near(b[i], bh[i], 1e-14);
    }
}
END

/* By hand: all five differences have one sign, so only the two extreme patterns of 32 reach it. */
TEST(exact_tests)
{
    double d[5], flips[12];
    for (int i = 0; i < 5; i++) d[i] = x[i] - y[i];
    near(stat_sign_flip_p(d, 5), 0.0625, 1e-15);
    near(stat_sign_flip_least(5), 0.0625, 1e-15);
    const double mixed[4] = {1, 2, -3, 4}; /* |sum| 4: 12 of the 16 sums are -+10 -+8 -+6 -+4 ... */
    int reach = 0;
    for (int k = 0; k < 16; k++) {
        double sum = 0;
        for (int i = 0; i < 4; i++) sum += k >> i & 1 ? mixed[i] : -mixed[i];
        reach += fabs(sum) >= 4;
    }
    near(stat_sign_flip_p(mixed, 4), reach / 16.0, 1e-15);
    for (int i = 0; i < 12; i++) flips[i] = 0;
    near(stat_sign_flip_p(flips, 12), 1, 1e-15);
    ck_assert(isnan(stat_sign_flip_p(flips, 0)) && isnan(stat_sign_flip_p(flips, 25)));
    near(stat_sign_p(1, 8), 0.0703125, 1e-12);
    near(stat_sign_p(4, 8), 1, 1e-12);
    ck_assert(stat_wins(x, y, 5, -1) == 5 && stat_wins(x, y, 5, 1) == 0);
    ck_assert(stat_wins(x, x, 5, 1) == 2.5);
}
END

/* Equal documents: the ratio is the mean and its error the classical one. */
TEST(documents_are_clusters)
{
    const double sum[4] = {10, 12, 14, 20}, count[4] = {5, 5, 5, 5}, other[4] = {9, 11, 13, 19};
    const double each[4] = {2, 2.4, 2.8, 4};
    const struct stat_ratio_mean r = stat_cluster_mean(sum, count, 4);
    near(r.mean, 2.8, 1e-14);
    near(r.se, stat_mean(each, 4, 0.95).sd / 2, 1e-12);
    const struct stat_ratio_mean d = stat_cluster_difference(sum, other, count, 4);
    near(d.mean, 0.2, 1e-13);
    ck_assert(d.se < 1e-15);
    /* by hand: R = 22 / 11 = 2, deviations 0 - 2, 12 - 10 ... */
    const double s[3] = {0, 12, 10}, n[3] = {1, 5, 5}, none[3] = {0, 0, 3};
    near(stat_cluster_mean(s, n, 3).se, sqrt(1.5 * (4 + 4 + 0)) / 11, 1e-14);
    ck_assert(isnan(stat_cluster_mean(s, none, 3).se) &&
              stat_cluster_mean(s, none, 3).documents == 1);
    near(stat_total_error(0.03, 3, 0.04), sqrt(0.0003 + 0.0016), 1e-14);
}
END

/* Chi-square quantiles 0.975 and 0.025 on 2 degrees of freedom: 7.3778, 0.050636. */
TEST(a_deviation_has_an_interval)
{
    const struct stat_interval i = stat_sd_interval(0.1, 2, 0.95);
    near(i.low, 0.1 * sqrt(2 / 7.377758908227871), 1e-9);
    near(i.high, 0.1 * sqrt(2 / 0.05063561596857975), 1e-9);
    ck_assert(isnan(stat_sd_interval(0.1, 0, 0.95).low) &&
              isnan(stat_sd_interval(NAN, 2, .95).low));
}
END

int main(void)
{
    return run_tests("mean", mean_has_a_t_interval, no_spread_gives_no_interval, pairs_and_samples,
                     pairing_threshold, holm_and_benjamini_hochberg, exact_tests,
                     documents_are_clusters, a_deviation_has_an_interval, NULL);
}
