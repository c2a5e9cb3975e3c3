/* rows.c -- see rows.h. */
#include "src/data/rows.h"

#include <stddef.h>

void batch_rows(struct batch *b, int rows, int length, const int32_t *token, const int32_t *target)
{
    b->tokens = rows * length;
    b->rows = rows;
    b->weight_sum = 0;
    for (int r = 0; r <= rows; r++) b->row_start[r] = r * length;
    for (int i = 0; i < b->tokens; i++) {
        const int row = i / length;
        b->token[i] = token[i];
        b->target[i] = target ? target[i] : NO_TARGET;
        b->weight[i] = b->target[i] != NO_TARGET;
        b->weight_sum += b->weight[i];
        b->position[i] = i % length;
        b->source[i] = 0;
        b->document[i] = row;
        b->anchor[i] = row * length;
    }
    b->prefix_begin = b->prefix_end = NULL;
}
