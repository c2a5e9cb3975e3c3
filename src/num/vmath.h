/* vmath.h -- exp and its relatives over arrays, in plain C that the compiler vectorises.
 *
 * vexp: error at most 2 ulp in float for x in [-87.3, 88.7]; below it gives 0, above infinity, NaN
 * stays NaN. The double build calls libm. The same function serves forward and backward passes, so
 * a recomputed probability has the same bits. */
#ifndef NUM_VMATH_H
#define NUM_VMATH_H

#include <stddef.h>

#include "src/base/real.h"

/* y_i = exp(x_i - shift); y may be x. Returns nothing; sum separately. */
void vexp(real *y, const real *x, real shift, int n);
/* The same, and the sum of y in a fixed order (lanes, then a tree). */
real vexp_sum(real *y, const real *x, real shift, int n);
/* Largest of n values (-infinity for n = 0). */
real vmax(const real *x, int n);
/* y_i = tanh(x_i), error at most 4 ulp plus 1e-7 absolute. */
void vtanh(real *y, const real *x, int n);

/* y_i = 1 / (1 + exp(-x_i)), error at most 4 ulp; 0 and 1 at the infinities. */
void vsigmoid(real *y, const real *x, int n);
/* y_i = ln(1 + x_i), x_i >= 0 and finite, error at most 4 ulp in float; y may be x. */
void vlog1p(real *y, const real *x, int n);
/* y_i = ln(1 + exp(x_i)), error at most 1e-6 relative in float. */
void vsoftplus(real *y, const real *x, int n);

#endif
