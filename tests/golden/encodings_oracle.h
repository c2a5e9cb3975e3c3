/* encodings_oracle.h -- slopes, buckets, scales, maps and the logits of 21 encodings on a 7-token
 * example (encodings.json), against the hooks and against attention inside a model. Built in float
 * and in double. */
#ifndef TESTS_GOLDEN_ENCODINGS_ORACLE_H
#define TESTS_GOLDEN_ENCODINGS_ORACLE_H

#include "src/base/json.h"
#include "src/model/internal.h"
#include "src/num/matmul.h"
#include "tests/laws/samples.h"
#include "tests/model/fixture.h"

#ifdef REAL_DOUBLE
#define NEAR 1e-9
#else
#define NEAR 1e-6 /* logarithms of float probabilities */
#endif

static struct jsn_doc doc;

static double number(const jsn *list, int i)
{
    return jsn_as_double(jsn_at(list, (size_t)i));
}

static void must_be(double got, double want, double tolerance, const char *what, int i, int j)
{
    ck_assert_msg(fabs(got - want) <= tolerance * fmax(1, fabs(want)),
                  "%s (%d, %d): %.12g, not %.12g", what, i, j, got, want);
}

/* ---- hooks ---- */

static void open_for(struct specimen *s, const char *position, int heads, int head_dim)
{
    static struct position_shape shape;
    char text[256];
    shape = (struct position_shape){1, heads, heads, head_dim, heads * head_dim};
    snprintf(text, sizeof text, "position: %s\n", position);
    specimen_open_text(s, text, &shape, 4096);
}

static double bias_at(const struct specimen *s, int head, int distance)
{
    const int32_t q = distance, k = 0;
    real x = 0;
    const struct attention_tile t = {head, 1, 1, 1, &q, &k};
    s->type->bias(&s->at, &t, &x);
    return x;
}

TEST(slopes)
{
    const jsn *all = jsn_get(doc.root, "alibi_slopes");
    for (void *it = jsn_first(all); it; it = jsn_next(all, it)) {
        const int heads = atoi(jsn_key(it));
        struct specimen s;
        open_for(&s, "{type: alibi}", heads, 8);
        for (int h = 0; h < heads; h++)
            must_be(-bias_at(&s, h, 1), number(jsn_value(it), h), 1e-7, "slope", heads, h);
        specimen_close(&s);
    }
}
END

TEST(buckets)
{
    const jsn *want = jsn_get(jsn_get(doc.root, "t5_bucket_causal"), "bucket_of_distance");
    struct specimen s;
    open_for(&s, "{type: t5}", 1, 8);
    for (int b = 0; b < 32; b++) s.scalars[b] = (real)b;
    for (int r = 0; r < (int)jsn_length(want); r++)
        must_be(bias_at(&s, 0, r), number(want, r), 0, "bucket of distance", r, 0);
    specimen_close(&s);
}
END

static void check_zeta(int d, const char *key)
{
    const struct rotary_geometry g = {ROTARY_HALF, 0, d, d};
    double rate[64] = {0};
    struct specimen s;
    open_for(&s, "{type: xpos, scale_base: 100}", 1, d);
    s.type->log_rate(&s.at, &g, rate);
    for (int i = 0; i < d / 2; i++)
        must_be(exp(100 * rate[i]), number(jsn_get(doc.root, key), i), 1e-12, key, i, 0);
    specimen_close(&s);
}

TEST(decays_of_xpos)
{
    check_zeta(64, "xpos_zeta_d64");
    check_zeta(128, "xpos_zeta_d128");
}
END

TEST(scales_of_queries)
{
    const char *const types[][2] = {
        {"llama4", "{type: llama4_scale}"},
        {"ministral3_llama_4_scaling_beta", "{type: ministral_scale}"},
        {"logn_clip_4096", "{type: logn, original_max_position_embeddings: 4096}"},
        {"ssmax_s043_n", "{type: ssmax}"},
    };
    const jsn *all = jsn_get(doc.root, "query_scale_by_position"), *position = jsn_get(all, "pos");
    for (size_t k = 0; k < sizeof types / sizeof *types; k++) {
        struct specimen s;
        open_for(&s, types[k][1], 1, 8);
        for (int i = 0; i < (int)jsn_length(position); i++) {
            const int p = (int)number(position, i);
            must_be(s.type->row_scale(&s.at, 0, p, p + 1), number(jsn_get(all, types[k][0]), i),
                    1e-7, types[k][0], p, 0);
        }
        specimen_close(&s);
    }
}
END

