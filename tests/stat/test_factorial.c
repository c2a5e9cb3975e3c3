/* Main effects and interactions of a 3 x 2 grid with three seeds, against NumPy's sums of squares. */
#include "src/stat/factorial.h"
#include "tests/testing.h"

static void near(double is, double wanted, double tolerance)
{
    ck_assert_msg(fabs(is - wanted) <= tolerance, "%.12g is not %.12g", is, wanted);
}

static const double y[18] = {2.98, 3.04, 3.05, 2.93, 2.99, 3.0,  3.1,  3.11, 3.17,
                             3.07, 3.08, 3.14, 3.22, 3.23, 3.24, 3.21, 3.22, 3.23};
static const int levels[2] = {3, 2}, level[12] = {0, 0, 0, 1, 1, 0, 1, 1, 2, 0, 2, 1};
static const struct stat_factorial grid = {6, 3, 2, levels, level, y};

TEST(effects_of_a_grid)
{
    double noise, df, effect[6], half[3];
    struct error e;
    ck_assert(stat_is_full_grid(&grid));
    MUST(stat_factorial_noise(&grid, &noise, &df, &e), &e);
    near(noise, 0.018257418583505557, 1e-12);
    near(df, 10, 0);
    struct stat_effect f = stat_main_effect(&grid, 0, noise, df, .95, effect, half);
    near(f.f, 231.2, 1e-8);
    near(f.p, 4.250603106586845e-09, 1e-15);
    near(f.share, 0.967060545853808, 1e-10);
    near(effect[0], -0.11333333333, 1e-9);
    near(half[2], 0.013560021227628312, 1e-10);
    f = stat_main_effect(&grid, 1, noise, df, .95, effect, half);
    near(f.p, 0.005865170484342475, 1e-9);
    near(effect[0], .015, 1e-12);
    f = stat_interaction(&grid, 0, 1, noise, df, effect);
    near(f.f, 1.8, 1e-9);
    near(f.p, 0.2149341667858102, 1e-9);
    near(effect[1], -.01, 1e-12);
    near(effect[5], .01, 1e-12);
}
END

TEST(what_is_no_grid)
{
    const int twice[12] = {0, 0, 0, 0, 1, 0, 1, 1, 2, 0, 2, 1};
    struct stat_factorial f = grid;
    f.level = twice;
    ck_assert(!stat_is_full_grid(&f));
    f = grid;
    f.arms = 5;
    ck_assert(!stat_is_full_grid(&f));
    f = grid;
    f.seeds = 1; /* the first six values as arms */
    double noise, df, effect[3], half[3];
    struct error e;
    MUST(stat_factorial_noise(&f, &noise, &df, &e), &e);
    ck_assert(isnan(noise));
    ck_assert(isnan(stat_main_effect(&f, 0, noise, df, .95, effect, half).p) && isnan(half[0]));
}
END

int main(void)
{
    return run_tests("factorial", effects_of_a_grid, what_is_no_grid, NULL);
}
