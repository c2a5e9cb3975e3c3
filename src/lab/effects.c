/* effects.c -- see effects.h. */
#include "src/lab/effects.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/lab/column.h"
#include "src/lab/level_label.h"
#include "src/lab/round.h"
#include "src/stat/factorial.h"
#include "src/stat/multiple.h"

enum { MOST_FACTORS = 16, TITLES = 6 };

struct grid {
    const struct lab_results *r;
    struct column metric;
    double *y;                                      /* [arms][seeds kept] */
    int *level;                                     /* [arms][factors] */
    int factor[MOST_FACTORS], levels[MOST_FACTORS]; /* parameter of each factor; its levels */
    struct stat_factorial f;
    double noise, df, mean, confidence;
};

static const struct lab_param *param(const struct grid *g, int arm, int factor)
{
    return &g->r->arms[arm].params[g->factor[factor]];
}

static bool same(const struct lab_param *a, const struct lab_param *b)
{
    return a->given == b->given && (!a->given || strcmp(a->text, b->text) == 0);
}

/* Levels of a parameter in order of appearance; which[arms] gets each arm's. */
static int count_levels(const struct lab_results *r, int p, int *which)
{
    int n = 0;
    for (int a = 0; a < r->n_arms; a++) {
        int b = 0;
        while (b < a && !same(&r->arms[a].params[p], &r->arms[b].params[p])) b++;
        which[a] = b < a ? which[b] : n++;
    }
    return n;
}

static int find_factors(struct grid *g, struct error *e)
{
    const struct lab_results *r = g->r;
    int *which = malloc(((size_t)r->n_arms + 1) * sizeof *which);
    if (!which) return error_set(e, E_MEMORY, "no memory for %d arms", r->n_arms);
    for (int p = 0; p < r->n_params && g->f.factors < MOST_FACTORS; p++) {
        const int n = count_levels(r, p, which);
        if (n < 2) continue;
        g->factor[g->f.factors] = p;
        g->levels[g->f.factors++] = n;
    }
    free(which);
    if (!g->f.factors) return error_set(e, E_USAGE, "no parameter varies between the arms");
    g->level = malloc((size_t)r->n_arms * g->f.factors * sizeof *g->level);
    which = malloc((size_t)r->n_arms * sizeof *which);
    for (int k = 0; g->level && which && k < g->f.factors; k++) {
        count_levels(r, g->factor[k], which);
        for (int a = 0; a < r->n_arms; a++) g->level[a * g->f.factors + k] = which[a];
    }
    free(which);
    return g->level ? OK : error_set(e, E_MEMORY, "no memory for %d arms", r->n_arms);
}

/* Keep the seeds in which every arm is complete. */
static int keep_seeds(struct grid *g, double *value, struct error *e)
{
    const struct lab_results *r = g->r;
    int kept = 0;
    for (int s = 0; s < r->n_seeds; s++) {
        bool whole = true;
        for (int a = 0; a < r->n_arms; a++)
            whole &=
                lab_run_at(r, a, s)->status == RUN_COMPLETE && !isnan(value[a * r->n_seeds + s]);
        if (!whole) continue;
        for (int a = 0; a < r->n_arms; a++)
            value[a * r->n_seeds + kept] = value[a * r->n_seeds + s];
        kept++;
    }
    if (!kept) return error_set(e, E_USAGE, "no seed is complete in every arm");
    for (int a = 0; a < r->n_arms; a++)
        for (int s = 0; s < kept; s++) value[a * kept + s] = value[a * r->n_seeds + s];
    g->f.seeds = kept;
    return OK;
}

static int open(struct grid *g, const struct lab_results *r, struct error *e)
{
    *g = (struct grid){.r = r, .confidence = r->level > 0 ? r->level : 0.95};
    TRY(column_parse(&g->metric, r->metric, e));
    g->y = malloc(((size_t)r->n_arms * r->n_seeds + 1) * sizeof *g->y);
    if (!g->y) return error_set(e, E_MEMORY, "no memory for %d arms", r->n_arms);
    TRY(find_factors(g, e));
    TRY(column_values(&g->metric, r, g->y, e));
    TRY(keep_seeds(g, g->y, e));
    g->f.arms = r->n_arms;
    g->f.levels = g->levels;
    g->f.level = g->level;
    g->f.y = g->y;
    if (!stat_is_full_grid(&g->f))
        return error_set(e, E_USAGE,
                         "main effects need every combination of the parameters once; these %d "
                         "arms are not such a grid",
                         r->n_arms);
    for (int i = 0; i < g->f.arms * g->f.seeds; i++) g->mean += g->y[i] / (g->f.arms * g->f.seeds);
    return stat_factorial_noise(&g->f, &g->noise, &g->df, e);
}

static int heading(struct table *t, const struct grid *g, struct error *e)
{
    const char *const titles[TITLES] = {"factor", "level",          g->metric.title,
                                        "effect", "% of variation", "p adjusted"};
    for (int c = 0; c < TITLES; c++) TRY(table_heading(t, c, titles[c], c >= 2, c == 3, e));
    return OK;
}

