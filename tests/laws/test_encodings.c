/* test_encodings.c -- every registered encoding inside a model: rows do not see what comes after
 * them, packed documents equal lone ones, threads leave no trace, the cache decodes exactly,
 * training lowers the loss. */
#include "src/num/matmul.h"
#include "tests/laws/samples.h"
#include "tests/model/fixture.h"

enum { T = 150, VOCAB = 31 };

static struct model *open_model_for(const struct stack *s, const char *yaml, int max_length)
{
    const struct model_config c = {.hidden_size = 48,
                                   .num_hidden_layers = 2,
                                   .num_attention_heads = 4,
                                   .num_key_value_heads = strstr(yaml, "fope") ? 4 : 2,
                                   .head_dim = 16,
                                   .intermediate_size = 64,
                                   .vocab_size = VOCAB,
                                   .rms_norm_eps = 1e-5,
                                   .initializer_range = 0.1};
    struct error e;
    struct model *m;
    struct model_config resolved = c;
    MUST(model_config_resolve(&resolved, &e), &e);
    const struct model_use use = {
        .gradients = true, .max_tokens = T, .max_length = max_length, .train_length = 64};
    MUST(model_open(&m, &resolved, &s->config.position, &use, &e), &e);
    model_init(m, 3);
    return m;
}

static struct model *open_model(const struct stack *s, const char *yaml)
{
    return open_model_for(s, yaml, T);
}

static real *logits_of(struct model *m, struct batch *b)
{
    real *out = malloc((size_t)b->tokens * VOCAB * sizeof *out);
    model_logits(m, b, 0, b->tokens, out);
    return out;
}

/* Changing a token changes nothing before it or in another document. */
TEST(causality_and_documents)
{
    char yaml[512];
    for (int k = 0; position_types[k]; k++) {
        struct stack s;
        struct batch b;
        sample_yaml(sample_of(position_types[k]->v.name), "", yaml);
        stack_open(&s, yaml);
        struct model *m = open_model(&s, yaml);
        random_batch(&b, T, T, VOCAB, true, 7);
        real *before = logits_of(m, &b);
        const int changed = 120;
        b.token[changed] = (b.token[changed] + 1) % VOCAB;
        real *after = logits_of(m, &b);
        int differing = 0;
        for (int i = 0; i < T; i++) {
            const bool same = !memcmp(before + i * VOCAB, after + i * VOCAB, VOCAB * sizeof *after);
            differing += !same;
            if (i < changed || b.anchor[i] != b.anchor[changed])
                ck_assert_msg(same, "%s: token %d", yaml, i);
        }
        ck_assert_int_gt(differing, 0);
        free(before);
        free(after);
        model_close(m);
        batch_close(&b);
        stack_close(&s);
    }
}
END

/* A packed document has the bits that it has alone, if the tables are built for the same length. */
TEST(packed_equals_alone)
{
    char yaml[512];
    for (int k = 0; position_types[k]; k++) {
        struct stack s;
        struct batch b;
        sample_yaml(sample_of(position_types[k]->v.name), "", yaml);
        stack_open(&s, yaml);
        struct model *m = open_model(&s, yaml);
        random_batch(&b, T, T, VOCAB, true, 9);
        model_set_length(m, T);
        real *packed = logits_of(m, &b);
        for (int from = 0, to; from < T; from = to) {
            struct batch one;
            for (to = from + 1; to < T && b.anchor[to] == from; to++) {
            }
            const size_t n = (size_t)(to - from);
            random_batch(&one, to - from, to - from, VOCAB, false, 1);
            memcpy(one.token, b.token + from, n * sizeof *one.token);
            real *alone = logits_of(m, &one);
            ck_assert_msg(!memcmp(alone, packed + (size_t)from * VOCAB, n * VOCAB * sizeof *alone),
                          "%s: document at %d of %d tokens", yaml, from, to - from);
            free(alone);
            batch_close(&one);
        }
        free(packed);
        model_close(m);
        batch_close(&b);
        stack_close(&s);
    }
}
END

TEST(thread_count_leaves_no_trace)
{
    char yaml[512];
    for (int k = 0; position_types[k]; k++) {
        real *first = NULL;
        sample_yaml(sample_of(position_types[k]->v.name), "", yaml);
        for (int threads = 1; threads <= 8; threads += threads == 1 ? 2 : 5) {
            struct stack s;
            struct batch b;
            parallel_init(threads);
            stack_open(&s, yaml);
            struct model *m = open_model(&s, yaml);
            random_batch(&b, T, 70, VOCAB, k % 2, 7);
            struct rng r = rng_open(1, "position");
            model_position_ids(m, &b, true, &r);
            model_zero_gradients(m);
            model_train(m, &b, 1 / b.weight_sum, 0, NULL);
            const size_t n = model_reals(m);
            if (!first) {
                first = malloc(n * sizeof *first);
                memcpy(first, model_gradients(m), n * sizeof *first);
            }
            ck_assert_msg(!memcmp(first, model_gradients(m), n * sizeof *first), "%s: %d threads",
                          yaml, threads);
            model_close(m);
            batch_close(&b);
            stack_close(&s);
        }
        free(first);
    }
    parallel_init(2);
}
END

