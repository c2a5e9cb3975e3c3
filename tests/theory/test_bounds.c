/* Bounds and scalings that follow-up papers print, as analyses give them. */
#include "src/model/flops.h"
#include "src/num/cosine_sum.h"
#include "tests/theory/fixture.h"

/* arXiv:2602.10959: aliasing, drift over N layers, precision. */
TEST(band_of_bases)
{
    static const struct {
        const char *bound;
        double base[2];
    } rows[] = {{"aliasing", {651.8986469, 5215.1891752}},
                {"1 layer", {3911.3918814, 31291.1350514}},
                {"8 layers", {9983.1128209, 79864.9025672}},
                {"32 layers", {19750.4135148, 158003.3081186}},
                {"precision of float32", {8388608, 8388608}}};
    struct result r;
    ANALYSE(&r, "base_band", "length=[4096, 32768]");
    for (int i = 0; i < 5; i++)
        for (int k = 0; k < 2; k++)
            near_to(value_at(&r, rows[i].bound, "base", k) / rows[i].base[k], 1, 1e-9,
                    rows[i].bound);
    result_close(&r);
    ANALYSE(&r, "base_band", "format=bfloat16", "layers=[2]", "epsilon=0.25");
    near_to(value_at(&r, "precision of bfloat16", "base", 0), 128, 0, "bfloat16");
    near_to(value_at(&r, "2 layers", "base", 0) / 61.1154981, 1, 1e-8, "64 / arccos(1/2)");
    result_close(&r);
}
END

/* Runs stand beside the bounds at their longest row and their last base; the others have no point. */
TEST(runs_beside_the_bounds)
{
    const struct analysis_type *a;
    struct error e;
    struct result r;
    const struct run_phase phase[] = {{.tokens = 1, .length = 256}, {.tokens = 1, .length = 64}};
    const struct run_facts runs[] = {
        {.name = "turns", .n_phases = 2, .phase = phase, .rope_theta = 5e5},
        {.name = "still", .n_phases = 1, .phase = phase, .rope_theta = NAN}};
    char *const arguments[] = {"length=[64, 128, 256]"};
    static const char *const names[] = {"base_bound", "base_band"};
    for (int k = 0; k < 2; k++) {
        MUST(analysis_find(names[k], &a, &e), &e);
        MUST(analysis_bind_and_run(a, 1, arguments, runs, 2, &r, &e), &e);
        const struct result_series *s = &r.series[r.n_series - 1];
        ck_assert_str_eq(s->name, "turns");
        ck_assert(result_value(s, "trained_length") == 256 &&
                  result_value(s, "trained_theta") == 5e5);
        ck_assert(isnan(result_value(&r.series[0], "trained_theta")));
        result_close(&r);
    }
}
END

/* The limit of many channels: b = 1.622046 L. */
TEST(limit_of_the_base)
{
    struct result r;
    ANALYSE(&r, "base_bound", "length=[64, 100000]", "head_dim=[128]", "max_base=100");
    near_to(value_at(&r, "limit of many channels", "base", 1), 162204.6, 0.05, "limit");
    result_close(&r);
}
END

/* Smallest bases of rows of 2048 and 4096 for small heads, three digits. */
TEST(bases_of_small_heads)
{
    static const struct {
        int d, length;
        double base;
    } rows[] = {{16, 2048, 2.25e6}, {16, 4096, 1.34e7}, {32, 2048, 2.04e5},
                {32, 4096, 1.11e6}, {64, 2048, 2.96e4}, {64, 4096, 1.00e5}};
    for (int i = 0; i < 6; i++)
        near_to(cosine_sum_base_bound(rows[i].d, rows[i].length, 0.0005, 2e7, NULL) / rows[i].base,
                1, 3e-3, "small heads");
}
END

