/* store_results.c -- see store_results.h. */
#include "src/lab/store_results.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
#include "src/lab/sweep_table.h"

struct store_results {
    struct lab_results r;
    const struct store *s;
    struct lab_arm *arms;
    struct lab_param *params; /* [arms][n_params] */
    struct lab_run *runs;
    struct jsn_doc *summary; /* [runs], of complete ones: they own the keys */
    const char **keys;       /* [n_params] */
};

static const enum run_status status_of[STORE_STATES] = {
    [STORE_PENDING] = RUN_MISSING,   [STORE_STOPPED] = RUN_INTERRUPTED,
    [STORE_RETRY] = RUN_INTERRUPTED, [STORE_RUNNING] = RUN_RUNNING,
    [STORE_COMPLETE] = RUN_COMPLETE, [STORE_DIVERGED] = RUN_DIVERGED,
    [STORE_PRUNED] = RUN_PRUNED,     [STORE_FAILED] = RUN_FAILED,
    [STORE_TIMEOUT] = RUN_TIMEOUT,
};

/* ---- parameters: the paths that some arm sets, and not all to one value ---- */

static const char *setting(const struct store_arm *arm, const char *key)
{
    const jsn *n = jsn_get(arm->settings, key);
    return n ? jsn_as_string(n, NULL) : NULL;
}

static bool varies(const struct store *s, const char *key)
{
    const char *first = setting(&s->arms[0], key);
    for (int i = 1; i < s->n_arms; i++) {
        const char *other = setting(&s->arms[i], key);
        if (!first != !other || (first && strcmp(first, other))) return true;
    }
    return false;
}

static int add_keys(struct store_results *o, struct error *e)
{
    const struct store *s = o->s;
    for (int i = 0; i < s->n_arms; i++)
        for (void *it = jsn_first(s->arms[i].settings); it;
             it = jsn_next(s->arms[i].settings, it)) {
            const char *key = jsn_key(it);
            bool known = false;
            for (int k = 0; k < o->r.n_params; k++) known |= strcmp(o->keys[k], key) == 0;
            if (known || !varies(s, key)) continue;
            const char **more = realloc(o->keys, sizeof *more * (size_t)(o->r.n_params + 1));
            if (!more) return error_set(e, E_MEMORY, "no memory for parameters");
            o->keys = more;
            o->keys[o->r.n_params++] = key;
        }
    return OK;
}

static double number_of(const char *text)
{
    char *end;
    const double v = strtod(text, &end);
    return *text && !*end ? v : NAN;
}

static int add_params(struct store_results *o, struct error *e)
{
    const int n = o->r.n_params;
    o->params = calloc((size_t)o->s->n_arms * (size_t)n + 1, sizeof *o->params);
    if (!o->params) return error_set(e, E_MEMORY, "no memory for parameters");
    for (int i = 0; i < o->s->n_arms; i++) {
        o->arms[i].name = o->s->arms[i].label;
        o->arms[i].params = o->params + (size_t)i * (size_t)n;
        for (int k = 0; k < n; k++) {
            const char *text = setting(&o->s->arms[i], o->keys[k]);
            o->params[i * n + k] = (struct lab_param){o->keys[k], text ? text : "",
                                                      text ? number_of(text) : NAN, text != NULL};
        }
    }
    return OK;
}

/* ---- runs ---- */

/* The numbers of summary.json, in the order of the file. */
static int read_values(struct jsn_doc *d, struct lab_run *run, struct error *e)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/summary.json", run->dir);
    TRY(jsn_open(d, path, e));
    struct run_value *v = calloc(jsn_length(d->root) + 1, sizeof *v);
    if (!v) return error_set(e, E_MEMORY, "no memory for a summary");
    run->values = v;
    for (void *it = jsn_first(d->root); it; it = jsn_next(d->root, it)) {
        const jsn *n = jsn_value(it);
        if (jsn_is_number(n) || jsn_get(d->root, jsn_key(it)) == NULL)
            v[run->n_values++] =
                (struct run_value){jsn_key(it), jsn_is_number(n) ? jsn_as_double(n) : NAN};
    }
    return OK;
}

static int seed_index(const struct store *s, int64_t seed)
{
    for (int i = 0; i < s->n_seeds; i++)
        if (s->seeds[i] == seed) return i;
    return -1;
}

