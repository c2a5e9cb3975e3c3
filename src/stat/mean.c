/* mean.c -- see mean.h. */
#include "src/stat/mean.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

double stat_t_critical(double level, double df)
{
    const double tail = (1 - level) / 2;
    if (!(df > 0)) return NAN;
    return isinf(df) ? gsl_cdf_ugaussian_Qinv(tail) : gsl_cdf_tdist_Qinv(tail, df);
}

/* P(T > t) */
static double upper(double t, double df)
{
    return isinf(df) ? gsl_cdf_ugaussian_Q(t) : gsl_cdf_tdist_Q(t, df);
}

double stat_t_p(double t, double df)
{
    return df > 0 && !isnan(t) ? 2 * upper(fabs(t), df) : NAN;
}

static double mean_of(const double *x, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++) sum += x[i];
    return sum / n;
}

/* With n - 1; NaN for n < 2. */
static double sd_of(const double *x, int n, double mean)
{
    double sum = 0;
    for (int i = 0; i < n; i++) sum += (x[i] - mean) * (x[i] - mean);
    return n > 1 ? sqrt(sum / (n - 1)) : NAN;
}

struct stat_mean stat_mean(const double *x, int n, double level)
{
    struct stat_mean m = {n, mean_of(x, n), NAN, NAN};
    m.sd = sd_of(x, n, m.mean);
    if (m.sd > 0) m.half = stat_t_critical(level, n - 1) * m.sd / sqrt(n);
    return m;
}

struct stat_difference stat_difference(double delta, double se, double df, double level)
{
    struct stat_difference d = {
        .delta = delta, .se = se, .df = df, .t = NAN, .p = NAN, .half = NAN};
    if (!(se > 0) || !(df > 0)) return d;
    d.t = delta / se;
    d.p = stat_t_p(d.t, df);
    d.half = stat_t_critical(level, df) * se;
    return d;
}

struct stat_difference stat_paired(const double *x, const double *y, int n, double level)
{
    double mean = 0, sum = 0;
    for (int i = 0; i < n; i++) mean += (x[i] - y[i]) / n;
    for (int i = 0; i < n; i++) sum += (x[i] - y[i] - mean) * (x[i] - y[i] - mean);
    struct stat_difference d = stat_difference(
        n ? mean : NAN, n > 1 ? sqrt(sum / (n - 1) / n) : NAN, n > 1 ? n - 1 : NAN, level);
    d.n = n;
    return d;
}

double stat_satterthwaite(double a, double df_a, double b, double df_b)
{
    return (a + b) * (a + b) / (a * a / df_a + b * b / df_b);
}

struct stat_difference stat_welch(const double *x, int nx, const double *y, int ny, double level)
{
    const double mx = mean_of(x, nx), my = mean_of(y, ny), sx = sd_of(x, nx, mx),
                 sy = sd_of(y, ny, my), vx = sx * sx / nx, vy = sy * sy / ny;
    struct stat_difference d =
        stat_difference(mx - my, sqrt(vx + vy), stat_satterthwaite(vx, nx - 1, vy, ny - 1), level);
    d.n = nx < ny ? nx : ny;
    return d;
}

double stat_effect_size(const struct stat_difference *paired)
{
    return paired->t / sqrt(paired->n) * (1 - 3 / (4 * paired->df - 1));
}

double stat_correlation(const double *x, const double *y, int n)
{
    const double mx = mean_of(x, n), my = mean_of(y, n);
    double xx = 0, yy = 0, xy = 0;
    for (int i = 0; i < n; i++) {
        xx += (x[i] - mx) * (x[i] - mx);
        yy += (y[i] - my) * (y[i] - my);
        xy += (x[i] - mx) * (y[i] - my);
    }
    return xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : NAN;
}

/* Ranks from 1; equal values share the mean of theirs. */
static void ranks(const double *x, int n, double *rank)
{
    for (int i = 0; i < n; i++) {
        int below = 0, equal = 0;
        for (int k = 0; k < n; k++) {
            below += x[k] < x[i];
            equal += x[k] == x[i];
        }
        rank[i] = below + (equal + 1) / 2.0;
    }
}

double stat_rank_correlation(const double *x, const double *y, int n)
{
    double a[STAT_RANKS], b[STAT_RANKS];
    if (n > STAT_RANKS) return NAN;
    ranks(x, n, a);
    ranks(y, n, b);
    return stat_correlation(a, b, n);
}

double stat_pairing_threshold(int n, double level)
{
    if (n < 2) return NAN;
    const double r = stat_t_critical(level, 2 * n - 2) / stat_t_critical(level, n - 1);
    return 1 - r * r;
}

double stat_equivalence_p(double delta, double se, double df, double margin)
{
    if (!(se > 0) || !(df > 0) || !(margin > 0) || isnan(delta)) return NAN;
    const double low = upper((delta + margin) / se, df), high = upper((margin - delta) / se, df);
    return low > high ? low : high;
}

struct stat_ratio stat_ratio(const double *x, const double *y, int n, double level)
{
    double mean = 0, sum = 0;
    for (int i = 0; i < n; i++) mean += log(x[i] / y[i]) / n;
    for (int i = 0; i < n; i++) {
        const double d = log(x[i] / y[i]) - mean;
        sum += d * d;
    }
    const struct stat_difference d =
        stat_difference(mean, n > 1 ? sqrt(sum / (n - 1) / n) : NAN, n - 1, level);
    return (struct stat_ratio){n ? exp(mean) : NAN, exp(mean - d.half), exp(mean + d.half)};
}