TEST(maps_of_positions)
{
    const char *const types[][2] = {
        {"rerope_w6", "{type: rerope, window_size: 6}"},
        {"leaky_rerope_w6_k4", "{type: leaky_rerope, window_size: 6, factor: 4}"},
        {"self_extend_G4_W8", "{type: self_extend, group_size: 4, window_size: 8}"},
        {"dca_chunk12_local4", "{type: dual_chunk, chunk_size: 12, local_size: 4}"},
    };
    const jsn *all = jsn_get(doc.root, "relative_position_maps");
    for (size_t k = 0; k < sizeof types / sizeof *types; k++) {
        const jsn *want = jsn_get(all, types[k][0]);
        struct specimen s;
        open_for(&s, types[k][1], 1, 8);
        for (int i = 0; i < (int)jsn_length(want); i++)
            for (int j = 0; j <= i; j++) {
                const int r = s.type->region(&s.at, i, j);
                const double got =
                    r ? s.type->place(&s.at, r, false, i) - s.type->place(&s.at, r, true, j)
                      : i - j;
                must_be(got, number(jsn_at(want, (size_t)i), j), 1e-12, types[k][0], i, j);
            }
        specimen_close(&s);
    }
}
END

/* ---- logits inside a model ---- */

enum { T = 7, DIM = 8, WIDTH = 16 };

/* Tokens embed to unit vectors, so that weights give every token the q, k, v that we want. */
static struct model *open_example(const struct stack *s, int heads)
{
    struct model_config c = {.hidden_size = WIDTH,
                             .num_hidden_layers = 1,
                             .num_attention_heads = heads,
                             .head_dim = DIM,
                             .intermediate_size = 4,
                             .vocab_size = T,
                             .tie_word_embeddings = true};
    const struct model_use use = {.max_tokens = T, .max_length = T, .train_length = T};
    const double norm = sqrt(WIDTH); /* of the normed unit vector */
    struct error e;
    struct model *m;
    MUST(model_config_resolve(&c, &e), &e);
    MUST(model_open(&m, &c, &s->config.position, &use, &e), &e);
    model_init(m, 1);
    for (int t = 0; t < T; t++)
        for (int i = 0; i < WIDTH; i++) m->w[m->layout.embed + (size_t)(t * WIDTH + i)] = t == i;
    real *w = m->w + m->layout.layer[0].wqkv;
    for (int row = 0; row < 3 * heads * DIM; row++)
        for (int t = 0; t < WIDTH; t++) {
            const int channel = row % DIM, part = row / (heads * DIM);
            const double q = sin(0.7 * t + 0.3 * channel + 0.1),
                         k = cos(0.4 * t - 0.2 * channel + 0.05), v = t == channel;
            w[row * WIDTH + t] = (real)((part == 0 ? q : part == 1 ? k : v) / norm);
        }
    return m;
}

/* The learned parameter `name` of a type in the model's only layer. */
static real *parameter(struct model *m, const char *type, const char *name)
{
    char wanted[96];
    int n;
    const struct tensor *t = model_tensors(m, &n);
    snprintf(wanted, sizeof wanted, "model.layers.0.position.%s.%s", type, name);
    for (int i = 0; i < n; i++)
        if (!strcmp(t[i].name, wanted)) return m->w + t[i].offset;
    ck_abort_msg("no parameter %s", wanted);
}

/* s_ij = ln P_ij + lse_i, where the values are unit vectors. */
static void compare(struct model *m, const jsn *want, int heads, const char *what)
{
    struct batch b;
    struct acts x;
    random_batch(&b, T, T, T, false, 1);
    for (int i = 0; i < T; i++) b.token[i] = i;
    forward(m, &b, false, &x);
    for (int h = 0; h < heads; h++) {
        const jsn *rows = heads > 1 ? jsn_at(want, (size_t)h) : want;
        ck_assert_uint_eq(jsn_length(rows), T);
        for (int i = 0; i < T; i++)
            for (int j = 0; j <= i; j++)
                must_be(log((double)x.layer[0].o[(i * heads + h) * DIM + j]) +
                            (double)x.layer[0].lse[i * heads + h],
                        number(jsn_at(rows, (size_t)i), j), NEAR, what, i, j);
    }
    batch_close(&b);
}

typedef void set_parameters(struct model *m);

static void check_logits(const char *key, const char *position, int heads, set_parameters *set)
{
    const jsn *want = jsn_get(jsn_get(jsn_get(doc.root, "logits"), "values"), key);
    struct stack s;
    ck_assert_msg(want, "%s", key);
    if (jsn_is_map(want)) want = jsn_get(want, "logits");
    stack_open(&s, position);
    struct model *m = open_example(&s, heads);
    if (set) set(m);
    compare(m, want, heads, key);
    model_close(m);
    stack_close(&s);
}

TEST(logits_of_rotations)
{
    check_logits("nope", "{type: nope}", 1, NULL);
    check_logits("rope_half", "{type: rope}", 1, NULL);
    check_logits("rope_interleaved", "{type: rope, layout: interleaved}", 1, NULL);
    check_logits("rope_partial_0.5_half", "{type: rope, partial_rotary_factor: 0.5}", 1, NULL);
    check_logits("p_rope_0.5_half", "{type: proportional, partial_rotary_factor: 0.5}", 1, NULL);
    check_logits("yarn_f8_L64_half",
                 "{type: yarn, factor: 8, original_max_position_embeddings: 64}", 1, NULL);
    check_logits("xpos_scale_base512_interleaved", "{type: xpos, layout: interleaved}", 1, NULL);
    check_logits("rope_half", "{type: learned_freq}", 1, NULL);
}
END

