/* gate.h -- sums of learned log-gates, for biases of the form c_i - c_j.
 *
 *   z_th = sum_c weight[h][c] x[t][c] + bias[h],  g_th = -softplus(sign z_th)
 *   c_ih += sum over t of the run of i, up to i, of g_th
 *
 * A run is a stretch of equal anchors (batch.h). Sums run in double. Parallel inside, over heads,
 * with the same bits for any number of threads; call from serial code. */
#ifndef ROPE_GATE_H
#define ROPE_GATE_H

#include <stdint.h>

#include "src/base/real.h"

enum { GATE_HEADS = 1024 }; /* most heads of a model */

struct gate {
    const real *weight; /* [heads][width], or NULL: none */
    const real *bias;   /* [heads], or NULL: none */
    int heads, width;
    double sign; /* -1: g = ln sigmoid(z); 1: g = -softplus(z) */
};

/* x [tokens][width], anchor [tokens], c [tokens][heads]. */
void gate_sums(const struct gate *g, const real *x, const int32_t *anchor, int tokens, real *c);
/* Adds to dx [tokens][width], dweight [heads][width], dbias [heads]; the last two NULL where the
 * gate has none. */
void gate_sums_grad(const struct gate *g, const real *x, const int32_t *anchor, int tokens,
                    const real *dc, real *dx, double *dweight, double *dbias);

#endif
