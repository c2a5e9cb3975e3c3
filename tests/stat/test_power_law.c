/* Fits of L(c) = (alpha / c)^beta + gamma: recovery, no failure, intervals, bad input. */
#include "src/stat/power_law.h"
#include "tests/base/scratch.h"
#include "tests/testing.h"

static void near(double is, double wanted, double tolerance)
{
    ck_assert_msg(fabs(is - wanted) <= tolerance * fabs(wanted), "%.12g is not %.12g", is, wanted);
}

/* alpha, beta, gamma of the 7B, 13B, 34B and 70B models of Xiong et al. 2023, section 3.1. */
static const double rows[4][3] = {
    {25.4, 0.45, 1.56}, {19.5, 0.48, 1.45}, {17.7, 0.50, 1.41}, {17.9, 0.51, 1.35}};

static void generate(const double row[3], int n, double *c, double *loss)
{
    for (int i = 0; i < n; i++) {
        c[i] = ldexp(1, i + 3); /* 8 ... */
        loss[i] = pow(row[0] / c[i], row[1]) + row[2];
    }
}

TEST(rows_of_the_paper_are_recovered)
{
    double c[13], loss[13];
    struct power_law f;
    struct error e;
    for (int k = 0; k < 4; k++) {
        generate(rows[k], 13, c, loss);
        const struct power_law_points p = {13, c, loss, NULL};
        MUST(power_law_fit(&p, &f, &e), &e);
        near(power_law_alpha(&f), rows[k][0], 1e-5);
        near(f.beta, rows[k][1], 1e-6);
        near(f.gamma, rows[k][2], 1e-6);
        near(power_law_at(&f, 32768), pow(rows[k][0] / 32768, rows[k][1]) + rows[k][2], 1e-8);
        /* doubling the context shrinks the reducible part by 2^-beta */
        near((power_law_at(&f, 2048) - f.gamma) / (power_law_at(&f, 1024) - f.gamma),
             exp2(-rows[k][1]), 1e-5);
        MUST(power_law_fit_huber(&p, 0, &f, &e), &e);
        near(f.beta, rows[k][1], 1e-4);
        ck_assert(!f.gamma_at_zero && !f.beta_at_edge);
    }
}
END

/* What the law of each row gives, to the digits that follow from its parameters. */
TEST(values_of_the_rows)
{
    static const double at[] = {1, 1024, 4096, 16384, 32768},
                        values[4][5] = {{5.8472, 1.7495, 1.6615, 1.6144, 1.5998},
                                        {5.6112, 1.5994, 1.5268, 1.4895, 1.4783},
                                        {5.6171, 1.5415, 1.4757, 1.4429, 1.4332},
                                        {5.7047, 1.4770, 1.4126, 1.3809, 1.3717}},
                        doubling[4] = {0.7320, 0.7170, 0.7071, 0.7022};
    double c[13], loss[13];
    struct power_law f;
    struct error e;
    for (int k = 0; k < 4; k++) {
        generate(rows[k], 13, c, loss);
        const struct power_law_points p = {13, c, loss, NULL};
        MUST(power_law_fit(&p, &f, &e), &e);
        for (int i = 0; i < 5; i++)
            ck_assert_msg(fabs(power_law_at(&f, at[i]) - values[k][i]) < 5.1e-5,
                          "row %d at %g: %.6f", k, at[i], power_law_at(&f, at[i]));
        ck_assert(fabs(exp2(-f.beta) - doubling[k]) < 5.1e-5);
        /* L(2c) = 2^-beta L(c) + (1 - 2^-beta) gamma */
        near(power_law_at(&f, 2048),
             exp2(-f.beta) * power_law_at(&f, 1024) + (1 - exp2(-f.beta)) * f.gamma, 1e-12);
    }
    /* 70B from 16k to 32k: the whole loss falls by 0.67 % */
    ck_assert(fabs(1 - power_law_at(&f, 32768) / power_law_at(&f, 16384) - 0.0067) < 5e-5);
}
END

