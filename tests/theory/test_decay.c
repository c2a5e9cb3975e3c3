/* Curves by distance against published values and tables that were computed apart from this code. */
#include "src/num/cosine_sum.h"
#include "tests/theory/fixture.h"

/* Figure 4 of arXiv:2309.16039, d = 128, q = k = ones, divided by sqrt(128). */
TEST(decay_of_the_paper)
{
    static const char *const names[] = {"RoPE", "PI", "ABF", "xPos ABF", "xPos"};
    static const struct {
        int n;
        double v[5];
    } rows[] = {
        {0, {11.3137, 11.3137, 11.3137, 11.3137, 11.3137}},
        {1, {10.9767, 11.3082, 11.0638, 11.0531, 10.9662}},
        {10, {7.5696, 10.8010, 8.6460, 8.5887, 7.5289}},
        {100, {5.3994, 7.4902, 6.9125, 6.5543, 5.1367}},
        {1000, {1.7992, 4.7242, 5.5693, 3.6309, 1.8408}},
        {4096, {-0.5980, 2.4825, 4.3304, 1.5238, 0.4737}},
        {8192, {0.2818, 2.3130, 3.0028, 0.8249, 0.0362}},
        {16384, {-1.6097, 1.3495, 1.5093, 0.3944, -0.2103}},
        {30000, {-1.0581, 0.4394, 0.3704, 0.1860, -0.1058}},
    };
    struct result r;
    ANALYSE(&r, "decay", "length=30001",
            "compare={RoPE: rope, PI: {type: linear, factor: 8}, ABF: {type: rope, rope_theta: "
            "500000}, xPos ABF: {type: xpos, rope_theta: 500000}, xPos: xpos}");
    ck_assert_int_eq(r.axis.n, 30001);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int k = 0; k < 5; k++)
            near_to(value_at(&r, names[k], "score", rows[i].n), rows[i].v[k], 5.01e-5, names[k]);
    ck_assert(fact_of(&r, "RoPE", "plain") == 1 && fact_of(&r, "PI", "plain") == 0);
    result_close(&r);
}
END

/* Means and deviations over every seventh distance of two windows. */
TEST(windows_of_the_decay)
{
    static const struct {
        const char *name;
        double mean[2], deviation[2];
    } rows[] = {{"RoPE", {-0.017, -0.270}, {0.810, 0.892}},
                {"PI", {2.377, 0.697}, {0.654, 0.782}},
                {"ABF", {3.249, 2.042}, {0.706, 0.767}},
                {"xPos ABF", {1.111, 0.254}, {0.198, 0.064}}};
    static const int from[] = {4096, 16384}, to[] = {8192, 32768};
    struct result r;
    ANALYSE(&r, "decay", "length=32768");
    for (int k = 0; k < 4; k++)
        for (int w = 0; w < 2; w++) {
            double sum = 0, squares = 0;
            int n = 0;
            for (int m = from[w]; m < to[w]; m += 7, n++) {
                const double v = value_at(&r, rows[k].name, "score", m);
                sum += v;
                squares += v * v;
            }
            near_to(sum / n, rows[k].mean[w], 5.1e-4, rows[k].name);
            near_to(sqrt(squares / n - sum / n * (sum / n)), rows[k].deviation[w], 1e-3,
                    rows[k].name);
        }
    result_close(&r);
}
END

/* Scales, xPos at small d, and what other encodings add. */
TEST(scales_and_terms)
{
    static const int at[] = {1, 10, 100, 512, 1000, 4096};
    static const double xpos64[] = {30.886895, 20.939292, 16.608302, 6.292264, 6.043153, 1.127974},
                        xpos128[] = {62.034402, 42.589768, 29.057477,
                                     14.124270, 10.412955, 2.679392};
    struct result a, b, c;
    ANALYSE(&a, "decay", "position=xpos", "head_dim=64", "length=4097", "scale=none");
    ANALYSE(&b, "decay", "position=xpos", "length=4097", "scale=none");
    for (int i = 0; i < 6; i++) {
        near_to(value_at(&a, "xpos", "score", at[i]) / 2, xpos64[i], 5.1e-7, "xpos 64");
        near_to(value_at(&b, "xpos", "score", at[i]) / 2, xpos128[i], 5.1e-7, "xpos 128");
    }
    ANALYSE(&c, "decay", "compare={A: alibi, B: [rope, alibi], C: rope}", "length=64", "head=1");
    for (int m = 0; m < 64; m++) {
        near_to(value_at(&c, "A", "score", m), sqrt(128) - m / 4.0, 1e-6, "alibi");
        near_to(value_at(&c, "B", "score", m), value_at(&c, "C", "score", m) - m / 4.0, 1e-6,
                "rope with alibi");
    }
    result_close(&a);
    result_close(&b);
    ANALYSE(&a, "decay", "position=rope", "length=3", "scale=max");
    ck_assert(value_at(&a, "rope", "score", 0) == 1);
    ANALYSE(&b, "decay", "position=rope", "length=3", "scale=d");
    near_to(value_at(&b, "rope", "score", 1), value_at(&a, "rope", "score", 1), 1e-15, "by d");
    result_close(&a);
    result_close(&b);
    result_close(&c);
}
END