static void set_pope(struct model *m)
{
    for (int c = 0; c < DIM; c++) parameter(m, "pope", "delta")[c] = (real)(-0.1 * c);
}

TEST(logits_of_maps)
{
    check_logits("rerope_w3", "[{type: rope}, {type: rerope, window_size: 3}]", 1, NULL);
    check_logits("leaky_rerope_w3_k4",
                 "[{type: rope}, {type: leaky_rerope, window_size: 3, factor: 4}]", 1, NULL);
    check_logits("self_extend_G2_W3",
                 "[{type: rope}, {type: self_extend, group_size: 2, window_size: 3}]", 1, NULL);
    check_logits("dca_chunk5_local2",
                 "[{type: rope}, {type: dual_chunk, chunk_size: 5, local_size: 2}]", 1, NULL);
    check_logits("pope_base1e4", "{type: pope}", 1, set_pope);
    check_logits("pope_base1e4", "{type: pope, layout: interleaved}", 1, set_pope);
}
END

static void set_t5(struct model *m)
{
    for (int b = 0; b < 32; b++) parameter(m, "t5", "bias")[b] = (real)(0.1 * sin(1.3 * b));
}

static void set_kerple_log(struct model *m)
{
    *parameter(m, "kerple_log", "p") = (real)1.5;
    *parameter(m, "kerple_log", "a") = (real)0.7;
}

static void set_kerple_power(struct model *m)
{
    *parameter(m, "kerple_power", "a") = (real)0.3;
    *parameter(m, "kerple_power", "p") = (real)1.2;
}

static void set_kerple_weight(struct model *m)
{
    set_kerple_power(m);
    *parameter(m, "kerple_weight", "a") = (real)0.1;
    *parameter(m, "kerple_weight", "p") = (real)0.8;
}

static void set_fire(struct model *m)
{
    const double hidden[] = {0.5, -0.7, 1.1, 0.1, 0.2, -0.3}, output[] = {0.9, -0.4, 0.6, 0.05};
    for (int i = 0; i < 6; i++) parameter(m, "fire", "hidden")[i] = (real)hidden[i];
    for (int i = 0; i < 4; i++) parameter(m, "fire", "output")[i] = (real)output[i];
}

TEST(logits_of_biases)
{
    check_logits("alibi_heads4", "{type: alibi}", 4, NULL);
    check_logits("alibi_heads4", "{type: alibi_learned}", 4, NULL);
    check_logits("t5_table_0.1sin(1.3b)", "{type: t5}", 1, set_t5);
    check_logits("kerple_log_p1.5_a0.7", "{type: kerple_log}", 1, set_kerple_log);
    check_logits("kerple_power_a0.3_p1.2", "{type: kerple_power}", 1, set_kerple_power);
    check_logits("kerple_weight_a0.1_p0.8_bias_a0.3_p1.2",
                 "[{type: kerple_power}, {type: kerple_weight}]", 1, set_kerple_weight);
    check_logits("fire", "{type: fire, mlp_width: 3, init_c: 0.1, init_l: 4}", 1, set_fire);
}
END

static void set_fox(struct model *m)
{
    real *w = parameter(m, "fox", "weight");
    for (int t = 0; t < WIDTH; t++) w[t] = (real)((1 + 0.5 * sin(2.0 * t)) / sqrt(WIDTH));
    *parameter(m, "fox", "bias") = 0;
}

static void set_cable(struct model *m)
{
    real *w = parameter(m, "cable", "weight");
    for (int t = 0; t < WIDTH; t++) w[t] = (real)(0.2 * cos(1.1 * t) / sqrt(WIDTH));
}

static void set_cope(struct model *m)
{
    real *e = parameter(m, "cope", "embedding");
    for (int p = 0; p < 4; p++)
        for (int c = 0; c < DIM; c++) e[p * DIM + c] = (real)(0.1 * cos(0.9 * p + 0.5 * c));
}

TEST(logits_of_content)
{
    check_logits("fox", "{type: fox}", 1, set_fox);
    check_logits("cable", "{type: cable}", 1, set_cable);
    check_logits("cope_npos4", "{type: cope, npos_max: 4}", 1, set_cope);
}
END

static int run_oracle(void)
{
    struct error e;
    parallel_init(1);
    matmul_init();
    if (jsn_open(&doc, "tests/golden/encodings.json", &e)) {
        fprintf(stderr, "%s\n", e.text);
        return 1;
    }
    const int status = run_tests("encodings oracle", slopes, buckets, decays_of_xpos,
                                 scales_of_queries, maps_of_positions, logits_of_rotations,
                                 logits_of_maps, logits_of_biases, logits_of_content, NULL);
    jsn_close(&doc);
    return status;
}

#endif
