/* dunnett.c -- see dunnett.h. */
#include "src/stat/dunnett.h"

#include <math.h>
#include <stdbool.h>

#include "src/stat/mean.h"
#include "src/stat/quadrature.h"

/* The nodes of one (df, rho): a critical value asks for the same ones some ten times. */
struct grid {
    struct stat_nodes s, z;
    double root, scale; /* sqrt(rho), 1 / sqrt(1 - rho) */
    int k;
};

static bool grid_open(struct grid *g, int k, double df, double rho)
{
    if (k < 1 || !(df >= 1) || isinf(df) || !(rho >= 0) || !(rho < 1)) return false;
    stat_nodes_chi(&g->s, df);
    stat_nodes_normal(&g->z);
    g->root = sqrt(rho);
    g->scale = 1 / sqrt(1 - rho);
    g->k = k;
    return true;
}

/* base^k, k >= 1 */
static double power(double base, int k)
{
    double out = 1;
    for (; k; k >>= 1, base *= base)
        if (k & 1) out *= base;
    return out;
}

static double grid_cdf(const struct grid *g, double t)
{
    double sum = 0;
    for (int i = 0; i < STAT_NODES; i++) {
        double inner = 0;
        for (int j = 0; j < STAT_NODES; j++) {
            const double mid = g->root * g->z.x[j] * g->scale, reach = t * g->s.x[i] * g->scale;
            const double outside =
                erfc((reach + mid) * M_SQRT1_2) + erfc((reach - mid) * M_SQRT1_2);
            inner += g->z.w[j] * power(1 - outside / 2, g->k);
        }
        sum += g->s.w[i] * inner;
    }
    return sum;
}

double stat_dunnett_cdf(double t, int k, double df, double rho)
{
    struct grid g;
    if (!(t >= 0) || !grid_open(&g, k, df, rho)) return NAN;
    return k == 1 ? 1 - stat_t_p(t, df) : fmin(1, grid_cdf(&g, t));
}

/* The tail is a difference from 1, good to about 1e-12; Bonferroni's bound takes over below. */
double stat_dunnett_p(double t, int k, double df, double rho)
{
    const double single = stat_t_p(t, df), bound = fmin(1, k * single);
    if (k == 1) return single;
    if (bound < 1e-9) return bound;
    const double p = 1 - stat_dunnett_cdf(fabs(t), k, df, rho);
    return isnan(p) ? p : fmin(bound, fmax(single, p));
}

/* Between the t value of one comparison and Bonferroni's for k, by false position (Illinois). */
double stat_dunnett_critical(double level, int k, double df, double rho)
{
    struct grid g;
    if (!(level > 0) || !(level < 1) || !grid_open(&g, k, df, rho)) return NAN;
    double low = stat_t_critical(level, df), high = stat_t_critical(1 - (1 - level) / k, df);
    if (k == 1) return low;
    double below = grid_cdf(&g, low) - level, above = grid_cdf(&g, high) - level;
    int last = 0; /* side of the step before: twice the same halves the other end */
    while (high - low > 1e-10 * high && below < 0 && above > 0) {
        const double t = low - below * (high - low) / (above - below), f = grid_cdf(&g, t) - level;
        const int side = f < 0 ? -1 : 1;
        if (fabs(f) < 1e-13) return t;
        if (side < 0) {
            low = t;
            below = f;
            if (last == side) above /= 2;
        } else {
            high = t;
            above = f;
            if (last == side) below /= 2;
        }
        last = side;
    }
    return (low + high) / 2;
}
