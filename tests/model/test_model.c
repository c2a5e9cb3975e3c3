/* test_model.c -- options of the decoder: windows, what is recomputed, QK-norm and tied heads while
 * decoding, the initial loss (tests/laws/test_encodings.c does the rest for every encoding). */
#include "src/num/matmul.h"
#include "tests/model/fixture.h"

enum { T = 301, VOCAB = 257 };

static const struct model_config base = {.hidden_size = 48,
                                         .num_hidden_layers = 3,
                                         .num_attention_heads = 4,
                                         .num_key_value_heads = 2,
                                         .head_dim = 12,
                                         .intermediate_size = 100,
                                         .vocab_size = VOCAB,
                                         .rms_norm_eps = 1e-5,
                                         .initializer_range = 0.1};

static real *logits_of(struct model *m, struct batch *b)
{
    real *out = malloc((size_t)b->tokens * VOCAB * sizeof *out);
    model_logits(m, b, 0, b->tokens, out);
    return out;
}

/* A change is seen by its window's rows in one layer, and not by a bit of any other. */
TEST(windows_bound_what_a_row_sees)
{
    enum { WIDTH = 40, CHANGED = 100 };
    struct model_config c = base;
    c.num_hidden_layers = 1;
    for (int kind = WINDOW_SLIDING; kind <= WINDOW_BLOCK; kind++) {
        struct stack stack;
        struct batch b;
        stack_open(&stack, "{type: rope}");
        struct model *m = small_model(c, &stack, T, 3);
        model_set_window(m, (enum window_kind)kind, WIDTH);
        random_batch(&b, T, T, VOCAB, false, 7);
        real *before = logits_of(m, &b);
        b.token[CHANGED] = (b.token[CHANGED] + 1) % VOCAB;
        real *after = logits_of(m, &b);
        const int end = kind == WINDOW_SLIDING ? CHANGED + WIDTH : (CHANGED / WIDTH + 1) * WIDTH;
        for (int i = 0; i < T; i++) {
            const bool same =
                !memcmp(before + i * VOCAB, after + i * VOCAB, VOCAB * sizeof *before);
            ck_assert_msg(same == (i < CHANGED || i >= end), "window kind %d, row %d", kind, i);
        }
        free(before);
        free(after);
        model_close(m);
        batch_close(&b);
        stack_close(&stack);
    }
}
END

/* A window as wide as the row is no window, bit for bit. */
TEST(a_window_as_wide_as_the_row)
{
    struct stack stack;
    struct batch b;
    stack_open(&stack, "{type: rope}");
    struct model *m = small_model(base, &stack, T, 3);
    random_batch(&b, T, T, VOCAB, true, 7);
    real *none = logits_of(m, &b);
    for (int kind = WINDOW_SLIDING; kind <= WINDOW_BLOCK; kind++) {
        model_set_window(m, (enum window_kind)kind, T);
        real *wide = logits_of(m, &b);
        ck_assert_msg(!memcmp(none, wide, (size_t)T * VOCAB * sizeof *wide), "kind %d", kind);
        free(wide);
    }
    free(none);
    model_close(m);
    batch_close(&b);
    stack_close(&stack);
}
END

/* What is kept and what is computed again makes no difference beyond rounding. */
TEST(recomputing_changes_little)
{
    struct stack stack;
    struct batch b;
    stack_open(&stack, "{type: rope}");
    random_batch(&b, T, T, VOCAB, false, 7);
    real *first = NULL;
    struct model_config c = base;
    c.qk_norm = true;
    for (c.recompute = RECOMPUTE_NONE; c.recompute <= RECOMPUTE_LAYER; c.recompute++) {
        struct model *m = small_model(c, &stack, T, 3);
        model_train(m, &b, 1, 0, NULL);
        const size_t n = model_reals(m);
        if (!first) {
            first = malloc(n * sizeof *first);
            memcpy(first, model_gradients(m), n * sizeof *first);
        }
        ck_assert_double_le(relative_error(model_gradients(m), first, n), 1e-6);
        model_close(m);
    }
    free(first);
    batch_close(&b);
    stack_close(&stack);
}
END

static void check_decoding(struct model_config c)
{
    struct stack stack;
    struct batch b;
    struct error e;
    struct decoder *d;
    stack_open(&stack, "{type: rope}");
    struct model *m = small_model(c, &stack, T, 3);
    random_batch(&b, T, T, VOCAB, false, 7);
    real *full = logits_of(m, &b), *one = malloc(VOCAB * sizeof *one);
    double largest = 0, worst = 0;
    for (size_t i = 0; i < (size_t)T * VOCAB; i++) largest = fmax(largest, fabs((double)full[i]));
    MUST(decoder_open(&d, m, T, &e), &e);
    for (int at = 0, to; at < T; at = to) {
        to = at == 0 ? 100 : at + 1;
        decoder_feed(d, b.token + at, to - at, one);
        for (int v = 0; v < VOCAB; v++)
            worst = fmax(worst, fabs((double)one[v] - full[(size_t)(to - 1) * VOCAB + v]));
    }
    ck_assert_int_eq(decoder_length(d), T);
    ck_assert_double_le(worst, 2e-5 * largest);
    decoder_close(d);
    model_close(m);
    free(full);
    free(one);
    batch_close(&b);
    stack_close(&stack);
}

TEST(cached_decoding_equals_the_full_pass)
{
    struct model_config c = base;
    c.qk_norm = true;
    c.sliding_window = 40;
    check_decoding(c);
    c = base;
    c.tie_word_embeddings = true;
    c.final_logit_softcapping = 3;
    c.attn_logit_softcapping = 2;
    check_decoding(c);
}
END

TEST(the_initial_loss_is_ln_v)
{
    struct stack stack;
    struct batch b;
    struct error e;
    struct model *m;
    struct model_config c = base;
    stack_open(&stack, "{type: rope}");
    random_batch(&b, T, T, VOCAB, false, 7);
    c.initializer_range = 0.02;
    MUST(model_config_resolve(&c, &e), &e);
    const struct model_use use = {
        .gradients = true, .max_tokens = T, .max_length = T, .train_length = T};
    MUST(model_open(&m, &c, &stack.config.position, &use, &e), &e);
    model_init(m, 1);
    ck_assert_double_eq_tol(model_eval(m, &b, NULL) / b.weight_sum, log(VOCAB), 0.02 * log(VOCAB));
    model_close(m);
    batch_close(&b);
    stack_close(&stack);
}
END

int main(void)
{
    parallel_init(2);
    matmul_init();
    return run_tests("model", windows_bound_what_a_row_sees, a_window_as_wide_as_the_row,
                     recomputing_changes_little, cached_decoding_equals_the_full_pass,
                     the_initial_loss_is_ln_v, NULL);
}
