/* checkpoint.c -- see checkpoint.h. */
#include "src/train/checkpoint.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/base/file.h"
#include "src/base/safetensors.h"
#include "src/data/tokenizer.h"
#include "src/train/hf.h"

enum { COUNTERS = 11, REALS = 6 };

/* Where each number of the state stands among the counters and the reals of a checkpoint. */
static void list_state(struct train_state *t, int64_t *counter[COUNTERS], double *number[REALS])
{
    int64_t *const c[COUNTERS] = {
        &t->step,         &t->tokens,      &t->stage,           &t->metrics_bytes,
        &t->timing_bytes, &t->next_eval,   &t->next_checkpoint, &t->moments_step,
        &t->lost,         &t->inside_step, &t->inside_tokens};
    double *const d[REALS] = {&t->flops_exact, &t->flops_paper,  &t->flops,
                              &t->seconds,     &t->inside_flops, &t->inside_seconds};
    memcpy(counter, c, sizeof c);
    memcpy(number, d, sizeof d);
}

static void pack(const struct train_state *t, int64_t c[COUNTERS], double d[REALS])
{
    struct train_state copy = *t;
    int64_t *counter[COUNTERS];
    double *number[REALS];
    list_state(&copy, counter, number);
    for (int i = 0; i < COUNTERS; i++) c[i] = *counter[i];
    for (int i = 0; i < REALS; i++) d[i] = *number[i];
}

static void unpack(struct train_state *t, const int64_t c[COUNTERS], const double d[REALS])
{
    int64_t *counter[COUNTERS];
    double *number[REALS];
    list_state(t, counter, number);
    for (int i = 0; i < COUNTERS; i++) *counter[i] = c[i];
    for (int i = 0; i < REALS; i++) *number[i] = d[i];
}

/* ---- saving ---- */

static int save_model(const char *dir, struct model *m, struct error *e)
{
    char path[4096];
    int n;
    struct safe_writer *w;
    const struct tensor *t = model_tensors(m, &n);
    TRY(file_join(path, sizeof path, dir, "model.safetensors", e));
    TRY(safe_writer_open(&w, e));
    for (int i = 0; i < n; i++)
        safe_writer_add(w, t[i].name, SAFE_REAL, t[i].n_dims, t[i].shape,
                        model_weights(m) + t[i].offset);
    const int status = safe_writer_commit(w, path, e);
    safe_writer_close(w);
    return status;
}

static const char *const moment_prefix[2] = {"exp_avg.", "exp_avg_sq."};

static int save_state(const char *dir, const struct train_state *state, struct model *m,
                      const struct stream *s, const char *run_id, struct error *e)
{
    char path[4096], name[128];
    int n;
    int64_t counters[COUNTERS];
    double reals[REALS];
    const int64_t count = COUNTERS, n_reals = REALS, words = 4,
                  bytes = (int64_t)stream_state_size(s);
    const struct tensor *t = model_tensors(m, &n);
    struct safe_writer *w;
    TRY(file_join(path, sizeof path, dir, "state.safetensors", e));
    void *stream = malloc((size_t)bytes + 1);
    if (!stream) return error_set(e, E_MEMORY, "no memory for a checkpoint");
    stream_save(s, stream);
    pack(state, counters, reals);
    int status = safe_writer_open(&w, e);
    if (!status) {
        safe_writer_metadata(w, "run", run_id);
        safe_writer_add(w, "counters", SAFE_I64, 1, &count, counters);
        safe_writer_add(w, "reals", SAFE_F64, 1, &n_reals, reals);
        safe_writer_add(w, "position", SAFE_U64, 1, &words, state->position.s);
        safe_writer_add(w, "stream", SAFE_U8, 1, &bytes, stream);
        for (int k = 0; k < 2; k++)
            for (int i = 0; i < n; i++) {
                snprintf(name, sizeof name, "%s%s", moment_prefix[k], t[i].name);
                safe_writer_add(w, name, SAFE_REAL, t[i].n_dims, t[i].shape,
                                model_moment(m, k) + t[i].offset);
            }
        status = safe_writer_commit(w, path, e);
        safe_writer_close(w);
    }
    free(stream);
    return status;
}

static int save_into(const char *dir, const struct train_state *t, struct model *m,
                     const struct stream *s, const struct run_config *run, const char *run_id,
                     struct error *e)
{
    char path[4096];
    TRY(file_remove_tree(dir, e));
    TRY(file_make_directories(dir, e));
    TRY(save_model(dir, m, e));
    TRY(save_state(dir, t, m, s, run_id, e));
    TRY(file_join(path, sizeof path, dir, "config.json", e));
    TRY(hf_write_config(path, model_config(m), model_position(m), run_config_longest_row(run), e));
    TRY(tokenizer_save(data_tokenizer(stream_data(s)), dir, e));
    return file_sync_directory(dir, e);
}