/* Independent Gaussian q and k do not decay; equal ones follow C(m). */
TEST(gaussian_vectors)
{
    struct result iid, equal, ones;
    ANALYSE(&iid, "decay", "position=rope", "length=2048", "vectors=gaussian", "scale=none");
    ANALYSE(&equal, "decay", "position=rope", "length=2048", "vectors=equal", "scale=none");
    ANALYSE(&ones, "decay", "position=rope", "length=2048", "scale=none");
    struct rng g = rng_open(7, "gaussian");
    for (int m = 0; m < 2048; m++) {
        ck_assert(value_at(&iid, "rope", "score", m) == 0);
        near_to(value_at(&iid, "rope", "deviation", m), sqrt(128), 1e-12, "iid");
        ck_assert(value_at(&equal, "rope", "score", m) == value_at(&ones, "rope", "score", m));
    }
    /* a sample agrees with the exact moments of q = k */
    double sum = 0, squares = 0;
    const int n = 4000, m = 37;
    for (int k = 0; k < n; k++) {
        double s = 0;
        for (int i = 0; i < 64; i++) {
            const double x = rng_normal(&g), y = rng_normal(&g);
            s += (x * x + y * y) * cos(m * pow(10000, -i / 64.0));
        }
        sum += s;
        squares += s * s;
    }
    const double mean = value_at(&equal, "rope", "score", m),
                 deviation = value_at(&equal, "rope", "deviation", m);
    near_to(sum / n, mean, 4 * deviation / sqrt(n), "sampled mean");
    near_to(sqrt(squares / n - sum / n * (sum / n)) / deviation, 1, 0.05, "sampled deviation");
    result_close(&iid);
    result_close(&equal);
    result_close(&ones);
}
END

/* Maps of relative positions, of q and k, caps of logits; what depends on content says so. */
TEST(maps_and_caps)
{
    struct result r;
    ANALYSE(&r, "decay", "length=256", "head_dim=32",
            "compare={P: rope, R: [rope, {type: rerope, window_size: 64}], "
            "C: [rope, {type: softcap, cap: 3}], Q: pope, K: [rope, cope], S: [rope, "
            "{type: self_extend, group_size: 4, window_size: 32}]}");
    const double d = 32, one = log1p(exp(1));
    for (int m = 0; m < 256; m++) {
        const double plain = value_at(&r, "P", "score", m);
        near_to(value_at(&r, "R", "score", m), value_at(&r, "P", "score", m < 64 ? m : 64), 1e-12,
                "rerope");
        near_to(value_at(&r, "C", "score", m), 3 * tanh(plain / 3), 1e-12, "softcap");
        near_to(value_at(&r, "K", "score", m), plain, 1e-12, "cope without its content");
        if (m < 32) near_to(value_at(&r, "S", "score", m), plain, 1e-12, "self-extend, near");
        double sum = 0;
        for (int c = 0; c < 32; c++) sum += one * one * cos(m * pow(10000, -c / d));
        near_to(value_at(&r, "Q", "score", m), sum / sqrt(d), 1e-5, "pope");
    }
    ck_assert(fact_of(&r, "K", "content_left_out") == 1 && fact_of(&r, "R", "plain") == 0);
    /* floor(255 / 4) - floor(55 / 4) + 32 - floor(32 / 4) = 74 */
    near_to(value_at(&r, "S", "score", 200), value_at(&r, "P", "score", 74), 1e-12, "self-extend");
    result_close(&r);
}
END