/* Moving every position by the same amount moves no logit, as far as tables can go; and types that do
 * not promise that do move them. */
TEST(shift_invariance_of_models)
{
    enum { FAR = 131072 };
    const int shifts[] = {1, 1000, 0};
    char yaml[512];
    for (int k = 0; position_types[k]; k++) {
        const struct position_type *t = position_types[k];
        struct stack s;
        struct batch b;
        double largest = 0, worst = 0;
        if (t->embed || t->ids) continue;
        sample_yaml(sample_of(t->v.name), "", yaml);
        stack_open(&s, yaml);
        const int far = t->table ? 4096 : FAR; /* mixing takes its time */
        struct model *m = open_model_for(&s, yaml, far);
        random_batch(&b, T, T, VOCAB, false, 7);
        model_set_length(m, T);
        real *first = logits_of(m, &b);
        for (size_t i = 0; i < sizeof shifts / sizeof *shifts; i++) {
            for (int j = 0; j < T; j++) b.position[j] = j + (shifts[i] ? shifts[i] : far - T);
            real *now = logits_of(m, &b);
            for (int j = 0; j < T * VOCAB; j++) {
                largest = fmax(largest, fabs(first[j]));
                worst = fmax(worst, fabs((double)now[j] - first[j]));
            }
            free(now);
        }
        if (t->laws & LAW_SHIFT)
            ck_assert_msg(worst <= 1e-5 * largest, "%s: off by %.2e of %.2e", yaml, worst, largest);
        else
            ck_assert_msg(worst > 1e-3 * largest, "%s keeps LAW_SHIFT and does not say so", yaml);
        free(first);
        model_close(m);
        batch_close(&b);
        stack_close(&s);
    }
}
END

/* Fed in pieces, the cache gives the logits of the full pass, if the tables are built for one
 * length. */
TEST(cached_decoding_equals_the_full_pass)
{
    char yaml[512];
    for (int k = 0; position_types[k]; k++) {
        struct stack s;
        struct batch b;
        struct error e;
        struct decoder *d;
        sample_yaml(sample_of(position_types[k]->v.name), "", yaml);
        stack_open(&s, yaml);
        struct model *m = open_model(&s, yaml);
        real one[VOCAB];
        double largest = 0, worst = 0;
        model_set_length(m, T);
        random_batch(&b, T, T, VOCAB, false, 7);
        real *full = logits_of(m, &b);
        MUST(decoder_open(&d, m, T, &e), &e);
        for (int at = 0, to; at < T; at = to) {
            to = at == 0 ? 60 : at + 1;
            decoder_feed(d, b.token + at, to - at, one);
            for (int v = 0; v < VOCAB; v++) {
                const double want = full[(size_t)(to - 1) * VOCAB + v];
                largest = fmax(largest, fabs(want));
                worst = fmax(worst, fabs(one[v] - want));
            }
        }
        free(full);
        batch_close(&b);
        ck_assert_msg(worst <= 2e-5 * largest, "%s: off by %.2e of %.2e", yaml, worst, largest);
        decoder_close(d);
        model_close(m);
        stack_close(&s);
    }
}
END

/* A branch that shares a prefix has the logits that it has behind the prefix in a sequence of its own. */
TEST(branches_equal_whole_sequences)
{
    enum { PREFIX = 90, BRANCH = 30, WHOLE = PREFIX + BRANCH };
    char yaml[512];
    for (int k = 0; position_types[k]; k++) {
        struct stack s;
        struct batch b, whole;
        int32_t begin[T] = {0}, end[T] = {0};
        double largest = 0, worst = 0;
        if (position_types[k]->ids) continue;
        sample_yaml(sample_of(position_types[k]->v.name), "", yaml);
        stack_open(&s, yaml);
        struct model *m = open_model(&s, yaml);
        model_set_length(m, WHOLE);
        random_batch(&b, T, T, VOCAB, false, 7);
        for (int i = PREFIX; i < T; i++) {
            b.anchor[i] = PREFIX + (i - PREFIX) / BRANCH * BRANCH;
            b.position[i] = PREFIX + (i - PREFIX) % BRANCH;
            end[i] = PREFIX;
        }
        b.prefix_begin = begin;
        b.prefix_end = end;
        real *branches = logits_of(m, &b);
        random_batch(&whole, WHOLE, WHOLE, VOCAB, false, 7);
        memcpy(whole.token, b.token, PREFIX * sizeof *b.token);
        for (int branch = 0; branch < (T - PREFIX) / BRANCH; branch++) {
            const int from = PREFIX + branch * BRANCH;
            memcpy(whole.token + PREFIX, b.token + from, BRANCH * sizeof *b.token);
            real *alone = logits_of(m, &whole);
            for (int i = 0; i < BRANCH * VOCAB; i++) {
                largest = fmax(largest, fabs(alone[PREFIX * VOCAB + i]));
                worst = fmax(worst,
                             fabs((double)alone[PREFIX * VOCAB + i] - branches[from * VOCAB + i]));
            }
            free(alone);
        }
        ck_assert_msg(worst <= 2e-5 * largest, "%s: off by %.2e of %.2e", yaml, worst, largest);
        b.prefix_begin = b.prefix_end = NULL;
        free(branches);
        model_close(m);
        batch_close(&b);
        batch_close(&whole);
        stack_close(&s);
    }
}
END

