/* context_pool.c -- loss by context of all seeds of an arm.
 *
 * All seeds were scored on the same documents, so the error of a mean has two parts: seeds, and
 * documents, which more seeds do not average out (stat_total_error; degrees of freedom by
 * Satterthwaite 1946). The power law is refitted to resampled documents and resampled seeds. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/eval/context_table.h"
#include "src/stat/cluster.h"
#include "src/stat/mean.h"

/* Rows [from, from + documents * contexts) of every model's by_cluster. */
struct block {
    const struct findings_table **of; /* [models] */
    int models, from, documents, contexts;
    const char *source;
    double c[CONTEXTS];
    double *sum;   /* [models][documents][contexts] */
    double *count; /* [documents][contexts] */
};

static int check_equal(const struct findings_table *a, const struct findings_table *b,
                       struct error *e)
{
    static const char *const columns[] = {"cluster", "context", "tokens", "text"};
    bool same = findings_rows(a) == findings_rows(b);
    for (int i = 0; same && i < findings_rows(a); i++) {
        same = !strcmp(findings_text_at(a, i, "source"), findings_text_at(b, i, "source"));
        for (int k = 0; same && k < 4; k++)
            same = findings_number_at(a, i, columns[k]) == findings_number_at(b, i, columns[k]);
    }
    if (same) return OK;
    return error_set(e, E_USAGE,
                     "loss_by_context: the models were not scored on the same tokens: data, "
                     "tokenizer or contexts differ");
}

/* The next source; false: there is none. */
static bool next_block(struct block *b)
{
    const struct findings_table *t = b->of[0];
    const int rows = findings_rows(t);
    b->from += b->documents * b->contexts;
    if (b->from >= rows) return false;
    b->source = findings_text_at(t, b->from, "source");
    b->contexts = b->documents = 0;
    int n = 0;
    while (b->from + n < rows && !strcmp(findings_text_at(t, b->from + n, "source"), b->source)) {
        if (findings_number_at(t, b->from + n, "cluster") == 0)
            b->c[b->contexts++] = findings_number_at(t, b->from + n, "context");
        n++;
    }
    b->documents = n / b->contexts;
    return true;
}

static int fill(struct block *b, struct error *e)
{
    const size_t n = (size_t)b->documents * (size_t)b->contexts;
    b->sum = malloc((size_t)(b->models + 1) * n * sizeof *b->sum);
    if (!b->sum) return error_set(e, E_MEMORY, "no memory for the losses of %d models", b->models);
    b->count = b->sum + (size_t)b->models * n;
    for (size_t i = 0; i < n; i++) {
        const int row = b->from + (int)i;
        b->count[i] = findings_number_at(b->of[0], row, "tokens");
        for (int s = 0; s < b->models; s++)
            b->sum[(size_t)s * n + i] = findings_number_at(b->of[s], row, "sum");
    }
    return OK;
}

/* Half of an interval whose squared error is a + b, on df_a and df_b degrees of freedom. */
static double half_width(double a, double df_a, double b, double df_b)
{
    const double df = stat_satterthwaite(a, df_a, b, df_b);
    return a + b > 0 ? sqrt(a + b) * stat_t_critical(0.95, df) : 0;
}

static int put_curve(struct findings *r, struct findings_table *t, const struct block *b,
                     struct error *e)
{
    const int models = b->models, documents = b->documents, contexts = b->contexts;
    double *work = calloc((size_t)(2 * documents + models), sizeof *work);
    if (!work) return error_set(e, E_MEMORY, "no memory for a curve");
    double *sum = work, *count = work + documents, *mean = work + 2 * documents;
    for (int k = 0; k < contexts; k++) {
        double tokens = 0;
        memset(work, 0, (size_t)(2 * documents + models) * sizeof *work);
        for (int i = 0; i < documents; i++) tokens += count[i] = b->count[i * contexts + k];
        for (int s = 0; s < models; s++)
            for (int i = 0; i < documents; i++) {
                const double x = b->sum[((size_t)s * documents + i) * contexts + k];
                sum[i] += x / models;
                mean[s] += x / tokens;
            }
        const struct stat_mean seeds = stat_mean(mean, models, 0.95);
        const struct stat_ratio_mean of = stat_cluster_mean(sum, count, documents);
        const double half =
            half_width(seeds.sd * seeds.sd / models, models - 1, of.se * of.se, of.documents - 1);
        findings_text(r, t, b->source);
        findings_number(r, t, b->c[k]);
        findings_number(r, t, of.mean);
        findings_number(r, t, of.mean - half);
        findings_number(r, t, of.mean + half);
        findings_number(r, t, seeds.sd);
        findings_number(r, t, of.se);
        findings_number(r, t, of.documents);
        findings_number(r, t, models);
    }
    free(work);
    return OK;
}

static int put_block(struct findings *r, struct findings_table *curve, struct findings_table *fit,
                     const struct block *b, int replicates, uint64_t seed, struct error *e)
{
    const struct power_law_documents d = {
        .contexts = b->contexts,
        .documents = b->documents,
        .seeds = b->models,
        .c = b->c,
        .sum = b->sum,
        .count = b->count,
    };
    struct context_law law;
    TRY(put_curve(r, curve, b, e));
    return replicates ? context_fit(r, fit, b->source, &d, replicates, seed, &law, e) : OK;
}

int context_pool(int replicates, const struct eval_at *at, const struct findings *const *of, int n,
                 struct findings *r, struct error *e)
{
    struct block b = {.models = n};
    int status = OK;
    b.of = calloc((size_t)n, sizeof *b.of);
    if (!b.of) return error_set(e, E_MEMORY, "no memory for %d models", n);
    for (int i = 0; i < n && !status; i++) {
        b.of[i] = findings_find(of[i], "by_cluster");
        status = check_equal(b.of[0], b.of[i], e);
    }
    struct findings_table *curve =
        findings_table(r, "by_context",
                       "source context nll nll_low nll_high sd_models se_clusters clusters models");
    struct findings_table *fit = context_fit_table(r);
    while (!status && next_block(&b)) {
        status = fill(&b, e);
        if (!status) status = put_block(r, curve, fit, &b, replicates, at->seed, e);
        free(b.sum);
        b.sum = NULL;
    }
    findings_fact(
        r, "interval",
        "95 %%: nll by models and clusters (Satterthwaite), fit by resampled clusters and "
        "models, which with fewer than about ten models is too short for the models' part");
    free(b.of);
    return status;
}