/* First negative B(m), and its values. */
TEST(discrimination_table)
{
    static const struct {
        int d;
        const char *base;
        int first;
        double b[6];
    } rows[] = {
        {32, "1e4", 474, {16, 15.313649, 10.058927, 9.333903, 4.104006, -0.571281}},
        {32, "5e5", 2089, {16, 15.421632, 11.067069, 10.866465, 8.028090, 5.827154}},
        {64, "1e4", 725, {32, 30.916832, 21.051629, 17.874669, 8.925967, 0.111914}},
        {64, "5e5", 9937, {32, 31.156756, 24.114762, 20.641202, 14.340974, 10.710054}},
        {64, "1e6", 6235, {32, 31.184605, 24.471285, 20.145647, 14.996481, 8.277135}},
        {128, "1e4", 1707, {64, 62.093684, 42.820023, 30.543455, 10.177728, -3.382614}},
        {128, "5e5", 18438, {64, 62.586190, 48.909135, 39.103276, 31.504889, 24.496189}},
        {128, "1e6", 27115, {64, 62.644115, 49.630162, 37.523247, 31.431760, 17.766604}},
        {128, "5e6", 82999, {64, 62.758274, 51.056168, 43.844539, 31.400056, 19.858485}},
        {16, "1e4", 91, {8, 7.512, 0, 0, 0, 0}},
        {16, "5e5", 405, {8, 7.559, 0, 0, 0, 0}},
        {128, "500", 171, {64, 0, 0, 0, 0, 0}},
        {128, "2e4", 2666, {64, 0, 0, 0, 0, 0}},
        {128, "2.7e4", 4079, {64, 0, 0, 0, 0, 0}},
        {128, "3.1e5", 12223, {64, 0, 0, 0, 0, 0}},
        {128, "6.3e5", 33259, {64, 0, 0, 0, 0, 0}},
        {128, "6.4e5", 27685, {64, 0, 0, 0, 0, 0}},
        {4, "100", 3, {2, 0, 0, 0, 0, 0}},
        {4, "1e4", 22, {2, 0, 0, 0, 0, 0}},
    };
    static const int at[] = {0, 1, 10, 100, 1000, 4096};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char d[32], p[64];
        struct result r;
        snprintf(d, sizeof d, "head_dim=%d", rows[i].d);
        snprintf(p, sizeof p, "position={type: rope, rope_theta: %s}", rows[i].base);
        ANALYSE(&r, "discrimination", d, p, "length=90000");
        near_to(fact_of(&r, "rope", "first_negative"), rows[i].first, 0, p);
        near_to(fact_of(&r, "rope", "last_sound"), rows[i].first - 1, 0, p);
        for (int k = 0; k < 6 && i < 9; k++)
            near_to(value_at(&r, "rope", "B", at[k]), rows[i].b[k], 5.1e-7, p);
        result_close(&r);
    }
}
END

TEST(discrimination_details)
{
    static const int at[] = {10, 100, 1000, 4096};
    static const double limit[] = {0.682394, 0.436773, 0.187691, 0.03874};
    struct result r;
    ANALYSE(&r, "discrimination", "position=rope", "length=6200");
    for (int k = 0; k < 4; k++)
        near_to(value_at(&r, "rope", "limit", at[k]) / 64, limit[k], k == 3 ? 1e-5 : 5.1e-7,
                "limit");
    near_to(fact_of(&r, "rope", "limit_first_negative"), 6165.05, 5e-3, "zero");
    ck_assert(value_at(&r, "rope", "limit", 6164) > 0 && value_at(&r, "rope", "limit", 6167) < 0);
    result_close(&r);
    ANALYSE(&r, "discrimination", "position={type: rope, rope_theta: 100}", "head_dim=4",
            "length=4");
    near_to(value_at(&r, "rope", "B", 2), 0.5639, 5.1e-5, "d = 4");
    near_to(value_at(&r, "rope", "B", 3), -0.0347, 5.1e-5, "d = 4");
    result_close(&r);
    /* half of the dimensions or fewer that rotate: never negative */
    ANALYSE(&r, "discrimination", "position={type: proportional, partial_rotary_factor: 0.5}",
            "length=20000");
    ck_assert(isnan(fact_of(&r, "proportional", "first_negative")));
    result_close(&r);
    double w[64], b[300];
    for (int i = 0; i < 64; i++) w[i] = pow(500000, -i / 64.0);
    cosine_sums(w, 64, 300, b);
    for (int m = 0; m < 300; m++) near_to(b[m], cosine_sum(w, 64, m), 1e-11, "recurrence");
}
END

