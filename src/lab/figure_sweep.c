/* figure_sweep.c -- figures of a sweep as a whole: differences from the baseline, levels of
 * factors, the metric over one or two parameters. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
#include "src/lab/column.h"
#include "src/lab/figure_points.h"
#include "src/lab/figure_sources.h"
#include "src/lab/level_label.h"
#include "src/lab/run_facts.h"
#include "src/lab/store_results.h"
#include "src/lab/sweep_table.h"
#include "src/num/cosine_sum.h"

/* A series an arm: difference from the baseline with the interval that the test corrects, p, n. */
static int forest(const struct lab_results *r, struct result *out, struct error *e)
{
    struct sweep_verdict v;
    if (r->baseline < 0)
        return error_set(e, E_USAGE, "sweep '%s' declares no baseline to compare with", r->name);
    TRY(sweep_verdicts(&v, r, e));
    result_fact_text(out, NULL, "metric", r->metric);
    result_fact_text(out, NULL, "baseline", r->arms[r->baseline].name);
    result_bool(out, NULL, "smaller", r->goal == GOAL_MINIMIZE);
    result_real(out, NULL, "practical", r->practical_delta);
    int row = 0;
    for (int a = 0; a < r->n_arms && row < RESULT_SERIES; a++) {
        const struct stat_contrast *than = &v.arms[a].than;
        if (a == r->baseline) continue;
        struct result_series *s = result_add(out, r->arms[a].name);
        s->key = figure_key(r->arms[a].name);
        result_int(out, s, "row", row++);
        result_real(out, s, "delta", than->delta);
        result_real(out, s, "low", than->delta - than->half);
        result_real(out, s, "high", than->delta + than->half);
        result_real(out, s, "p", than->p_adjusted);
        result_int(out, s, "seeds", than->n);
        result_fact_text(out, s, "verdict", verdict_word(v.arms[a].verdict));
    }
    verdict_close(&v);
    return OK;
}

static const char *label_of(const struct lab_param *x, struct result *out)
{
    char label[256];
    level_label(x, label, sizeof label);
    return result_text(out, "%s", label);
}

static bool same_level(const struct lab_param *a, const struct lab_param *b)
{
    return a->given == b->given && (!a->given || strcmp(a->text, b->text) == 0);
}

/* Mean over the arms of a level, seed by seed; then over the seeds. */
static struct stat_mean level_mean(const struct lab_results *r, int param, int arm,
                                   const double *value)
{
    double y[256];
    int n = 0;
    for (int s = 0; s < r->n_seeds && n < 256; s++) {
        double sum = 0;
        int arms = 0, complete = 0;
        for (int a = 0; a < r->n_arms; a++) {
            if (!same_level(&r->arms[a].params[param], &r->arms[arm].params[param])) continue;
            arms++;
            if (lab_run_at(r, a, s)->status != RUN_COMPLETE) continue;
            sum += value[(size_t)a * r->n_seeds + s];
            complete++;
        }
        if (arms && arms == complete && isfinite(sum)) y[n++] = sum / arms;
    }
    return stat_mean(y, n, r->level > 0 ? r->level : 0.95);
}

static int param_levels(const struct lab_results *r, int param)
{
    int n = 0;
    for (int a = 0; a < r->n_arms; a++) {
        int b = 0;
        while (b < a && !same_level(&r->arms[a].params[param], &r->arms[b].params[param])) b++;
        n += b == a;
    }
    return n;
}

/* A series a level: panel (the factor), place, mean, half. */
static int factors(const struct lab_results *r, struct result *out, struct error *e)
{
    struct column metric;
    double *value = malloc(((size_t)r->n_arms * r->n_seeds + 1) * sizeof *value);
    if (!value) return error_set(e, E_MEMORY, "no memory for %d arms", r->n_arms);
    int status = column_parse(&metric, r->metric, e), panel = 0;
    if (!status) status = column_values(&metric, r, value, e);
    result_fact_text(out, NULL, "metric", r->metric);
    for (int p = 0; p < r->n_params && !status && panel < 4; p++) {
        if (param_levels(r, p) < 2) continue;
        result_fact_text(out, NULL, result_text(out, "panel_%d", ++panel),
                         r->arms[0].params[p].key);
        for (int a = 0, place = 0; a < r->n_arms && out->n_series < RESULT_SERIES; a++) {
            int b = 0;
            while (b < a && !same_level(&r->arms[a].params[p], &r->arms[b].params[p])) b++;
            if (b < a) continue;
            const struct lab_param *x = &r->arms[a].params[p];
            const struct stat_mean m = level_mean(r, p, a, value);
            struct result_series *s = result_add(out, label_of(x, out));
            result_int(out, s, "panel", panel);
            result_int(out, s, "place", place++);
            result_real(out, s, "mean", m.mean);
            result_real(out, s, "half", m.half);
            result_int(out, s, "seeds", m.n);
        }
    }
    result_int(out, NULL, "panels", panel);
    free(value);
    if (!status && !panel)
        status = error_set(e, E_USAGE, "no parameter of sweep '%s' varies", r->name);
    return status;
}

