/* twin_model.c -- gradients of whole models in double, every tensor against 4-point differences: shapes
 * and options of the decoder (tests/laws/twin_encodings.c does the same for every encoding). */
#include "src/num/matmul.h"
#include "tests/model/fixture.h"

enum { T = 37, VOCAB = 19 };

static const struct model_config base = {.hidden_size = 20,
                                         .num_hidden_layers = 2,
                                         .num_attention_heads = 4,
                                         .num_key_value_heads = 2,
                                         .head_dim = 6,
                                         .intermediate_size = 28,
                                         .vocab_size = VOCAB,
                                         .rms_norm_eps = 1e-5,
                                         .initializer_range = 0.3};

/* f'(0) from f(h), f(-h), f(2h), f(-2h) along one coordinate. */
static double slope(struct model *m, const struct batch *b, size_t i)
{
    real *w = model_weights(m);
    const real at = w[i];
    const double h = 1e-3;
    double f[4];
    const double step[4] = {h, -h, 2 * h, -2 * h};
    for (int k = 0; k < 4; k++) {
        w[i] = at + step[k];
        f[k] = model_eval(m, b, NULL);
    }
    w[i] = at;
    return (8 * (f[0] - f[1]) - (f[2] - f[3])) / (12 * h);
}

/* ||g - g_fd|| / ||g|| of each tensor, over at most `most` coordinates of it. */
static void check_gradients(struct model *m, const struct batch *b, const char *what)
{
    int n;
    const struct tensor *t = model_tensors(m, &n);
    const real *g = model_gradients(m);
    model_zero_gradients(m);
    model_train(m, b, 1, 0, NULL);
    for (int i = 0; i < n; i++) {
        double d = 0, s = 0;
        const size_t most = 16, stride = t[i].count > most ? t[i].count / most : 1;
        for (size_t j = 0; j < t[i].count; j += stride) {
            const double fd = slope(m, b, t[i].offset + j), own = g[t[i].offset + j];
            d += (own - fd) * (own - fd);
            s += own * own;
        }
        const double error = s > 0 ? sqrt(d / s) : sqrt(d);
        ck_assert_msg(error <= 1e-7, "%s: %s: relative error %.3g", what, t[i].name, error);
    }
}

static void check(struct model_config c, const char *stack_yaml, int length, bool mask)
{
    struct stack s;
    struct batch b;
    stack_open(&s, stack_yaml);
    struct model *m = small_model(c, &s, T, 11);
    random_batch(&b, T, length, VOCAB, mask, 5);
    check_gradients(m, &b, stack_yaml);
    model_close(m);
    batch_close(&b);
    stack_close(&s);
}

TEST(plain)
{
    check(base, "{type: rope}", T, false);
}
END

TEST(tied_with_documents)
{
    struct model_config c = base;
    c.tie_word_embeddings = true;
    check(c, "{type: rope, layout: interleaved}", 17, true);
}
END

TEST(qk_norm_and_window)
{
    struct model_config c = base;
    c.qk_norm = true;
    c.sliding_window = 5;
    check(c, "{type: rope, partial_rotary_factor: 0.67}", T, true);
}
END

TEST(bias)
{
    check(base, "{type: alibi}", 20, true);
    check(base, "[{type: rope}, {type: alibi, layers: [1]}]", T, false);
}
END

TEST(soft_caps)
{
    struct model_config c = base;
    c.final_logit_softcapping = 2;
    c.attn_logit_softcapping = 1.5;
    check(c, "{type: rope}", T, false);
}
END

TEST(recompute)
{
    struct model_config c = base;
    c.qk_norm = true;
    for (c.recompute = RECOMPUTE_FFN; c.recompute <= RECOMPUTE_LAYER; c.recompute++)
        check(c, "[{type: linear, factor: 4}, {type: alibi}]", 19, true);
}
END

TEST(odd_sizes)
{
    struct model_config c = base;
    c.hidden_size = 13;
    c.head_dim = 5;
    c.num_attention_heads = 3;
    c.num_key_value_heads = 1;
    c.intermediate_size = 11;
    check(c, "{type: nope}", 23, true);
}
END

int main(void)
{
    parallel_init(1); /* tiny models: threads would only wait for each other */
    matmul_init();
    return run_tests("model gradients", plain, tied_with_documents, qk_norm_and_window, bias,
                     soft_caps, recompute, odd_sizes, NULL);
}
