/* embed.h -- rows of a table by token id, and the adjoint in a fixed order. Parallel; cannot fail.
 * */
#ifndef NUM_EMBED_H
#define NUM_EMBED_H

#include <stddef.h>
#include <stdint.h>

#include "src/base/real.h"

void embed(real *x, const real *table, const int32_t *token, int tokens, int width);
/* dtable[token_i] += dx_i, tokens of equal id in ascending i. scratch: embed_scratch bytes. */
void embed_backward(real *dtable, const real *dx, const int32_t *token, int tokens, int width,
                    int vocab, void *scratch);
size_t embed_scratch(int tokens, int vocab);

#endif