/* The arm's parameters but one, as "a=1 b=2"; "all" if there is no other. */
static void other_params(const struct lab_results *r, int arm, int but, struct result *out,
                         char *text, size_t size)
{
    size_t n = 0;
    text[0] = '\0';
    for (int p = 0; p < r->n_params && n < size; p++)
        if (p != but && param_levels(r, p) > 1)
            n += (size_t)snprintf(text + n, size - n, "%s%s=%s", n ? " " : "",
                                  r->arms[arm].params[p].key,
                                  label_of(&r->arms[arm].params[p], out));
    if (!n) snprintf(text, size, "all");
}

/* Points of every complete run over parameter p, a series for each choice of the others. */
static int curve_over(const struct lab_results *r, int p, struct result *out, struct error *e)
{
    struct column metric;
    struct figure_points points = {.out = out};
    double *value = malloc(((size_t)r->n_arms * r->n_seeds + 1) * sizeof *value);
    if (!value) return error_set(e, E_MEMORY, "no memory for %d arms", r->n_arms);
    int panel, status = column_parse(&metric, r->metric, e);
    if (!status) status = column_values(&metric, r, value, e);
    if (!status) status = figure_points_panel(&points, r->metric, &panel, e);
    double least = INFINITY, most = 0;
    for (int i = 0; i < r->n_arms * r->n_seeds && !status; i++) {
        char name[512];
        struct figure_point x = {
            .x = r->arms[i / r->n_seeds].params[p].number, .y = value[i], .low = NAN, .high = NAN};
        if (r->runs[i].status != RUN_COMPLETE) continue;
        other_params(r, i / r->n_seeds, p, out, name, sizeof name);
        status = figure_points_series(&points, name, &x.series, e);
        figure_points_add(&points, x);
        least = fmin(least, x.x);
        most = fmax(most, x.x);
    }
    result_fact_text(out, NULL, "metric", r->metric);
    result_fact_text(out, NULL, "parameter", r->arms[0].params[p].key);
    result_bool(out, NULL, "logarithmic", least > 0 && most / least >= 8);
    if (!status) figure_points_result(&points, "value", "");
    figure_points_close(&points);
    free(value);
    return status;
}

/* It varies, and is a number in all arms. */
static bool is_numeric(const struct lab_results *r, int p)
{
    for (int a = 0; a < r->n_arms; a++)
        if (!isfinite(r->arms[a].params[p].number)) return false;
    return param_levels(r, p) > 1;
}

enum { BOUND_LENGTH = 8192 }; /* beyond it the scan takes many seconds */

/* Over a base of rotary embedding: the smallest one whose B(m) stays positive within the longest row
 * of the first run that there is (arXiv:2405.14591); NaN for other parameters. */
static void put_bound(const struct lab_results *r, const char *key, struct result *out)
{
    const char *dot = strrchr(key, '.');
    char path[4400];
    struct loaded_run l;
    double bound = NAN;
    int length = 0, i = 0;
    while (i < r->n_arms * r->n_seeds && r->runs[i].status != RUN_COMPLETE) i++;
    if (strcmp(dot ? dot + 1 : key, "rope_theta") == 0 && i < r->n_arms * r->n_seeds) {
        snprintf(path, sizeof path, "%s/config.yaml", r->runs[i].dir);
        if (loaded_run_open(&l, path, false, NULL) == OK) {
            length = analysis_longest_row(&l.facts);
            if (length <= BOUND_LENGTH && l.facts.model->head_dim % 2 == 0)
                bound = cosine_sum_base_bound(l.facts.model->head_dim, length, 0.0005, 1e8, NULL);
        }
        loaded_run_close(&l);
    }
    result_real(out, NULL, "bound", isfinite(bound) ? bound : NAN);
    result_int(out, NULL, "bound_length", length);
}

