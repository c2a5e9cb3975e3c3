/* Stages: what must not change across a switch, what must, and runs that share their past. */
#include <unistd.h>

#include "src/base/json.h"
#include "src/base/safetensors.h"
#include "src/train/prefix.h"
#include "tests/train/fixture.h"

/* ---- every allocation of the program is counted ---- */

#ifndef __has_feature /* gcc */
#define __has_feature(x) 0
#endif
#if defined __SANITIZE_ADDRESS__ || __has_feature(address_sanitizer) ||                            \
    __has_feature(thread_sanitizer)
#define COUNTED false /* the sanitizer's allocator must stay in place */
static long allocations;
#else
#define COUNTED true
static long allocations;

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);

void *malloc(size_t n)
{
    __atomic_fetch_add(&allocations, 1, __ATOMIC_RELAXED);
    return __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
    __atomic_fetch_add(&allocations, 1, __ATOMIC_RELAXED);
    return __libc_calloc(n, size);
}
#endif

/* ---- reading what a run left ---- */

/* Value of `key` in the metrics line of a step; NaN if the line has none. */
static double metric(const char *dir, int64_t step, const char *key)
{
    size_t n;
    double value = NAN;
    struct jsn_doc d;
    struct error e;
    char *text = contents(dir, "metrics.jsonl", &n);
    for (char *line = text, *end; isnan(value) && (end = strchr(line, '\n')); line = end + 1) {
        int64_t at = 0;
        MUST(jsn_open_text(&d, "metrics.jsonl", line, (size_t)(end - line), &e), &e);
        MUST(jsn_int(&d, d.root, "step", true, &at, &e), &e);
        if (at == step) MUST(jsn_double(&d, d.root, key, false, &value, &e), &e);
        jsn_close(&d);
    }
    free(text);
    return value;
}

/* The last checkpoint's weights, state and all metrics but `key` (a number) are the same. */
static void same_but(const char *a, const char *b, const char *key)
{
    char x[4096], y[4096], quoted[64];
    size_t n, m;
    newest(a, x, sizeof x);
    newest(b, y, sizeof y);
    same_file(x, y, "model.safetensors");
    char *p = contents(a, "metrics.jsonl", &n), *q = contents(b, "metrics.jsonl", &m);
    snprintf(quoted, sizeof quoted, "\"%s\":", key);
    char *texts[] = {p, q};
    for (int i = 0; i < 2; i++)
        for (char *at = texts[i]; (at = strstr(at, quoted));) {
            const size_t gone = strcspn(at, ",") + 2;
            memmove(at, at + gone, strlen(at + gone) + 1);
        }
    ck_assert_str_eq(p, q);
    free(p);
    free(q);
}

static const char *run(const char *runs, const char *const *overrides)
{
    static char dir[8][4096];
    static int turn;
    const struct outcome *o = train_small(runs, 0, false, overrides);
    expect_status(o, OK);
    turn = (turn + 1) % 8;
    return strcpy(dir[turn], o->result.dir);
}

/* ---- what a schedule that changes nothing changes ---- */

TEST(equal_ends_are_constant)
{
    const char *const constant = run("constant", WITH("stages=[{tokens: 3k, length: 64}]"));
    static const char *const flat[] = {
        "stages=[{tokens: 3k, length: {type: linear, from: 64, to: 64}}]",
        "stages=[{tokens: 3k, length: {type: exponential, from: 64, to: 64}}]",
        "stages=[{tokens: 3k, length: {type: staged, lengths: [64, 64], at: [0.5]}}]",
        "stages=[{tokens: 3k, length: {type: uniform, min: 64, max: 64}}]",
        "stages=[{steps: 12, length: {type: cyclic, from: 64, to: 64}}]",
        "stages=[{tokens: 3k, length: 64, batch: {tokens: {type: linear, from: 256, to: 256}}}]",
        "stages=[{tokens: 3k, length: 64, batch: {rows: 4}}]",
        "stages=[{tokens: 3k, length: 64, cut: truncate}]",
    };
    for (size_t i = 0; i < sizeof flat / sizeof *flat; i++)
        same_but(constant, run("constant", WITH(flat[i])), "none");
}
END

