/* What must hold of every run, from packed rows to the model and back: documents that are masked do
 * not touch each other, packing does not change a loss over sequences, a curriculum that goes nowhere
 * is none, evaluation keeps its length. */
#include "src/data/stream.h"
#include "src/num/matmul.h"
#include "tests/model/fixture.h"
#include "tests/train/fixture.h"

enum { TOKENS = 640, VOCAB = 257, LONGEST = 64 };

static struct model *make_model(struct stack *stack)
{
    stack_open(stack, "{type: rope}");
    return small_model((struct model_config){.hidden_size = 32,
                                             .num_hidden_layers = 2,
                                             .num_attention_heads = 2,
                                             .vocab_size = VOCAB,
                                             .rms_norm_eps = 1e-5,
                                             .initializer_range = 0.02},
                       stack, TOKENS, 3);
}

/* Documents of 8 to 30 bytes, so that several fit a row. */
static struct data *short_documents(struct packing_config p)
{
    static const char *path[1];
    static char name[4096];
    struct error e;
    struct data *d;
    snprintf(name, sizeof name, "%s", in_scratch("short.jsonl"));
    path[0] = name;
    FILE *f = fopen(name, "w");
    for (int i = 0; i < 200; i++) {
        fprintf(f, "{\"text\": \"%d ", i);
        for (int k = 0; k < 6 + i * 7 % 20; k++) fputc('a' + (i * k + k) % 26, f);
        fprintf(f, "\"}\n");
    }
    fclose(f);
    struct source_config s = {.path = {1, path}, .weight = 1};
    const struct data_config c = {.sources = {1, &s}, .packing = p};
    MUST(data_open(&d, &c, 1, &e), &e);
    return d;
}

static void draw(struct data *d, struct batch *b)
{
    struct stream *s;
    struct error e;
    const struct data_clock clock = {0, 1 << 30, 0};
    MUST(batch_open(b, TOKENS, &e), &e);
    MUST(stream_open(&s, d, NULL, LONGEST, 5, &e), &e);
    MUST(stream_next(s, &clock, TOKENS, LONGEST, b, &e), &e);
    stream_close(s);
}

TEST(masked_documents_do_not_touch_each_other)
{
    static const int types[] = {PACK_CONCAT, PACK_BEST_FIT};
    for (int k = 0; k < 2; k++) {
        struct stack stack;
        struct batch b;
        struct model *m = make_model(&stack);
        struct data *d = short_documents((struct packing_config){
            .type = types[k], .document_mask = true, .reset_positions = true});
        draw(d, &b);
        const size_t n = (size_t)TOKENS * VOCAB;
        real *before = malloc(n * sizeof *before), *after = malloc(n * sizeof *after);
        model_logits(m, &b, 0, TOKENS, before);
        const int changed = b.document[300];
        for (int i = 0; i < TOKENS; i++)
            if (b.document[i] == changed) b.token[i] = (b.token[i] + 1) % 256;
        model_logits(m, &b, 0, TOKENS, after);
        int others = 0;
        for (int i = 0; i < TOKENS; i++) {
            const bool same = !memcmp(before + (size_t)i * VOCAB, after + (size_t)i * VOCAB,
                                      VOCAB * sizeof(real));
            ck_assert_int_eq(same, b.document[i] != changed);
            others += same;
        }
        ck_assert_int_gt(others, TOKENS / 2);
        free(before);
        free(after);
        batch_close(&b);
        data_close(d);
        model_close(m);
        stack_close(&stack);
    }
}
END

/* The loss of packed rows with equal weight for every document is the mean over the documents of
 * their own means, each alone in a row. */
TEST(packed_sequences_weigh_as_unpacked)
{
    struct stack stack;
    struct batch b;
    struct model *m = make_model(&stack);
    struct data *d = short_documents((struct packing_config){.type = PACK_BEST_FIT,
                                                             .document_mask = true,
                                                             .reset_positions = true,
                                                             .loss = WEIGH_SEQUENCES});
    draw(d, &b);
    const double packed = model_eval(m, &b, NULL) / b.weight_sum;
    double sum = 0;
    int documents = 0, shared = 0;
    struct batch one;
    struct error e;
    MUST(batch_open(&one, LONGEST, &e), &e);
    for (int from = 0, to; from < TOKENS; from = to) {
        double weight = 0;
        for (to = from; to < TOKENS && b.document[to] == b.document[from]; to++) {
            const int i = to - from;
            one.token[i] = b.token[to];
            one.target[i] = b.target[to];
            one.weight[i] = b.target[to] != NO_TARGET;
            one.position[i] = i;
            one.anchor[i] = 0;
            weight += (double)one.weight[i];
        }
        if (weight == 0) continue;
        one.tokens = one.row_start[1] = to - from;
        one.rows = 1;
        one.weight_sum = weight;
        sum += model_eval(m, &one, NULL) / weight;
        documents++;
        shared += from % LONGEST != 0;
    }
    ck_assert_int_gt(shared, 3); /* rows hold several */
    ck_assert_double_eq_tol(packed, sum / documents, 1e-5);
    ck_assert_double_eq_tol(b.weight_sum, documents, 1e-9);
    batch_close(&one);
    batch_close(&b);
    data_close(d);
    model_close(m);
    stack_close(&stack);
}
END

/* A schedule from a length to itself, and a window as wide as the row, change no bit. */
TEST(a_curriculum_that_goes_nowhere_is_none)
{
    static char plain[4096];
    const struct outcome *o =
        train_small("plain", 0, false, WITH("stages[0].length=64", "stages[1].length=64"));
    expect_status(o, OK);
    strcpy(plain, o->result.dir);
    o = train_small("nowhere", 0, false,
                    WITH("stages[0].length={type: linear, from: 64, to: 64}",
                         "stages[1].length={type: staged, lengths: [64, 64], at: [0.5]}"));
    expect_status(o, OK);
    same_file(plain, o->result.dir, "metrics.jsonl");
    o = train_small("wide", 0, false,
                    WITH("stages[0].length=64", "stages[1].length=64", "+stages[0].window=64"));
    expect_status(o, OK);
    same_file(plain, o->result.dir, "metrics.jsonl");
}
END

/* The first evaluations fall where rows have 32 tokens; they look at all 128 positions. */
TEST(evaluation_keeps_its_length)
{
    size_t n;
    const struct outcome *o = train_small("full", 0, false, NULL);
    expect_status(o, OK);
    char *text = contents(o->result.dir, "metrics.jsonl", &n);
    const char *first = strstr(text, "\"eval/copy_lag/by_position\": [");
    ck_assert_ptr_nonnull(first);
    ck_assert(strstr(text, "\"length\": 32,") < first && first < strstr(text, "\"length\": 128,"));
    int buckets = 1;
    for (; *first != ']'; first++) buckets += *first == ',';
    ck_assert_int_eq(buckets, 8); /* 0, 1, 2-3 ... 64-127 */
    free(text);
}
END

int main(void)
{
    scratch_open();
    parallel_init(1);
    matmul_init();
    return scratch_close(run_tests(
        "invariants", masked_documents_do_not_touch_each_other, packed_sequences_weigh_as_unpacked,
        a_curriculum_that_goes_nowhere_is_none, evaluation_keeps_its_length, NULL));
}
