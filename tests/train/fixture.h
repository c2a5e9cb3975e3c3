/* fixture.h -- a run that takes a fraction of a second and crosses every boundary that there is:
 * the end of the warm-up, evaluations, a change of row length, a stage that replaces encoding, mix
 * and moments, ends of epochs, random positions, learned parameters of an encoding. */
#ifndef TESTS_TRAIN_FIXTURE_H
#define TESTS_TRAIN_FIXTURE_H

#include "src/num/matmul.h"
#include "src/train/checkpoint.h"
#include "src/train/train.h"
#include "tests/base/scratch.h"

enum { STEP = 256, STEPS = 20 };

static const char small_run[] =
    "model: {hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 2, intermediate_size: "
    "48}\n"
    "position: [{type: rope}, {type: randomized, max_position: 300}, {type: alibi_learned}]\n"
    "data:\n"
    "  sources: [{generate: copy_lag, tokens: 2k}, {generate: keyed_records, tokens: 3k}]\n"
    "optim: {lr: 3e-3, warmup: 1k, batch_tokens: 256, micro_tokens: 128}\n"
    "stages:\n"
    "  - {tokens: 3000, length: {type: staged, lengths: [32, 128], at: [0.5]}}\n"
    "  - {tokens: 2k, length: 64, mixer: {type: static, weights: [3, 1]}, moments: reset,\n"
    "     position: [{type: rope, rope_theta: 500}, {type: alibi_learned}],\n"
    "     lr: {rewarm: 600, scale: 0.5}}\n"
    "eval: {every: 700, tokens: 300}\n"
    "checkpoint: {every: 900, keep: 3}\n";

enum { OVERRIDES = 6 };

struct outcome {
    int status;
    struct train_result result;
    struct error error;
    char messages[8192]; /* what was shown */
};

/* Train small_run in the folder `runs` of the scratch folder until stop_after. */
static inline struct outcome *train_small(const char *runs, int64_t stop_after, bool fresh,
                                          const char *const *overrides)
{
    static struct outcome o;
    char folder[600], *arguments[OVERRIDES + 1];
    int n = 0;
    struct conf *c;
    struct run_config run;
    memset(&o, 0, sizeof o);
    put_file("run.yaml", small_run, strlen(small_run));
    snprintf(folder, sizeof folder, "runs=%s", in_scratch(runs));
    arguments[n++] = folder;
    for (; overrides && *overrides; overrides++) arguments[n++] = (char *)*overrides;
    MUST(run_config_load(&c, &run, in_scratch("run.yaml"), n, arguments, &o.error), &o.error);
    FILE *f = fmemopen(o.messages, sizeof o.messages, "w");
    const struct train_options options = {
        .config_text = "run.yaml", .fresh = fresh, .messages = f, .stop_after = stop_after};
    o.status = train_run(&run, &options, &o.result, &o.error);
    fclose(f);
    conf_close(c);
    return &o;
}

#define WITH(...) ((const char *const[OVERRIDES]){__VA_ARGS__})

static inline void expect_status(const struct outcome *o, int status)
{
    ck_assert_msg(o->status == status, "status %d, not %d: %s", o->status, status, o->error.text);
}

/* folder/name; good for the next few calls. */
static inline const char *join(const char *folder, const char *name)
{
    static char path[8][4096];
    static int turn;
    struct error e;
    turn = (turn + 1) % 8;
    MUST(file_join(path[turn], sizeof path[turn], folder, name, &e), &e);
    return path[turn];
}

static inline char *contents(const char *folder, const char *name, size_t *n)
{
    char *data = NULL;
    struct error e;
    MUST(file_read_all(join(folder, name), &data, n, &e), &e);
    return data;
}

/* The newest checkpoint of a run. */
static inline void newest(const char *dir, char *path, size_t size)
{
    bool found;
    struct error e;
    MUST(checkpoint_latest(join(dir, "checkpoints"), path, size, &found, &e), &e);
    ck_assert(found);
}

static inline void same_file(const char *a, const char *b, const char *name)
{
    size_t n, m;
    char *x = contents(a, name, &n), *y = contents(b, name, &m);
    size_t i = 0;
    while (i < n && i < m && x[i] == y[i]) i++;
    ck_assert_msg(n == m && i == n, "'%s' and '%s' differ in %s at byte %zu of %zu and %zu", a, b,
                  name, i, n, m);
    free(x);
    free(y);
}

static inline void same_checkpoint(const char *a, const char *b)
{
    same_file(a, b, "model.safetensors");
    same_file(a, b, "state.safetensors");
    same_file(a, b, "config.json");
}

/* Everything but clocks is the same, byte for byte. */
static inline void same_run(const char *a, const char *b)
{
    struct error e;
    char **names, x[4096], y[4096];
    size_t n;
    same_file(a, b, "metrics.jsonl");
    same_file(a, b, "summary.json");
    same_file(a, b, "status.json");
    snprintf(x, sizeof x, "%s", join(a, "checkpoints"));
    snprintf(y, sizeof y, "%s", join(b, "checkpoints"));
    MUST(file_list(x, &names, &n, &e), &e);
    ck_assert_uint_eq(n, 3);
    for (size_t i = 0; i < n; i++) same_checkpoint(join(x, names[i]), join(y, names[i]));
    file_list_free(names, n);
}

/* The results are; checkpoints on the way may stand elsewhere. */
static inline void same_end(const char *a, const char *b)
{
    char x[4096], y[4096];
    same_file(a, b, "metrics.jsonl");
    same_file(a, b, "summary.json");
    newest(a, x, sizeof x);
    newest(b, y, sizeof y);
    same_checkpoint(x, y);
}

#endif