/* arXiv:2104.09864, figure 2. */
TEST(roformer_bound_table)
{
    static const int at[] = {0, 1, 10, 50, 100, 200, 256, 1000, 1024, 4096};
    static const struct {
        const char *d, *p;
        double v[10];
    } rows[] = {
        {"head_dim=32",
         "position=rope",
         {8.5, 8.1459, 4.1512, 2.7369, 4.3795, 3.7289, 3.2139, NAN, 1.8206, 1.7684}},
        {"head_dim=64",
         "position=rope",
         {16.5, 15.9478, 8.8143, 5.7331, 7.4653, 3.8605, 3.8436, NAN, 3.0651, 5.2871}},
        {"head_dim=128",
         "position=rope",
         {32.5, 31.5382, 17.9541, 12.6295, 10.2273, 7.2448, 6.5431, 4.4708, 4.0241, 4.8828}},
        {"head_dim=128",
         "position={type: rope, rope_theta: 5e5}",
         {32.5, NAN, 20.8857, NAN, 13.7088, NAN, 12.1642, 10.2002, NAN, NAN}},
    };
    for (int i = 0; i < 4; i++) {
        struct result r;
        ANALYSE(&r, "roformer_bound", rows[i].d, rows[i].p, "length=4097");
        for (int k = 0; k < 10; k++)
            if (!isnan(rows[i].v[k]))
                near_to(value_at(&r, "rope", "bound", at[k]), rows[i].v[k], 5.1e-5, rows[i].d);
        result_close(&r);
    }
}
END

TEST(margin_table)
{
    static const int at[] = {0, 1, 10, 100, 1000, 4096};
    static const struct {
        const char *d, *base;
        double z[6];
    } rows[] = {
        {"32", "1e4", {5.657, 5.414, 3.556, 3.300, 1.451, -0.202}},
        {"32", "5e5", {5.657, 5.452, 3.913, 3.842, 2.838, 2.060}},
        {"64", "1e4", {8.000, 7.729, 5.263, 4.469, 2.231, 0.028}},
        {"64", "5e5", {8.000, 7.789, 6.029, 5.160, 3.585, 2.678}},
        {"128", "1e4", {11.314, 10.977, 7.570, 5.399, 1.799, -0.598}},
        {"128", "5e5", {11.314, 11.064, 8.646, 6.913, 5.569, 4.330}},
    };
    static const struct {
        const char *length;
        double largest, half;
    } level[] = {{"length=512", 3.532, 6.738},
                 {"length=1024", 3.723, 7.431},
                 {"length=2048", 3.905, 8.125},
                 {"length=4096", 4.079, 8.818},
                 {"length=16384", 4.406, 10.204}};
    struct result r;
    for (int i = 0; i < 6; i++) {
        char d[32], p[64];
        snprintf(d, sizeof d, "head_dim=%s", rows[i].d);
        snprintf(p, sizeof p, "position={type: rope, rope_theta: %s}", rows[i].base);
        ANALYSE(&r, "margin", d, p, "length=4097");
        for (int k = 0; k < 6; k++)
            near_to(value_at(&r, "rope", "z", at[k]), rows[i].z[k], 5.1e-4, p);
        result_close(&r);
    }
    for (int i = 0; i < 5; i++) {
        ANALYSE(&r, "margin", "position=rope", level[i].length);
        ck_assert_str_eq(r.fact[0].name, "largest_level");
        near_to(r.fact[0].v, level[i].largest, 6e-4, level[i].length);
        near_to(r.fact[1].v, level[i].half, 5.1e-4, level[i].length);
        const int reach = (int)fact_of(&r, "rope", "largest_reach");
        ck_assert(value_at(&r, "rope", "z", reach) > r.fact[0].v &&
                  value_at(&r, "rope", "z", reach + 1) <= r.fact[0].v);
        result_close(&r);
    }
}
END

int main(void)
{
    parallel_init(2);
    return run_tests("decay", decay_of_the_paper, windows_of_the_decay, scales_and_terms,
                     gaussian_vectors, maps_and_caps, discrimination_table, discrimination_details,
                     roformer_bound_table, margin_table, NULL);
}
