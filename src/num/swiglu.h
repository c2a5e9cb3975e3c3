/* swiglu.h -- y = silu(gate) * up, silu(x) = x / (1 + exp(-x)).         Shazeer 2020, arXiv
 * 2002.05202 gate and up stand beside each other: row i of gate_up is [gate (width) | up (width)].
 * Parallel; cannot fail. */
#ifndef NUM_SWIGLU_H
#define NUM_SWIGLU_H

#include "src/base/real.h"

void swiglu(real *y, const real *gate_up, int rows, int width);
/* dgate_up may be gate_up (in place). Also recomputes y (the input of the next product's weight
 * gradient) if y is given. */
void swiglu_backward(real *dgate_up, real *y, const real *dy, const real *gate_up, int rows,
                     int width);

#endif