TEST(a_window_of_the_row_is_none)
{
    const char *const none = run("window", WITH("stages=[{tokens: 3k, length: 64}]"));
    same_but(none, run("window", WITH("stages=[{tokens: 3k, length: 64, window: 64}]")), "none");
    same_but(none,
             run("window", WITH("stages=[{tokens: 3k, length: 64, window: 64, mask: sliding}]")),
             "none");
    /* a narrower one is not */
    const char *const some =
        run("window", WITH("stages=[{tokens: 3k, length: 64, window: {type: linear, from: 8, to: "
                           "64}}]"));
    ck_assert_double_eq(metric(some, 1, "window"), 8);
    ck_assert_double_ne(metric(some, 1, "train/loss"), metric(none, 1, "train/loss"));
    ck_assert_double_lt(metric(some, 12, "flops/exact"), metric(none, 12, "flops/exact"));
    ck_assert_double_eq(metric(some, 12, "flops/paper"), metric(none, 12, "flops/paper"));
}
END

/* ---- resume on, just before and just after every boundary ---- */

static const char every_switch[] =
    "stages=[{tokens: 1000, length: {type: linear, from: 32, to: 128, multiple: 16}, window: 24},"
    " {steps: 3, length: 128, window: {type: skyladder, w_s: 8, w_e: 128, alpha: 30}, mask: "
    "sliding,"
    "  evaluate: true, position: [{type: rope, rope_theta: 500}, {type: randomized, max_position: "
    "300}], position_ramp: 500, fork: true},"
    " {tokens: 1k, length: {type: staged, lengths: [32, 64], at: [0.5]}, cut: truncate, batch: "
    "{rows: {type: linear, from: 2, to: 6}, lr: sqrt}, moments: scale, moments_scale: 0.5,"
    "  lr: {action: restart, rewarm: 200, schedule: linear}, position: [{type: rope, rope_theta: "
    "500}, {type: kerple_log}, {type: alibi_learned}], mixer: {type: static, weights: [3, 1]}},"
    " {flops: 4e7, length: 64, window: 64, batch: {flops: 1.2e7}, moments: reset, lr: {scale: "
    "0.5, rewarm: 300}, position: {type: nope}}]";

TEST(a_run_may_stop_anywhere)
{
    const char *const whole = run("whole", WITH(every_switch));
    size_t n;
    char *text = contents(whole, "summary.json", &n), *at = strstr(text, "\"step\": ");
    const int steps = atoi(at + 8);
    free(text);
    ck_assert_int_gt(steps, 14);
    ck_assert_double_eq(metric(whole, steps, "stage"), 3);
    for (int k = 3; k < steps; k++) {
        if (k > 8 && k < 11) continue; /* boundaries: after 4, 7, 12 steps and some */
        char runs[32];
        snprintf(runs, sizeof runs, "stop%d", k);
        int64_t tokens = (int64_t)metric(whole, k, "tokens");
        expect_status(train_small(runs, tokens, false, WITH(every_switch)), E_STOPPED);
        const struct outcome *o = train_small(runs, 0, false, WITH(every_switch));
        expect_status(o, OK);
        same_end(whole, o->result.dir);
    }
}
END

/* Tokens of the sources are the tokens trained, in every line, across every switch; what truncation
 * loses is counted apart. */
TEST(tokens_are_conserved)
{
    const char *const whole = run("whole", WITH(every_switch));
    double lost = 0;
    for (int64_t step = 1;; step++) {
        const double tokens = metric(whole, step, "tokens");
        if (isnan(tokens)) break;
        ck_assert_double_eq(metric(whole, step, "data/copy_lag/tokens") +
                                metric(whole, step, "data/keyed_records/tokens"),
                            tokens);
        const double now = metric(whole, step, "data/lost_tokens");
        ck_assert(isnan(now) || now > lost);
        if (!isnan(now)) lost = now;
    }
    ck_assert_double_gt(lost, 0);
}
END

/* Held-out loss is that of the longest rows, also while rows or windows are short. */
TEST(evaluation_is_at_full_length)
{
    const char *const whole = run("whole", WITH(every_switch));
    size_t n, evaluations = 0;
    char *text = contents(whole, "metrics.jsonl", &n);
    size_t first = 0;
    for (char *p = text; (p = strstr(p, "eval/copy_lag/by_position\": [")); evaluations++) {
        size_t commas = 0;
        for (; *p != ']'; p++) commas += *p == ',';
        if (!first) first = commas;
        ck_assert_uint_eq(commas, first);
    }
    free(text);
    ck_assert_uint_gt(evaluations, 4);
}
END

