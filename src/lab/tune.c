/* tune.c -- see tune.h. */
#include "src/lab/tune.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
#include "src/lab/store_results.h"
#include "src/lab/table.h"
#include "src/stat/mean.h"

enum { KEYS = 8, POINTS = 4096 };

/* The grid as sweep.json has it: values as YAML texts; the first key varies slowest. */
struct grid {
    int n_keys, n_points;
    bool edge_is_error;
    const char *key[KEYS];
    const jsn *values[KEYS];
    const jsn *seeds;
};

bool tune_wanted(const struct store *s)
{
    return jsn_get(s->sweep.root, "tune") != NULL;
}

bool tune_shared(const struct store *s)
{
    const jsn *shared = jsn_get(jsn_get(s->sweep.root, "tune"), "shared");
    return !shared || jsn_as_bool(shared);
}

static int read_grid(const struct store *s, struct grid *g, struct error *e)
{
    const jsn *tune = jsn_get(s->sweep.root, "tune"), *keys = jsn_get(tune, "parameters");
    const jsn *edge = jsn_get(tune, "edge_is_error");
    *g = (struct grid){.n_points = 1,
                       .seeds = jsn_get(tune, "seeds"),
                       .edge_is_error = !edge || jsn_as_bool(edge)};
    for (void *it = jsn_first(keys); it; it = jsn_next(keys, it)) {
        if (g->n_keys == KEYS) return error_set(e, E_USAGE, "more than %d keys to tune", KEYS);
        g->key[g->n_keys] = jsn_key(it);
        g->values[g->n_keys++] = jsn_value(it);
        g->n_points *= (int)jsn_length(jsn_value(it));
        if (g->n_points > POINTS)
            return error_set(e, E_USAGE, "more than %d points to tune", POINTS);
    }
    return OK;
}

static int choice(const struct grid *g, int point, int key)
{
    for (int k = g->n_keys - 1; k > key; k--) point /= (int)jsn_length(g->values[k]);
    return point % (int)jsn_length(g->values[key]);
}

static const char *value(const struct grid *g, int point, int key)
{
    return jsn_as_string(jsn_at(g->values[key], (size_t)choice(g, point, key)), NULL);
}

static bool at_edge(const struct grid *g, int point, int key)
{
    const double own = atof(value(g, point, key));
    bool less = false, more = false;
    for (size_t i = 0; i < jsn_length(g->values[key]); i++) {
        const double other = atof(jsn_as_string(jsn_at(g->values[key], i), NULL));
        less |= other < own;
        more |= other > own;
    }
    return !less || !more;
}

/* marked: say which values lie at the edge of the grid. */
static void point_label(const struct grid *g, int point, bool marked, char *out, size_t size)
{
    size_t n = 0;
    *out = 0;
    for (int k = 0; k < g->n_keys && n < size; k++) {
        const char *dot = strrchr(g->key[k], '.');
        n += (size_t)snprintf(out + n, size - n, "%s%s=%s%s", k ? " " : "",
                              dot ? dot + 1 : g->key[k], value(g, point, k),
                              marked && at_edge(g, point, k) ? " (edge)" : "");
    }
}

/* ---- sweep files: JSON's strings are YAML's, values are YAML as they stand ---- */

static void put_string(FILE *f, const char *text)
{
    struct jsn_out o;
    jsn_out_open(&o, false);
    jsn_put_string(&o, NULL, text);
    fputs(o.text, f);
    jsn_out_close(&o);
}

static void put_entry(FILE *f, const struct store_arm *arm, const char *label, const struct grid *g,
                      int point)
{
    fputs("  - {name: ", f);
    put_string(f, label);
    for (void *it = jsn_first(arm->settings); it; it = jsn_next(arm->settings, it)) {
        fputs(", ", f);
        put_string(f, jsn_key(it));
        fprintf(f, ": %s", jsn_as_string(jsn_value(it), NULL));
    }
    for (int k = 0; k < g->n_keys; k++) {
        fputs(", ", f);
        put_string(f, g->key[k]);
        fprintf(f, ": %s", value(g, point, k));
    }
    fputs("}\n", f);
}

static void put_seeds(FILE *f, const int64_t *seed, int n)
{
    fputs("seeds: [", f);
    for (int i = 0; i < n; i++) fprintf(f, "%s%lld", i ? ", " : "", (long long)seed[i]);
    fputs("]\n", f);
}

int tune_write_grid(const struct store *s, char path[4096], struct error *e)
{
    struct grid g;
    struct file_out out;
    TRY(read_grid(s, &g, e));
    TRY(file_join(path, 4096, s->dir, "tune.yaml", e));
    TRY(file_out_open(&out, path, e));
    fprintf(out.f, "name: tune\nbase: [base.yaml]\nmethod: list\n"
                   "metric: {name: eval/loss, goal: minimize}\nseeds: [");
    for (size_t i = 0; i < jsn_length(g.seeds); i++)
        fprintf(out.f, "%s%lld", i ? ", " : "", (long long)jsn_as_int(jsn_at(g.seeds, i)));
    fprintf(out.f, "]\ninclude:\n");
    for (int a = 0; a < s->n_arms; a++)
        for (int p = 0; p < g.n_points; p++) {
            char point[256], label[1024];
            point_label(&g, p, false, point, sizeof point);
            snprintf(label, sizeof label, "%.700s %s", s->arms[a].label, point);
            put_entry(out.f, &s->arms[a], label, &g, p);
        }
    return file_out_commit(&out, e);
}

/* ---- choosing ---- */

