/* figure_sweep.c -- figures of a sweep as a whole: differences from the baseline, levels of factors. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/lab/column.h"
#include "src/lab/figure_sources.h"
#include "src/lab/store_results.h"
#include "src/lab/sweep_table.h"

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
            struct result_series *s = result_add(out, x->given ? x->text : "-");
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

int figure_from_sweep(const struct figure_type *f, int n, char *const *sources, struct result *out,
                      struct error *e)
{
    struct store *s;
    struct store_results *own;
    const struct lab_results *r;
    if (n != 1) return error_set(e, E_USAGE, "figure %s: name one folder of a sweep", f->v.name);
    TRY(store_open(&s, sources[0], e));
    int status = store_results_open(&own, s, &r, e);
    if (!status) {
        result_open(out, f->v.name);
        status = strcmp(f->what, "forest") == 0 ? forest(r, out, e) : factors(r, out, e);
        if (status) result_close(out);
        store_results_close(own);
    }
    store_close(s);
    return status;
}
