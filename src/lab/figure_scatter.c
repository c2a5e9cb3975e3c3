/* figure_scatter.c -- one measured quantity of a sweep's runs against another. */
#include <math.h>
#include <stdlib.h>

#include "src/lab/column.h"
#include "src/lab/figure_points.h"
#include "src/lab/figure_sources.h"
#include "src/stat/mean.h"

static int values_of(const struct lab_results *r, const char *text, struct column *c, double *out,
                     struct error *e)
{
    TRY(column_parse(c, text, e));
    return column_values(c, r, out, e);
}

/* Correlations over the runs that have both values. */
static void put_facts(struct result *out, const double *x, const double *y, int n,
                      const struct column *a, const struct column *b)
{
    result_fact_text(out, NULL, "x_label", a->title);
    result_fact_text(out, NULL, "y_label", b->title);
    result_real(out, NULL, "pearson", n > 2 ? stat_correlation(x, y, n) : NAN);
    result_real(out, NULL, "spearman", n > 2 ? stat_rank_correlation(x, y, n) : NAN);
    result_int(out, NULL, "runs", n);
}

int figure_sweep_scatter(const struct lab_results *r, const char *x, const char *y,
                         struct result *out, struct error *e)
{
    const int runs = r->n_arms * r->n_seeds;
    struct figure_points p = {.out = out};
    struct column a, b;
    int n = 0, panel;
    double *value = malloc(4 * ((size_t)runs + 1) * sizeof *value);
    if (!value) return error_set(e, E_MEMORY, "no memory for %d runs", runs);
    double *other = value + runs, *kept_x = other + runs, *kept_y = kept_x + runs;
    int status = values_of(r, x, &a, value, e);
    if (!status) status = values_of(r, y, &b, other, e);
    if (!status) status = figure_points_panel(&p, "all", &panel, e);
    for (int i = 0; i < runs && !status; i++) {
        struct figure_point at = {.x = value[i], .y = other[i], .low = NAN, .high = NAN};
        if (r->runs[i].status != RUN_COMPLETE || !isfinite(at.x) || !isfinite(at.y)) continue;
        status = figure_points_series(&p, r->arms[i / r->n_seeds].name, &at.series, e);
        figure_points_add(&p, at);
        kept_x[n] = at.x;
        kept_y[n++] = at.y;
    }
    if (!status && !n)
        status = error_set(e, E_USAGE, "no complete run of sweep '%s' has both %s and %s", r->name,
                           a.key, b.key);
    if (!status) {
        put_facts(out, kept_x, kept_y, n, &a, &b);
        figure_points_result(&p, "x", "");
    }
    figure_points_close(&p);
    free(value);
    return status;
}