int checkpoint_save_as(const char *path, const struct train_state *t, struct model *m,
                       const struct stream *s, const struct run_config *run, const char *run_id,
                       struct error *e)
{
    char temporary[4096];
    struct error ignored;
    if (strlen(path) + 5 > sizeof temporary)
        return error_set(e, E_IO, "path '%s' is too long", path);
    snprintf(temporary, sizeof temporary, "%.4091s.tmp", path);
    if (save_into(temporary, t, m, s, run, run_id, e)) {
        file_remove_tree(temporary, &ignored);
        return error_wrap(e, "cannot save checkpoint '%s'", path);
    }
    TRY(file_remove_tree(path, e)); /* one of the same step that could not be read */
    if (rename(temporary, path))
        return error_set(e, E_IO, "cannot save checkpoint '%s': %s", path, strerror(errno));
    return OK;
}

int checkpoint_save(const char *dir, const struct train_state *t, struct model *m,
                    const struct stream *s, const struct run_config *run, const char *run_id,
                    struct error *e)
{
    char name[32], path[4096];
    snprintf(name, sizeof name, "%08" PRId64, t->step);
    TRY(file_join(path, sizeof path, dir, name, e));
    TRY(file_make_directories(dir, e));
    TRY(checkpoint_save_as(path, t, m, s, run, run_id, e));
    return file_sync_directory(dir, e);
}

/* ---- the folder ---- */

static bool is_step(const char *name)
{
    if (!*name || strlen(name) > 18) return false;
    for (; *name; name++)
        if (!isdigit((unsigned char)*name)) return false;
    return true;
}

static int by_step(const void *a, const void *b)
{
    const long long x = atoll(*(char *const *)a), y = atoll(*(char *const *)b);
    return (x < y) - (x > y);
}

/* Names of whole checkpoints, newest first; other names stand behind them. */
static int list_steps(const char *dir, char ***names, size_t *all, size_t *steps, struct error *e)
{
    *names = NULL;
    *all = *steps = 0;
    if (!file_is_directory(dir)) return OK;
    TRY(file_list(dir, names, all, e));
    for (size_t i = 0; i < *all; i++) {
        if (!is_step((*names)[i])) continue;
        char *name = (*names)[i];
        (*names)[i] = (*names)[*steps];
        (*names)[(*steps)++] = name;
    }
    if (*steps) qsort(*names, *steps, sizeof **names, by_step);
    return OK;
}

int checkpoint_latest(const char *dir, char *path, size_t size, bool *found, struct error *e)
{
    char **names;
    size_t all, steps;
    *found = false;
    TRY(list_steps(dir, &names, &all, &steps, e));
    int status = OK;
    for (size_t i = 0; i < steps && !*found && !status; i++) {
        char config[4096];
        status = file_join(path, size, dir, names[i], e);
        if (!status) status = file_join(config, sizeof config, path, "config.json", e);
        *found = !status && file_exists(config);
    }
    file_list_free(names, all);
    return status;
}

int checkpoint_find_model(const char *path, char *dir, size_t size, struct error *e)
{
    bool found = false;
    char inside[4096];
    if (!file_exists(path)) return error_set(e, E_USAGE, "cannot open '%s': no such folder", path);
    if (!file_is_directory(path))
        return error_set(e, E_USAGE,
                         "'%s' is not a folder: a run, a checkpoint, or a Hugging Face directory "
                         "is needed",
                         path);
    TRY(file_join(inside, sizeof inside, path, "config.json", e));
    if (file_exists(inside)) {
        if (strlen(path) >= size) return error_set(e, E_USAGE, "'%s' is too long", path);
        memcpy(dir, path, strlen(path) + 1);
        return OK;
    }
    TRY(file_join(inside, sizeof inside, path, "checkpoints", e));
    if (!file_is_directory(inside))
        return error_set(e, E_USAGE,
                         "'%s' holds neither config.json nor checkpoints: a run, a checkpoint, or "
                         "a Hugging Face directory is needed",
                         path);
    TRY(checkpoint_latest(inside, dir, size, &found, e));
    if (!found) return error_set(e, E_USAGE, "'%s' has no whole checkpoint yet", path);
    return OK;
}

