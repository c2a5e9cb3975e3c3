/* Training-free analyses against published values and tables that were computed apart from this
 * code. */
#include "src/num/cosine_sum.h"
#include "tests/theory/fixture.h"

static double whole_fact(const struct result *r, const char *name)
{
    for (int i = 0; i < r->n_facts; i++)
        if (strcmp(r->fact[i].name, name) == 0) return r->fact[i].v;
    ck_abort_msg("no fact %s", name);
    return NAN;
}

/* The smallest base for a length; published values of a scan by half a per mille. */
TEST(base_bound_table)
{
    static const struct {
        const char *d;
        double base[6];
    } rows[] = {{"head_dim=16", {1707, 2769, 8575, 5.64e4, 4.14e5, NAN}},
                {"head_dim=32", {315, 1029, 2169, 1.25e4, 5.82e4, NAN}},
                {"head_dim=64", {156, 464, 1412, 3440, 7755, 2.96e4}},
                {"head_dim=128", {105, 311, 890, 2066, 4295, 1.16e4}}};
    for (int i = 0; i < 4; i++) {
        struct result r;
        ANALYSE(&r, "base_bound", rows[i].d, "max_base=1e6",
                i < 2 ? "length=[64, 128, 256, 512, 1024]"
                      : "length=[64, 128, 256, 512, 1024, 2048]");
        for (int k = 0; k < r.axis.n; k++) {
            const double want = rows[i].base[k];
            if (!isnan(want)) /* a step of the scan, and three or four digits */
                near_to(r.series[0].field[0].v[k] / want, 1, 3.5e-3, rows[i].d);
        }
        result_close(&r);
    }
    ck_assert(isinf(cosine_sum_base_bound(16, 512, 0.01, 1e4, NULL)));
    near_to(cosine_sum_base_bound(64, 512, 0.0005, 1e6, NULL), 3438.9, 0.05, "d 64, L 512");
    near_to(cosine_sum_base_bound(128, 1024, 0.0005, 1e6, NULL) / 4294.6, 1, 5e-4, "d 128, L 1024");
    near_to(cosine_sum_base_bound(128, 2048, 0.0005, 1e6, NULL) / 11588, 1, 5e-4, "d 128, L 2048");
    near_to(cosine_sum_base_bound(128, 4096, 0.0005, 1e6, NULL) / 26965, 1, 5e-4, "d 128, L 4096");
}
END

/* The sound bases are no interval: what fails above the bound. */
TEST(bases_that_fail_above_the_bound)
{
    double failing;
    cosine_sum_base_bound(64, 256, 0.01, 1e5, &failing);
    near_to(failing / 1.94e3, 1, 0.011, "d 64, L 256");
    cosine_sum_base_bound(32, 512, 0.01, 1e5, &failing);
    near_to(failing / 1.88e4, 1, 0.011, "d 32, L 512");
    const double bound = cosine_sum_base_bound(128, 512, 0.01, 1e5, &failing);
    near_to(failing / 2.92e3, 1, 0.011, "d 128, L 512");
    ck_assert(failing > bound);
}
END

TEST(wavelengths_of_pairs)
{
    static const struct {
        const char *d, *p;
        int pair;
        double v, tolerance;
    } rows[] = {{"head_dim=128", "position=rope", 0, 6.2832, 5e-5},
                {"head_dim=128", "position=rope", 32, 628.32, 5e-3},
                {"head_dim=128", "position=rope", 63, 54410.1, 0.05},
                {"head_dim=128", "position={type: rope, rope_theta: 5e5}", 63, 2559195.5, 0.05},
                {"head_dim=64", "position=rope", 31, 47117.2, 0.05},
                {"head_dim=32", "position=rope", 15, 35332.9, 0.05}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct result r;
        ANALYSE(&r, "wavelengths", rows[i].d, rows[i].p);
        near_to(value_at(&r, "rope", "wavelength", rows[i].pair), rows[i].v, rows[i].tolerance,
                rows[i].p);
        result_close(&r);
    }
}
END

