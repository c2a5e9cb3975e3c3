/* bootstrap.c -- see bootstrap.h. */
#include "src/stat/bootstrap.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/rng.h"

/* How often each of n units is drawn in n draws. */
static void draw(struct rng *r, double *weight, int n)
{
    memset(weight, 0, (size_t)n * sizeof *weight);
    for (int i = 0; i < n; i++) weight[rng_below(r, (uint64_t)n)]++;
}

static void replicate(const struct stat_bootstrap *b, int r, double *weights, double *out,
                      double *samples)
{
    const double *const weight[2] = {weights, b->n[1] ? weights + b->n[0] : NULL};
    struct rng stream = rng_open(rng_hash(b->seed, "bootstrap", (uint64_t)r), "bootstrap");
    draw(&stream, weights, b->n[0]);
    if (b->n[1]) draw(&stream, weights + b->n[0], b->n[1]);
    b->statistic(out, weight, b->data);
    for (int k = 0; k < b->outputs; k++) samples[(size_t)k * b->replicates + r] = out[k];
}

int stat_bootstrap(const struct stat_bootstrap *b, double *samples, struct error *e)
{
    const size_t n = (size_t)b->n[0] + b->n[1] + b->outputs;
    bool failed = false;
#pragma omp parallel reduction(|| : failed)
    {
        double *space = malloc(n * sizeof *space);
        failed = !space;
#pragma omp for schedule(dynamic, 8)
        for (int r = 0; r < b->replicates; r++)
            if (space) replicate(b, r, space, space + b->n[0] + b->n[1], samples);
        free(space);
    }
    return failed ? error_set(e, E_MEMORY, "no memory to resample %zu values", n) : OK;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The numbers among samples, sorted; *m how many. */
static int sorted(const double *samples, int n, double **out, int *m, struct error *e)
{
    *m = 0;
    *out = malloc((size_t)(n > 0 ? n : 1) * sizeof **out);
    if (!*out) return error_set(e, E_MEMORY, "no memory for %d replicates", n);
    for (int i = 0; i < n; i++)
        if (!isnan(samples[i])) (*out)[(*m)++] = samples[i];
    qsort(*out, (size_t)*m, sizeof **out, by_value);
    return OK;
}

static double quantile(const double *x, int n, double p)
{
    if (n < 1) return NAN;
    const double at = p * (n - 1);
    const int i = (int)at < n - 1 ? (int)at : n - 1;
    return at > i && i + 1 < n ? x[i] + (at - i) * (x[i + 1] - x[i]) : x[i];
}

int stat_percentile(const double *samples, int n, double level, struct stat_interval *out,
                    struct error *e)
{
    double *x;
    int m;
    TRY(sorted(samples, n, &x, &m, e));
    *out = (struct stat_interval){quantile(x, m, (1 - level) / 2), quantile(x, m, (1 + level) / 2),
                                  n - m};
    free(x);
    return OK;
}

/* a = sum d^3 / (6 (sum d^2)^1.5), d = mean of the jackknife - its values. */
static double acceleration(const double *jack, int n)
{
    double mean = 0, squares = 0, cubes = 0;
    for (int i = 0; i < n; i++) mean += jack[i] / n;
    for (int i = 0; i < n; i++) {
        const double d = mean - jack[i];
        squares += d * d;
        cubes += d * d * d;
    }
    return squares > 0 ? cubes / (6 * pow(squares, 1.5)) : 0;
}

static double bca_point(double bias, double a, double p)
{
    const double z = bias + gsl_cdf_ugaussian_Pinv(p);
    return gsl_cdf_ugaussian_P(bias + z / (1 - a * z));
}

int stat_bca(const double *samples, int n, double estimate, const double *jack, int n_jack,
             double level, struct stat_interval *out, struct error *e)
{
    double *x;
    int m, below = 0, equal = 0;
    TRY(sorted(samples, n, &x, &m, e));
    for (int i = 0; i < m; i++) {
        below += x[i] < estimate;
        equal += x[i] == estimate;
    }
    const double share = m ? (below + 0.5 * equal) / m : 0;
    double low = (1 - level) / 2, high = (1 + level) / 2;
    if (share > 0 && share < 1) {
        const double bias = gsl_cdf_ugaussian_Pinv(share), a = acceleration(jack, n_jack);
        low = bca_point(bias, a, low);
        high = bca_point(bias, a, high);
    }
    *out = (struct stat_interval){quantile(x, m, low), quantile(x, m, high), n - m};
    free(x);
    return OK;
}
