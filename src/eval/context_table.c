/* context_table.c -- see context_table.h. */
#include "src/eval/context_table.h"

#include <math.h>
#include <stdlib.h>

#include "src/stat/cluster.h"
#include "src/stat/mean.h"

static const double level = 0.95;

int position_bucket(int position)
{
    int k = 0;
    for (; position; position >>= 1) k++;
    return k < POSITION_BUCKETS ? k : POSITION_BUCKETS - 1;
}

int context_table_open(struct context_table *t, int contexts, const int *context, int clusters,
                       struct error *e)
{
    const size_t n = (size_t)contexts * (size_t)clusters;
    *t = (struct context_table){.contexts = contexts, .clusters = clusters};
    for (int k = 0; k < contexts; k++) t->context[k] = context[k];
    t->sum = calloc(2 * n + 1, sizeof *t->sum);
    t->count = t->sum ? t->sum + n : NULL;
    t->text = calloc((size_t)clusters + 1, sizeof *t->text);
    return t->sum && t->text ? OK : error_set(e, E_MEMORY, "no memory for a table");
}

void context_table_close(struct context_table *t)
{
    free(t->sum);
    free(t->text);
    *t = (struct context_table){0};
}

struct findings_table *context_fit_table(struct findings *r)
{
    return findings_table(r, "fit",
                          "source alpha alpha_low alpha_high beta beta_low beta_high gamma "
                          "gamma_low gamma_high rmse why_not");
}

struct context_report context_report_open(struct findings *r, int train_length, bool pooled)
{
    return (struct context_report){
        .r = r,
        .train_length = train_length,
        .curve = findings_table(r, "by_context",
                                "source context nll nll_low nll_high bits_per_byte gain gain_low "
                                "gain_high best tokens clusters"),
        .fit = context_fit_table(r),
        .position = findings_table(r, "by_position", "source first last nll tokens"),
        .cluster = pooled
                       ? findings_table(r, "by_cluster", "source cluster context sum tokens text")
                       : NULL,
    };
}

/* Column k of a [clusters][contexts] array. */
static void column(const struct context_table *t, const double *x, int k, double *out)
{
    for (int i = 0; i < t->clusters; i++) out[i] = x[(size_t)i * (size_t)t->contexts + (size_t)k];
}

static void put_scalar(struct context_report *o, const char *what, const char *name, double value)
{
    char key[320];
    snprintf(key, sizeof key, "%s/%s", what, name);
    findings_scalar(o->r, key, value);
}

static void put_curve(struct context_report *o, const char *name, const struct context_table *t,
                      double *work)
{
    double *now = work, *before = work + t->clusters, *count = work + 2 * t->clusters, first = NAN;
    struct findings *r = o->r;
    column(t, t->count, 0, count);
    for (int k = 0; k < t->contexts; k++) {
        double tokens = 0;
        column(t, t->sum, k, now);
        const struct stat_ratio_mean x = stat_cluster_mean(now, count, t->clusters);
        const double t95 = stat_t_critical(level, x.documents - 1);
        struct stat_ratio_mean gain = {0, NAN, NAN};
        if (k) gain = stat_cluster_difference(before, now, count, t->clusters);
        for (int i = 0; i < t->clusters; i++) tokens += count[i];
        findings_text(r, o->curve, name);
        findings_number(r, o->curve, t->context[k]);
        findings_number(r, o->curve, x.mean);
        findings_number(r, o->curve, x.mean - t95 * x.se);
        findings_number(r, o->curve, x.mean + t95 * x.se);
        findings_number(r, o->curve, t->bytes > 0 ? x.mean * tokens / (log(2) * t->bytes) : NAN);
        findings_number(r, o->curve, gain.mean);
        findings_number(r, o->curve, gain.mean - t95 * gain.se);
        findings_number(r, o->curve, gain.mean + t95 * gain.se);
        findings_number(r, o->curve, t->best[k]);
        findings_number(r, o->curve, tokens);
        findings_number(r, o->curve, x.documents);
        column(t, t->sum, k, before);
        char what[32];
        snprintf(what, sizeof what, "nll_at_%d", t->context[k]);
        put_scalar(o, what, name, x.mean);
        if (!k) first = x.mean;
        if (t->context[k] == o->train_length) {
            o->at_train += x.mean;
            o->n_train++;
        }
        if (k == t->contexts - 1) {
            put_scalar(o, "gain", name, first - x.mean);
            o->at_shortest += first;
            o->at_longest += x.mean;
            o->n_longest++;
        }
    }
}

static void put_interval(struct findings *r, struct findings_table *t, double value,
                         struct stat_interval x)
{
    findings_number(r, t, value);
    findings_number(r, t, x.low);
    findings_number(r, t, x.high);
}

int context_fit(struct findings *r, struct findings_table *t, const char *name,
                const struct power_law_documents *d, int replicates, uint64_t seed,
                struct context_law *law, struct error *e)
{
    struct power_law_intervals x;
    *law = (struct context_law){NAN, NAN};
    findings_text(r, t, name);
    const int status = power_law_bootstrap(d, replicates, seed, level, &x, e);
    if (status == E_USAGE) { /* no points to fit */
        for (int i = 0; i < 10; i++) findings_number(r, t, NAN);
        findings_text(r, t, e->text);
        return OK;
    }
    TRY(status);
    if (!x.fit.beta_at_edge) law->beta = x.fit.beta;
    law->rmse = sqrt(x.fit.sse / x.fit.n);
    put_interval(r, t, power_law_alpha(&x.fit), x.alpha);
    put_interval(r, t, x.fit.beta, x.beta);
    put_interval(r, t, x.fit.gamma, x.gamma);
    findings_number(r, t, law->rmse);
    findings_text(r, t,
                  x.fit.beta_at_edge    ? "no power law in this range"
                  : x.fit.gamma_at_zero ? "no irreducible part is seen"
                                        : "");
    return OK;
}