/* How many pairs YaRN keeps, blends and interpolates: by turns (the paper) and by index (codes). */
TEST(yarn_counts)
{
    static const struct {
        const char *d, *length;
        int kept, blended, interpolated;
    } rows[] = {{"head_dim=64", "length=512", 4, 12, 16},
                {"head_dim=64", "length=1024", 6, 12, 14},
                {"head_dim=64", "length=4096", 11, 12, 9},
                {"head_dim=128", "length=4096", 21, 25, 18}};
    struct result r;
    for (int i = 0; i < 4; i++) {
        ANALYSE(&r, "wavelengths", rows[i].d, rows[i].length,
                "position={type: yarn, factor: 4, ramp: rotations}");
        near_to(fact_of(&r, "yarn", "kept_pairs"), rows[i].kept, 0, "kept");
        near_to(fact_of(&r, "yarn", "blended_pairs"), rows[i].blended, 0, "blended");
        near_to(fact_of(&r, "yarn", "interpolated_pairs"), rows[i].interpolated, 0, "interpolated");
        result_close(&r);
    }
    ANALYSE(&r, "wavelengths", "position={type: yarn, factor: 4, ramp: rotations}", "length=4096");
    near_to(value_at(&r, "yarn", "ratio", 30), 0.4361, 5.1e-5, "pair 30");
    near_to(value_at(&r, "yarn", "ratio", 46), 0.25, 1e-12, "pair 46");
    result_close(&r);
    ANALYSE(&r, "wavelengths", "position={type: yarn, factor: 4}", "length=4096");
    near_to(value_at(&r, "yarn", "ratio", 21), 0.9712, 5.1e-5, "pair 21");
    near_to(value_at(&r, "yarn", "ratio", 30), 0.7115, 5.1e-5, "pair 30");
    near_to(value_at(&r, "yarn", "ratio", 45), 0.2788, 5.1e-5, "pair 45");
    result_close(&r);
}
END

/* The NTK-aware base, and the magnitudes of YaRN and LongRoPE. */
TEST(frequencies_and_factors)
{
    static const struct {
        int d, factor;
        double base;
    } ntk[] = {{128, 2, 20221.3},   {128, 4, 40889.9}, {128, 8, 82684.6},
               {128, 16, 167198.7}, {64, 4, 41829.4},  {32, 4, 43873.0}};
    static const struct {
        int factor;
        double magnitude;
    } yarn[] = {{2, 1.069315}, {4, 1.138629}, {8, 1.207944}, {16, 1.277259}, {32, 1.346574}};
    struct result r;
    char p[128], d[32];
    for (int i = 0; i < 6; i++) {
        snprintf(p, sizeof p, "position={type: ntk, factor: %d}", ntk[i].factor);
        snprintf(d, sizeof d, "head_dim=%d", ntk[i].d);
        ANALYSE(&r, "frequencies", p, d);
        near_to(pow(value_at(&r, "ntk", "inv_freq", 1), -ntk[i].d / 2.0), ntk[i].base, 0.051, p);
        result_close(&r);
    }
    for (int i = 0; i < 5; i++) {
        snprintf(p, sizeof p, "position={type: yarn, factor: %d}", yarn[i].factor);
        ANALYSE(&r, "frequencies", p);
        near_to(fact_of(&r, "yarn", "attention_factor"), yarn[i].magnitude, 5.1e-7, p);
        result_close(&r);
    }
    ANALYSE(&r, "frequencies", "position={type: rope, partial_rotary_factor: 0.25}", "head_dim=64");
    ck_assert_int_eq(r.series[0].field[0].n, 8);
    result_close(&r);
    ANALYSE(&r, "frequencies", "position={type: proportional, partial_rotary_factor: 0.25}",
            "head_dim=64");
    ck_assert_int_eq(r.series[0].field[0].n, 32);
    ck_assert(r.series[0].field[0].v[7] > 0 && r.series[0].field[0].v[8] == 0);
    result_close(&r);
    /* dynamic scaling is plain up to its length, and says so without being refused */
    for (int k = 0; k < 2; k++) {
        ANALYSE(&r, "frequencies",
                "position={type: dynamic, factor: 4, original_max_position_embeddings: 4096}",
                k ? "length=8192" : "length=4096");
        ck_assert(fact_of(&r, "dynamic", "plain") == !k);
        result_close(&r);
    }
}
END

