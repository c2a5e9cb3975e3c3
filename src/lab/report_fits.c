/* report_fits.c -- the laws that evaluations fitted to the loss by context, run by run. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/lab/figure_reading.h"
#include "src/lab/report_figures.h"
#include "src/lab/report_html.h"
#include "src/stat/power_law.h"

struct fit {
    char *series, *source;
    double alpha, beta, gamma, half[3];
};

struct fits {
    int n, capacity, undetermined;
    struct fit *fit;
};

/* The larger distance to an end of the interval. */
static double half_of(const jsn *row, const char *name, double value)
{
    char low[32], high[32];
    snprintf(low, sizeof low, "%s_low", name);
    snprintf(high, sizeof high, "%s_high", name);
    return fmax(value - figure_cell(row, low), figure_cell(row, high) - value);
}

static int read_fit(void *to, const char *series, const char *task, const jsn *row, struct error *e)
{
    struct fits *x = to;
    size_t n;
    const jsn *source = jsn_get(row, "source");
    (void)task, (void)e;
    const double beta = figure_cell(row, "beta");
    if (!isfinite(beta)) return OK;
    if (!(half_of(row, "beta", beta) < beta) || beta <= 1.01 * STAT_BETA_LEAST ||
        beta >= 0.99 * STAT_BETA_MOST) {
        x->undetermined++; /* no power law: a flat curve, or one that falls otherwise */
        return OK;
    }
    if (x->n == x->capacity) {
        const int capacity = 2 * x->capacity + 64;
        struct fit *more = realloc(x->fit, (size_t)capacity * sizeof *more);
        if (!more) return error_set(e, E_MEMORY, "no memory for the fits");
        x->fit = more;
        x->capacity = capacity;
    }
    struct fit *f = &x->fit[x->n++];
    f->series = strdup(series);
    f->source = strdup(source && jsn_is_string(source) ? jsn_as_string(source, &n) : "-");
    f->alpha = figure_cell(row, "alpha");
    f->beta = figure_cell(row, "beta");
    f->gamma = figure_cell(row, "gamma");
    f->half[0] = half_of(row, "alpha", f->alpha);
    f->half[1] = half_of(row, "beta", f->beta);
    f->half[2] = half_of(row, "gamma", f->gamma);
    return f->series && f->source ? OK : error_set(e, E_MEMORY, "no memory for the fits");
}

static int put(FILE *f, const struct fits *x, struct error *e)
{
    struct table t;
    html_section(f, "fits", "Loss by context: L(c) = (α / c)^β + γ");
    if (x->undetermined) {
        char text[160];
        snprintf(text, sizeof text,
                 "%d of %d fits leave β open, as where the curve is flat: they are left out.",
                 x->undetermined, x->n + x->undetermined);
        html_paragraph(f, text);
    }
    if (!x->n) return OK;
    static const char *const titles[] = {"arm", "source", "α", "β", "γ"};
    TRY(table_open(&t, "fits", x->n, 5, e));
    for (int c = 0; c < 5; c++) TRY(table_heading(&t, c, titles[c], c > 1, c > 1, e));
    for (int i = 0; i < x->n; i++) {
        const struct fit *y = &x->fit[i];
        TRY(table_words(&t, i, 0, y->series, e));
        TRY(table_words(&t, i, 1, y->source, e));
        table_number(&t, i, 2, y->alpha, y->half[0], -1);
        table_number(&t, i, 3, y->beta, y->half[1], -1);
        table_number(&t, i, 4, y->gamma, y->half[2], -1);
    }
    html_table(f, &t,
               "A fit a run and source, ± the wider side of its 95 % interval over documents.",
               true);
    table_close(&t);
    return OK;
}

int report_fits(struct report_page *p, int n, char *const *sources, struct error *e)
{
    struct fits x = {0};
    struct result out;
    struct error none;
    struct figure_reading r = {.table = "fit", .read = read_fit, .to = &x};
    result_open(&out, "fits");
    int status = OK;
    for (int i = 0; i < n && !status; i++) { /* runs without such an evaluation are left out */
        status = figure_read(1, sources + i, &r, &out, &none);
        if (status == E_USAGE) status = OK;
    }
    if (status) *e = none;
    result_close(&out);
    if (!status && (x.n || x.undetermined)) status = put(p->f, &x, e);
    for (int i = 0; i < x.n; i++) {
        free(x.fit[i].series);
        free(x.fit[i].source);
    }
    free(x.fit);
    return status;
}