TEST(five_thousand_fits_without_failure)
{
    static const double betas[] = {.08, .2, .35};
    static const int sizes[] = {5, 8, 12};
    struct rng r = rng_open(1, "fits");
    struct error e;
    for (int trial = 0; trial < 5400; trial++) {
        const double beta = betas[trial % 3], gamma = trial / 3 % 2 ? 1.7 : 0;
        const int n = sizes[trial / 6 % 3];
        double c[12], loss[12];
        struct power_law f;
        for (int i = 0; i < n; i++) {
            c[i] = 128 * exp2(i);
            loss[i] = (pow(40 / c[i], beta) + gamma) * (1 + .003 * rng_normal(&r));
        }
        const struct power_law_points p = {n, c, loss, NULL};
        MUST(power_law_fit(&p, &f, &e), &e);
        ck_assert(isfinite(f.sse) && f.a >= 0 && f.gamma >= 0 && isfinite(f.a) && f.beta > 0);
        double truth = 0; /* the true curve is one that the search could have taken */
        for (int i = 0; i < n; i++) truth += pow(pow(40 / c[i], beta) + gamma - loss[i], 2);
        ck_assert_msg(f.sse <= truth * (1 + 1e-9), "trial %d: %g > %g", trial, f.sse, truth);
    }
}
END

/* 300 independent data sets; the borders are 4 standard deviations of the count. */
TEST(profiles_cover)
{
    struct rng r = rng_open(2, "profiles");
    struct error e;
    int beta_in = 0, gamma_in = 0, a_in = 0;
    for (int trial = 0; trial < 300; trial++) {
        double c[8], loss[8];
        struct power_law f;
        struct stat_interval beta, gamma, a;
        generate(rows[0], 8, c, loss);
        const double center = log(8) + 3.5 * log(2), truth = exp(.45 * (log(25.4) - center));
        for (int i = 0; i < 8; i++) loss[i] += .004 * rng_normal(&r);
        const struct power_law_points p = {8, c, loss, NULL};
        MUST(power_law_fit(&p, &f, &e), &e);
        MUST(power_law_profile(&p, &f, POWER_LAW_BETA, .95, &beta, &e), &e);
        MUST(power_law_profile(&p, &f, POWER_LAW_GAMMA, .95, &gamma, &e), &e);
        MUST(power_law_profile(&p, &f, POWER_LAW_A, .95, &a, &e), &e);
        ck_assert(beta.low <= f.beta && f.beta <= beta.high);
        beta_in += beta.low <= .45 && .45 <= beta.high;
        gamma_in += gamma.low <= 1.56 && 1.56 <= gamma.high;
        a_in += a.low <= truth && truth <= a.high;
    }
    ck_assert_msg(beta_in >= 267 && beta_in <= 298, "beta %d", beta_in);
    ck_assert_msg(gamma_in >= 267 && gamma_in <= 298, "gamma %d", gamma_in);
    ck_assert_msg(a_in >= 267 && a_in <= 298, "a %d", a_in);
}
END

TEST(open_ends_and_bounds)
{
    double c[6], loss[6] = {2.01, 1.99, 2.0, 2.005, 1.995, 2.0};
    struct power_law f;
    struct power_law_models m;
    struct stat_interval i;
    struct error e;
    for (int k = 0; k < 6; k++) c[k] = exp2(k + 7);
    struct power_law_points p = {6, c, loss, NULL};
    MUST(power_law_fit(&p, &f, &e), &e);
    MUST(power_law_profile(&p, &f, POWER_LAW_BETA, .95, &i, &e), &e);
    ck_assert(i.low == 0 && isinf(i.high)); /* noise around a constant says nothing of beta */
    MUST(power_law_compare(&p, &m, &e), &e);
    ck_assert(m.constant < m.pure && m.constant < m.full);
    for (int k = 0; k < 6; k++) loss[k] = 5 * pow(c[k], -.3) * (k % 2 ? 1.001 : .999);
    MUST(power_law_compare(&p, &m, &e), &e);
    ck_assert(m.pure < m.full && m.pure < m.constant);
    for (int k = 0; k < 6; k++) loss[k] = 3 - .3 * k; /* straight in ln c: flatter than any power */
    MUST(power_law_fit(&p, &f, &e), &e);
    ck_assert(f.gamma_at_zero);
    for (int k = 0; k < 6; k++) loss[k] = 1 + k;
    MUST(power_law_fit(&p, &f, &e), &e);
    ck_assert(f.a == 0); /* loss that rises */
    double exact[8], long_c[8];
    generate(rows[1], 8, long_c, exact);
    const struct power_law_points q = {8, long_c, exact, NULL};
    MUST(power_law_compare(&q, &m, &e), &e);
    ck_assert(fabs(m.extrapolation) < 1e-6 && m.full < m.pure && m.full < m.constant);
}
END

/* One of ten losses is 5 % too high. With a threshold of its own the fit has to find out from ten
 * points how noisy they are. */
