/* figure_thin.c -- fewer points without losing a peak: of every stretch of the axis the extremes of
 * every curve stay, or its mean, lowest and highest value. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/lab/figure.h"

/* First index of stretch k of `stretches`. In logarithms index 0, which has none, stands alone. */
static int64_t border(int64_t n, int k, int stretches, enum figure_grid grid)
{
    if (grid == FIGURE_LINEAR || grid == FIGURE_MEANS) return (int64_t)((double)n * k / stretches);
    return k < 2            ? k
           : k == stretches ? n
                            : (int64_t)ceil(pow((double)n, (k - 1.0) / (stretches - 1)));
}

static void keep_extremes(const struct result_field *f, int64_t from, int64_t to, bool *keep)
{
    int64_t low = -1, high = -1;
    for (int64_t i = from; i < to && i < f->n; i++) {
        if (!isfinite(f->v[i])) continue;
        if (low < 0 || f->v[i] < f->v[low]) low = i;
        if (high < 0 || f->v[i] > f->v[high]) high = i;
    }
    if (low >= 0) keep[low] = keep[high] = true;
}

static void copy_field(const struct result_field *f, const bool *keep, int64_t n, int64_t kept,
                       struct result *out, struct result_field *y)
{
    *y = *f;
    y->v = result_take(out, (size_t)kept * sizeof *y->v);
    y->n = 0;
    for (int64_t i = 0; i < n; i++)
        if (keep[i]) y->v[y->n++] = i < f->n ? f->v[i] : NAN;
}

/* Names and texts stay the other's: `r` must outlive `out`. */
static void copy_kept(const struct result *r, const bool *keep, int64_t kept, struct result *out)
{
    const int64_t n = r->axis.n;
    struct result_memory *memory = out->memory;
    *out = *r;
    out->memory = memory;
    copy_field(&r->axis, keep, n, kept, out, &out->axis);
    for (int i = 0; i < r->n_series; i++)
        for (int k = 0; k < r->series[i].n_fields; k++)
            copy_field(&r->series[i].field[k], keep, n, kept, out, &out->series[i].field[k]);
}

static void thin_extremes(const struct result *r, enum figure_grid grid, int points,
                          struct result *out)
{
    const int64_t n = r->axis.n;
    int64_t kept = 0;
    bool *keep = result_take(out, (size_t)n + 1);
    memset(keep, n <= points, (size_t)n);
    const int stretches = points / 2;
    for (int k = 0; n > points && k < stretches; k++) {
        const int64_t from = border(n, k, stretches, grid), to = border(n, k + 1, stretches, grid);
        if (from < to) keep[from] = true;
        for (int i = 0; i < r->n_series; i++)
            for (int j = 0; j < r->series[i].n_fields; j++)
                keep_extremes(&r->series[i].field[j], from, to, keep);
    }
    if (n) keep[n - 1] = true;
    for (int64_t i = 0; i < n; i++) kept += keep[i];
    copy_kept(r, keep, kept, out);
}

/* One field as three, over stretches [edge_k, edge_(k + 1)). */
static void add_means(const struct result_field *f, const int64_t *edge, int64_t stretches,
                      struct result *out, struct result_series *s)
{
    double *mean = result_field(out, s, f->name, f->unit, stretches),
           *low = result_field(out, s, result_text(out, "%s_low", f->name), f->unit, stretches),
           *high = result_field(out, s, result_text(out, "%s_high", f->name), f->unit, stretches);
    for (int64_t k = 0; k < stretches; k++) {
        int64_t n = 0;
        double sum = 0;
        low[k] = INFINITY;
        high[k] = -INFINITY;
        for (int64_t i = edge[k]; i < edge[k + 1] && i < f->n; i++) {
            if (!isfinite(f->v[i])) continue;
            sum += f->v[i];
            low[k] = fmin(low[k], f->v[i]);
            high[k] = fmax(high[k], f->v[i]);
            n++;
        }
        mean[k] = n ? sum / (double)n : NAN;
    }
}

static void thin_means(const struct result *r, enum figure_grid grid, int points,
                       struct result *out)
{
    const int64_t n = r->axis.n;
    int64_t stretches = 0, *edge = result_take(out, ((size_t)points + 2) * sizeof *edge);
    for (int k = 0; k <= points; k++) {
        const int64_t at = n <= points ? (k < n ? k : n) : border(n, k, points, grid);
        if (k == 0 || (at > edge[stretches] && at <= n)) {
            stretches += k > 0;
            edge[stretches] = at;
        }
    }
    struct result_memory *memory = out->memory;
    *out = *r;
    out->memory = memory;
    out->n_series = 0;
    double *x = result_axis(out, r->axis.name, r->axis.unit, stretches);
    for (int64_t k = 0; k < stretches; k++)
        x[k] = (r->axis.v[edge[k]] + r->axis.v[edge[k + 1] - 1]) / 2;
    for (int i = 0; i < r->n_series; i++) {
        struct result_series *s = &out->series[out->n_series++];
        *s = r->series[i];
        s->n_fields = 0;
        for (int j = 0; j < r->series[i].n_fields; j++)
            add_means(&r->series[i].field[j], edge, stretches, out, s);
    }
}

void figure_thin(const struct result *r, enum figure_grid grid, int points, struct result *out)
{
    result_open(out, r->analysis);
    if (r->axis.n && (grid == FIGURE_MEANS || grid == FIGURE_MEANS_LOG))
        thin_means(r, grid, points / 4, out);
    else
        thin_extremes(r, grid, points, out);
}
