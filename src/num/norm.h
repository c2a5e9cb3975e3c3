/* norm.h -- root-mean-square normalisation, forward and adjoint.
 *
 *   y_c = x_c r g_c,  r = (mean_c x_c^2 + eps)^(-1/2)    Zhang and Sennrich 2019, arXiv 1910.07467
 *
 * Rows of `width` channels; row i of x is x + i * ldx. For QK-norm a token's heads are rows: see
 * `groups`. Row sums in a fixed order; the gradient of the gain is summed over fixed chunks of rows
 * in double. Parallel; cannot fail. */
#ifndef NUM_NORM_H
#define NUM_NORM_H

#include <stddef.h>

#include "src/base/real.h"

/* `rows` tokens, each with `groups` consecutive groups of `width` channels (groups = 1 for a plain
 * norm). r: [rows][groups]. y may be x. */
void rmsnorm(real *y, int ldy, real *r, const real *x, int ldx, const real *gain, int rows,
             int groups, int width, double eps);

/* dx = (add ? dx : 0) + adjoint; dgain[width] += sum. dx may be dy. `partial`: rmsnorm_scratch()
 * reals. */
void rmsnorm_backward(real *dx, int lddx, int add, real *dgain, const real *dy, int lddy,
                      const real *x, int ldx, const real *r, const real *gain, int rows, int groups,
                      int width, void *partial);
size_t rmsnorm_scratch(int width); /* bytes */

#endif