/* Mean dev loss of an arm of the tuning sweep; NaN where a seed has none. */
static struct stat_mean tuned_mean(const struct store *t, int arm)
{
    double x[1024];
    int n = 0;
    for (int i = 0; i < t->n_runs && n < 1024; i++)
        if (t->runs[i].arm == arm)
            x[n++] =
                t->runs[i].state == STORE_COMPLETE ? store_metric(&t->runs[i], t->metric) : NAN;
    return stat_mean(x, n, 0.95);
}

/* The table of an arm's row, and its best point (-1: none). */
static int choose(const struct store *t, const struct grid *g, int arm, struct table *out)
{
    int best = -1;
    double least = INFINITY;
    for (int p = 0; p < g->n_points; p++) {
        const struct stat_mean m = tuned_mean(t, arm * g->n_points + p);
        table_number(out, arm, 1 + p, m.mean, m.half, -1);
        if (m.mean < least) {
            least = m.mean;
            best = p;
        }
    }
    return best;
}

static int complain(const struct store *s, const struct grid *g, int arm, int best, char *text,
                    size_t size)
{
    const size_t n = strlen(text);
    if (best < 0) {
        snprintf(text + n, size - n, "\n  '%.200s' has no complete tuning run", s->arms[arm].label);
        return 1;
    }
    for (int k = 0; k < g->n_keys && g->edge_is_error; k++)
        if (at_edge(g, best, k)) {
            snprintf(text + n, size - n, "\n  '%.200s': %s = %s", s->arms[arm].label, g->key[k],
                     value(g, best, k));
            return 1;
        }
    return 0;
}

static int write_best(const struct store *s, const struct grid *g, const int *best, char path[4096],
                      struct error *e)
{
    struct file_out out;
    TRY(file_join(path, 4096, s->dir, "best.yaml", e));
    TRY(file_out_open(&out, path, e));
    fprintf(out.f,
            "name: best\nbase: [base.yaml]\nmethod: list\n"
            "metric: {name: %s, goal: %s, practical_delta: %.17g, test: %s, level: %.17g}\n",
            s->metric, s->maximize ? "maximize" : "minimize", s->practical_delta,
            s->paired_holm ? "paired_holm" : "dunnett", s->level > 0 ? s->level : 0.95);
    put_seeds(out.f, s->seeds, s->n_seeds);
    fprintf(out.f, "include:\n");
    /* the first arm is the baseline */
    for (int i = 0; i < s->n_arms; i++) {
        const int a = i == 0 ? s->baseline : i <= s->baseline ? i - 1 : i;
        char point[256], label[1024];
        point_label(g, best[a], false, point, sizeof point);
        snprintf(label, sizeof label, "%.700s (%s)", s->arms[a].label, point);
        put_entry(out.f, &s->arms[a], label, g, best[a]);
    }
    return file_out_commit(&out, e);
}

static int tabulate(const struct store *s, const struct store *t, const struct grid *g, int *best,
                    struct error *e)
{
    struct table table;
    char title[256];
    snprintf(title, sizeof title, "%.200s: tuning", s->name);
    TRY(table_open(&table, title, s->n_arms, g->n_points + 2, e));
    int status = table_heading(&table, 0, "arm", false, false, e);
    for (int p = 0; p < g->n_points && !status; p++) {
        char label[256];
        point_label(g, p, false, label, sizeof label);
        status = table_heading(&table, 1 + p, label, true, true, e);
    }
    if (!status) status = table_heading(&table, 1 + g->n_points, "best", false, false, e);
    for (int a = 0; a < s->n_arms && !status; a++) {
        char label[256] = "-";
        best[a] = choose(t, g, a, &table);
        if (best[a] >= 0) point_label(g, best[a], true, label, sizeof label);
        status = table_words(&table, a, 0, s->arms[a].label, e);
        if (!status) status = table_words(&table, a, 1 + g->n_points, label, e);
    }
    snprintf(
        title, sizeof title,
        "eval/loss (dev) at each point, mean ± half-width of the 95 %% interval over %d tuning "
        "seeds; every arm had %d runs.",
        (int)jsn_length(g->seeds), g->n_points * (int)jsn_length(g->seeds));
    if (!status) status = table_note(&table, title, e);
    if (!status) status = store_table_write(s, "tuning", &table, e);
    table_close(&table);
    return status;
}

int tune_write_best(const struct store *s, char path[4096], struct error *e)
{
    struct grid g;
    struct store *t;
    char folder[4096], text[2048] = "";
    TRY(read_grid(s, &g, e));
    TRY(file_join(folder, sizeof folder, s->dir, "tune", e));
    TRY(store_open(&t, folder, e));
    int *best = calloc((size_t)s->n_arms + 1, sizeof *best), bad = 0;
    int status = best ? OK : error_set(e, E_MEMORY, "no memory for %d arms", s->n_arms);
    if (!status && t->n_arms != s->n_arms * g.n_points)
        status = error_set(e, E_USAGE,
                           "'%s' has %d arms, not %d x %d: tuned keys change nothing "
                           "in some arm",
                           folder, t->n_arms, s->n_arms, g.n_points);
    if (!status) status = tabulate(s, t, &g, best, e);
    for (int a = 0; a < s->n_arms && !status; a++)
        bad += complain(s, &g, a, best[a], text, sizeof text);
    if (!status && bad)
        status = error_set(e, E_USAGE,
                           "%d arm%s no optimum inside of the tuning grid (see tables/tuning.txt): "
                           "widen it in 'tune'%s",
                           bad, bad == 1 ? " has" : "s have", text);
    if (!status) status = write_best(s, &g, best, path, e);
    free(best);
    store_close(t);
    return status;
}