static int curve(const struct lab_results *r, struct result *out, struct error *e)
{
    for (int p = 0; p < r->n_params; p++)
        if (is_numeric(r, p)) {
            put_bound(r, r->arms[0].params[p].key, out);
            return curve_over(r, p, out, e);
        }
    return error_set(e, E_USAGE, "sweep '%s' has no numeric parameter that varies", r->name);
}

/* Dev loss of every arm over the first of the tuned keys that is a number; best_x, best_y: the least
 * mean of each series. */
static int tuning(const struct store *s, const struct lab_results *r, struct result *out,
                  struct error *e)
{
    const jsn *keys = jsn_get(jsn_get(s->sweep.root, "tune"), "parameters");
    int p = r->n_params;
    for (void *it = jsn_first(keys); it && p == r->n_params; it = jsn_next(keys, it))
        for (p = 0; p < r->n_params; p++)
            if (strcmp(r->arms[0].params[p].key, jsn_key(it)) == 0 && is_numeric(r, p)) break;
    if (p == r->n_params)
        return error_set(e, E_USAGE, "sweep '%s' tunes no key that is a number", s->name);
    TRY(curve_over(r, p, out, e));
    for (int i = 0; i < out->n_series; i++) {
        struct result_series *of = &out->series[i];
        int best = -1;
        for (int k = 0; k < of->field[0].n; k++)
            if (isfinite(of->field[0].v[k]) &&
                (best < 0 || of->field[0].v[k] < of->field[0].v[best]))
                best = k;
        result_real(out, of, "best_x", best < 0 ? NAN : out->axis.v[best]);
        result_real(out, of, "best_y", best < 0 ? NAN : of->field[0].v[best]);
    }
    return OK;
}

/* Place of an arm's level among the levels of a parameter, in order of appearance. */
static int level_place(const struct lab_results *r, int param, int arm)
{
    int place = 0;
    for (int a = 0; a < arm; a++) {
        int b = 0;
        if (same_level(&r->arms[a].params[param], &r->arms[arm].params[param])) break;
        while (b < a && !same_level(&r->arms[a].params[param], &r->arms[b].params[param])) b++;
        place += b == a;
    }
    return place;
}

enum { MOST_LEVELS = 8 }; /* as many as there are facts for their names */

/* A series a cell: mean over the complete runs of all arms that have both levels. */
static int grid(const struct lab_results *r, struct result *out, struct error *e)
{
    struct column metric;
    int two[2], n = 0, size[2] = {0};
    for (int p = 0; p < r->n_params && n < 2; p++)
        if (param_levels(r, p) > 1) two[n++] = p;
    if (n < 2) return error_set(e, E_USAGE, "sweep '%s' varies fewer than two parameters", r->name);
    double *value = malloc(((size_t)r->n_arms * r->n_seeds + 1) * sizeof *value);
    if (!value) return error_set(e, E_MEMORY, "no memory for %d arms", r->n_arms);
    int status = column_parse(&metric, r->metric, e);
    if (!status) status = column_values(&metric, r, value, e);
    double sum[RESULT_SERIES] = {0};
    int count[RESULT_SERIES] = {0};
    for (int a = 0; a < r->n_arms && !status; a++) {
        const int column = level_place(r, two[0], a), row = level_place(r, two[1], a);
        int i = 0;
        if (column >= MOST_LEVELS || row >= MOST_LEVELS) {
            status = error_set(e, E_USAGE, "more than %d levels of a parameter", MOST_LEVELS);
            break;
        }
        while (i < out->n_series && (result_value(&out->series[i], "at_column") != column ||
                                     result_value(&out->series[i], "at_row") != row))
            i++;
        if (i == RESULT_SERIES) {
            status = error_set(e, E_USAGE, "more than %d cells", RESULT_SERIES);
            break;
        }
        if (i == out->n_series) {
            struct result_series *s = result_add(out, r->arms[a].name);
            result_int(out, s, "at_column", column);
            result_int(out, s, "at_row", row);
            result_real(out, s, "mean", NAN);
            for (int k = 0; k < 2; k++) {
                const struct lab_param *x = &r->arms[a].params[two[k]];
                const int at = k ? row : column;
                if (at < size[k]) continue;
                size[k] = at + 1;
                result_fact_text(out, NULL, result_text(out, k ? "row_%d" : "column_%d", at + 1),
                                 label_of(x, out));
            }
        }
        for (int s = 0; s < r->n_seeds; s++)
            if (lab_run_at(r, a, s)->status == RUN_COMPLETE) {
                sum[i] += value[(size_t)a * r->n_seeds + s];
                count[i]++;
            }
    }
    for (int i = 0; i < out->n_series; i++)
        out->series[i].fact[2].v = count[i] ? sum[i] / count[i] : NAN;
    result_fact_text(out, NULL, "metric", r->metric);
    result_fact_text(out, NULL, "column_label", r->arms[0].params[two[0]].key);
    result_fact_text(out, NULL, "row_label", r->arms[0].params[two[1]].key);
    result_int(out, NULL, "columns", size[0]);
    result_int(out, NULL, "rows", size[1]);
    free(value);
    return status;
}