TEST(coverage_table)
{
    static const int length[] = {512, 1024, 4096, 4096}, target[] = {2048, 4096, 16384, 32768};
    static const struct {
        int d, pairs[4];
        double share[4];
    } rows[] = {{32, {8, 7, 4, 4}, {0.1504, 0.1427, 0.1217, 0.1617}},
                {64, {16, 14, 9, 9}, {0.1480, 0.1442, 0.1262, 0.1690}},
                {128, {33, 28, 18, 18}, {0.1478, 0.1451, 0.1275, 0.1723}}};
    struct result r;
    char a[32], b[32], c[32];
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 4; k++) {
            snprintf(a, sizeof a, "head_dim=%d", rows[i].d);
            snprintf(b, sizeof b, "length=%d", length[k]);
            snprintf(c, sizeof c, "target_length=%d", target[k]);
            ANALYSE(&r, "coverage", a, b, c, "position=rope");
            near_to(fact_of(&r, "rope", "unseen_pairs"), rows[i].pairs[k], 0, a);
            near_to(fact_of(&r, "rope", "mean_unseen"), rows[i].share[k], 5.1e-5, a);
            result_close(&r);
        }
    ANALYSE(&r, "coverage", "position={type: linear, factor: 4}");
    near_to(fact_of(&r, "linear", "unseen_pairs"), 0, 0, "interpolation meets no new angle");
    near_to(fact_of(&r, "linear", "critical_dimension"), 92, 0, "critical dimension");
    result_close(&r);
}
END

TEST(extrapolation_values)
{
    static const char *const d[] = {"head_dim=128", "head_dim=64", "head_dim=32"};
    static const int dimension[] = {92, 46, 24};
    static const struct {
        const char *base;
        double reach;
    } reach[] = {{"rope_theta 20000", 7754},   {"rope_theta 40000", 12762},
                 {"rope_theta 100000", 24656}, {"rope_theta 500000", 78400},
                 {"rope_theta 600000", 89377}, {"rope_theta 1000000", 129027}};
    static const struct {
        const char *length, *target;
        double base;
    } critical[] = {{"train_length=4096", "length 8192", 26784},
                    {"train_length=4096", "length 16384", 71738},
                    {"train_length=4096", "length 32768", 192145},
                    {"train_length=4096", "length 131072", 1.378e6},
                    {"train_length=2048", "length 8192", 90835},
                    {"train_length=1024", "length 4096", 122647},
                    {"train_length=512", "length 2048", 182029}};
    struct result r;
    for (int i = 0; i < 3; i++) {
        ANALYSE(&r, "extrapolation", d[i]);
        near_to(whole_fact(&r, "critical_dimension"), dimension[i], 0, d[i]);
        near_to(whole_fact(&r, "small_base_1"), 2607.6, 0.05, "2 L / pi");
        near_to(whole_fact(&r, "small_base_2"), 1303.8, 0.05, "L / pi");
        near_to(whole_fact(&r, "small_base_3"), 651.9, 0.05, "L / 2 pi");
        result_close(&r);
    }
    ANALYSE(&r, "extrapolation", "new_theta=[20000, 40000, 100000, 500000, 600000, 1000000]");
    for (int i = 0; i < 6; i++)
        near_to(fact_of(&r, reach[i].base, "reach"), reach[i].reach, 0.51, reach[i].base);
    result_close(&r);
    for (int i = 0; i < 7; i++) {
        ANALYSE(&r, "extrapolation", critical[i].length,
                "targets=[2048, 4096, 8192, 16384, 32768, 131072]");
        near_to(fact_of(&r, critical[i].target, "rope_theta"), critical[i].base,
                i == 3 ? 510 : 1.01, critical[i].target);
        result_close(&r);
    }
    ANALYSE(&r, "extrapolation", "train_length=4096", "tune_length=32768", "new_theta=[500000]");
    near_to(fact_of(&r, "rope_theta 500000", "reach"), 78400, 0.51, "tuned at 32768");
    result_close(&r);
    ANALYSE(&r, "extrapolation", "head_dim=96", "train_length=2048");
    near_to(whole_fact(&r, "critical_dimension"), 62, 0, "d 96");
    result_close(&r);
    ANALYSE(&r, "extrapolation", "rope_theta=5e5", "train_length=8192");
    near_to(whole_fact(&r, "critical_dimension"), 70, 0, "b 5e5");
    result_close(&r);
}
END