/* A few steps of gradient descent on one batch: last loss / first loss. */
static double train(struct model *m, int steps)
{
    struct batch b;
    double first = 0, last = 0;
    random_batch(&b, T, T / 2, VOCAB, false, 7);
    for (int step = 0; step < steps; step++) {
        struct rng r = rng_open((uint64_t)step, "position");
        for (int row = 0; row < b.rows; row++)
            for (int i = b.row_start[row]; i < b.row_start[row + 1]; i++)
                b.position[i] = i - b.row_start[row];
        model_position_ids(m, &b, true, &r);
        model_zero_gradients(m);
        last = model_train(m, &b, 1 / b.weight_sum, 0, NULL) / b.weight_sum;
        if (step == 0) first = last;
        ck_assert_ptr_null((void *)model_not_finite(m, true));
        real *w = model_weights(m);
        const real *g = model_gradients(m);
        int n;
        const struct tensor *t = model_tensors(m, &n);
        for (int k = 0; k < n; k++)
            for (size_t i = t[k].offset; i < t[k].offset + t[k].count; i++) {
                w[i] -= (real)0.1 * g[i];
                if (t[k].min != 0 || t[k].max != 0)
                    w[i] = (real)fmin(fmax(w[i], t[k].min), t[k].max);
            }
    }
    batch_close(&b);
    return last / first;
}

TEST(gradient_descent_lowers_the_loss)
{
    char yaml[512];
    for (int k = 0; position_types[k]; k++) {
        struct stack s;
        sample_yaml(sample_of(position_types[k]->v.name), "", yaml);
        stack_open(&s, yaml);
        struct model *m = open_model(&s, yaml);
        const double ratio = train(m, 12);
        ck_assert_msg(ratio < 0.97, "%s: the loss falls to %.3f of what it was", yaml, ratio);
        model_close(m);
        stack_close(&s);
    }
}
END

/* What acts before the first layer has its parameters there alone, and no layer pattern. */
TEST(embeddings_and_ids_act_once)
{
    char yaml[512];
    for (int k = 0; position_types[k]; k++) {
        struct stack s;
        struct error e;
        struct model *m;
        const struct sample *x = sample_of(position_types[k]->v.name);
        const bool once = position_types[k]->embed || position_types[k]->ids;
        const struct model_config c = {.hidden_size = 48,
                                       .num_hidden_layers = 2,
                                       .num_attention_heads = 4,
                                       .num_key_value_heads = 4,
                                       .head_dim = 16,
                                       .intermediate_size = 64,
                                       .vocab_size = VOCAB};
        const struct model_use use = {.max_tokens = T, .max_length = T, .train_length = 64};
        sample_yaml(x, ", layers: [1]", yaml);
        stack_open(&s, yaml);
        ck_assert_int_eq(model_open(&m, &c, &s.config.position, &use, &e), once ? E_USAGE : OK);
        if (once) {
            ck_assert_msg(strstr(e.text, "acts once, before the first layer: leave `layers` out"),
                          "%s", e.text);
        } else {
            int n;
            const struct tensor *t = model_tensors(m, &n);
            for (int i = 0; i < n; i++)
                ck_assert_msg(!strstr(t[i].name, "layers.0.position") ||
                                  (x->with && strstr(t[i].name, x->with)),
                              "%s", t[i].name);
            model_close(m);
        }
        stack_close(&s);
    }
}
END

TEST(pose_leaves_evaluation_alone)
{
    struct stack s;
    struct batch b;
    const char *yaml = "[{type: rope}, {type: pose, max_position_embeddings: 300}]";
    stack_open(&s, yaml);
    struct model *m = open_model(&s, yaml);
    random_batch(&b, T, T, VOCAB, false, 7);
    struct rng r = rng_open(1, "position");
    model_position_ids(m, &b, false, &r);
    for (int i = 0; i < T; i++) ck_assert_int_eq(b.position[i], i);
    model_position_ids(m, &b, true, &r);
    ck_assert_int_gt(b.position[T - 1], T - 1);
    model_close(m);
    batch_close(&b);
    stack_close(&s);
}
END

int main(void)
{
    parallel_init(2);
    matmul_init();
    return run_tests("encodings in models", causality_and_documents, packed_equals_alone,
                     thread_count_leaves_no_trace, shift_invariance_of_models,
                     cached_decoding_equals_the_full_pass, branches_equal_whole_sequences,
                     gradient_descent_lowers_the_loss, embeddings_and_ids_act_once,
                     pose_leaves_evaluation_alone, NULL);
}
