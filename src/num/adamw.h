/* adamw.h -- AdamW with decoupled decay.                               Loshchilov and Hutter 2017,
 * arXiv 1711.05101
 *
 *   g *= grad_scale;  m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2
 *   w = w - lr weight_decay w - lr (m / c1) / (sqrt(v / c2) + eps),   c1 = 1 - b1^t, c2 = 1 - b2^t
 *   then clamp to [min, max]                       (in the order of PyTorch's AdamW)
 *
 * Elementwise, so bits do not depend on the threads. Parallel; cannot fail. */
#ifndef NUM_ADAMW_H
#define NUM_ADAMW_H

#include <stddef.h>
#include <stdint.h>

#include "src/base/real.h"

struct adamw {
    double lr, beta1, beta2, eps, weight_decay, grad_scale;
    int64_t t;       /* step number from 1 */
    double min, max; /* clamp; min > max: none */
};

void adamw(const struct adamw *a, real *w, real *m, real *v, const real *g, size_t n);

#endif