/* Half of the attention at the training length, and what scaling by the length keeps of it. */
TEST(dilution_of_a_lead)
{
    static const struct {
        int keys;
        double plain, logn;
    } rows[] = {{16, 0.98554913, 0.98554913},
                {1024, 0.5, 0.5},
                {4096, 0.19988277, 0.49976793},
                {65536, 0.01537005, 0.49961300}};
    struct result r;
    ANALYSE(&r, "dilution", NULL);
    for (int64_t k = 0; k < r.axis.n; k++) {
        near_to(value_at(&r, "softmax", "entropy", k), log(r.axis.v[k]), 1e-12, "uniform");
        for (int i = 0; i < 4; i++) {
            if (r.axis.v[k] != rows[i].keys) continue;
            near_to(value_at(&r, "softmax", "share", k), rows[i].plain, 5.1e-9, "softmax");
            near_to(value_at(&r, "LogN", "share", k), rows[i].logn, 5.1e-9, "LogN");
        }
        if (r.axis.v[k] == 4096) near_to(value_at(&r, "LogN", "scale", k), 1.2, 1e-12, "LogN");
        if (r.axis.v[k] == 16)
            near_to(value_at(&r, "SSMax", "share", k), 0.51603143, 5.1e-7, "SSMax");
    }
    near_to(fact_of(&r, "softmax", "half_length"), 2048, 0, "half of it is left");
    near_to(fact_of(&r, "LogN", "half_length"), 65536, 0, "to the end");
    result_close(&r);
    /* 1.207944 of arXiv:2309.00071 on q and on k */
    ANALYSE(&r, "dilution", "position={type: yarn, factor: 8}");
    near_to(value_at(&r, "yarn", "scale", 0), 1.459129, 5.1e-7, "YaRN in the softmax");
    result_close(&r);
    ANALYSE(&r, "dilution", "position=rope", "lead=5", "length=32", "train_length=32");
    near_to(value_at(&r, "rope", "share", 1), exp(5) / (exp(5) + 31), 1e-12, "a given lead");
    result_close(&r);
}
END

/* arXiv:2402.13753 and 2502.20082: sqrt(1 + ln s / ln L); pairs of Phi-3 mini (96 channels). */
TEST(longrope_values)
{
    static const struct {
        int factor;
        double magnitude;
    } rows[] = {{8, 1.118034}, {32, 1.190238}, {512, 1.322876}};
    struct result r;
    for (int i = 0; i < 3; i++) {
        char p[160];
        snprintf(p, sizeof p,
                 "position={type: longrope, factor: %d, original_max_position_embeddings: 4096, "
                 "short_factor: [1, 1], long_factor: [1, 1]}",
                 rows[i].factor);
        ANALYSE(&r, "frequencies", p, "head_dim=4", "length=8192");
        near_to(fact_of(&r, "longrope", "attention_factor"), rows[i].magnitude, 5.1e-7, p);
        result_close(&r);
    }
    ANALYSE(&r, "wavelengths", "position=rope", "head_dim=96");
    near_to(value_at(&r, "rope", "wavelength", 47), 51861.7, 0.051, "pair 48, counted from 1");
    near_to(value_at(&r, "rope", "wavelength", 7), 24.07, 5.1e-3, "pair 8");
    result_close(&r);
}
END

/* YaRN's ramp by turns (pair 21: 129.03 tokens, 31.745 turns, gamma 0.9918), and by index with the
 * numbers of gpt-oss. */
