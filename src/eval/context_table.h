/* context_table.h -- losses by context and cluster, and what is reported of them. Private to
 * loss_by_context.c. */
#ifndef EVAL_CONTEXT_TABLE_H
#define EVAL_CONTEXT_TABLE_H

#include "src/eval/findings.h"

enum { CONTEXTS = 32, POSITION_BUCKETS = 32 };

/* 0 -> 0, 1 -> 1, 2..3 -> 2, 4..7 -> 3, ... */
int position_bucket(int position);

struct context_table {
    int contexts, clusters;
    int context[CONTEXTS];
    double *sum, *count;                   /* [clusters][contexts] */
    double best[CONTEXTS];                 /* best possible loss, NaN: not known */
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
    int train_length;
    double at_train, at_shortest, at_longest; /* summed over sources */
    int n_train, n_longest;
};

struct context_report context_report_open(struct findings *r, int train_length);
int context_report_source(struct context_report *o, const char *name, const struct context_table *t,
                          bool blocks, int replicates, uint64_t seed, struct error *e);
void context_report_close(struct context_report *o);

#endif
