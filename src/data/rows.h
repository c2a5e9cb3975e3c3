/* rows.h -- a batch of plain rows: token ids that were given, all rows of one length, nothing
 * masked but the future. */
#ifndef DATA_ROWS_H
#define DATA_ROWS_H

#include <stdint.h>

#include "src/base/error.h"
#include "src/num/batch.h"

/* Fill b (opened with room for rows * length tokens) from token [rows][length] and target, the same
 * or NULL (no targets). Every target has weight 1. */
void batch_rows(struct batch *b, int rows, int length, const int32_t *token, const int32_t *target);

#endif
