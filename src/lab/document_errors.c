/* document_errors.c -- see document_errors.h. */
#include "src/lab/document_errors.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
#include "src/base/rng.h"
#include "src/lab/column.h"
#include "src/stat/cluster.h"
#include "src/stat/mean.h"

/* Of one run, or sums over some. */
struct losses {
    int n;
    uint64_t which; /* a hash of which documents, with how many targets */
    double *targets, *sum;
};

static void losses_close(struct losses *l)
{
    free(l->targets);
    free(l->sum);
    *l = (struct losses){0};
}

/* "source  document  targets  loss"; *which takes in the first three. */
static bool read_line(char *line, struct losses *l)
{
    char *loss = strrchr(line, '\t'), *targets, *end[2];
    if (!loss) return false;
    *loss++ = 0;
    if (!(targets = strrchr(line, '\t'))) return false;
    l->which = rng_hash(l->which, line, (uint64_t)l->n);
    l->targets[l->n] = strtod(targets + 1, &end[0]);
    l->sum[l->n] = strtod(loss, &end[1]);
    return end[0] > targets + 1 && !*end[0] && end[1] > loss && !*end[1] && l->targets[l->n++] > 0;
}

static int read_text(const char *path, char *text, struct losses *l, struct error *e)
{
    int lines = 0;
    for (const char *c = text; *c; c++) lines += *c == '\n';
    l->targets = malloc(((size_t)lines + 1) * sizeof *l->targets);
    l->sum = malloc(((size_t)lines + 1) * sizeof *l->sum);
    if (!l->targets || !l->sum) return error_set(e, E_MEMORY, "no memory for %d documents", lines);
    char *line = text, *end = strchr(text, '\n'); /* the head */
    for (int k = 2; end && *(line = end + 1); k++) {
        if (!(end = strchr(line, '\n')))
            return error_set(e, E_FORMAT, "%s:%d: error: a line without an end", path, k);
        *end = 0;
        if (!read_line(line, l))
            return error_set(e, E_FORMAT, "%s:%d: error: not a document with its loss", path, k);
    }
    return OK;
}

/* l->n 0: the run has no such file. */
static int read_run(const struct lab_run *run, struct losses *l, struct error *e)
{
    char path[4200], *text;
    size_t n;
    *l = (struct losses){0};
    snprintf(path, sizeof path, "%s/test_documents.tsv", run->dir ? run->dir : "");
    if (!run->dir || !file_exists(path)) return OK;
    TRY(file_read_all(path, &text, &n, e));
    const int status = read_text(path, text, l, e);
    free(text);
    if (status) losses_close(l);
    return status;
}

static bool is_complete(const struct lab_results *r, int arm, int seed)
{
    return lab_run_at(r, arm, seed)->status == RUN_COMPLETE;
}

static bool same_documents(const struct losses *a, const struct losses *b)
{
    return a->n > 0 && a->n == b->n && a->which == b->which;
}

/* The losses of every complete run, [arms * seeds]. *same: all are of the same documents; *in_seed:
 * those of each seed are. */
static int read_all(const struct lab_results *r, struct losses *of, bool *same, bool *in_seed,
                    struct error *e)
{
    const struct losses *first = NULL;
    *same = *in_seed = true;
    for (int s = 0; s < r->n_seeds; s++) {
        const struct losses *of_seed = NULL;
        for (int a = 0; a < r->n_arms && *in_seed; a++) {
            struct losses *own = &of[a * r->n_seeds + s];
            if (!is_complete(r, a, s)) continue;
            TRY(read_run(lab_run_at(r, a, s), own, e));
            if (!first) first = own;
            if (!of_seed) of_seed = own;
            *same &= same_documents(own, first);
            *in_seed &= same_documents(own, of_seed);
        }
    }
    *in_seed &= first != NULL;
    *same &= *in_seed;
    return OK;
}

/* Interval of arm - baseline; x, y [n]: scratch. */
static double half_width(const struct lab_results *r, const struct losses *of, int arm, int n,
                         double *x, double *y)
{
    const double *targets = NULL;
    int seeds = 0;
    memset(x, 0, (size_t)n * sizeof *x);
    memset(y, 0, (size_t)n * sizeof *y);
    for (int s = 0; s < r->n_seeds; s++) {
        if (!is_complete(r, arm, s) || !is_complete(r, r->baseline, s)) continue;
        const struct losses *own = &of[arm * r->n_seeds + s],
                            *base = &of[r->baseline * r->n_seeds + s];
        for (int d = 0; d < n; d++) {
            x[d] += own->sum[d];
            y[d] += base->sum[d];
        }
        targets = own->targets;
        seeds++;
    }
    if (!seeds) return NAN;
    const struct stat_ratio_mean m = stat_cluster_difference(x, y, targets, n);
    return m.se / seeds * stat_t_critical(r->level > 0 ? r->level : 0.95, m.documents - 1);
}

static int measure(const struct lab_results *r, struct losses *of, double *half,
                   struct document_errors *d, struct error *e)
{
    bool same, in_seed;
    TRY(read_all(r, of, &same, &in_seed, e));
    int n = 0;
    for (int i = 0; i < r->n_arms * r->n_seeds && !n; i++) n = of[i].n;
    d->by_seed = in_seed && !same;
    if (!same || n < 2) return OK;
    double *x = malloc(2 * (size_t)n * sizeof *x);
    if (!x) return error_set(e, E_MEMORY, "no memory for %d documents", n);
    for (int a = 0; a < r->n_arms; a++)
        half[a] = a == r->baseline ? NAN : half_width(r, of, a, n, x, x + n);
    d->documents = n;
    free(x);
    return OK;
}

int document_errors(const struct lab_results *r, double *half, struct document_errors *d,
                    struct error *e)
{
    struct column metric;
    *d = (struct document_errors){0};
    for (int a = 0; a < r->n_arms; a++) half[a] = NAN;
    TRY(column_parse(&metric, r->metric, e));
    if (metric.fold != FOLD_LAST || strcmp(metric.key, "test/loss") != 0 || r->baseline < 0)
        return OK;
    const size_t runs = (size_t)r->n_arms * (size_t)r->n_seeds;
    struct losses *of = calloc(runs + 1, sizeof *of);
    if (!of) return error_set(e, E_MEMORY, "no memory for %zu runs", runs);
    const int status = measure(r, of, half, d, e);
    for (size_t i = 0; i < runs; i++) losses_close(&of[i]);
    free(of);
    return status;
}