/* ---- switches of the encoding ---- */

static struct safe_file open_weights(const char *dir)
{
    struct safe_file f;
    struct error e;
    MUST(safe_open(&f, join(dir, "model.safetensors"), &e), &e);
    return f;
}

/* What stays keeps its values, what is new starts as a model of its own would, what goes is gone. */
TEST(learned_parameters_come_and_go)
{
    static const char stages[] =
        "stages=[{tokens: 1k, length: 64, position: [{type: rope}, {type: alibi_learned}], fork: "
        "true},"
        " {steps: 1, lr: {scale: 0}, position: [{type: kerple_log}, {type: alibi_learned}], fork: "
        "true}, {steps: 1, position: [{type: nope}]}]";
    const char *const name = "model.layers.1.position.alibi_learned.slopes";
    const char *const dir = run("params", WITH(stages, "optim.weight_decay=0"));
    struct safe_file a = open_weights(join(dir, "forks/stage1")),
                     b = open_weights(join(dir, "forks/stage2")), c;
    char last[4096];
    newest(dir, last, sizeof last);
    c = open_weights(last);
    const struct safe_tensor *was = NULL, *is = NULL;
    for (size_t i = 0; i < a.n; i++)
        if (strstr(a.tensor[i].name, "layers.1.position.alibi_learned")) was = &a.tensor[i];
    for (size_t i = 0; i < b.n; i++)
        if (was && !strcmp(b.tensor[i].name, was->name)) is = &b.tensor[i];
    ck_assert_msg(was && is, "%s", name);
    ck_assert(was->bytes == is->bytes && !memcmp(was->data, is->data, was->bytes));
    size_t fresh = 0;
    for (size_t i = 0; i < b.n; i++) fresh += strstr(b.tensor[i].name, "kerple_log") != NULL;
    ck_assert_uint_gt(fresh, 0);
    for (size_t i = 0; i < c.n; i++) ck_assert_ptr_null(strstr(c.tensor[i].name, "position"));
    safe_close(&a);
    safe_close(&b);
    safe_close(&c);
}
END

/* With a rate of 0 only the frequencies move: the loss goes from one encoding's to the other's. */
TEST(a_ramp_arrives)
{
    static const char *const stages[] = {
        "stages=[{steps: 1, length: 64, position: {type: rope}}, {steps: 8, position: {type: "
        "rope, rope_theta: 300}, position_ramp: 1k}]",
        "stages=[{steps: 1, length: 64, position: {type: rope}}, {steps: 8, position: {type: "
        "rope, rope_theta: 300}}]",
        "stages=[{steps: 9, length: 64, position: {type: rope}}]"};
    const char *const ramp = run("ramp", WITH(stages[0], "optim.lr=0", "optim.warmup=0")),
                      *const jump = run("ramp", WITH(stages[1], "optim.lr=0", "optim.warmup=0")),
                      *const stay = run("ramp", WITH(stages[2], "optim.lr=0", "optim.warmup=0"));
    for (int64_t k = 2; k <= 9; k++) {
        const double a = metric(ramp, k, "train/loss"), b = metric(jump, k, "train/loss"),
                     c = metric(stay, k, "train/loss");
        if (k == 2) ck_assert_double_eq(a, c); /* 0 of the way */
        if (k > 2 && k < 6) ck_assert(a != b && a != c);
        if (k >= 6) ck_assert_double_eq(a, b);
    }
}
END

TEST(switches_take_no_memory)
{
    if (!COUNTED) return;
    static const char *const stages[] = {
        "stages=[{steps: 30, length: 64, position: [{type: rope}, {type: alibi_learned}]}, {steps: "
        "1, position: [{type: rope, rope_theta: 500}, {type: kerple_log}], moments: reset}]",
        "stages=[{steps: 1, length: 64, position: [{type: rope}, {type: alibi_learned}]}, {steps: "
        "30, position: [{type: rope, rope_theta: 500}, {type: kerple_log}], moments: reset}]"};
    long count[2];
    for (int i = 0; i < 4; i++) {
        const long before = allocations;
        expect_status(train_small("memory", 0, true,
                                  WITH(stages[i % 2], "eval.every=0", "checkpoint.every=0")),
                      OK);
        count[i % 2] = allocations - before;
    }
    ck_assert_msg(count[0] == count[1], "%ld and %ld allocations", count[0], count[1]);
    /* and none at the switch itself: three more switches between the same stacks */
    static const char more[] =
        "stages=[{steps: 26, length: 64, position: [{type: rope}, {type: alibi_learned}]}, {steps: "
        "1, position: [{type: rope, rope_theta: 500}, {type: kerple_log}], moments: reset}, "
        "{steps: 2, length: 128, window: 16}, {steps: 2, length: 32, window: 32}]";
    const long before = allocations;
    expect_status(train_small("memory", 0, true, WITH(more, "eval.every=0", "checkpoint.every=0")),
                  OK);
    const long with = allocations - before;
    ck_assert_msg(with - count[0] < 200, "%ld allocations with two more stages", with - count[0]);
}
END

