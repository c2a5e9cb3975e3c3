/* The loop: what it starts from, how it divides, what it allocates, and how it ends badly. */
#include "src/base/json.h"
#include "src/base/safetensors.h"
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
void *__libc_realloc(void *p, size_t n);

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

void *realloc(void *p, size_t n)
{
    __atomic_fetch_add(&allocations, 1, __ATOMIC_RELAXED);
    return __libc_realloc(p, n);
}
#endif

/* Allocations of a run of so many steps that neither evaluates nor saves on its way. */
static long allocations_of(const char *runs, const char *stages)
{
    const long before = allocations;
    expect_status(train_small(runs, 0, false, WITH(stages, "eval.every=0", "checkpoint.every=0")),
                  OK);
    return allocations - before;
}

TEST(steps_allocate_nothing)
{
    if (!COUNTED) return;
    allocations_of("warm", "stages=[{tokens: 2560, length: 64}]");
    const long few = allocations_of("few", "stages=[{tokens: 2560, length: 64}]");
    const long many = allocations_of("many", "stages=[{tokens: 25600, length: 64}]");
    ck_assert_int_gt(few, 100);
    ck_assert_msg(few == many, "%ld allocations in 10 steps, %ld in 100", few, many);
}
END

/* ---- what a step computes ---- */

static double metric(const char *dir, int step, const char *key)
{
    size_t n;
    double value = NAN;
    struct jsn_doc d;
    struct error e;
    char *text = contents(dir, "metrics.jsonl", &n), *line = text;
    for (int i = 1; i < step; i++) line = strchr(line, '\n') + 1;
    MUST(jsn_open_text(&d, "metrics.jsonl", line, strcspn(line, "\n"), &e), &e);
    MUST(jsn_double(&d, d.root, key, true, &value, &e), &e);
    jsn_close(&d);
    free(text);
    return value;
}

/* Before it has learned anything a model knows nothing: ln V. */
TEST(the_first_loss_is_that_of_guessing)
{
    const struct outcome *o = train_small("first", 256, false, NULL);
    expect_status(o, E_STOPPED);
    const double loss = metric(o->result.dir, 1, "train/loss");
    ck_assert_msg(fabs(loss - log(257)) < 0.02 * log(257), "%g", loss);
}
END

/* One weight moved by a millionth: another run, which begins the same and drifts away, also where the
 * embedding's first row is never used. */
TEST(twins_drift_apart)
{
    double loss[2][2];
    char id[2][13];
    for (int i = 0; i < 2; i++) {
        const char *const over[] = {"model.tie_word_embeddings=false", i ? "nudge=1e-6" : "nudge=0",
                                    NULL};
        const struct outcome *o = train_small("twins", 2048, false, over);
        expect_status(o, E_STOPPED);
        loss[i][0] = metric(o->result.dir, 1, "train/loss");
        loss[i][1] = metric(o->result.dir, 7, "train/loss");
        snprintf(id[i], sizeof id[i], "%.12s", o->result.id);
    }
    ck_assert_str_ne(id[0], id[1]);
    ck_assert(fabs(loss[0][0] - loss[1][0]) < 1e-6);
    ck_assert(loss[0][1] != loss[1][1] && fabs(loss[0][1] - loss[1][1]) < 1e-2);
}
END

/* Rows with few targets and rows with many: the step's mean is over targets, not over passes. */
TEST(passes_divide_nothing)
{
    static const char *const micro[] = {"optim.micro_tokens=128", "optim.micro_tokens=256"};
    double loss[2][4], norm[2][4];
    for (int i = 0; i < 2; i++) {
        const char *runs = i ? "one_pass" : "two_passes";
        const struct outcome *o = train_small(runs, 1024, false, WITH(micro[i]));
        expect_status(o, E_STOPPED);
        for (int k = 0; k < 4; k++) {
            loss[i][k] = metric(o->result.dir, k + 1 + (k > 2), "train/loss");
            norm[i][k] = metric(o->result.dir, k + 1 + (k > 2), "optim/grad_norm");
        }
    }
    for (int k = 0; k < 4; k++) {
        ck_assert_msg(fabs(loss[0][k] - loss[1][k]) < 1e-6 * loss[0][k], "step %d: loss %g, %g",
                      k + 1, loss[0][k], loss[1][k]);
        ck_assert_msg(fabs(norm[0][k] - norm[1][k]) < 1e-5 * norm[0][k], "step %d: norm %g, %g",
                      k + 1, norm[0][k], norm[1][k]);
    }
}
END

