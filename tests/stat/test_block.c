/* Dunnett's critical values against adaptive integration, power, and the block design. */
#include "src/stat/block.h"
#include "src/stat/dunnett.h"
#include "src/stat/mean.h"
#include "src/stat/power.h"
#include "tests/testing.h"

static void near(double is, double wanted, double tolerance)
{
    ck_assert_msg(fabs(is - wanted) <= tolerance * fabs(wanted), "%.12g is not %.12g", is, wanted);
}

/* SciPy's adaptive quadrature of the same double integral; rounded, the published tables. */
TEST(dunnett_critical_values)
{
    static const struct {
        int k;
        double df, rho, level, critical;
    } known[] = {
        {2, 10, .5, .95, 2.5683388760583217}, {3, 10, .5, .95, 2.758996978375037},
        {5, 10, .5, .95, 2.990290179051815},  {2, 5, .5, .95, 3.030235946578181},
        {3, 4, .5, .99, 5.808932837666114},   {9, 60, .5, .95, 2.7689360420124784},
        {5, 10, .3, .95, 3.0623568278774433}, {1, 10, .5, .95, 2.2281388519649385},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const double t =
            stat_dunnett_critical(known[i].level, known[i].k, known[i].df, known[i].rho);
        near(t, known[i].critical, 2e-8);
        near(stat_dunnett_p(t, known[i].k, known[i].df, known[i].rho), 1 - known[i].level, 1e-6);
    }
}
END

TEST(dunnett_bounds)
{
    for (int k = 2; k <= 12; k += 5)
        for (double t = 0; t < 12; t += 0.7) {
            const double p = stat_dunnett_p(t, k, 8, 0.5), single = stat_t_p(t, 8);
            ck_assert(p >= single && p <= fmin(1, k * single) + 1e-12);
            ck_assert(p <= stat_dunnett_p(t, k, 8, 0.2) + 1e-12); /* less correlated: safer */
        }
    ck_assert(isnan(stat_dunnett_cdf(1, 0, 5, .5)) && isnan(stat_dunnett_cdf(-1, 2, 5, .5)));
    ck_assert(isnan(stat_dunnett_critical(.95, 2, 0, .5)) && isnan(stat_dunnett_cdf(1, 2, 5, 1)));
    ck_assert(stat_dunnett_p(1e4, 4, 6, .5) == 4 * stat_t_p(1e4, 6)); /* far tail */
}
END

/* Minimum detectable effects of the paired t-test; the power by SciPy's noncentral t. */
TEST(what_seeds_detect)
{
    const double known[][2] = {{3, 3.26}, {4, 2.13},  {5, 1.68}, {6, 1.43},
                               {8, 1.16}, {10, 1.00}, {20, .66}};
    for (int i = 0; i < 7; i++)
        ck_assert(fabs(stat_detectable_paired((int)known[i][0], .05, .8) - known[i][1]) < 0.0051);
    near(stat_power(2.5, 9, stat_t_critical(.95, 9)), 0.6061383742015277, 1e-9);
    near(stat_power(0, 10, stat_dunnett_critical(.95, 5, 10, .5)),
         stat_t_p(stat_dunnett_critical(.95, 5, 10, .5), 10), 1e-9);
    /* five arms, three seeds, an effect of three noise deviations: power 0.733 by simulation */
    near(stat_power(3 / sqrt(2.0 / 3), 10, stat_dunnett_critical(.95, 5, 10, .5)), .733, .02);
    const double d = stat_detectable_block(5, 3, .05, .8);
    ck_assert(stat_seeds_needed(d * 1.0001, 5, .05, .8, 50) == 3);
    ck_assert(stat_seeds_needed(d * 0.9999, 5, .05, .8, 50) == 4);
    ck_assert(stat_seeds_needed(1e-3, 5, .05, .8, 20) == 0);
    near(stat_noether_pairs(.75, .05, .95), 28.9, .002);
    ck_assert(isnan(stat_detectable_paired(1, .05, .8)));
}
END

/* One arm and a baseline: the block design is the paired t-test, and equivalence the two one-sided
 * tests. */
TEST(two_arms_are_a_paired_test)
{
    const double y[10] = {3.430, 3.405, 3.452, 3.411, 3.447, 3.412, 3.398, 3.431, 3.405, 3.420};
    struct stat_block b = {2, 5, 0, y, STAT_DUNNETT, 0.95, 0.03};
    struct stat_block_fit fit;
    struct stat_contrast c[2];
    struct error e;
    for (int m = 0; m < 2; m++) {
        b.method = m ? STAT_PAIRED_HOLM : STAT_DUNNETT;
        MUST(stat_block(&b, &fit, c, &e), &e);
        near(c[1].t, -3.8849848928787196, 1e-9);
        near(c[1].p_adjusted, 0.017765979723300112, 1e-7);
        near(c[1].half, 0.0112916353272148, 1e-6);
        near(c[1].p_equivalent, 0.012543562580387947, 1e-7);
        ck_assert(c[0].n == 0 && isnan(c[0].p) && fit.compared == 1);
    }
    b.margin = 0.01;
    b.method = STAT_DUNNETT;
    MUST(stat_block(&b, &fit, c, &e), &e);
    near(c[1].p_equivalent, 0.8865109528988667, 1e-7);
}
END

