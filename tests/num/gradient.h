/* gradient.h -- analytic gradients against finite differences, for the twin build (real = double).
 *
 *   f'(x) ~ (8 (f(x + h) - f(x - h)) - (f(x + 2h) - f(x - 2h))) / (12 h)
 *
 * whose error is of order h^4; with h = 1e-3 relative to values of order 1 about 1e-10 remains. */
#ifndef TESTS_NUM_GRADIENT_H
#define TESTS_NUM_GRADIENT_H

#include "tests/testing.h"

typedef double objective(void *context);

static inline double slope(objective *f, void *context, real *x, double h)
{
    const real at = *x;
    double value[4];
    for (int i = 0; i < 4; i++) {
        static const int step[4] = {1, -1, 2, -2};
        *x = (real)(at + step[i] * h);
        value[i] = f(context);
    }
    *x = at;
    return (8 * (value[0] - value[1]) - (value[2] - value[3])) / (12 * h);
}

/* ||numeric - analytic|| / ||numeric|| over all n entries of x, which f reads. */
static inline double gradient_error(objective *f, void *context, real *x, const real *analytic,
                                    size_t n)
{
    double difference = 0, size = 0;
    for (size_t i = 0; i < n; i++) {
        const double s = slope(f, context, x + i, 1e-3);
        difference += (s - (double)analytic[i]) * (s - (double)analytic[i]);
        size += s * s;
    }
    return size > 0 ? sqrt(difference / size) : sqrt(difference);
}

/* sum of a_i b_i: the objective that hands b to the adjoint. */
static inline double inner(const real *a, const real *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += (double)a[i] * (double)b[i];
    return sum;
}

#endif