/* ---- shared pasts ---- */

static const char arm20[] = "stages=[{fraction: 0.25, length: 32}, {length: 128}]";
static const char arm40[] = "stages=[{fraction: 0.5, length: 32}, {length: 128, moments: reset}]";
static const char arm80[] = "stages=[{fraction: 0.75, length: 32}, {length: 128, window: 8}]";

static struct conf *arm(struct run_config *r, struct timeline *t, const char *stages)
{
    struct conf *c;
    struct error e;
    char *const arguments[] = {(char *)stages, "+budget={tokens: 4k}", "model.vocab_size=257"};
    put_file("run.yaml", small_run, strlen(small_run));
    MUST(run_config_load(&c, r, in_scratch("run.yaml"), 3, arguments, &e), &e);
    MUST(model_config_resolve(&r->model, &e), &e);
    MUST(timeline_open(t, r, &e), &e);
    return c;
}

TEST(prefixes_are_shared_up_to_the_switch)
{
    static const char *const arms[] = {arm20, arm40, arm80};
    static const int64_t want[3][3] = {{16, 4, 4}, {4, 16, 8}, {4, 8, 16}};
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++) {
            struct run_config a, b;
            struct timeline x, y;
            struct error e;
            char p[13], q[13];
            struct conf *c = arm(&a, &x, arms[i]), *d = arm(&b, &y, arms[k]);
            const int64_t shared = prefix_shared(&x, &y);
            ck_assert_int_eq(shared, want[i][k]);
            for (int64_t n = 0; n <= 16; n++) {
                prefix_id(&x, "data", n, p);
                prefix_id(&y, "data", n, q);
                ck_assert_int_eq(!strcmp(p, q), n <= shared);
            }
            MUST(prefix_check(&x, &y, shared, &e), &e);
            if (i != k) ck_assert_int_eq(prefix_check(&x, &y, shared + 1, &e), E_USAGE);
            timeline_close(&x);
            timeline_close(&y);
            conf_close(c);
            conf_close(d);
        }
}
END

static struct outcome *train_forks(const char *runs, const char *stages, int64_t at)
{
    static struct outcome o;
    struct conf *c;
    struct run_config r;
    char folder[600], forks[600];
    memset(&o, 0, sizeof o);
    snprintf(folder, sizeof folder, "runs=%s", in_scratch(runs));
    snprintf(forks, sizeof forks, "%s", in_scratch("shared"));
    char *const arguments[] = {folder, (char *)stages, "+budget={tokens: 4k}"};
    put_file("run.yaml", small_run, strlen(small_run));
    MUST(run_config_load(&c, &r, in_scratch("run.yaml"), 3, arguments, &o.error), &o.error);
    FILE *f = fmemopen(o.messages, sizeof o.messages, "w");
    const struct train_options options = {.config_text = "run.yaml",
                                          .messages = f,
                                          .forks = at < 0 ? NULL : forks,
                                          .n_fork_at = at > 0,
                                          .fork_at = &at};
    o.status = train_run(&r, &options, &o.result, &o.error);
    fclose(f);
    conf_close(c);
    return &o;
}

TEST(a_forked_run_is_the_unforked_one)
{
    char alone[4096];
    expect_status(train_forks("trunk", arm80, 8), OK); /* leaves its state after step 8 */
    const struct outcome *o = train_forks("alone", arm40, -1);
    expect_status(o, OK);
    strcpy(alone, o->result.dir);
    o = train_forks("forked", arm40, 0);
    expect_status(o, OK);
    ck_assert_msg(strstr(o->messages, "forked at step 8, 2048 tokens"), "%s", o->messages);
    same_end(alone, o->result.dir);
    o = train_forks("other", arm20, 0); /* 4 steps shared: no fork fits */
    expect_status(o, OK);
    ck_assert_ptr_null(strstr(o->messages, "forked"));
}
END

