/* twin_encodings.c -- every registered encoding inside a whole model, in double: the gradient of
 * every tensor, learned parameters of the encoding included, against 4-point differences. */
#include "src/num/matmul.h"
#include "tests/laws/samples.h"
#include "tests/model/fixture.h"

enum { T = 31, VOCAB = 19, LENGTH = 20 };

/* f'(0) from f(h), f(-h), f(2h), f(-2h) along one coordinate. */
static double slope(struct model *m, const struct batch *b, size_t i, double h)
{
    const double step[4] = {h, -h, 2 * h, -2 * h};
    double f[4];
    real *w = model_weights(m);
    const real at = w[i];
    for (int k = 0; k < 4; k++) {
        w[i] = (real)(at + step[k]);
        f[k] = model_eval(m, b, NULL);
    }
    w[i] = at;
    return (8 * (f[0] - f[1]) - (f[2] - f[3])) / (12 * h);
}

static void check_tensor(struct model *m, const struct batch *b, const struct tensor *t,
                         const char *what)
{
    /* small steps, and so more rounding, where a unit's kink may lie near */
    const bool sharp = strstr(what, "cope") || strstr(what, "dape"),
               kinks = sharp || (strstr(t->name, "fire") && !strstr(t->name, "output"));
    const double h = sharp ? 1e-6 : kinks ? 1e-5 : 3e-4;
    const size_t most = strstr(t->name, "position") ? 24 : 4,
                 stride = t->count > most ? t->count / most : 1;
    double wrong = 0, size = 0;
    for (size_t j = 0; j < t->count; j += stride) {
        const double own = model_gradients(m)[t->offset + j], d = slope(m, b, t->offset + j, h);
        wrong += (own - d) * (own - d);
        size += own * own;
    }
    /* Without a cap, what adds the same to all logits of a row has no gradient: the differences are
     * rounding alone, so it is held against 0 itself. */
    if (strstr(t->name, "dape.output_offset") && !strstr(what, "softcap")) wrong = size, size = 0;
    ck_assert_msg(sqrt(wrong) <= (kinks ? 1e-6 : 1e-7) * sqrt(size) + 1e-10,
                  "%s: %s: relative error %.3g", what, t->name, sqrt(wrong / size));
}

/* The fixture's noise knows no bounds; keep clear of them for the differences too. */
static void clamp(struct model *m, const struct tensor *t)
{
    real *w = model_weights(m) + t->offset;
    for (size_t i = 0; i < t->count && (t->min != 0 || t->max != 0); i++)
        w[i] = (real)fmin(fmax(w[i], t->min + 0.1), t->max - 0.1);
}

static void check(const char *yaml, int recompute)
{
    const struct model_config c = {.hidden_size = 24,
                                   .num_hidden_layers = 2,
                                   .num_attention_heads = 4,
                                   .num_key_value_heads =
                                       strstr(yaml, "fope") || strstr(yaml, "per_head") ? 4 : 2,
                                   .head_dim = 16,
                                   .intermediate_size = 28,
                                   .vocab_size = VOCAB,
                                   .rms_norm_eps = 1e-5,
                                   .initializer_range = 0.2,
                                   .recompute = recompute};
    struct stack s;
    struct batch b;
    int n;
    stack_open(&s, yaml);
    struct model *m = small_model(c, &s, T, 11);
    random_batch(&b, T, LENGTH, VOCAB, true, 5);
    struct rng r = rng_open(1, "position");
    model_position_ids(m, &b, true, &r);
    const struct tensor *t = model_tensors(m, &n);
    for (int i = 0; i < n; i++) clamp(m, &t[i]);
    model_zero_gradients(m);
    model_train(m, &b, 1, 0, NULL);
    for (int i = 0; i < n; i++) check_tensor(m, &b, &t[i], yaml);
    model_close(m);
    batch_close(&b);
    stack_close(&s);
}

TEST(every_encoding_alone)
{
    char yaml[512];
    for (int k = 0; position_types[k]; k++) {
        sample_yaml(sample_of(position_types[k]->v.name), "", yaml);
        check(yaml, k % 2 ? RECOMPUTE_NONE : RECOMPUTE_LAYER);
    }
}
END

TEST(stacks)
{
    check("[{type: xpos, layers: [1]}, {type: kerple_power}, {type: kerple_weight}, {type: ssmax}]",
          RECOMPUTE_NONE);
    check("[{type: rope}, {type: fox, gate: bias_only}, {type: cable, layers: [0]}, {type: t5}]",
          RECOMPUTE_LINEAR);
    check("[{type: randomized, max_position: 90}, {type: kerple_log}, {type: kerple_weight}, "
          "{type: llama4_scale, floor_scale: 5}, {type: ssmax}]",
          RECOMPUTE_NONE);
    check("[{type: yarn, factor: 4, magnitude: deepseek, mscale: 1, mscale_all_dim: 0.8}, "
          "{type: sinusoidal}, {type: learned_absolute, max_position_embeddings: 40}]",
          RECOMPUTE_NONE);
    check("[{type: pope, layout: interleaved, partial_rotary_factor: 0.5}, {type: fox}, {type: "
          "rerope, window_size: 5}]",
          RECOMPUTE_LINEAR);
    check("[{type: learned_freq, per_head: true, partial_rotary_factor: 0.5}, {type: softcap, cap: "
          "3}]",
          RECOMPUTE_NONE);
    check("[{type: rope}, {type: kerple_log}, {type: kerple_weight}, {type: fox}, {type: ssmax}, "
          "{type: dape, mlp_width: 3}, {type: softcap, cap: 4}]",
          RECOMPUTE_LAYER);
    check("[{type: rope}, {type: kerple_weight}, {type: t5}, {type: cope, npos_max: 4}]",
          RECOMPUTE_NONE);
    check("[{type: rope}, {type: alibi_learned}, {type: dual_chunk, chunk_size: 7, local_size: 2}]",
          RECOMPUTE_NONE);
}
END

int main(void)
{
    parallel_init(1); /* many tiny passes */
    matmul_init();
    return run_tests("gradients of models with encodings", every_encoding_alone, stacks, NULL);
}
