/* context_table.h -- losses by context and cluster, and what is reported of them. Private to
 * loss_by_context.c and context_pool.c. */
#ifndef EVAL_CONTEXT_TABLE_H
#define EVAL_CONTEXT_TABLE_H

#include "src/eval/task.h"
#include "src/stat/power_law.h"

enum { CONTEXTS = 32, POSITION_BUCKETS = 32 };

/* 0 -> 0, 1 -> 1, 2..3 -> 2, 4..7 -> 3, ... */
int position_bucket(int position);

struct context_table {
    int contexts, clusters;
    int context[CONTEXTS];
    double *sum, *count;                   /* [clusters][contexts] */
    double best[CONTEXTS];                 /* best possible loss, NaN: not known */
    uint64_t *text;                        /* [clusters] hash of the scored tokens */
    double bytes;                          /* of the scored tokens */
    double position_sum[POSITION_BUCKETS]; /* of the longest rows */
    int64_t position_count[POSITION_BUCKETS];
};

int context_table_open(struct context_table *t, int contexts, const int *context, int clusters,
                       struct error *e);
void context_table_close(struct context_table *t);

struct context_report {
    struct findings *r;
    struct findings_table *curve, *fit, *position;
    struct findings_table
        *cluster; /* sums of each cluster, where models are to be pooled, or NULL */
    int train_length;
    double at_train, at_shortest, at_longest; /* summed over sources */
    int n_train, n_longest;
};

struct context_report context_report_open(struct findings *r, int train_length, bool pooled);
int context_report_source(struct context_report *o, const char *name, const struct context_table *t,
                          bool blocks, int replicates, uint64_t seed, struct error *e);
void context_report_close(struct context_report *o);

/* The table `fit`, and a row of it: the power law with intervals from resampled documents, and
 * seeds where d has several; where there is none, why. *law: NaN where there is none. */
struct context_law {
    double beta, rmse;
};
struct findings_table *context_fit_table(struct findings *r);
int context_fit(struct findings *r, struct findings_table *t, const char *name,
                const struct power_law_documents *d, int replicates, uint64_t seed,
                struct context_law *law, struct error *e);

/* All seeds of an arm together, from the table by_cluster of each. */
int context_pool(int replicates, const struct eval_at *at, const struct findings *const *of, int n,
                 struct findings *r, struct error *e);

#endif
