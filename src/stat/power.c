/* power.c -- see power.h. */
#include "src/stat/power.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

#include "src/stat/dunnett.h"
#include "src/stat/mean.h"
#include "src/stat/quadrature.h"

static double power_at(const struct stat_nodes *s, double shift, double critical)
{
    double sum = 0;
    for (int i = 0; i < STAT_NODES; i++)
        sum += s->w[i] * (gsl_cdf_ugaussian_Q(critical * s->x[i] - shift) +
                          gsl_cdf_ugaussian_P(-critical * s->x[i] - shift));
    return sum;
}

double stat_power(double shift, double df, double critical)
{
    struct stat_nodes s;
    if (!(df >= 1)) return NAN;
    stat_nodes_chi(&s, df);
    return power_at(&s, fabs(shift), critical);
}

double stat_detectable_shift(double power, double df, double critical)
{
    struct stat_nodes s;
    if (!(df >= 1) || !(power > 0) || !(power < 1) || !(critical >= 0)) return NAN;
    stat_nodes_chi(&s, df);
    double low = 0, high = 1;
    while (power_at(&s, high, critical) < power) high *= 2;
    while (high - low > 1e-9 * high) {
        const double mid = (low + high) / 2;
        *(power_at(&s, mid, critical) < power ? &low : &high) = mid;
    }
    return (low + high) / 2;
}

double stat_detectable_paired(int n, double alpha, double power)
{
    if (n < 2) return NAN;
    return stat_detectable_shift(power, n - 1, stat_t_critical(1 - alpha, n - 1)) / sqrt(n);
}

/* The difference of two arms has the standard error sigma sqrt(2 / n). */
double stat_detectable_block(int k, int n, double alpha, double power)
{
    if (n < 2 || k < 1) return NAN;
    const double df = (double)k * (n - 1), critical = stat_dunnett_critical(1 - alpha, k, df, 0.5);
    return stat_detectable_shift(power, df, critical) * sqrt(2.0 / n);
}

int stat_seeds_needed(double effect, int k, double alpha, double power, int most)
{
    for (int n = 2; n <= most; n++)
        if (stat_detectable_block(k, n, alpha, power) <= effect) return n;
    return 0;
}

double stat_noether_pairs(double gamma, double alpha, double power)
{
    const double z = gsl_cdf_ugaussian_Qinv(alpha) + gsl_cdf_ugaussian_Pinv(power);
    const double root = z / (sqrt(6) * (0.5 - gamma));
    return root * root;
}
