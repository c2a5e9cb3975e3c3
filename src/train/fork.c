/* fork.c -- see fork.h. */
#include "src/train/fork.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "src/train/prefix.h"

void fork_name(const struct training *t, char *name, size_t size)
{
    char id[13];
    prefix_id(&t->timeline, data_fingerprint(t->data), t->state.step, id);
    snprintf(name, size, "%08" PRId64 "-%s", t->state.step, id);
}

/* ---- saving ---- */

/* The first `keep` bytes of a file of the run. */
static int copy_log(const struct training *t, const char *to, const char *name, int64_t keep,
                    struct error *e)
{
    char from[4096], path[4096];
    char *text;
    size_t n;
    TRY(files_path(t, name, from, sizeof from, e));
    TRY(file_join(path, sizeof path, to, name, e));
    TRY(file_read_all(from, &text, &n, e));
    const int status = file_write_all(path, text, keep < (int64_t)n ? (size_t)keep : n, e);
    free(text);
    return status;
}

static int write_prefix(const struct training *t, const char *to, struct error *e)
{
    char path[4096], id[13];
    struct jsn_out o;
    TRY(file_join(path, sizeof path, to, "prefix.json", e));
    prefix_id(&t->timeline, data_fingerprint(t->data), t->state.step, id);
    jsn_out_open(&o, true);
    jsn_map_begin(&o, NULL);
    jsn_put_int(&o, "steps", t->state.step);
    jsn_put_int(&o, "tokens", t->state.tokens);
    jsn_put_string(&o, "id", id);
    jsn_put_string(&o, "run", t->result->id);
    jsn_map_end(&o);
    const int status = file_write_all(path, o.text, o.length, e);
    jsn_out_close(&o);
    return status;
}

static int fill(const struct training *t, const char *to, struct error *e)
{
    char path[4096];
    struct file_out o;
    TRY(checkpoint_save_as(to, &t->state, t->model, t->stream, &t->run, t->result->id, e));
    TRY(copy_log(t, to, "metrics.jsonl", t->state.metrics_bytes, e));
    TRY(copy_log(t, to, "timing.jsonl", t->state.timing_bytes, e));
    TRY(file_join(path, sizeof path, to, "config.yaml", e));
    TRY(file_out_open(&o, path, e));
    conf_write(o.f, &run_schema, &t->run, true);
    TRY(file_out_commit(&o, e));
    TRY(write_prefix(t, to, e));
    return file_sync_directory(to, e);
}

int fork_save(const struct training *t, const char *path, struct error *e)
{
    char part[4096], folder[4096];
    struct error ignored;
    if (t->timeline.timed)
        return error_set(e, E_USAGE, "a run whose budgets are in seconds cannot be forked");
    if (file_is_directory(path)) return OK;
    if (strlen(path) + 6 > sizeof part) return error_set(e, E_IO, "path '%s' is too long", path);
    snprintf(part, sizeof part, "%.4090s.part", path);
    memcpy(folder, path, strlen(path) + 1);
    char *end = strrchr(folder, '/');
    if (end) {
        *end = '\0';
        TRY(file_make_directories(folder, e));
    }
    int status = fill(t, part, e);
    if (!status && rename(part, path))
        status = error_set(e, E_IO, "cannot leave fork '%s': %s", path, strerror(errno));
    if (!status) return end ? file_sync_directory(folder, e) : OK;
    file_remove_tree(part, &ignored);
    return file_is_directory(path) ? OK : status; /* another run left it meanwhile */
}

/* ---- taking over ---- */

/* The past of the fork against this run's, step by step. */
static int check_past(const struct training *t, const char *path, struct error *e)
{
    char config[4096];
    struct conf *c;
    struct run_config past;
    struct timeline timeline;
    struct jsn_doc d;
    int64_t steps = 0;
    TRY(file_join(config, sizeof config, path, "prefix.json", e));
    TRY(jsn_open(&d, config, e));
    int status = jsn_int(&d, d.root, "steps", true, &steps, e);
    jsn_close(&d);
    if (status) return status;
    TRY(file_join(config, sizeof config, path, "config.yaml", e));
    TRY(run_config_load(&c, &past, config, 0, NULL, e));
    if (!past.model.vocab_size) past.model.vocab_size = t->run.model.vocab_size;
    status = model_config_resolve(&past.model, e);
    if (!status) status = timeline_open(&timeline, &past, e);
    if (!status) {
        status = prefix_check(&timeline, &t->timeline, steps, e);
        timeline_close(&timeline);
    }
    conf_close(c);
    return status;
}

static int take_log(const struct training *t, const char *from, const char *name, struct error *e)
{
    char path[4096], to[4096];
    char *text;
    size_t n;
    TRY(file_join(path, sizeof path, from, name, e));
    TRY(files_path(t, name, to, sizeof to, e));
    TRY(file_read_all(path, &text, &n, e));
    const int status = file_write_all(to, text, n, e);
    free(text);
    return status;
}

int fork_load(struct training *t, const char *path, struct error *e)
{
    if (check_past(t, path, e)) return error_wrap(e, "fork '%s'", path);
    TRY(checkpoint_load(path, &t->state, t->model, t->stream, &t->run, NULL, e));
    const int64_t every = t->run.checkpoint.every;
    t->state.next_checkpoint = every ? (t->state.tokens / every + 1) * every : 0;
    TRY(take_log(t, path, "metrics.jsonl", e));
    return take_log(t, path, "timing.jsonl", e);
}

int fork_find(const struct training *t, const char *folder, char *path, size_t size, bool *found,
              struct error *e)
{
    char **names;
    size_t n;
    *found = false;
    if (!file_is_directory(folder) || t->timeline.timed) return OK;
    TRY(file_list(folder, &names, &n, e));
    int status = OK;
    for (size_t i = n; i-- > 0 && !*found && !status;) { /* sorted by steps: the longest first */
        char id[13], *end;
        const long long steps = strtoll(names[i], &end, 10);
        if (*end != '-' || strlen(end) != 13 || steps >= t->timeline.steps) continue;
        prefix_id(&t->timeline, data_fingerprint(t->data), steps, id);
        if (strcmp(id, end + 1)) continue;
        status = file_join(path, size, folder, names[i], e);
        *found = !status;
    }
    file_list_free(names, n);
    return status;
}
