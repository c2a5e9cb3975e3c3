/* figure_points.c -- see figure_points.h. */
#include "src/lab/figure_points.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/lab/figure.h"
#include "src/stat/mean.h"

enum { REPLICATES = 256 };

void figure_points_close(struct figure_points *p)
{
    free(p->point);
    p->point = NULL;
}

static int find(const char **names, int *n, int most, struct result *out, const char *name,
                const char *what, int *index, struct error *e)
{
    for (*index = 0; *index < *n; ++*index)
        if (strcmp(names[*index], name) == 0) return OK;
    if (*n == most) return error_set(e, E_USAGE, FIGURE_LIMIT "%d %s in one figure", most, what);
    names[(*n)++] = result_text(out, "%s", name);
    return OK;
}

int figure_points_series(struct figure_points *p, const char *name, int *index, struct error *e)
{
    return find(p->series, &p->n_series, RESULT_SERIES, p->out, name, "series", index, e);
}

int figure_points_panel(struct figure_points *p, const char *name, int *index, struct error *e)
{
    const int most = RESULT_FIELDS / 3;
    return find(p->panel, &p->n_panels, most, p->out, name, "panels", index, e);
}

void figure_points_add(struct figure_points *p, struct figure_point x)
{
    if (p->n == p->capacity) {
        p->capacity = p->capacity ? 2 * p->capacity : 1024;
        p->point = realloc(p->point, (size_t)p->capacity * sizeof *p->point);
        if (!p->point) abort();
    }
    p->point[p->n++] = x;
}

int figure_points_reference(struct figure_points *p, const char *name, struct figure_point x,
                            struct error *e)
{
    TRY(figure_points_series(p, name, &x.series, e));
    p->reference[x.series] = true;
    for (int i = 0; i < p->n; i++)
        if (p->point[i].series == x.series && p->point[i].panel == x.panel && p->point[i].x == x.x)
            return OK;
    x.low = x.high = NAN;
    figure_points_add(p, x);
    return OK;
}

static int by_place(const void *a, const void *b)
{
    const struct figure_point *x = a, *y = b;
    if (x->series != y->series) return x->series - y->series;
    if (x->panel != y->panel) return x->panel - y->panel;
    return (x->x > y->x) - (x->x < y->x);
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int64_t make_axis(struct figure_points *p, const char *axis, const char *unit)
{
    double *x = malloc(((size_t)p->n + 1) * sizeof *x);
    int64_t n = 0;
    if (!x) abort();
    for (int i = 0; i < p->n; i++) x[i] = p->point[i].x;
    qsort(x, (size_t)p->n, sizeof *x, ascending);
    for (int i = 0; i < p->n; i++)
        if (!n || x[i] != x[n - 1]) x[n++] = x[i];
    memcpy(result_axis(p->out, axis, unit, n), x, (size_t)n * sizeof *x);
    free(x);
    return n;
}

static int64_t index_of(const struct result_field *axis, double x)
{
    const double *at = bsearch(&x, axis->v, (size_t)axis->n, sizeof x, ascending);
    return at - axis->v;
}

/* One value, or several at the same place. */
static void summarize(const struct figure_point *x, int n, double *mean, double *low, double *high)
{
    double y[REPLICATES];
    int finite = 0;
    for (int i = 0; i < n && finite < REPLICATES; i++)
        if (isfinite(x[i].y)) y[finite++] = x[i].y;
    const struct stat_mean m = stat_mean(y, finite, 0.95);
    *mean = m.mean;
    *low = n == 1 ? x->low : m.mean - m.half;
    *high = n == 1 ? x->high : m.mean + m.half;
}

static void fill(struct figure_points *p, struct result_series *s, int series, int64_t n)
{
    int most = 1;
    for (int k = 0; k < p->n_panels; k++) {
        double *y = result_field(p->out, s, k ? result_text(p->out, "mean_%d", k + 1) : "mean", "",
                                 n),
               *low =
                   result_field(p->out, s, k ? result_text(p->out, "low_%d", k + 1) : "low", "", n),
               *high = result_field(p->out, s, k ? result_text(p->out, "high_%d", k + 1) : "high",
                                    "", n);
        for (int64_t j = 0; j < n; j++) y[j] = low[j] = high[j] = NAN;
        for (int i = 0, m; i < p->n; i += m) {
            const struct figure_point *x = &p->point[i];
            for (m = 1; i + m < p->n && by_place(x, x + m) == 0; m++) {
            }
            if (x->series != series || x->panel != k) continue;
            const int64_t j = index_of(&p->out->axis, x->x);
            summarize(x, m, &y[j], &low[j], &high[j]);
            if (m > most) most = m;
        }
    }
    result_int(p->out, s, "replicates", most);
    if (most > 1) s->name = result_text(p->out, "%s (n = %d)", s->name, most);
}

void figure_points_result(struct figure_points *p, const char *axis, const char *unit)
{
    qsort(p->point, (size_t)p->n, sizeof *p->point, by_place);
    const int64_t n = make_axis(p, axis, unit);
    result_int(p->out, NULL, "panels", p->n_panels);
    for (int k = 0; k < p->n_panels; k++)
        result_fact_text(p->out, NULL, result_text(p->out, "panel_%d", k + 1), p->panel[k]);
    for (int last = 0; last < 2; last++)
        for (int i = 0; i < p->n_series; i++) {
            if (p->reference[i] != last) continue;
            struct result_series *s = result_add(p->out, p->series[i]);
            s->key = last ? "reference" : figure_key(p->series[i]);
            fill(p, s, i, n);
        }
}