static int add_runs(struct store_results *o, struct error *e)
{
    const struct store *s = o->s;
    const size_t n = (size_t)s->n_arms * (size_t)s->n_seeds + 1;
    o->runs = calloc(n, sizeof *o->runs);
    o->summary = calloc(n, sizeof *o->summary);
    if (!o->runs || !o->summary) return error_set(e, E_MEMORY, "no memory for %zu runs", n);
    for (int i = 0; i < s->n_runs; i++) {
        const struct store_run *r = &s->runs[i];
        const int seed = seed_index(s, r->seed);
        if (seed < 0) continue;
        const int at = r->arm * s->n_seeds + seed;
        o->runs[at] = (struct lab_run){.id = r->id,
                                       .dir = r->state == STORE_PENDING ? NULL : r->dir,
                                       .status = status_of[r->state],
                                       .step = r->step,
                                       .tokens = r->tokens_done};
        if (r->state == STORE_COMPLETE) TRY(read_values(&o->summary[at], &o->runs[at], e));
    }
    return OK;
}

static int fill(struct store_results *o, struct error *e)
{
    const struct store *s = o->s;
    o->arms = calloc((size_t)s->n_arms + 1, sizeof *o->arms);
    if (!o->arms) return error_set(e, E_MEMORY, "no memory for %d arms", s->n_arms);
    TRY(add_keys(o, e));
    TRY(add_params(o, e));
    TRY(add_runs(o, e));
    o->r.name = s->name;
    o->r.metric = s->metric;
    o->r.goal = s->maximize ? GOAL_MAXIMIZE : GOAL_MINIMIZE;
    o->r.practical_delta = s->practical_delta;
    o->r.paired_holm = s->paired_holm;
    o->r.level = s->level;
    o->r.n_arms = s->n_arms;
    o->r.n_seeds = s->n_seeds;
    o->r.baseline = s->baseline;
    o->r.arms = o->arms;
    o->r.seeds = s->seeds;
    o->r.runs = o->runs;
    return OK;
}

int store_results_open(struct store_results **own, const struct store *s,
                       const struct lab_results **r, struct error *e)
{
    struct store_results *o = calloc(1, sizeof *o);
    *own = NULL;
    if (!o) return error_set(e, E_MEMORY, "no memory for results");
    o->s = s;
    const int status = fill(o, e);
    if (status) {
        store_results_close(o);
        return status;
    }
    *own = o;
    *r = &o->r;
    return OK;
}

void store_results_close(struct store_results *o)
{
    if (!o) return;
    for (int i = 0; o->runs && o->summary && i < o->s->n_arms * o->s->n_seeds; i++) {
        free((void *)o->runs[i].values);
        jsn_close(&o->summary[i]);
    }
    free(o->runs);
    free(o->summary);
    free(o->params);
    free(o->keys);
    free(o->arms);
    free(o);
}

/* ---- tables ---- */

int store_table_write(const struct store *s, const char *name, const struct table *t,
                      struct error *e)
{
    char folder[4096], file[64], path[4096];
    TRY(file_join(folder, sizeof folder, s->dir, "tables", e));
    TRY(file_make_directories(folder, e));
    for (int f = 0; f < TABLE_FORMAT_COUNT; f++) {
        struct file_out out;
        const char *word = table_format_word((enum table_format)f);
        snprintf(file, sizeof file, "%s.%s", name, f == TABLE_TEXT ? "txt" : word);
        TRY(file_join(path, sizeof path, folder, file, e));
        TRY(file_out_open(&out, path, e));
        table_write(out.f, t, (enum table_format)f);
        TRY(file_out_commit(&out, e));
    }
    return OK;
}

int store_tables_write(const struct store *s, const char *const *columns, int n, struct error *e)
{
    struct store_results *own;
    const struct lab_results *r = NULL;
    struct table t;
    TRY(store_results_open(&own, s, &r, e));
    int status = sweep_table(&t, r, columns, n, e);
    if (!status) {
        status = store_table_write(s, "results", &t, e);
        table_close(&t);
    }
    if (!status) status = sweep_runs_table(&t, r, columns, n, e);
    if (!status) {
        status = store_table_write(s, "runs", &t, e);
        table_close(&t);
    }
    store_results_close(own);
    return status;
}
