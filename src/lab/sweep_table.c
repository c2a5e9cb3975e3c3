/* sweep_table.c -- see sweep_table.h. */
#include "src/lab/sweep_table.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/lab/budget.h"
#include "src/lab/column.h"
#include "src/lab/document_errors.h"
#include "src/lab/round.h"

/* What verdict_input points into. */
struct verdict_space {
    const char **names;
    double *value;
    enum run_status *status;
};

static int take(struct verdict_space *s, const struct lab_results *r, struct error *e)
{
    const size_t cells = (size_t)r->n_arms * r->n_seeds + 1;
    s->names = malloc(((size_t)r->n_arms + 1) * sizeof *s->names);
    s->value = malloc(cells * sizeof *s->value);
    s->status = malloc(cells * sizeof *s->status);
    if (s->names && s->value && s->status) return OK;
    return error_set(e, E_MEMORY, "no memory for %d arms", r->n_arms);
}

static void drop(struct verdict_space *s)
{
    free(s->names);
    free(s->value);
    free(s->status);
}

int sweep_verdicts(struct sweep_verdict *v, const struct lab_results *r, struct error *e)
{
    struct verdict_space s = {0};
    struct column metric;
    TRY(column_parse(&metric, r->metric, e));
    int status = take(&s, r, e);
    if (!status) status = column_values(&metric, r, s.value, e);
    for (int a = 0; !status && a < r->n_arms; a++) s.names[a] = r->arms[a].name;
    for (int i = 0; !status && i < r->n_arms * r->n_seeds; i++) s.status[i] = r->runs[i].status;
    const struct verdict_input in = {
        .metric = metric.title,
        .goal = r->goal,
        .arms = r->n_arms,
        .seeds = r->n_seeds,
        .baseline = r->baseline,
        .names = s.names,
        .value = s.value,
        .status = s.status,
        .practical_delta = r->practical_delta,
        .level = r->level,
        .method = r->paired_holm ? STAT_PAIRED_HOLM : STAT_DUNNETT,
    };
    if (!status) status = verdict_open(v, &in, e);
    drop(&s);
    return status;
}

/* What an arm's row is made of. */
struct arm_rows {
    const struct lab_results *r;
    struct sweep_verdict v;
    struct document_errors over;
    double *half;      /* [arms] of the difference, over documents */
    double *values;    /* [arms * seeds] of a further column */
    int n_fixed, p_at; /* columns before the further ones; that of p, before wins and verdict */
};

static int rows_open(struct arm_rows *w, const struct lab_results *r, struct error *e)
{
    const size_t runs = (size_t)r->n_arms * r->n_seeds;
    *w = (struct arm_rows){.r = r};
    w->half = malloc(((size_t)r->n_arms + 1) * sizeof *w->half);
    w->values = malloc((runs + 1) * sizeof *w->values);
    if (!w->half || !w->values) return error_set(e, E_MEMORY, "no memory for %zu runs", runs);
    TRY(document_errors(r, w->half, &w->over, e));
    w->p_at = w->over.documents ? 5 : 4;
    w->n_fixed = w->p_at + 3;
    return sweep_verdicts(&w->v, r, e);
}

static void rows_close(struct arm_rows *w)
{
    free(w->half);
    free(w->values);
    verdict_close(&w->v);
}

static int headings(struct table *t, const struct arm_rows *w, struct error *e)
{
    const struct lab_results *r = w->r;
    struct column metric;
    char title[256];
    TRY(column_parse(&metric, r->metric, e));
    TRY(table_heading(t, 0, "arm", false, false, e));
    TRY(table_heading(t, 1, "n", true, false, e));
    snprintf(title, sizeof title, "%s (%s is better)", metric.title,
             r->goal == GOAL_MINIMIZE ? "lower" : "higher");
    TRY(table_heading(t, 2, title, true, true, e));
    TRY(table_heading(t, 3, "Δ baseline", true, true, e));
    if (w->over.documents) TRY(table_heading(t, 4, "± documents", true, false, e));
    TRY(table_heading(t, w->p_at, "p adjusted", true, false, e));
    TRY(table_heading(t, w->p_at + 1, "wins", true, false, e));
    return table_heading(t, w->p_at + 2, "verdict", false, false, e);
}

