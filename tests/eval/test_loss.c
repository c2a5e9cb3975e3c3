/* Held-out loss against logits and a plain log-softmax in double; the same however it is cut into
 * passes. */
#include "src/eval/loss.h"
#include "src/num/matmul.h"
#include "tests/model/fixture.h"

enum { LENGTH = 48, TOKENS = 1500, PASS = 480, VOCAB = 257 };

struct bench {
    struct data *data;
    struct stack stack;
    struct model *model;
};

static void open_bench(struct bench *b, const char *position, bool mask)
{
    struct error e;
    struct source_config source = {.generate = "copy_lag", .tokens = 40000, .weight = 1};
    struct data_config c = {.sources = {1, &source},
                            .packing = {.document_mask = mask, .reset_positions = mask},
                            .dev_fraction = 0.1,
                            .test_fraction = 0.1};
    MUST(data_open(&b->data, &c, 1, &e), &e);
    stack_open(&b->stack, position);
    b->model = small_model((struct model_config){.hidden_size = 32,
                                                 .num_hidden_layers = 2,
                                                 .num_attention_heads = 2,
                                                 .vocab_size = VOCAB,
                                                 .rms_norm_eps = 1e-5,
                                                 .initializer_range = 0.02},
                           &b->stack, PASS, 3);
}

static void close_bench(struct bench *b)
{
    model_close(b->model);
    stack_close(&b->stack);
    data_close(b->data);
}

static double naive_loss(const real *logit, int target)
{
    double max = (double)logit[0], sum = 0;
    for (int v = 1; v < VOCAB; v++) max = fmax(max, (double)logit[v]);
    for (int v = 0; v < VOCAB; v++) sum += exp((double)logit[v] - max);
    return max + log(sum) - (double)logit[target];
}

/* Position p of a document (or row) belongs to the bucket of 2^k <= p < 2^(k+1), one up. */
static int naive_bucket(int position)
{
    return position ? (int)floor(log2(position)) + 1 : 0;
}

static struct loss_table naive(struct bench *b, int length)
{
    struct loss_table t = {0};
    struct batch batch;
    struct error e;
    int64_t cursor = 0;
    static real logits[PASS * VOCAB];
    MUST(batch_open(&batch, PASS, &e), &e);
    for (;;) {
        MUST(data_eval_next(b->data, 0, SPLIT_DEV, length, PASS, TOKENS, &cursor, &batch, &e), &e);
        if (!batch.tokens) break;
        model_logits(b->model, &batch, 0, batch.tokens, logits);
        for (int i = 0; i < batch.tokens; i++) {
            if (batch.target[i] == NO_TARGET) continue;
            const double loss = naive_loss(logits + (size_t)i * VOCAB, batch.target[i]);
            const int k = naive_bucket(i - batch.anchor[i]);
            t.sum += loss;
            t.targets++;
            t.bucket_sum[k] += loss;
            t.bucket_targets[k]++;
        }
    }
    batch_close(&batch);
    return t;
}

static struct loss_table table_of(struct bench *b, int length, int pass)
{
    struct loss_table t;
    struct error e;
    MUST(eval_loss(b->model, b->data, 0, SPLIT_DEV, length, TOKENS, pass, &t, NULL, &e), &e);
    return t;
}

static void same(double is, double want)
{
    ck_assert_msg(fabs(is - want) <= 1e-5 * (1e-6 + fabs(want)), "%.9g, not %.9g", is, want);
}

TEST(losses_are_those_of_the_logits)
{
    for (int mask = 0; mask < 2; mask++) {
        struct bench b;
        open_bench(&b, "{type: rope}", mask);
        const struct loss_table t = table_of(&b, LENGTH, PASS), want = naive(&b, LENGTH);
        same(t.sum, want.sum);
        ck_assert_int_gt(t.targets, TOKENS / 2);
        ck_assert_int_eq(t.targets, want.targets);
        for (int k = 0; k < LOSS_BUCKETS; k++) {
            ck_assert_int_eq(t.bucket_targets[k], want.bucket_targets[k]);
            same(t.bucket_sum[k], want.bucket_sum[k]);
        }
        ck_assert_int_gt(t.bucket_targets[6], 0); /* positions 32 .. 47 */
        ck_assert_int_eq(t.bucket_targets[7], 0);
        close_bench(&b);
    }
}
END

TEST(passes_and_threads_change_nothing)
{
    struct bench b;
    open_bench(&b, "[{type: rope}, {type: alibi}]", true);
    const struct loss_table want = table_of(&b, LENGTH, PASS);
    static const int pass[] = {LENGTH, 2 * LENGTH, 7 * LENGTH, PASS};
    static const int threads[] = {1, 3, 8, 2};
    for (int i = 0; i < 4; i++) {
        parallel_init(threads[i]);
        const struct loss_table t = table_of(&b, LENGTH, pass[i]);
        ck_assert_msg(!memcmp(&t, &want, sizeof t), "passes of %d tokens, %d threads", pass[i],
                      threads[i]);
    }
    parallel_init(2);
    close_bench(&b);
}
END