TEST(forks_by_name)
{
    static const char trunk[] =
        "stages=[{name: short, tokens: 2k, length: 32, fork: true}, {tokens: 2k, length: 128}]";
    static const char branch[] =
        "stages=[{tokens: 2k, length: 32}, {tokens: 2k, length: 128, lr: {scale: 0.5}}]";
    static const char other[] = "stages=[{tokens: 2k, length: 64}, {tokens: 2k, length: 128}]";
    char from[4200], dir[4096];
    strcpy(dir, run("named", WITH(trunk)));
    snprintf(from, sizeof from, "+fork_from={path: %.4000s, stage: short}", dir);
    const char *const alone = run("named_alone", WITH(branch));
    const struct outcome *o = train_small("named_forked", 0, false, WITH(branch, from));
    expect_status(o, OK);
    ck_assert_ptr_nonnull(strstr(o->messages, "forked at step 8, 2048 tokens"));
    same_end(alone, o->result.dir);
    o = train_small("named_other", 0, false, WITH(other, from));
    expect_status(o, E_USAGE);
    char want[5000];
    snprintf(want, sizeof want,
             "fork '%s/forks/short': what is past cannot be changed: in stage 'short' of the fork, "
             "step 1, the row length was another one",
             dir);
    ck_assert_str_eq(o->error.text, want);
    o = train_small("named_seed", 0, false, WITH(branch, from, "seed=2"));
    expect_status(o, E_USAGE);
    ck_assert_ptr_nonnull(strstr(o->error.text, "'seed' is not what the fork was trained with"));
    /* a stage that is not there is refused before anything is opened */
    struct conf *c;
    struct run_config r;
    struct error e;
    snprintf(from, sizeof from, "+fork_from={path: %.4000s, stage: long}", dir);
    char *const arguments[] = {from};
    ck_assert_int_eq(run_config_load(&c, &r, in_scratch("run.yaml"), 1, arguments, &e), E_USAGE);
    ck_assert_msg(strstr(e.text, "there is no fork of a stage 'long' in '"), "%s", e.text);
}
END

/* ---- continual pretraining ---- */

TEST(a_run_starts_from_weights)
{
    char from[4200], dir[4096], first[4096];
    strcpy(dir, run("base", WITH("stages=[{tokens: 1k, length: 64}]", "optim.warmup=0")));
    newest(dir, first, sizeof first);
    snprintf(from, sizeof from, "+init_from.path=%.4000s", dir);
    /* with a rate of 0 the weights stay those of the run, the encoding being the same ... */
    const struct outcome *o =
        train_small("continued", 0, false,
                    WITH(from, "stages=[{steps: 1, length: 64}]", "optim.lr=0", "optim.warmup=0"));
    expect_status(o, OK);
    char last[4096], id[13];
    newest(o->result.dir, last, sizeof last);
    same_file(first, last, "model.safetensors");
    strcpy(id, o->result.id);
    /* ... another encoding's parameters are its own, and other weights make another run */
    o = train_small("continued", 0, false,
                    WITH(from, "stages=[{steps: 1, length: 64}]", "optim.lr=0", "optim.warmup=0",
                         "position=[{type: kerple_log}]"));
    expect_status(o, OK);
    ck_assert_str_ne(id, o->result.id);
    unlink(join(first, "model.safetensors"));
    struct conf *c;
    struct run_config r;
    struct error e;
    char *const arguments[] = {from};
    ck_assert_int_eq(run_config_load(&c, &r, in_scratch("run.yaml"), 1, arguments, &e), E_USAGE);
    ck_assert_msg(strstr(e.text, "argument 1:17: error: "), "%s", e.text);
}
END

int main(void)
{
    scratch_open();
    parallel_init(1); /* many short runs: threads cost more than they save */
    matmul_init();
    return scratch_close(run_tests(
        "stages", equal_ends_are_constant, a_window_of_the_row_is_none, a_run_may_stop_anywhere,
        tokens_are_conserved, evaluation_is_at_full_length, learned_parameters_come_and_go,
        a_ramp_arrives, switches_take_no_memory, prefixes_are_shared_up_to_the_switch,
        a_forked_run_is_the_unforked_one, forks_by_name, a_run_starts_from_weights, NULL));
}
