/* spread.c -- see spread.h. */
#include "src/stat/spread.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

struct stat_interval stat_sd_interval(double sd, double df, double level)
{
    const double tail = (1 - level) / 2;
    if (!(df >= 1) || !(sd >= 0)) return (struct stat_interval){NAN, NAN, 0};
    return (struct stat_interval){sd * sqrt(df / gsl_cdf_chisq_Qinv(tail, df)),
                                  sd * sqrt(df / gsl_cdf_chisq_Pinv(tail, df)), 0};
}