/* The rows of one factor; p of the test goes into the first. */
static int factor_rows(struct table *t, const struct grid *g, int k, int row, double *p,
                       struct error *e)
{
    const int n = g->levels[k];
    double *effect = malloc(2 * (size_t)n * sizeof *effect), *half = effect + n;
    if (!effect) return error_set(e, E_MEMORY, "no memory for %d levels", n);
    const struct stat_effect f =
        stat_main_effect(&g->f, k, g->noise, g->df, g->confidence, effect, half);
    int status = OK;
    for (int l = 0; !status && l < n; l++) {
        char label[256];
        int arm = 0;
        while (g->level[arm * g->f.factors + k] != l) arm++;
        const struct lab_param *of = param(g, arm, k);
        status = table_words(t, row + l, 0, of->key, e);
        level_label(of, label, sizeof label);
        if (!status) status = table_words(t, row + l, 1, label, e);
        table_number(t, row + l, 2, g->mean + effect[l], NAN, round_decimals(half[l]));
        table_number(t, row + l, 3, effect[l], half[l], -1);
        for (int c = 4; !status && l && c < TITLES; c++) status = table_words(t, row + l, c, "", e);
    }
    table_number(t, row, 4, 100 * f.share, NAN, 1);
    *p = f.p;
    free(effect);
    return status;
}

static int pair_row(struct table *t, const struct grid *g, int a, int b, int row, double *p,
                    struct error *e)
{
    char text[300];
    double *effect = malloc((size_t)g->levels[a] * g->levels[b] * sizeof *effect), largest = 0;
    if (!effect) return error_set(e, E_MEMORY, "no memory for a pair of factors");
    const struct stat_effect f = stat_interaction(&g->f, a, b, g->noise, g->df, effect);
    for (int i = 0; i < g->levels[a] * g->levels[b]; i++)
        if (fabs(effect[i]) > fabs(largest)) largest = effect[i];
    free(effect);
    snprintf(text, sizeof text, "%.120s x %.120s", param(g, 0, a)->key, param(g, 0, b)->key);
    TRY(table_words(t, row, 0, text, e));
    TRY(table_words(t, row, 1, "largest", e));
    TRY(table_words(t, row, 2, "", e));
    table_number(t, row, 3, largest, NAN, isnan(g->noise) ? 4 : round_decimals(g->noise));
    table_number(t, row, 4, 100 * f.share, NAN, 1);
    *p = f.p;
    return OK;
}

static int fill(struct table *t, const struct grid *g, double *p, struct error *e)
{
    int row = 0;
    for (int i = 0; i < t->n_rows; i++) p[i] = NAN;
    for (int k = 0; k < g->f.factors; row += g->levels[k++])
        TRY(factor_rows(t, g, k, row, &p[row], e));
    for (int a = 0; a < g->f.factors; a++)
        for (int b = a + 1; b < g->f.factors; b++, row++)
            TRY(pair_row(t, g, a, b, row, &p[row], e));
    stat_holm(p, t->n_rows, p);
    for (int i = 0; i < t->n_rows; i++) {
        char text[32];
        if (!isnan(p[i])) TRY(table_words(t, i, 5, round_p(text, p[i]), e));
    }
    return OK;
}

static int notes(struct table *t, const struct grid *g, struct error *e)
{
    char text[300];
    snprintf(text, sizeof text,
             "Effects are level means minus the grand mean, ± half-width of the %g %% t interval; "
             "%d of %d seeds are complete in all %d arms.",
             100 * g->confidence, g->f.seeds, g->r->n_seeds, g->f.arms);
    TRY(table_note(t, text, e));
    if (isnan(g->noise))
        return table_note(t, "One seed: no noise is known, nothing was tested.", e);
    snprintf(text, sizeof text,
             "F tests against the noise of a run, %.2g on %g degrees of freedom; Holm's correction "
             "over the rows tested; exploratory.",
             g->noise, g->df);
    return table_note(t, text, e);
}

int effects_table(struct table *t, const struct lab_results *r, struct error *e)
{
    struct grid g;
    double *p = NULL;
    int rows = 0;
    *t = (struct table){0};
    int status = open(&g, r, e);
    for (int k = 0; k < g.f.factors; k++) rows += g.levels[k];
    rows += g.f.factors * (g.f.factors - 1) / 2;
    if (!status) status = table_open(t, r->name, rows, TITLES, e);
    if (!status && !(p = malloc(((size_t)rows + 1) * sizeof *p)))
        status = error_set(e, E_MEMORY, "no memory for %d rows", rows);
    if (!status) status = heading(t, &g, e);
    if (!status) status = fill(t, &g, p, e);
    if (!status) status = notes(t, &g, e);
    free(p);
    free(g.y);
    free(g.level);
    if (status) table_close(t);
    return status;
}