/* Theorem 1 of arXiv:2309.16039: the printed sum, the mean that converges, its limit and bounds. */
TEST(granularity_theorem)
{
    static const struct {
        const char *d;
        double sum_abf, sum_pi, abf, pi4, pi8, rope, ratio;
    } rows[] = {{"head_dim=64", 2.7465, 0.9950, 0.085829, 0.031093, 0.015599, 0.116263, 2.7604},
                {"head_dim=128", 5.0442, 1.8576, 0.078816, 0.029025, 0.014556, 0.109383, 2.7155},
                {"head_dim=1024", 37.336, 13.972, 0.072921, 0.027289, 0.013681, 0.103532, 2.6722}};
    struct result r;
    for (int i = 0; i < 3; i++) {
        ANALYSE(&r, "granularity", rows[i].d, "length=64");
        near_to(fact_of(&r, "ABF", "sine_sum") / rows[i].sum_abf, 1, 2e-5, "printed sum");
        near_to(fact_of(&r, "PI 1/4", "sine_sum") / rows[i].sum_pi, 1, 5e-5, "printed sum");
        near_to(fact_of(&r, "ABF", "sine_mean"), rows[i].abf, 5.1e-7, "ABF");
        near_to(fact_of(&r, "PI 1/4", "sine_mean"), rows[i].pi4, 5.1e-7, "PI 1/4");
        near_to(fact_of(&r, "PI 1/8", "sine_mean"), rows[i].pi8, 5.1e-7, "PI 1/8");
        near_to(fact_of(&r, "RoPE", "sine_mean"), rows[i].rope, 5.1e-7, "RoPE");
        near_to(fact_of(&r, "ABF", "sine_mean") / fact_of(&r, "PI 1/4", "sine_mean"), rows[i].ratio,
                5.1e-5, "ratio");
        near_to(fact_of(&r, "ABF", "sine_limit"), 0.072097, 5.1e-7, "limit of ABF");
        near_to(fact_of(&r, "PI 1/4", "sine_limit"), 0.027047, 5.1e-7, "limit of PI 1/4");
        near_to(fact_of(&r, "PI 1/8", "sine_limit"), 0.013559, 5.1e-7, "limit of PI 1/8");
        near_to(fact_of(&r, "RoPE", "sine_limit"), 0.1027, 5.1e-5, "limit of RoPE");
        near_to(fact_of(&r, "ABF", "sine_approx"), 0.076206, 5.1e-7, "1 / ln b");
        near_to(fact_of(&r, "PI 1/4", "sine_approx"), 0.027143, 5.1e-7, "alpha / ln b");
        near_to(fact_of(&r, "PI 1/8", "sine_approx"), 0.013572, 5.1e-7, "alpha / ln b");
        near_to(fact_of(&r, "ABF", "proof_low"), 0.05195, 5.1e-6, "proof");
        near_to(fact_of(&r, "ABF", "proof_high"), 0.07621, 5.1e-6, "proof");
        near_to(fact_of(&r, "PI 1/4", "proof_low"), 0.02498, 5.1e-6, "proof");
        near_to(fact_of(&r, "PI 1/4", "proof_high"), 0.02714, 5.1e-6, "proof");
        result_close(&r);
    }
}
END