/* x=COLUMN and y=COLUMN beside the folder, for `scatter` alone. */
struct sweep_arguments {
    const char *folder, *x, *y;
};

static int sort_arguments(const struct figure_type *f, int n, char *const *sources,
                          struct sweep_arguments *a, struct error *e)
{
    const bool scatter = strcmp(f->what, "scatter") == 0;
    int folders = 0;
    *a = (struct sweep_arguments){0};
    for (int i = 0; i < n; i++) {
        if (scatter && strncmp(sources[i], "x=", 2) == 0) {
            a->x = sources[i] + 2;
        } else if (scatter && strncmp(sources[i], "y=", 2) == 0) {
            a->y = sources[i] + 2;
        } else {
            a->folder = sources[i];
            folders++;
        }
    }
    if (folders != 1)
        return error_set(e, E_USAGE, "figure %s: name one folder of a sweep", f->v.name);
    if (scatter && !a->x)
        return error_set(e, E_USAGE,
                         "figure %s: x=COLUMN says what the metric is held against, for example "
                         "x=eval/slices/longppl",
                         f->v.name);
    return OK;
}

static int collect(const struct figure_type *f, const struct store *of, const struct lab_results *r,
                   const struct sweep_arguments *a, struct result *out, struct error *e)
{
    if (strcmp(f->what, "forest") == 0) return forest(r, out, e);
    if (strcmp(f->what, "factors") == 0) return factors(r, out, e);
    if (strcmp(f->what, "curve") == 0) return curve(r, out, e);
    if (strcmp(f->what, "tuning") == 0) return tuning(of, r, out, e);
    if (strcmp(f->what, "scatter") == 0)
        return figure_sweep_scatter(r, a->x, a->y ? a->y : r->metric, out, e);
    return grid(r, out, e);
}

/* The runs that it shows: the sweep's own, or those of its tuning. */
static int open_runs(const struct figure_type *f, const struct store *of, struct store **runs,
                     struct error *e)
{
    char dir[4096];
    *runs = NULL;
    if (strcmp(f->what, "tuning") != 0) return store_open(runs, of->dir, e);
    TRY(file_join(dir, sizeof dir, of->dir, "tune", e));
    if (file_is_directory(dir)) return store_open(runs, dir, e);
    return error_set(e, E_USAGE, "sweep '%s' has not been tuned (`tune` in its file)", of->name);
}

int figure_from_sweep(const struct figure_type *f, int n, char *const *sources, struct result *out,
                      struct error *e)
{
    struct store *of, *runs;
    struct store_results *own = NULL;
    struct sweep_arguments a;
    const struct lab_results *r;
    TRY(sort_arguments(f, n, sources, &a, e));
    TRY(store_open(&of, a.folder, e));
    int status = open_runs(f, of, &runs, e);
    if (!status) status = store_results_open(&own, runs, &r, e);
    if (!status) {
        result_open(out, f->v.name);
        status = collect(f, of, r, &a, out, e);
        if (status) result_close(out);
    }
    store_results_close(own);
    store_close(runs);
    store_close(of);
    return status;
}
