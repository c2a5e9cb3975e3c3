/* figure_eval.c -- figures of evaluations: tables of JSON files as points. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/lab/figure_points.h"
#include "src/lab/figure_reading.h"
#include "src/lab/figure_sources.h"
#include "src/stat/power_law.h"

enum { COLUMNS = 4 };
#define LEAST_SPREAD 0.005 /* nats: a curve that is flatter than this shows no law */

struct spec {
    char text[256];
    const char *table, *x, *y, *split, *low, *high, *series, *reference, *only;
    char names[128]; /* of y, cut at commas */
    int n_y;
    const char *each_y[COLUMNS];
    bool tasks, fit, positive;
};

static void split_columns(struct spec *s)
{
    char *at = s->names;
    snprintf(s->names, sizeof s->names, "%s", s->y);
    for (char *w; (w = strsep(&at, ",")) && s->n_y < COLUMNS;) s->each_y[s->n_y++] = w;
}

static void read_spec(struct spec *s, const char *what)
{
    char *at = s->text;
    *s = (struct spec){0};
    snprintf(s->text, sizeof s->text, "%s", what);
    for (char *w; (w = strsep(&at, " "));) {
        if (!strncmp(w, "table=", 6)) s->table = w + 6;
        if (!strncmp(w, "x=", 2)) s->x = w + 2;
        if (!strncmp(w, "y=", 2)) s->y = w + 2;
        if (!strncmp(w, "split=", 6)) s->split = w + 6;
        if (!strncmp(w, "low=", 4)) s->low = w + 4;
        if (!strncmp(w, "high=", 5)) s->high = w + 5;
        if (!strncmp(w, "series=", 7)) s->series = w + 7;
        if (!strncmp(w, "reference=", 10)) s->reference = w + 10;
        if (!strncmp(w, "only=", 5)) s->only = w + 5;
        if (!strcmp(w, "tasks")) s->tasks = true;
        if (!strcmp(w, "fit")) s->fit = true;
        if (!strcmp(w, "positive")) s->positive = true;
    }
    split_columns(s);
}

/* The panel that a row belongs to: of its task, of its value in a column, or of the quantity. */
static const char *panel_of(const struct spec *s, const char *task, const jsn *row, const char *y,
                            char *number, size_t size)
{
    const jsn *split = s->split ? jsn_get(row, s->split) : NULL;
    size_t n;
    if (s->tasks) return task;
    if (split && jsn_is_string(split)) return jsn_as_string(split, &n);
    if (!split || !jsn_is_number(split)) return y;
    snprintf(number, size, "%s %.6g", s->split, jsn_as_double(split));
    return number;
}

static int add_columns(struct figure_points *p, const struct spec *s, struct figure_point x,
                       const char *task, const jsn *row, struct error *e)
{
    char number[64];
    for (int k = 0; k < s->n_y; k++) {
        const char *panel = panel_of(s, task, row, s->each_y[k], number, sizeof number);
        TRY(figure_points_panel(p, panel, &x.panel, e));
        x.y = figure_cell(row, s->each_y[k]);
        if (s->positive && !(x.y > 0)) continue;
        x.low = figure_cell(row, s->low);
        x.high = figure_cell(row, s->high);
        figure_points_add(p, x);
        if (!s->reference) continue;
        x.y = figure_cell(row, s->reference);
        if (isfinite(x.y)) TRY(figure_points_reference(p, s->reference, x, e));
    }
    return OK;
}

/* y=*: a panel for each other column of the table. */
static int add_all(struct figure_points *p, const struct spec *s, struct figure_point x,
                   const jsn *row, struct error *e)
{
    x.low = x.high = NAN;
    for (void *it = jsn_first(row); it; it = jsn_next(row, it)) {
        if (strcmp(jsn_key(it), s->x) == 0) continue;
        TRY(figure_points_panel(p, jsn_key(it), &x.panel, e));
        x.y = figure_number(jsn_value(it));
        figure_points_add(p, x);
    }
    return OK;
}

struct to_points {
    struct figure_points points;
    struct spec spec;
};

static int read_point(void *to, const char *series, const char *task, const jsn *row,
                      struct error *e)
{
    struct to_points *t = to;
    const struct spec *s = &t->spec;
    const jsn *kind = s->series ? jsn_get(row, s->series) : NULL;
    struct figure_point x = {.x = figure_cell(row, s->x)};
    char name[512];
    size_t n;
    if (!isfinite(x.x)) return OK;
    snprintf(name, sizeof name, kind && jsn_is_string(kind) ? "%s, %s" : "%s", series,
             kind && jsn_is_string(kind) ? jsn_as_string(kind, &n) : "");
    TRY(figure_points_series(&t->points, name, &x.series, e));
    return strcmp(s->y, "*") ? add_columns(&t->points, s, x, task, row, e)
                             : add_all(&t->points, s, x, row, e);
}

/* The points that a panel shows of a series, as a power law of the context; NaN where they follow
 * none: at the edge of the search, with a tenth of their variance left over, or flat. */
static void add_law(struct result *out, struct result_series *s, int panel)
{
    const struct result_field *y = &s->field[3 * panel];
    double *x = result_take(out, 2 * (size_t)(y->n + 1) * sizeof *x), *loss = x + y->n;
    struct power_law f;
    struct power_law_points p = {.c = x, .loss = loss};
    double mean = 0, spread = 0;
    for (int64_t i = 0; i < y->n; i++)
        if (isfinite(y->v[i])) {
            x[p.n] = out->axis.v[i];
            loss[p.n++] = y->v[i];
        }
    for (int i = 0; i < p.n; i++) mean += loss[i] / p.n;
    for (int i = 0; i < p.n; i++) spread += (loss[i] - mean) * (loss[i] - mean);
    const bool reference = s->key && strcmp(s->key, "reference") == 0,
               follows = !reference && !power_law_fit(&p, &f, NULL) && !f.beta_at_edge &&
                         f.sse <= spread / 10 && spread > p.n * LEAST_SPREAD * LEAST_SPREAD;
    result_real(out, s, result_text(out, "alpha_%d", panel + 1),
                follows ? power_law_alpha(&f) : NAN);
    result_real(out, s, result_text(out, "beta_%d", panel + 1), follows ? f.beta : NAN);
    result_real(out, s, result_text(out, "gamma_%d", panel + 1), follows ? f.gamma : NAN);
}

int figure_from_eval(const struct figure_type *f, int n, char *const *sources, struct result *out,
                     struct error *e)
{
    struct to_points t = {.points = {.out = out}};
    read_spec(&t.spec, f->what);
    result_open(out, f->v.name);
    struct figure_reading r = {
        .table = t.spec.table, .only_task = t.spec.only, .read = read_point, .to = &t};
    int status = figure_read(n, sources, &r, out, e);
    if (!status && !t.points.n)
        status = error_set(e, E_USAGE, "no row of '%s' has a %s and a %s", t.spec.table, t.spec.x,
                           t.spec.y);
    if (!status) figure_points_result(&t.points, t.spec.x, "tokens");
    const int panels = t.points.n_panels;
    for (int i = 0; !status && t.spec.fit && i < out->n_series; i++)
        for (int k = 0; k < panels && k < RESULT_FACTS / 3 - 1; k++)
            add_law(out, &out->series[i], k);
    figure_points_close(&t.points);
    if (status) result_close(out);
    return status;
}