TEST(granularity_distances)
{
    static const char *const names[] = {"RoPE", "PI 1/4", "PI 1/8", "ABF"};
    static const char *const d[] = {"head_dim=128", "head_dim=64", "head_dim=32"};
    static const double square[3][4] = {{0.059572, 0.003893, 0.000975, 0.044182},
                                        {0.067698, 0.004448, 0.001115, 0.052703},
                                        {0.085794, 0.005690, 0.001427, 0.072296}};
    static const double chord[] = {0.244075, 0.062394, 0.031232, 0.210194};
    static const struct {
        const char *d, *base;
        int closest;
        double chord, first;
    } caveat[] = {{"head_dim=16", "5e5", 1, NAN, NAN},
                  {"head_dim=16", "1e7", 6, 0.2954, 0.3423},
                  {"head_dim=16", "1e8", 63, 0.2282, NAN},
                  {"head_dim=32", "1e14", 6, NAN, NAN}};
    struct result r;
    for (int i = 0; i < 3; i++) {
        ANALYSE(&r, "granularity", d[i]);
        for (int k = 0; k < 4; k++) {
            near_to(fact_of(&r, names[k], "step_square"), square[i][k], 5.1e-7, names[k]);
            if (i == 0) near_to(value_at(&r, names[k], "chord", 1), chord[k], 5.1e-7, names[k]);
            if (i == 0) near_to(fact_of(&r, names[k], "closest"), 1, 0, names[k]);
        }
        result_close(&r);
    }
    for (int i = 0; i < 4; i++) {
        char p[64];
        snprintf(p, sizeof p, "position={type: rope, rope_theta: %s}", caveat[i].base);
        ANALYSE(&r, "granularity", caveat[i].d, p, "length=32768");
        near_to(fact_of(&r, "rope", "closest"), caveat[i].closest, 0, p);
        if (!isnan(caveat[i].chord))
            near_to(fact_of(&r, "rope", "closest_chord"), caveat[i].chord, 5.1e-5, p);
        if (!isnan(caveat[i].first))
            near_to(value_at(&r, "rope", "chord", 1), caveat[i].first, 5.1e-5, p);
        result_close(&r);
    }
    ANALYSE(&r, "helix", NULL);
    ck_assert(fact_of(&r, "PI", "neighbour_distance") <
              0.3 * fact_of(&r, "RoPE", "neighbour_distance"));
    ck_assert(fact_of(&r, "ABF", "neighbour_distance") >
              0.9 * fact_of(&r, "RoPE", "neighbour_distance"));
    result_close(&r);
}
END

TEST(damping_and_resolution)
{
    struct result r;
    ANALYSE(&r, "damping", NULL);
    near_to(value_at(&r, "xPos", "zeta", 0), 0.285714, 5.1e-7, "zeta 0");
    near_to(value_at(&r, "xPos", "zeta", 1), 0.296875, 5.1e-7, "zeta 1");
    near_to(value_at(&r, "xPos", "zeta", 32), 0.642857, 5.1e-7, "zeta 32");
    near_to(value_at(&r, "xPos", "zeta", 63), 0.988839, 5.1e-7, "zeta 63");
    near_to(pow(value_at(&r, "xPos", "zeta", 0), 4), 6.664e-3, 5.1e-7, "after 2048 tokens");
    near_to(pow(value_at(&r, "xPos", "zeta", 63), 4), 0.956099, 5.1e-7, "after 2048 tokens");
    near_to(fact_of(&r, "xPos", "float_reach"), 36260, 1, "float");
    near_to(fact_of(&r, "xPos", "half_reach"), 4532, 1, "half");
    result_close(&r);
    ANALYSE(&r, "damping", "head_dim=64");
    near_to(value_at(&r, "xPos", "zeta", 31), 0.977679, 5.1e-7, "zeta 31 of 64");
    result_close(&r);
    ANALYSE(&r, "resolution", "head_dim=64", "length=1024");
    ck_assert(r.axis.v[r.axis.n - 1] == 1024);
    near_to(value_at(&r, "RoPE", "resolution", r.axis.n - 1), 1.2819e-4, 5.1e-9, "RoPE");
    near_to(value_at(&r, "xPos", "resolution", r.axis.n - 1), 1.4818e-4, 5.1e-9, "xPos");
    result_close(&r);
}
END

