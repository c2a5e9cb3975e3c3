/* batch.h -- where data and model meet: flat arrays of tokens.
 *
 * N tokens in R rows (rows may differ in length; the last of a step may be short). Who sees whom is
 * two ranges of keys for each query i, as indices into the flat axis: [prefix_begin_i,
 * prefix_end_i) and [key_begin_i, i]. Rows, document masks, sliding and block windows, sinks and
 * branches that share a prefix are all of this form; key_begin_i is never before the row of i, so
 * nothing else has to know about rows. */
#ifndef NUM_BATCH_H
#define NUM_BATCH_H

#include <stdint.h>

#include "src/base/real.h"

enum { NO_TARGET = -1, NO_CLASS = -1 };

struct batch {
    int tokens;            /* N */
    int rows;              /* R */
    int *row_start;        /* [R + 1], row_start[R] == N */
    int32_t *token;        /* [N] */
    int32_t *target;       /* [N] next token, or NO_TARGET */
    real *weight;          /* [N] loss weight; 0 where there is no target */
    int32_t *position;     /* [N] position id (from 0; restarts per document when so configured) */
    int32_t *source;       /* [N] which source the token comes from */
    int32_t *document;     /* [N] running number of the document within the batch */
    int32_t *length_class; /* [N] of the token's document, within its source; NO_CLASS: padding */
    /* [N] first token of the run that may be attended to: document start under a document mask,
     * else row start. Tiles are laid from here, so a document has the same bits wherever it is
     * packed. */
    int32_t *anchor;
    int32_t *prefix_begin, *prefix_end; /* [N] or NULL (evaluation branches only; no backward) */
    double weight_sum;                  /* sum of weight */
};

#endif
