/* The decoder as a function: who may see whom, same bits for any company and thread count, cached decoding. */
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

static const char *const stacks[] = {
    "{type: rope}",
    "{type: rope, layout: interleaved, partial_rotary_factor: 0.5}",
    "{type: alibi}",
    "{type: nope}",
    "[{type: linear, factor: 2}, {type: alibi, layers: {every: 2, offset: 1}}]",
    NULL};

static real *logits_of(struct model *m, struct batch *b)
{
    real *out = malloc((size_t)b->tokens * VOCAB * sizeof *out);
    model_logits(m, b, 0, b->tokens, out);
    return out;
}

/* Changing a token changes its own document's later logits and not a bit of anything else. */
TEST(documents_and_causality)
{
    for (int s = 0; stacks[s]; s++) {
        struct stack stack;
        struct batch b;
        stack_open(&stack, stacks[s]);
        struct model *m = small_model(base, &stack, T, 3);
        random_batch(&b, T, 150, VOCAB, true, 7);
        real *before = logits_of(m, &b);
        const int changed = 140;
        b.token[changed] = (b.token[changed] + 1) % VOCAB;
        real *after = logits_of(m, &b);
        int differing = 0;
        for (int i = 0; i < T; i++) {
            const bool same = !memcmp(before + (size_t)i * VOCAB, after + (size_t)i * VOCAB,
                                      VOCAB * sizeof *before);
            differing += !same;
            if (i < changed || b.anchor[i] != b.anchor[changed]) ck_assert_msg(same, "token %d", i);
        }
        ck_assert_int_gt(differing, 0);
        free(before);
        free(after);
        model_close(m);
        batch_close(&b);
        stack_close(&stack);
    }
}
END

/* A packed document has the bits that it has alone. */
TEST(packed_equals_alone)
{
    for (int s = 0; stacks[s]; s++) {
        struct stack stack;
        struct batch b;
        stack_open(&stack, stacks[s]);
        struct model *m = small_model(base, &stack, T, 3);
        random_batch(&b, T, T, VOCAB, true, 9);
        real *packed = logits_of(m, &b);
        for (int from = 0, to; from < T; from = to) {
            for (to = from + 1; to < T && b.anchor[to] == from; to++) {
            }
            struct batch one;
            random_batch(&one, to - from, to - from, VOCAB, false, 1);
            memcpy(one.token, b.token + from, (size_t)(to - from) * sizeof *one.token);
            real *alone = logits_of(m, &one);
            ck_assert_msg(!memcmp(alone, packed + (size_t)from * VOCAB,
                                  (size_t)(to - from) * VOCAB * sizeof *alone),
                          "%s: document at %d of %d tokens", stacks[s], from, to - from);
            free(alone);
            batch_close(&one);
        }
        free(packed);
        model_close(m);
        batch_close(&b);
        stack_close(&stack);
    }
}
END

TEST(thread_count_leaves_no_trace)
{
    for (int s = 0; stacks[s]; s++) {
        real *first = NULL;
        double first_loss = 0;
        for (int threads = 1; threads <= 8; threads += threads == 3 ? 5 : 1) {
            parallel_init(threads);
            struct stack stack;
            struct batch b;
            stack_open(&stack, stacks[s]);
            struct model *m = small_model(base, &stack, T, 3);
            random_batch(&b, T, 200, VOCAB, s % 2, 7);
            const double loss = model_train(m, &b, 1 / b.weight_sum, 1e-4, NULL);
            const size_t n = model_reals(m);
            if (!first) {
                first = malloc(n * sizeof *first);
                memcpy(first, model_gradients(m), n * sizeof *first);
                first_loss = loss;
            }
            ck_assert(loss == first_loss);
            ck_assert_msg(!memcmp(first, model_gradients(m), n * sizeof *first), "%s: %d threads",
                          stacks[s], threads);
            model_close(m);
            batch_close(&b);
            stack_close(&stack);
        }
        free(first);
    }
    parallel_init(2);
}
END

TEST(recomputing_changes_little)
{
    struct stack stack;
    struct batch b;
    stack_open(&stack, stacks[0]);
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

TEST(cached_decoding_equals_the_full_pass)
{
    for (int s = 0; stacks[s]; s++) {
        struct stack stack;
        struct batch b;
        struct error e;
        struct decoder *d;
        struct model_config c = base;
        c.qk_norm = s % 2;
        c.sliding_window = s % 2 ? 40 : 0;
        stack_open(&stack, stacks[s]);
        struct model *m = small_model(c, &stack, T, 3);
        random_batch(&b, T, T, VOCAB, false, 7);
        real *full = logits_of(m, &b), *one = malloc(VOCAB * sizeof *one);
        double largest = 0, worst = 0;
        for (size_t i = 0; i < (size_t)T * VOCAB; i++)
            largest = fmax(largest, fabs((double)full[i]));
        MUST(decoder_open(&d, m, T, &e), &e);
        for (int at = 0; at < T;) {
            const int n = at == 0 ? 100 : 1;
            decoder_feed(d, b.token + at, n, one);
            at += n;
            for (int v = 0; v < VOCAB; v++)
                worst = fmax(worst, fabs((double)one[v] - full[(size_t)(at - 1) * VOCAB + v]));
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
}
END

TEST(initial_loss_is_ln_v)
{
    struct stack stack;
    struct batch b;
    struct error e;
    struct model *m;
    struct model_config c = base;
    stack_open(&stack, stacks[0]);
    random_batch(&b, T, T, VOCAB, false, 7);
    c.initializer_range = 0.02;
    MUST(model_config_resolve(&c, &e), &e);
    const struct model_use use = {true, T, T, T};
    MUST(model_open(&m, &c, &stack.config.position, &use, &e), &e);
    model_init(m, 1);
    ck_assert_double_eq_tol(model_eval(m, &b, NULL) / b.weight_sum, log(VOCAB), 0.02 * log(VOCAB));
    model_close(m);
    batch_close(&b);
    stack_close(&stack);
}
END

    int
    main(void)
{
    parallel_init(2);
    matmul_init();
    return run_tests("model", documents_and_causality, packed_equals_alone,
                     thread_count_leaves_no_trace, recomputing_changes_little,
                     cached_decoding_equals_the_full_pass, initial_loss_is_ln_v, NULL);
}