/* The loss of a step is the mean of its sources', weighted by their targets. */
TEST(sources_make_up_the_loss)
{
    const struct outcome *o = train_small("parts", 1024, false, NULL);
    expect_status(o, E_STOPPED);
    for (int step = 1; step <= 3; step++) {
        const double all = metric(o->result.dir, step, "train/loss"),
                     a = metric(o->result.dir, step, "data/copy_lag/loss"),
                     b = metric(o->result.dir, step, "data/keyed_records/loss");
        ck_assert_msg(all >= fmin(a, b) - 1e-9 && all <= fmax(a, b) + 1e-9, "%g of %g and %g", all,
                      a, b);
    }
}
END

TEST(training_learns)
{
    const struct outcome *o =
        train_small("learns", 0, false,
                    WITH("stages=[{tokens: 60k, length: 64}]", "optim.lr=1e-2",
                         "data.sources=[{generate: copy_lag, tokens: 100k}]", "eval.every=0",
                         "checkpoint.every=0"));
    expect_status(o, OK);
    /* sixteen symbols at random are the worst that a model of the alphabet does */
    ck_assert_msg(o->result.dev_loss < log(16) * 1.03, "%g", o->result.dev_loss);
}
END

TEST(a_rate_of_zero_moves_nothing)
{
    const struct outcome *o =
        train_small("still", 0, false,
                    WITH("optim.lr=0", "stages=[{tokens: 2048, length: 64}]", "eval.every=1024"));
    expect_status(o, OK);
    const double first = metric(o->result.dir, 5, "eval/loss"),
                 last = metric(o->result.dir, 10, "eval/loss");
    ck_assert_double_eq(first, last);
}
END

/* ---- what a stage replaces ---- */

/* Train to the end of the first stage, and one step more; loss and rate of that step. */
static void second_stage(const char *runs, const char *stage, double *loss, double *lr, char *dir)
{
    char stages[512];
    snprintf(stages, sizeof stages, "stages=[{tokens: 1k, length: 64}, {tokens: 1k%s}]", stage);
    const struct outcome *o = train_small(runs, 1024 + 256, false,
                                          WITH(stages, "eval.every=0", "checkpoint.every=256",
                                               "optim.warmup=0", "optim.schedule=constant"));
    expect_status(o, E_STOPPED);
    *loss = metric(o->result.dir, 5, "train/loss");
    *lr = metric(o->result.dir, 5, "optim/lr");
    strcpy(dir, o->result.dir);
}

TEST(stages_replace_what_they_name)
{
    double plain, loss, lr;
    char dir[4096];
    second_stage("plain", "", &plain, &lr, dir);
    ck_assert_double_eq(lr, 3e-3);
    ck_assert_double_eq(metric(dir, 5, "length"), 64);
    second_stage("same",
                 ", position: [{type: rope}, {type: randomized, max_position: 300}, "
                 "{type: alibi_learned}], mixer: {type: static, weights: [1, 1]}",
                 &loss, &lr, dir);
    ck_assert_double_eq(loss, plain);
    second_stage("position", ", position: [{type: rope}, {type: alibi_learned}]", &loss, &lr, dir);
    ck_assert_double_ne(loss, plain);
    second_stage("mixer", ", mixer: {type: static, weights: [1, 0]}", &loss, &lr, dir);
    ck_assert_double_ne(loss, plain);
    ck_assert_double_eq(metric(dir, 5, "data/copy_lag/weight"), 1);
    ck_assert_double_eq(metric(dir, 4, "data/copy_lag/weight"), 0.5);
    second_stage("length", ", length: 128", &loss, &lr, dir);
    ck_assert_double_ne(loss, plain);
    ck_assert_double_eq(metric(dir, 5, "length"), 128);
    second_stage("scale", ", lr: {scale: 0.5}", &loss, &lr, dir);
    ck_assert_double_eq(loss, plain); /* the rate acts on the next step */
    ck_assert_double_eq(lr, 1.5e-3);
    second_stage("moments", ", moments: reset", &loss, &lr, dir);
    ck_assert_double_eq(loss, plain);
}
END

static const float *floats_of(struct safe_file *f, const char *dir, int step, const char *file,
                              const char *tensor, size_t *n)
{
    char name[64];
    struct error e;
    snprintf(name, sizeof name, "checkpoints/%08d/%s.safetensors", step, file);
    MUST(safe_open(f, join(dir, name), &e), &e);
    const struct safe_tensor *t = safe_find(f, tensor);
    ck_assert_msg(t && t->dtype == SAFE_F32, "no %s", tensor);
    float *copy = malloc(t->bytes);
    memcpy(copy, t->data, t->bytes);
    *n = t->count;
    safe_close(f);
    return copy;
}

/* From zero moments, m = (1 - b1) g and v = (1 - b2) g^2, and the first step is lr sign(g) wherever
 * nothing decays. With kept moments it is not. */