TEST(biases)
{
    struct result r;
    ANALYSE(&r, "bias", "compare={A: alibi}", "head=0");
    near_to(fact_of(&r, "A", "reach"), 14, 0, "slope 1/2 falls to a thousandth at 13.8");
    near_to(value_at(&r, "A", "bias", 10), -5, 1e-6, "slope 1/2");
    result_close(&r);
    ANALYSE(&r, "bias", "compare={A: alibi}", "head=7");
    near_to(fact_of(&r, "A", "reach"), 1769, 0, "slope 1/256 falls to a thousandth at 1768.4");
    near_to(value_at(&r, "A", "factor", 256), exp(-1), 1e-7, "factor");
    result_close(&r);
    /* the buckets of T5: equal distances beyond 113, new ones at 16, 19, 21, 24 ... */
    static const int first[] = {16, 19, 21, 24, 27, 31, 35, 40, 46, 52, 59, 67, 77, 87, 99, 113};
    ANALYSE(&r, "bias", "compare={T: t5}");
    int k = 0;
    for (int m = 16; m < 2048; m++)
        if (value_at(&r, "T", "bias", m) != value_at(&r, "T", "bias", m - 1)) {
            ck_assert_int_lt(k, 16);
            ck_assert_int_eq(m, first[k++]);
        }
    ck_assert_int_eq(k, 16);
    result_close(&r);
    ANALYSE(&r, "bias", "compare={F: fox}");
    ck_assert(fact_of(&r, "F", "content_left_out") == 1);
    result_close(&r);
}
END

TEST(precision_of_angles)
{
    static const struct {
        int position;
        double single, brain;
    } rows[] = {{255, 4.1e-6, 0.27},
                {257, NAN, 0.86},
                {4095, 1.4e-4, 1.7},
                {32768, 8.5e-4, NAN},
                {131071, 1.5e-3, NAN}};
    struct result r;
    ANALYSE(&r, "precision", NULL);
    for (int64_t k = 0; k < r.axis.n; k++) {
        ck_assert(value_at(&r, "RoPE", "table", k) < 6e-8);
        for (int i = 0; i < 5; i++) {
            if (r.axis.v[k] != rows[i].position) continue;
            if (!isnan(rows[i].single))
                near_to(value_at(&r, "RoPE", "float", k) / rows[i].single, 1, 0.04, "float");
            if (!isnan(rows[i].brain))
                near_to(value_at(&r, "RoPE", "bfloat16", k), rows[i].brain, 0.02, "bfloat16");
        }
        if (r.axis.v[k] == 131071)
            near_to(value_at(&r, "RoPE", "recurrence", k), 1.2e-2, 5.1e-4, "recurrence");
    }
    result_close(&r);
}
END

TEST(distances_of_pairs)
{
    struct result r;
    ANALYSE(&r, "distances", "segments=[4]");
    for (int i = 0; i < 4; i++) near_to(value_at(&r, "segments", "pairs", i), 4 - i, 0, "4 3 2 1");
    result_close(&r);
    ANALYSE(&r, "distances", "segments=[3, 5, 1]");
    near_to(fact_of(&r, "segments", "pairs_in_all"), 6 + 15 + 1, 0, "sum of pairs");
    near_to(value_at(&r, "segments", "pairs", 2), 1 + 3, 0, "distance 2");
    result_close(&r);
    ANALYSE(&r, "distances", "segments=[8192]");
    near_to(fact_of(&r, "segments", "share_beyond_half"), 0.25, 1e-4, "a quarter");
    result_close(&r);
}
END

