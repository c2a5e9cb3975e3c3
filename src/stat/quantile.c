/* quantile.c -- see quantile.h. */
#include "src/stat/quantile.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_qrng.h>
#include <stdlib.h>

double quantile_normal(double u)
{
    return gsl_cdf_ugaussian_Pinv(u);
}

double quantile_beta(double u, double a, double b)
{
    return gsl_cdf_beta_Pinv(u, a, b);
}

void quantile_sobol(int i, int dimensions, double *u)
{
    gsl_qrng *q = gsl_qrng_alloc(gsl_qrng_sobol, (unsigned)dimensions);
    if (!q) abort();
    for (int k = 0; k <= i; k++) gsl_qrng_get(q, u);
    gsl_qrng_free(q);
}