TEST(moments_are_zero_after_a_reset)
{
    static const char *const stage[] = {", moments: reset", ", moments: keep"};
    static const char gain[] = "model.norm.weight";
    for (int keep = 0; keep < 2; keep++) {
        char dir[4096];
        double loss, lr;
        size_t n;
        struct safe_file f;
        second_stage(keep ? "kept" : "reset", stage[keep], &loss, &lr, dir);
        const float *before = floats_of(&f, dir, 4, "model", gain, &n),
                    *after = floats_of(&f, dir, 5, "model", gain, &n),
                    *m = floats_of(&f, dir, 5, "state", "exp_avg.model.norm.weight", &n),
                    *v = floats_of(&f, dir, 5, "state", "exp_avg_sq.model.norm.weight", &n);
        int fresh = 0;
        for (size_t i = 0; i < n; i++) {
            const double g = (double)m[i] / 0.1, moved = (double)after[i] - (double)before[i];
            fresh += fabs((double)v[i] / 0.05 - g * g) < 1e-5 * g * g &&
                     fabs(fabs(moved) - lr) < 1e-3 * lr && (moved < 0) == (g > 0);
        }
        ck_assert_uint_eq(n, 32);
        if (keep)
            ck_assert_int_lt(fresh, 4);
        else
            ck_assert_int_ge(fresh, 31); /* a gradient may be next to nothing */
        free((void *)before);
        free((void *)after);
        free((void *)m);
        free((void *)v);
    }
}
END

/* ---- bad ends ---- */

TEST(a_run_that_diverges_is_a_result)
{
    const char *const wild[OVERRIDES] = {"optim.lr=10", "optim.clip=0", "optim.eps=0",
                                         "model.rms_norm_eps=1e-30", "optim.weight_decay=10"};
    char text[4096];
    struct outcome *o = train_small("wild", 0, false, wild);
    expect_status(o, E_DIVERGED);
    const int64_t step = o->result.step;
    snprintf(text, sizeof text, "run %.12s diverged at step %d: ", o->result.id, (int)step);
    ck_assert_msg(strstr(o->error.text, text) == o->error.text, "%s", o->error.text);
    ck_assert_ptr_nonnull(strstr(o->error.text, "' is not finite"));
    size_t n;
    char *status = contents(o->result.dir, "status.json", &n);
    ck_assert_ptr_nonnull(strstr(status, "\"diverged\""));
    ck_assert_ptr_nonnull(strstr(status, "\"tensor\": \"model."));
    free(status);
    char *metrics = contents(o->result.dir, "metrics.jsonl", &n);
    snprintf(text, sizeof text, "{\"step\": %d, ", (int)step);
    ck_assert_ptr_nonnull(strstr(metrics, text));
    free(metrics);
    /* it is not tried again */
    o = train_small("wild", 0, false, wild);
    expect_status(o, E_DIVERGED);
    ck_assert(o->result.skipped);
    ck_assert_int_eq(o->result.step, step);
}
END

TEST(a_vocabulary_that_is_too_small)
{
    const struct outcome *o = train_small("small", 0, false, WITH("model.vocab_size=256"));
    expect_status(o, E_USAGE);
    ck_assert_str_eq(o->error.text, "vocab_size 256 is less than the tokenizer's 257 tokens");
}
END

TEST(what_happened_is_written_down)
{
    expect_status(train_small("log", 600, false, NULL), E_STOPPED);
    const struct outcome *o = train_small("log", 0, false, NULL);
    expect_status(o, OK);
    size_t n;
    char *log = contents(o->result.dir, "train.log", &n);
    static const char *const line[] = {"Z begun at step 0, 0 tokens\n",
                                       "Z stopped at step 3, saved",
                                       "Z resumed at step 3, 768 tokens\n", "Z complete\n"};
    const char *p = log;
    for (int i = 0; i < 4; i++) {
        p = strstr(p, line[i]);
        ck_assert_msg(p, "no '%s' in: %s", line[i], log);
    }
    free(log);
    char *metadata = contents(o->result.dir, "metadata.json", &n);
    static const char *const key[] = {"commit", "compiler", "kernels", "cpu", "threads", "data"};
    for (int i = 0; i < 6; i++) ck_assert_msg(strstr(metadata, key[i]), "no %s", key[i]);
    free(metadata);
    char *summary = contents(o->result.dir, "summary.json", &n);
    ck_assert_ptr_nonnull(strstr(summary, "\"test/loss\": "));
    ck_assert_ptr_nonnull(strstr(summary, "\"eval/keyed_records/loss\": "));
    free(summary);
}
END

int main(void)
{
    scratch_open();
    parallel_init(2);
    matmul_init();
    return scratch_close(
        run_tests("train", steps_allocate_nothing, the_first_loss_is_that_of_guessing,
                  twins_drift_apart, passes_divide_nothing, sources_make_up_the_loss,
                  training_learns, a_rate_of_zero_moves_nothing, stages_replace_what_they_name,
                  moments_are_zero_after_a_reset, a_run_that_diverges_is_a_result,
                  a_vocabulary_that_is_too_small, what_happened_is_written_down, NULL));
}