int checkpoint_rotate(const char *dir, int64_t step, int keep, struct error *e)
{
    char **names, path[4096];
    size_t all, steps;
    int status = OK, kept = 0;
    TRY(list_steps(dir, &names, &all, &steps, e));
    for (size_t i = 0; i < all && !status; i++) {
        const size_t n = strlen(names[i]);
        const bool temporary = n > 4 && strcmp(names[i] + n - 4, ".tmp") == 0;
        if (i < steps ? atoll(names[i]) <= step && kept++ < keep : !temporary) continue;
        status = file_join(path, sizeof path, dir, names[i], e);
        if (!status) status = file_remove_tree(path, e);
    }
    file_list_free(names, all);
    return status;
}

/* ---- loading ---- */

static int read_counters(const struct safe_file *f, struct train_state *t,
                         const struct run_config *run, const char *run_id, struct error *e)
{
    int64_t counters[COUNTERS];
    double reals[REALS];
    const char *owner = safe_metadata(f, "run");
    if (run_id && (!owner || strcmp(owner, run_id)))
        return error_set(e, E_FORMAT, "'%s' belongs to run %s, not to %s", f->path,
                         owner ? owner : "(none)", run_id);
    TRY(safe_read_raw(f, "counters", SAFE_I64, COUNTERS, counters, e));
    TRY(safe_read_raw(f, "reals", SAFE_F64, REALS, reals, e));
    TRY(safe_read_raw(f, "position", SAFE_U64, 4, t->position.s, e));
    unpack(t, counters, reals);
    if (t->stage < 0 || t->stage >= run->stages.n)
        return error_set(e, E_FORMAT, "'%s': stage %lld does not exist", f->path,
                         (long long)t->stage);
    return OK;
}

static int read_moments(const struct safe_file *f, struct model *m, struct error *e)
{
    int n;
    const struct tensor *tensor = model_tensors(m, &n);
    for (int k = 0; k < 2; k++)
        for (int i = 0; i < n; i++) {
            char name[128];
            snprintf(name, sizeof name, "%s%s", moment_prefix[k], tensor[i].name);
            TRY(safe_read_real(f, name, tensor[i].n_dims, tensor[i].shape,
                               model_moment(m, k) + tensor[i].offset, e));
        }
    return OK;
}

/* The stage decides which tensors there are and which mixer the stream has. */
static int read_state(const struct safe_file *f, const char *dir, struct train_state *t,
                      struct model *m, struct stream *s, const struct run_config *run,
                      const char *run_id, struct error *e)
{
    TRY(read_counters(f, t, run, run_id, e));
    const struct stage_config *stage = run_stage(run, (int)t->stage);
    const struct safe_tensor *stream = safe_find(f, "stream");
    if (!stream) return error_set(e, E_FORMAT, "'%s' has no tensor 'stream'", f->path);
    TRY(model_set_position(m, &stage->position, e));
    TRY(hf_load_weights(m, dir, e));
    TRY(read_moments(f, m, e));
    TRY(stream_set_mixer(s, &stage->mixer, e));
    if (stream_load(s, stream->data, stream->bytes, e)) return error_wrap(e, "'%s'", f->path);
    return OK;
}

int checkpoint_load(const char *dir, struct train_state *t, struct model *m, struct stream *s,
                    const struct run_config *run, const char *run_id, struct error *e)
{
    char path[4096];
    struct safe_file f;
    TRY(file_join(path, sizeof path, dir, "state.safetensors", e));
    TRY(safe_open(&f, path, e));
    int status = safe_verify(&f, e); /* the stream's state is taken where it lies */
    if (!status) status = read_state(&f, dir, t, m, s, run, run_id, e);
    safe_close(&f);
    return status;
}

int checkpoint_load_latest(const char *dir, struct train_state *t, struct model *m,
                           struct stream *s, const struct run_config *run, const char *run_id,
                           bool *found, void (*log)(void *, const char *), void *log_data,
                           struct error *e)
{
    char **names, path[4096];
    size_t all, steps;
    int status = OK;
    *found = false;
    TRY(list_steps(dir, &names, &all, &steps, e));
    for (size_t i = 0; i < steps && !*found && !status; i++) {
        struct error why;
        status = file_join(path, sizeof path, dir, names[i], e);
        if (status) break;
        *found = checkpoint_load(path, t, m, s, run, run_id, &why) == OK;
        if (*found || !log) continue;
        error_wrap(&why, "checkpoint '%s' is skipped", path);
        log(log_data, why.text);
    }
    file_list_free(names, all);
    return status;
}
