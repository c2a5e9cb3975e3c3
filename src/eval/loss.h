/* loss.h -- held-out loss: per source, and by position in powers of two.
 *
 * Rows are a source's held-out documents, packed as in training, cut to rows of `length`; every
 * token with a target is scored once. Bucket k holds positions [2^(k-1), 2^k) of a row (bucket 0:
 * position 0), so a bucket says what a context of that size is worth. Deterministic: sums in double
 * in token order. */
#ifndef EVAL_LOSS_H
#define EVAL_LOSS_H

#include <stdbool.h>

#include "src/data/data.h"
#include "src/model/model.h"

enum { LOSS_BUCKETS = 24 };

struct loss_table {
    double sum;
    int64_t targets;
    double bucket_sum[LOSS_BUCKETS];
    int64_t bucket_targets[LOSS_BUCKETS];
    /* Best possible losses of the same targets, each with what its row shows of its document;
     * best_known: of all of them (generated sources; data_best_losses). */
    bool best_known;
    double best, bucket_best[LOSS_BUCKETS];
};

/* Of each document of the split (data_documents): the loss summed over its targets, and how many
 * they are. A target belongs to the document that it stands in. The caller's, zeroed. */
struct loss_documents {
    double *sum;
    int64_t *targets;
};

/* max_batch: tokens per forward pass (at most the model's). documents NULL: not asked for. */
int eval_loss(struct model *m, struct data *d, int source, enum split split, int length,
              int64_t max_tokens, int max_batch, struct loss_table *out,
              struct loss_documents *documents, struct error *e);

#endif