TEST(yarn_ramps)
{
    struct result r;
    ANALYSE(&r, "wavelengths", "position=rope", "length=4096");
    near_to(value_at(&r, "rope", "wavelength", 21), 129.03, 5.1e-3, "pair 21");
    near_to(value_at(&r, "rope", "wavelength", 30), 471.17, 5.1e-3, "pair 30");
    near_to(4096 / value_at(&r, "rope", "wavelength", 21), 31.745, 5.1e-4, "turns of pair 21");
    near_to(4096 / value_at(&r, "rope", "wavelength", 30), 8.693, 5.1e-4, "turns of pair 30");
    near_to(4096 / value_at(&r, "rope", "wavelength", 46), 0.869, 5.1e-4, "turns of pair 46");
    result_close(&r);
    ANALYSE(&r, "wavelengths", "length=4096", "position={type: yarn, factor: 4, ramp: rotations}");
    const double quarter = 0.25; /* ratio = gamma + (1 - gamma) / 4 */
    near_to((value_at(&r, "yarn", "ratio", 21) - quarter) / 0.75, 0.9918, 5.1e-5, "gamma 21");
    near_to((value_at(&r, "yarn", "ratio", 30) - quarter) / 0.75, 0.2482, 5.1e-5, "gamma 30");
    result_close(&r);
    ANALYSE(&r, "wavelengths", "head_dim=64", "length=4096",
            "position={type: yarn, factor: 32, rope_theta: 150000}");
    near_to(value_at(&r, "yarn", "ratio", 8), 1, 1e-12, "low 8");
    ck_assert(value_at(&r, "yarn", "ratio", 9) < 1 - 1e-6);
    near_to(value_at(&r, "yarn", "ratio", 18), 1 / 32.0, 1e-12, "high 18");
    ck_assert(value_at(&r, "yarn", "ratio", 17) > 1 / 32.0 + 1e-6);
    result_close(&r);
    ANALYSE(&r, "frequencies", "head_dim=64",
            "position={type: yarn, factor: 32, rope_theta: 150000}");
    near_to(fact_of(&r, "yarn", "attention_factor"), 1.34657, 5.1e-6, "mscale of gpt-oss");
    result_close(&r);
}
END

/* Appendix B of arXiv:2309.16039: the second pair of 128 channels differs by 6 %. */
TEST(second_pair_of_the_paper)
{
    struct result r;
    ANALYSE(&r, "frequencies", "compare={RoPE: rope, ABF: {type: rope, rope_theta: 500000}}");
    const double rope = value_at(&r, "RoPE", "inv_freq", 1),
                 abf = value_at(&r, "ABF", "inv_freq", 1);
    near_to(rope, 0.865964, 5.1e-7, "RoPE");
    near_to(abf, 0.814617, 5.1e-7, "ABF");
    near_to(1 - abf / rope, 0.0593, 5.1e-5, "one way");
    near_to(rope / abf - 1, 0.0630, 5.1e-5, "the other way");
    result_close(&r);
}
END

/* What attention costs beside the rest (section 2 of the paper, arXiv:2205.05198). */
TEST(share_of_attention)
{
    const double rest = flops_paper(32, 4096, 0);
    near_to(flops_paper(32, 4096, 24576) / rest, 2, 1e-12, "as much at 6 h");
    near_to(flops_paper(80, 8192, 49152) / flops_paper(80, 8192, 0), 2, 1e-12, "70B at 49152");
    near_to(flops_paper(32, 4096, 32768) / rest - 1, 4 / 3.0, 1e-12, "7B at 32768");
    near_to(flops_paper(32, 4096, 4096) / flops_paper(32, 4096, 32768), 0.5, 1e-12, "half");
    near_to(flops_paper_causal(32, 4096, 4096) / flops_paper_causal(32, 4096, 32768), 0.65, 1e-12,
            "13 / 20");
    near_to(1 - flops_paper(80, 8192, 4096) / flops_paper(80, 8192, 16384), 0.1875, 1e-12, "70B");
}
END

/* arXiv:2205.09921, 2108.12409: other biases at their printed values. */
TEST(other_biases)
{
    struct result r;
    static const double slopes[] = {0.5,       0.25,       0.125,    0.0625,   0.03125,  0.015625,
                                    0.0078125, 0.00390625, 0.707107, 0.353553, 0.176777, 0.088388};
    for (int h = 0; h < 12; h++) {
        char head[16];
        snprintf(head, sizeof head, "head=%d", h);
        ANALYSE(&r, "bias", "compare={A: alibi}", head, "num_attention_heads=12", "length=64");
        near_to(-value_at(&r, "A", "bias", 1), slopes[h], 5.1e-7, "slope of 12 heads");
        result_close(&r);
    }
}
END

int main(void)
{
    parallel_init(2);
    return run_tests("bounds", band_of_bases, runs_beside_the_bounds, limit_of_the_base,
                     bases_of_small_heads, dilution_of_a_lead, longrope_values, yarn_ramps,
                     second_pair_of_the_paper, share_of_attention, other_biases, NULL);
}