TEST(an_outlier_moves_the_robust_fit_less)
{
    double c[10], loss[10], plain[2] = {0}, robust[2] = {0};
    struct rng r = rng_open(4, "outlier");
    struct error e;
    for (int trial = 0; trial < 120; trial++) {
        const int known = trial % 2;
        struct power_law f, h;
        generate(rows[2], 10, c, loss);
        for (int i = 0; i < 10; i++) loss[i] *= 1 + .001 * rng_normal(&r);
        loss[rng_below(&r, 10)] *= 1.05;
        const struct power_law_points p = {10, c, loss, NULL};
        MUST(power_law_fit(&p, &f, &e), &e);
        MUST(power_law_fit_huber(&p, known ? 1e-3 : 0, &h, &e), &e);
        plain[known] += pow(f.beta - .5, 2);
        robust[known] += pow(h.beta - .5, 2);
    }
    ck_assert_msg(robust[1] < plain[1] / 9, "%g against %g", robust[1], plain[1]);
    ck_assert_msg(robust[0] < plain[0] / 2, "%g against %g", robust[0], plain[0]);
}
END

/* The minimum that SciPy's Nelder-Mead finds from the same losses. */
TEST(robust_optimum)
{
    const double loss[10] = {2.8978399996245461, 2.4604779461766078, 2.1546548581551161,
                             1.936714785994665,  1.7794406428796588, 1.6711738944690226,
                             1.6775473465946309, 1.5397485214146625, 1.5031244950382878,
                             1.4757153312014988};
    double c[10], unused[10];
    struct power_law f;
    struct error e;
    generate(rows[2], 10, c, unused);
    const struct power_law_points p = {10, c, loss, NULL};
    MUST(power_law_fit_huber(&p, 1e-3, &f, &e), &e);
    near(f.a, 0.31202980256728485, 1e-6);
    near(f.beta, 0.5007904952754246, 1e-6);
    near(f.gamma, 1.410016725373357, 1e-6);
}
END

TEST(weights_count_like_repeats)
{
    double c[9], loss[9], weight[6] = {1, 1, 3, 1, 2, 1};
    struct rng r = rng_open(5, "weights");
    struct power_law f, g;
    struct error e;
    generate(rows[0], 6, c, loss);
    for (int i = 0; i < 6; i++) loss[i] += .01 * rng_normal(&r);
    const struct power_law_points weighted = {6, c, loss, weight};
    MUST(power_law_fit(&weighted, &f, &e), &e);
    c[6] = c[7] = c[2];
    c[8] = c[4];
    loss[6] = loss[7] = loss[2];
    loss[8] = loss[4];
    const struct power_law_points repeated = {9, c, loss, NULL};
    MUST(power_law_fit(&repeated, &g, &e), &e);
    near(f.beta, g.beta, 1e-6);
    near(f.gamma, g.gamma, 1e-6);
}
END

TEST(what_cannot_be_fitted)
{
    const double c[6] = {1, 2, 4, 8, 8, 16}, close[5] = {100, 120, 150, 200, 300};
    double loss[6] = {5, 4, 3, 2.5, 2.5, 2};
    struct power_law f;
    struct error e;
    struct power_law_points p = {5, c, loss, NULL};
    FAILS(power_law_fit(&p, &f, &e), E_USAGE, &e,
          "a power law needs 5 distinct contexts, here are 4");
    p.c = close;
    FAILS(power_law_fit(&p, &f, &e), E_USAGE, &e,
          "a power law needs contexts over a factor of 4, here are 100 to 300");
    p = (struct power_law_points){6, c, loss, NULL};
    loss[2] = NAN;
    FAILS(power_law_fit(&p, &f, &e), E_USAGE, &e, "the loss at context 4 is not finite");
    loss[2] = -1;
    FAILS(power_law_fit_huber(&p, 0, &f, &e), E_USAGE, &e, "loss -1 at context 4 has no logarithm");
    const double zero[6] = {0, 2, 4, 8, 16, 32};
    p.c = zero;
    FAILS(power_law_fit(&p, &f, &e), E_USAGE, &e, "context 0 of point 0 is no positive number");
}
END

int main(void)
{
    return run_tests("power_law", rows_of_the_paper_are_recovered, values_of_the_rows,
                     five_thousand_fits_without_failure, profiles_cover, open_ends_and_bounds,
                     an_outlier_moves_the_robust_fit_less, robust_optimum,
                     weights_count_like_repeats, what_cannot_be_fitted, NULL);
}
