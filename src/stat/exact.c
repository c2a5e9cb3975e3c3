/* exact.c -- see exact.h. */
#include "src/stat/exact.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdint.h>

/* Patterns in Gray-code order, one sign flipped a step; sign of d[n - 1] fixed, as a pattern and its
 * opposite have the same |sum|. The tolerance forgives the order of the additions. */
double stat_sign_flip_p(const double *d, int n)
{
    if (n < 1 || n > STAT_EXACT_MOST) return NAN;
    double sum = 0, size = 0, x[STAT_EXACT_MOST];
    for (int i = 0; i < n; i++) {
        x[i] = d[i];
        sum += d[i];
        size += fabs(d[i]);
    }
    const double least = fabs(sum) - 1e-12 * size;
    const uint32_t patterns = UINT32_C(1) << (n - 1);
    uint32_t extreme = fabs(sum) >= least;
    for (uint32_t k = 1; k < patterns; k++) {
        const int flip = __builtin_ctz(k);
        x[flip] = -x[flip];
        sum += 2 * x[flip];
        extreme += fabs(sum) >= least;
    }
    return (double)extreme / patterns;
}

double stat_sign_flip_least(int n)
{
    return n < 1 ? NAN : ldexp(1, 1 - n);
}

double stat_sign_p(int wins, int n)
{
    if (n < 1 || wins < 0 || wins > n) return NAN;
    const unsigned few = (unsigned)(wins < n - wins ? wins : n - wins);
    return fmin(1, 2 * gsl_cdf_binomial_P(few, 0.5, (unsigned)n));
}

double stat_wins(const double *x, const double *y, int n, int sign)
{
    double wins = 0;
    for (int i = 0; i < n; i++) {
        const double d = sign * (x[i] - y[i]);
        wins += d > 0 ? 1 : d == 0 ? 0.5 : 0;
    }
    return wins;
}
