/* figure_eval.c -- figures of evaluations: tables of JSON files as points. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/lab/figure_points.h"
#include "src/lab/figure_reading.h"
#include "src/lab/figure_sources.h"

struct spec {
    char text[256];
    const char *table, *x, *y, *split, *low, *high;
    bool tasks;
};

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
        if (!strcmp(w, "tasks")) s->tasks = true;
    }
}

static int add_row(struct figure_points *p, const struct spec *s, int series, const char *task,
                   const jsn *row, struct error *e)
{
    struct figure_point x = {.series = series, .x = figure_cell(row, s->x)};
    char number[64];
    if (!isfinite(x.x)) return OK;
    if (strcmp(s->y, "*")) {
        const jsn *split = s->split ? jsn_get(row, s->split) : NULL;
        size_t n;
        if (split && jsn_is_number(split))
            snprintf(number, sizeof number, "%s %.6g", s->split, jsn_as_double(split));
        const char *panel = s->tasks                        ? task
                            : split && jsn_is_string(split) ? jsn_as_string(split, &n)
                            : split && jsn_is_number(split) ? number
                                                            : s->y;
        TRY(figure_points_panel(p, panel, &x.panel, e));
        x.y = figure_cell(row, s->y);
        x.low = figure_cell(row, s->low);
        x.high = figure_cell(row, s->high);
        figure_points_add(p, x);
        return OK;
    }
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
    int index;
    TRY(figure_points_series(&t->points, series, &index, e));
    return add_row(&t->points, &t->spec, index, task, row, e);
}

int figure_from_eval(const struct figure_type *f, int n, char *const *sources, struct result *out,
                     struct error *e)
{
    struct to_points t = {.points = {.out = out}};
    read_spec(&t.spec, f->what);
    result_open(out, f->v.name);
    struct figure_reading r = {.table = t.spec.table, .read = read_point, .to = &t};
    int status = figure_read(n, sources, &r, out, e);
    if (!status) figure_points_result(&t.points, t.spec.x, "tokens");
    figure_points_close(&t.points);
    if (status) result_close(out);
    return status;
}