/* y = arm + seed + noise by hand: residuals +-0.1 on a 3 x 2 table. */
TEST(block_design_by_hand)
{
    const double y[6] = {1.0 + .1, 2.0 - .1, 1.5, 2.5, 1.2 - .1, 2.2 + .1};
    const struct stat_block b = {3, 2, 0, y, STAT_DUNNETT, 0.95, 0};
    struct stat_block_fit fit;
    struct stat_contrast c[3];
    struct error e;
    MUST(stat_block(&b, &fit, c, &e), &e);
    near(fit.df, 2, 1e-15);
    near(fit.noise, sqrt(4 * .01 / 2), 1e-12);
    near(c[1].delta, .5, 1e-12);
    near(c[1].se, fit.noise, 1e-12);
    near(c[1].half, stat_dunnett_critical(.95, 2, 2, .5) * fit.noise, 1e-9);
    ck_assert(isnan(c[1].p_equivalent) && fit.compared == 2 && fit.rho == 0.5);
}
END

/* Missing cells: noise by least squares (NumPy's lstsq), differences over the common seeds. */
TEST(missing_runs)
{
    const double y[12] = {2.0, 2.3, 1.9, 2.2, 2.1, 2.5, NAN, 2.35, 1.8, 2.2, 1.75, NAN};
    const struct stat_block b = {3, 4, 0, y, STAT_DUNNETT, 0.95, 0};
    struct stat_block_fit fit;
    struct stat_contrast c[3];
    struct error e;
    MUST(stat_block(&b, &fit, c, &e), &e);
    near(fit.df, 4, 1e-15);
    near(fit.noise, 0.028867513459481377, 1e-9);
    ck_assert(c[1].n == 3 && c[2].n == 3);
    near(c[1].delta, .45 / 3, 1e-12);
    near(c[1].se, fit.noise * sqrt(2.0 / 3), 1e-12);
    near(fit.rho, 2 / sqrt(4.0 * 9), 1e-12); /* two seeds that all three have */
}
END

/* Two blocks of arms that share no seed, and a seed that one arm alone has: what cannot be told apart
 * takes no degree of freedom. y is additive but for +-0.1 in one 2 x 2 block. */
TEST(a_design_in_parts)
{
    const double y[20] = {1.1, 1.9, NAN, NAN, NAN, 1.4, 2.6, NAN, NAN, 7,
                          NAN, NAN, 3.0, 4.0, NAN, NAN, NAN, 3.5, 4.5, NAN};
    const struct stat_block b = {4, 5, 0, y, STAT_DUNNETT, 0.95, 0};
    struct stat_block_fit fit;
    struct stat_contrast c[4];
    struct error e;
    MUST(stat_block(&b, &fit, c, &e), &e);
    near(fit.df, 2, 1e-15); /* 9 cells, 4 arms, 5 seeds, 2 parts: rank 7 */
    near(fit.noise, sqrt(4 * .01 / 2), 1e-9);
    ck_assert(c[1].n == 2 && c[2].n == 0 && isnan(c[2].delta) && fit.compared == 1);
}
END

TEST(nothing_to_compare)
{
    const double one[2] = {1, 2}, gone[4] = {NAN, NAN, 1, 2}, same[6] = {1, 2, 1, 2, 1, 2};
    struct stat_block_fit fit;
    struct stat_contrast c[3];
    struct error e;
    const struct stat_block single = {2, 1, 0, one, STAT_DUNNETT, .95, .1};
    MUST(stat_block(&single, &fit, c, &e), &e);
    ck_assert(c[1].n == 1 && c[1].delta == 1 && isnan(c[1].p) && isnan(c[1].half));
    ck_assert(fit.compared == 0 && isnan(fit.critical) && isnan(fit.noise));
    const struct stat_block lost = {2, 2, 0, gone, STAT_DUNNETT, .95, .1};
    MUST(stat_block(&lost, &fit, c, &e), &e);
    ck_assert(c[1].n == 0 && isnan(c[1].delta) && fit.compared == 0);
    const struct stat_block equal = {3, 2, 0, same, STAT_DUNNETT, .95, .1};
    MUST(stat_block(&equal, &fit, c, &e), &e);
    ck_assert(fit.noise == 0 && c[1].delta == 0 && isnan(c[1].half) && isnan(c[1].p));
}
END

/* 400 sweeps of six arms and three seeds without any difference: some arm is significant in 5 %. */
TEST(false_alarms_are_rare)
{
    struct rng r = rng_open(3, "sweeps");
    int alarms = 0, noisy = 0;
    const double critical = stat_dunnett_critical(.95, 5, 10, .5);
    for (int k = 0; k < 400; k++) {
        double y[18];
        struct stat_block_fit fit;
        struct stat_contrast c[6];
        struct error e;
        for (int i = 0; i < 18; i++) y[i] = 3 + 0.02 * rng_normal(&r) + 0.05 * (i % 3);
        const struct stat_block b = {6, 3, 0, y, STAT_DUNNETT, .95, 0};
        MUST(stat_block(&b, &fit, c, &e), &e);
        bool any = false;
        for (int a = 1; a < 6; a++) {
            any |= c[a].p_adjusted < .05;
            ck_assert((c[a].p_adjusted < .05) == (fabs(c[a].t) > critical));
        }
        alarms += any;
        noisy += fit.variance_p < 0.01;
    }
    ck_assert_msg(alarms >= 8 && alarms <= 36, "%d of 400", alarms); /* 20 +- 3.7 sd of 4.4 */
    ck_assert_msg(noisy <= 14, "%d of 400 warn of variances", noisy);
}
END

int main(void)
{
    return run_tests("block", dunnett_critical_values, dunnett_bounds, what_seeds_detect,
                     two_arms_are_a_paired_test, block_design_by_hand, missing_runs,
                     a_design_in_parts, nothing_to_compare, false_alarms_are_rare, NULL);
}