static int arm_row(struct table *t, const struct arm_rows *w, int a, struct error *e)
{
    const struct lab_results *r = w->r;
    const struct arm_verdict *arm = &w->v.arms[a];
    const int p_at = w->p_at;
    char text[64];
    TRY(table_words(t, a, 0, r->arms[a].name, e));
    snprintf(text, sizeof text, arm->mean.n == r->n_seeds ? "%d" : "%d/%d", arm->mean.n,
             r->n_seeds);
    TRY(table_words(t, a, 1, text, e));
    table_number(t, a, 2, arm->mean.mean, arm->mean.half, -1);
    t->cells[a * t->n_columns + 2].strong = arm->leading;
    TRY(table_words(t, a, p_at + 2, verdict_word(arm->verdict), e));
    if (r->baseline < 0 || a == r->baseline) {
        for (int c = 3; c < p_at + 2; c++) TRY(table_words(t, a, c, "", e));
        return OK;
    }
    table_number(t, a, 3, arm->than.delta, arm->than.half, -1);
    if (w->over.documents) table_number(t, a, 4, w->half[a], NAN, round_decimals(w->half[a]));
    table_number(t, a, p_at, arm->than.p_adjusted, NAN, arm->than.p_adjusted < 0.1 ? 3 : 2);
    if (arm->than.p_adjusted < 0.001) TRY(table_words(t, a, p_at, "< 0.001", e));
    snprintf(text, sizeof text, "%g/%d", arm->wins, arm->than.n);
    return table_words(t, a, p_at + 1, arm->than.n ? text : "-", e);
}

static const struct lab_param *param(const struct lab_results *r, int arm, const char *key)
{
    for (int i = 0; i < r->n_params; i++)
        if (strcmp(r->arms[arm].params[i].key, key) == 0) return &r->arms[arm].params[i];
    return NULL;
}

/* A further column: a parameter's words, or the mean of a value over the complete runs. */
static int value_column(struct table *t, const struct lab_results *r, int at, const char *text,
                        double *values, struct error *e)
{
    struct column c;
    TRY(column_parse(&c, text, e));
    const bool is_param = r->n_arms && param(r, 0, c.key);
    int complete = 0, known = 0;
    TRY(table_heading(t, at, c.title, true, !is_param, e));
    if (!is_param) TRY(column_values(&c, r, values, e));
    for (int a = 0; a < r->n_arms; a++) {
        if (is_param) {
            const struct lab_param *p = param(r, a, c.key);
            TRY(table_words(t, a, at, p->given ? p->text : "-", e));
            continue;
        }
        double *own = values + (size_t)a * r->n_seeds;
        int n = 0;
        for (int s = 0; s < r->n_seeds; s++) {
            if (lab_run_at(r, a, s)->status != RUN_COMPLETE) continue;
            complete++;
            if (!isnan(own[s])) own[n++] = own[s];
        }
        known += n;
        const struct stat_mean m = stat_mean(own, n, r->level > 0 ? r->level : 0.95);
        table_number(t, a, at, m.mean, m.half, -1);
    }
    if (known == complete) return OK;
    char note[400];
    snprintf(note, sizeof note, "%.300s: of the %d of %d complete runs that have it.", c.title,
             known, complete);
    return table_note(t, note, e);
}

