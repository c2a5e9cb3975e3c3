/* fixture.h -- a small model, small data, and tasks from YAML, for the tests of src/eval. */
#ifndef TESTS_EVAL_FIXTURE_H
#define TESTS_EVAL_FIXTURE_H

#include "src/eval/task.h"
#include "src/num/matmul.h"
#include "tests/model/fixture.h"

enum { BENCH_PASS = 1024, BENCH_VOCAB = 257 };

struct bench {
    struct data *data;
    struct stack stack;
    struct model *model;
};

/* Every test document of text is one of `text`'s files; NULL: generated records. */
static inline void bench_open(struct bench *b, const char *position, const char *text)
{
    struct error e;
    const char *path[1] = {text};
    struct source_config source = {.weight = 1, .tokens = 60000, .field = "text"};
    if (text)
        source.path = (struct conf_strings){1, path};
    else
        source.generate = "copy_lag";
    struct data_config c = {.sources = {1, &source},
                            .packing = {.document_mask = true, .reset_positions = true},
                            .dev_fraction = 0.4,
                            .test_fraction = 0.1};
    MUST(data_open(&b->data, &c, 1, &e), &e);
    stack_open(&b->stack, position);
    b->model = small_model((struct model_config){.hidden_size = 32,
                                                 .num_hidden_layers = 2,
                                                 .num_attention_heads = 2,
                                                 .vocab_size = BENCH_VOCAB,
                                                 .rms_norm_eps = 1e-5,
                                                 .initializer_range = 0.02},
                           &b->stack, BENCH_PASS, 3);
}

static inline void bench_close(struct bench *b)
{
    model_close(b->model);
    stack_close(&b->stack);
    data_close(b->data);
}

struct task_holder {
    struct conf *conf;
    struct task_list {
        struct conf_variants task;
    } list;
};

static const struct conf_field task_holder_fields[] = {
    CONF_VARIANTS(struct task_list, task, &task_registry, "a task"),
    CONF_END,
};
static const struct conf_schema task_holder_schema = {"tasks", sizeof(struct task_list),
                                                      task_holder_fields};

static inline const struct conf_variant *task_open(struct task_holder *t, const char *yaml)
{
    struct error e;
    char text[1024];
    snprintf(text, sizeof text, "task: %s\n", yaml);
    MUST(conf_open_text(&t->conf, "task", text, &e), &e);
    conf_bind(t->conf, &task_holder_schema, &t->list);
    MUST(conf_finish(t->conf, &e), &e);
    return t->list.task.v;
}

/* Run a task on the bench, bos before its texts (NULL: none); the result must be closed. */
static inline struct findings bench_run_bos(struct bench *b, const char *yaml, int max_tokens,
                                            const int32_t *bos)
{
    struct error e;
    struct findings r = {0};
    struct task_holder t;
    const struct conf_variant *task = task_open(&t, yaml);
    const struct eval_at at = {.model = b->model,
                               .data = b->data,
                               .split = SPLIT_DEV,
                               .seed = 1,
                               .train_length = 64,
                               .length = 64,
                               .tokens = 3000,
                               .max_tokens = max_tokens,
                               .bos = bos};
    MUST(task_run(task, &at, &r, &e), &e);
    conf_close(t.conf);
    return r;
}

static inline struct findings bench_run(struct bench *b, const char *yaml, int max_tokens)
{
    return bench_run_bos(b, yaml, max_tokens, NULL);
}

/* The whole result as JSON; the caller frees it. */
static inline char *result_text_of(const struct findings *r)
{
    struct jsn_out o;
    jsn_out_open(&o, false);
    jsn_map_begin(&o, NULL);
    findings_json(r, &o);
    jsn_map_end(&o);
    char *text = strndup(o.text, o.length);
    jsn_out_close(&o);
    return text;
}

/* Number in row `row` of a table's column; of the JSON, so that what is read is what users read. */
static inline double table_number(const struct findings *r, const char *table, int row,
                                  const char *column)
{
    struct error e;
    struct jsn_doc d;
    char *text = result_text_of(r);
    MUST(jsn_open_text(&d, "result", text, strlen(text), &e), &e);
    const jsn *x = jsn_at(jsn_get(jsn_get(d.root, "tables"), table), (size_t)row);
    ck_assert_msg(x != NULL, "table %s has no row %d", table, row);
    const jsn *n = jsn_get(x, column);
    const double value = n ? jsn_as_double(n) : NAN;
    jsn_close(&d);
    free(text);
    return value;
}

static inline int table_rows(const struct findings *r, const char *table)
{
    struct error e;
    struct jsn_doc d;
    char *text = result_text_of(r);
    MUST(jsn_open_text(&d, "result", text, strlen(text), &e), &e);
    const int n = (int)jsn_length(jsn_get(jsn_get(d.root, "tables"), table));
    jsn_close(&d);
    free(text);
    return n;
}

/* Loss of `target` after token[n], by the logits, in double. */
static inline double naive_loss(struct bench *b, const int32_t *token, int n, int32_t target)
{
    struct batch batch;
    struct error e;
    real z[BENCH_VOCAB];
    MUST(batch_open(&batch, n, &e), &e);
    batch.tokens = n;
    batch.rows = 1;
    batch.row_start[1] = n;
    for (int i = 0; i < n; i++) {
        batch.token[i] = token[i];
        batch.target[i] = NO_TARGET;
        batch.position[i] = i;
    }
    model_logits(b->model, &batch, n - 1, 1, z);
    double top = (double)z[0], sum = 0;
    for (int v = 1; v < BENCH_VOCAB; v++) top = fmax(top, (double)z[v]);
    for (int v = 0; v < BENCH_VOCAB; v++) sum += exp((double)z[v] - top);
    batch_close(&batch);
    return top + log(sum) - (double)z[target];
}

/* The same bytes for any number of threads and tokens per pass. */
static inline void same_anyhow(struct bench *b, const char *yaml, int least)
{
    struct findings r = bench_run(b, yaml, BENCH_PASS);
    char *want = result_text_of(&r);
    findings_close(&r);
    static const int threads[] = {1, 3, 5};
    for (int k = 0; k < 3; k++) {
        parallel_init(threads[k]);
        r = bench_run(b, yaml, k < 2 ? least + 7 * k : BENCH_PASS);
        char *is = result_text_of(&r);
        ck_assert_str_eq(is, want);
        findings_close(&r);
        free(is);
    }
    parallel_init(2);
    free(want);
}

#endif
