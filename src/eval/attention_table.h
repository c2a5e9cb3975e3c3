/* attention_table.h -- sums per layer and head over sequences, and the tables made of them. */
#ifndef EVAL_ATTENTION_TABLE_H
#define EVAL_ATTENTION_TABLE_H

#include "src/eval/findings.h"
#include "src/model/model.h"
#include "src/num/attention_probe.h"

/* One head over all sequences: sums of the sequences' means, and of their squares. */
struct head_sum {
    struct attention_sums sum;
    double square_distance, square_entropy, square_sink;
    int sequences, sinks;
};

struct head_sums {
    int layers, heads, kv_heads, length, pairs;
    struct rotary_geometry *geometry; /* [layers]; width 0: nothing rotates */
    struct head_sum *head;            /* [layers][heads] */
    double *mass, *logit, *count;     /* [layers][heads][length] */
    double *q_norm, *k_norm, *share;  /* [layers][heads][pairs] sums over tokens, tokens, rows */
    double *tokens, *rows;            /* [layers][heads] */
    struct attention_sums *of_batch;  /* [segments][heads] */
    struct attention_segment *segment;
    void *work;
    struct error *e;
};

/* For passes of at most max_tokens tokens in sequences of `length`. */
int head_sums_open(struct head_sums *s, const struct model *m, int max_tokens, int length,
                   struct error *e);
void head_sums_close(struct head_sums *s);
/* The lens's `attend`: every row of the batch is a sequence. */
void head_sums_attend(void *self, const struct model_layer_view *v);

struct head_tables {
    struct findings *r;
    struct findings_table *heads, *profile, *rope;
    double induction, sink; /* of the head that has most of it */
    bool any;
};

struct head_tables head_tables_open(struct findings *r);
/* Rows of one kind of sequences. */
void head_tables_add(struct head_tables *t, const char *kind, const struct head_sums *s);
void head_tables_close(struct head_tables *t);

#endif