static int put_fit(struct context_report *o, const char *name, const struct context_table *t,
                   int replicates, uint64_t seed, struct error *e)
{
    double c[CONTEXTS];
    for (int k = 0; k < t->contexts; k++) c[k] = t->context[k];
    const struct power_law_documents d = {
        .contexts = t->contexts,
        .documents = t->clusters,
        .seeds = 1,
        .c = c,
        .sum = t->sum,
        .count = t->count,
    };
    struct context_law law;
    TRY(context_fit(o->r, o->fit, name, &d, replicates, seed, &law, e));
    put_scalar(o, "beta", name, law.beta);
    put_scalar(o, "rmse", name, law.rmse);
    return OK;
}

/* The best possible losses themselves: exact points, so what the interval holds is how well the form
 * fits them. */
static int put_best_fit(struct context_report *o, const char *name, const struct context_table *t,
                        struct error *e)
{
    double c[CONTEXTS];
    char row[300];
    struct power_law fit;
    struct stat_interval a, beta, gamma;
    const struct power_law_points p = {.n = t->contexts, .c = c, .loss = t->best};
    for (int k = 0; k < t->contexts; k++) {
        if (!isfinite(t->best[k])) return OK;
        c[k] = t->context[k];
    }
    const int status = power_law_fit(&p, &fit, e);
    if (status) return status == E_USAGE ? OK : status; /* why, the row above has said */
    TRY(power_law_profile(&p, &fit, POWER_LAW_A, level, &a, e));
    TRY(power_law_profile(&p, &fit, POWER_LAW_BETA, level, &beta, e));
    TRY(power_law_profile(&p, &fit, POWER_LAW_GAMMA, level, &gamma, e));
    snprintf(row, sizeof row, "%s/best", name);
    findings_text(o->r, o->fit, row);
    findings_number(o->r, o->fit, power_law_alpha(&fit));
    findings_number(o->r, o->fit, NAN);
    findings_number(o->r, o->fit, NAN);
    put_interval(o->r, o->fit, fit.beta, beta);
    put_interval(o->r, o->fit, fit.gamma, gamma);
    findings_number(o->r, o->fit, sqrt(fit.sse / fit.n));
    findings_text(o->r, o->fit, "");
    return OK;
}

static void put_positions(struct context_report *o, const char *name, const struct context_table *t)
{
    for (int k = 0; k < POSITION_BUCKETS; k++) {
        if (!t->position_count[k]) continue;
        findings_text(o->r, o->position, name);
        findings_number(o->r, o->position, k ? (double)(1LL << (k - 1)) : 0);
        findings_number(o->r, o->position, (double)(1LL << k) - 1);
        findings_number(o->r, o->position, t->position_sum[k] / (double)t->position_count[k]);
        findings_number(o->r, o->position, (double)t->position_count[k]);
    }
}

static void put_clusters(struct context_report *o, const char *name, const struct context_table *t)
{
    for (int i = 0; o->cluster && i < t->clusters * t->contexts; i++) {
        findings_text(o->r, o->cluster, name);
        findings_number(o->r, o->cluster, i / t->contexts);
        findings_number(o->r, o->cluster, t->context[i % t->contexts]);
        findings_number(o->r, o->cluster, t->sum[i]);
        findings_number(o->r, o->cluster, t->count[i]);
        /* as many bits as a double holds */
        findings_number(o->r, o->cluster, (double)(t->text[i / t->contexts] >> 11));
    }
}

int context_report_source(struct context_report *o, const char *name, const struct context_table *t,
                          bool blocks, int replicates, uint64_t seed, struct error *e)
{
    char fact[320];
    double *work = calloc(3 * (size_t)t->clusters + 1, sizeof *work);
    if (!work) return error_set(e, E_MEMORY, "no memory for a table");
    snprintf(fact, sizeof fact, "clusters/%s", name);
    findings_fact(o->r, fact, "%d %s", t->clusters, blocks ? "blocks" : "documents");
    put_curve(o, name, t, work);
    free(work);
    put_positions(o, name, t);
    put_clusters(o, name, t);
    if (!replicates) return OK;
    TRY(put_fit(o, name, t, replicates, seed, e));
    return put_best_fit(o, name, t, e);
}

void context_report_close(struct context_report *o)
{
    const double train = o->n_train ? o->at_train / o->n_train : NAN,
                 longest = o->n_longest ? o->at_longest / o->n_longest : NAN;
    findings_fact(o->r, "interval",
                  "95 %%, clusters as units: Student's t for means and paired gains, bootstrap for "
                  "the fit");
    findings_scalar(o->r, "nll_at_train_length", train);
    findings_scalar(o->r, "nll_at_longest", longest);
    findings_scalar(o->r, "lost_beyond_train_length", longest - train);
    findings_scalar(o->r, "gain", o->n_longest ? o->at_shortest / o->n_longest - longest : NAN);
}