/* The tokens that are scored are the same at every length: curves over length compare like with
 * like. */
TEST(every_length_scores_the_same_targets)
{
    struct bench b;
    open_bench(&b, "{type: rope}", true);
    const struct loss_table one = table_of(&b, LENGTH, PASS);
    static const int length[] = {1, 7, 100, PASS};
    for (int i = 0; i < 4; i++) {
        const struct loss_table t = table_of(&b, length[i], PASS);
        ck_assert_int_eq(t.targets, one.targets);
        int64_t sum = 0;
        for (int k = 0; k < LOSS_BUCKETS; k++) sum += t.bucket_targets[k];
        ck_assert_int_eq(sum, t.targets);
    }
    close_bench(&b);
}
END

/* Each document's own targets, and all of the loss; whatever the passes. */
TEST(documents_add_up)
{
    enum { MOST = 64 };
    struct bench b;
    struct error e;
    struct loss_table t;
    open_bench(&b, "{type: rope}", true);
    const int64_t n = data_documents(b.data, 0, SPLIT_DEV);
    double sum[2][MOST] = {{0}}, all = 0;
    int64_t targets[2][MOST] = {{0}}, at = 0;
    ck_assert(n > 2 && n < MOST);
    for (int k = 0; k < 2; k++) {
        struct loss_documents d = {sum[k], targets[k]};
        MUST(
            eval_loss(b.model, b.data, 0, SPLIT_DEV, LENGTH, TOKENS, k ? LENGTH : PASS, &t, &d, &e),
            &e);
    }
    ck_assert_mem_eq(sum[0], sum[1], sizeof sum[0]);
    ck_assert_mem_eq(targets[0], targets[1], sizeof targets[0]);
    for (int64_t k = 0; k < n; k++) {
        static int32_t token[8192], target[8192];
        const int tokens = (int)data_document_tokens(b.data, 0, SPLIT_DEV, k);
        int64_t own = 0;
        data_document_read(b.data, 0, SPLIT_DEV, k, 0, tokens, token, target);
        for (int i = 1; i < tokens; i++) own += at + i < TOKENS && target[i] != NO_TARGET;
        ck_assert_int_eq(targets[0][k], own);
        all += sum[0][k];
        at += tokens;
    }
    same(all, t.sum);
    close_bench(&b);
}
END

TEST(a_row_that_does_not_fit)
{
    struct bench b;
    struct error e;
    struct loss_table t;
    open_bench(&b, "{type: rope}", true);
    ck_assert_int_eq(eval_loss(b.model, b.data, 0, SPLIT_DEV, PASS + 1, TOKENS, PASS, &t, NULL, &e),
                     E_USAGE);
    close_bench(&b);
}
END

/* What can be known of records is a count of what a row shows: by position, from the text alone. */
TEST(excess_is_above_the_best)
{
    struct bench b;
    struct loss_table t;
    struct error e;
    struct batch batch;
    open_bench(&b, "[{type: rope}]", true);
    MUST(eval_loss(b.model, b.data, 0, SPLIT_DEV, LENGTH, TOKENS, PASS, &t, NULL, &e), &e);
    ck_assert(t.best_known);
    double sum = 0;
    int64_t cursor = 0;
    MUST(batch_open(&batch, LENGTH, &e), &e);
    for (;;) {
        MUST(data_eval_next(b.data, 0, SPLIT_DEV, LENGTH, LENGTH, TOKENS, &cursor, &batch, &e), &e);
        if (!batch.tokens) break;
        for (int i = 0; i < batch.tokens; i++) {
            if (batch.target[i] == NO_TARGET) continue;
            /* the marker of the record stands up to four tokens back; if it is not shown, or the
             * record that it names is not, the symbol is one of 16 */
            int marker = i;
            while (marker >= batch.anchor[i] && batch.token[marker] >= 'a') marker--;
            const int lag = marker < batch.anchor[i] || batch.token[marker] == '.'
                                ? 0
                                : 5 << (batch.token[marker] - '0');
            sum += lag && i + 1 - lag >= batch.anchor[i] ? 0 : log(16);
            if (lag && i + 1 - lag >= batch.anchor[i])
                ck_assert_int_eq(batch.token[i + 1 - lag], batch.target[i]);
        }
    }
    /* records whose marker is cut off are known to the counting law, which reads gaps */
    ck_assert_double_le(t.best, sum + 1e-9);
    ck_assert_double_ge(t.best, 0.97 * sum);
    ck_assert_double_gt(t.sum, t.best);
    batch_close(&batch);
    close_bench(&b);
}
END

int main(void)
{
    parallel_init(2);
    matmul_init();
    return run_tests("loss", losses_are_those_of_the_logits, passes_and_threads_change_nothing,
                     every_length_scores_the_same_targets, documents_add_up,
                     a_row_that_does_not_fit, excess_is_above_the_best, NULL);
}