static int notes(struct table *t, const struct arm_rows *w, struct error *e)
{
    const struct lab_results *r = w->r;
    const struct sweep_verdict *v = &w->v;
    char text[400];
    TRY(table_note(t, v->method, e));
    if (*v->warning) {
        snprintf(text, sizeof text, "Warning: %s.", v->warning);
        TRY(table_note(t, text, e));
    }
    if (w->over.documents) {
        snprintf(text, sizeof text,
                 "± documents: half-width of the %g %% interval of Δ over the %d test documents "
                 "(paired, documents as clusters), of these seeds; the interval beside Δ is over "
                 "seeds, of these documents.",
                 100 * v->level, w->over.documents);
        TRY(table_note(t, text, e));
    }
    if (w->over.by_seed && r->n_seeds > 1)
        TRY(table_note(t,
                       "Every seed has test documents of its own, which the interval over seeds "
                       "takes in.",
                       e));
    TRY(budget_sentence(text, r, e));
    if (*text) TRY(table_note(t, text, e));
    if (r->n_seeds > 1 && r->n_seeds <= 5) {
        snprintf(text, sizeof text,
                 "A test without a distribution (sign flip) cannot reach p = 0.05 with %d seeds: "
                 "its least p is %g.",
                 r->n_seeds, ldexp(1, 1 - r->n_seeds));
        TRY(table_note(t, text, e));
    }
    for (int a = 0; a < r->n_arms; a++) {
        char sentence[sizeof v->arms[a].sentence + 1];
        snprintf(sentence, sizeof sentence, "%s.", v->arms[a].sentence);
        TRY(table_note(t, sentence, e));
    }
    return OK;
}

int sweep_table(struct table *t, const struct lab_results *r, const char *const *columns, int n,
                struct error *e)
{
    struct arm_rows w;
    *t = (struct table){0};
    int status = rows_open(&w, r, e);
    if (!status) status = table_open(t, r->name, r->n_arms, w.n_fixed + n, e);
    if (!status) status = headings(t, &w, e);
    for (int a = 0; !status && a < r->n_arms; a++) status = arm_row(t, &w, a, e);
    if (!status) status = notes(t, &w, e);
    for (int k = 0; !status && k < n; k++)
        status = value_column(t, r, w.n_fixed + k, columns[k], w.values, e);
    rows_close(&w);
    if (status) table_close(t);
    return status;
}

static int run_row(struct table *t, const struct lab_results *r, int row, struct error *e)
{
    const struct lab_run *run = &r->runs[row];
    TRY(table_words(t, row, 0, r->arms[row / r->n_seeds].name, e));
    table_number(t, row, 1, (double)r->seeds[row % r->n_seeds], NAN, 0);
    TRY(table_words(t, row, 2, run->id ? run->id : "-", e));
    TRY(table_words(t, row, 3, run_status_word(run->status), e));
    table_number(t, row, 4, (double)run->step, NAN, 0);
    table_number(t, row, 5, (double)run->tokens, NAN, 0);
    return OK;
}

int sweep_runs_table(struct table *t, const struct lab_results *r, const char *const *columns,
                     int n, struct error *e)
{
    static const char *const titles[] = {"arm", "seed", "id", "status", "step", "tokens"};
    const int rows = r->n_arms * r->n_seeds, fixed = sizeof titles / sizeof *titles;
    *t = (struct table){0};
    double *values = malloc(((size_t)rows + 1) * sizeof *values);
    int status = values ? table_open(t, r->name, rows, fixed + 1 + n, e)
                        : error_set(e, E_MEMORY, "no memory for %d runs", rows);
    for (int c = 0; !status && c < fixed; c++)
        status = table_heading(t, c, titles[c], c == 1 || c > 3, false, e);
    for (int i = 0; !status && i < rows; i++) status = run_row(t, r, i, e);
    for (int k = 0; !status && k <= n; k++) {
        struct column c;
        status = column_parse(&c, k ? columns[k - 1] : r->metric, e);
        if (!status) status = column_values(&c, r, values, e);
        if (!status) status = table_heading(t, fixed + k, c.title, true, false, e);
        for (int i = 0; !status && i < rows; i++) table_number(t, i, fixed + k, values[i], NAN, 6);
    }
    free(values);
    if (status) table_close(t);
    return status;
}