/* Table 10 of arXiv:2309.16039, as printed, and the causal count. */
TEST(flops_of_the_paper)
{
    static const char *const printed[] = {"3.783e+22", "3.405e+22", "3.026e+22", "2.270e+22"};
    static const double saving[] = {0, 0.1, 0.2, 0.4}, causal[] = {0, 0.07, 0.14, 0.28};
    struct result r;
    char text[32];
    ANALYSE(&r, "flops", NULL);
    ck_assert_int_eq(r.n_series, 4);
    for (int i = 0; i < 4; i++) {
        snprintf(text, sizeof text, "%.3e", result_value(&r.series[i], "flops"));
        ck_assert_str_eq(text, printed[i]);
        near_to(result_value(&r.series[i], "saving"), saving[i], 1e-12, "saving");
        near_to(result_value(&r.series[i], "saving_causal"), causal[i], 1e-12, "causal saving");
    }
    result_close(&r);
}
END

static void refuses(const char *name, const char *argument, const char *part)
{
    struct error e;
    struct result r;
    const char *const arguments[] = {argument, NULL};
    ck_assert_int_eq(analyse_status(&r, &e, name, arguments), E_USAGE);
    ck_assert_msg(strstr(e.text, part), "%s %s: no '%s' in '%s'", name, argument, part, e.text);
}

/* Runs that a result has no room for are not left out. */
TEST(more_runs_than_lines)
{
    static struct run_facts run[RESULT_SERIES];
    static struct result r;
    struct error e;
    for (int i = 0; i < RESULT_SERIES; i++)
        run[i] = (struct run_facts){.name = "a/config.yaml", .rope_theta = 1e4};
    result_open(&r, "base_band");
    MUST(analysis_trained(run, RESULT_SERIES, &r, &e), &e);
    ck_assert_int_eq(r.n_series, RESULT_SERIES);
    result_close(&r);
    result_open(&r, "base_band");
    result_add(&r, "aliasing");
    ck_assert_int_eq(analysis_trained(run, RESULT_SERIES, &r, &e), E_USAGE);
    ck_assert_str_eq(e.text, "base_band: beside its own lines there is room for 63 runs at most");
    result_close(&r);
}
END

TEST(what_is_refused)
{
    const struct analysis_type *a;
    struct error e;
    ck_assert_int_eq(analysis_find("decya", &a, &e), E_USAGE);
    ck_assert(strstr(e.text, "did you mean 'decay'?"));
    refuses("decay", "lenght=3", "did you mean 'length'?");
    refuses("decay", "compare={}", "compare names 0 encodings");
    refuses("dilution", "compare={}", "compare names 0 encodings");
    refuses("decay", "compare={a: {type: yarn}}", "missing key 'factor' in 'compare[0].position'");
    refuses("decay", "head=8", "there is no head 8: num_attention_heads is 8");
    refuses("decay", "position=[rope, linear]", "factor");
    refuses("decay", "compare={a: [rope, {type: linear, factor: 2}]}", "two rotary encodings");
    refuses("base_bound", "head_dim=[63]", "head_dim 63 is odd");
    refuses("resolution", "length=8", "at least 16");
    refuses("distances", "segments=[]", "`segments` is empty");
}
END

int main(void)
{
    parallel_init(2);
    return run_tests("analyses", base_bound_table, bases_that_fail_above_the_bound,
                     wavelengths_of_pairs, yarn_counts, frequencies_and_factors, coverage_table,
                     extrapolation_values, granularity_theorem, granularity_distances,
                     damping_and_resolution, biases, precision_of_angles, distances_of_pairs,
                     flops_of_the_paper, more_runs_than_lines, what_is_refused, NULL);
}
