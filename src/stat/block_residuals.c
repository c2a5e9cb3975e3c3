/* block_residuals.c -- see block_residuals.h. */
#include "src/stat/block_residuals.h"

#include <math.h>
#include <stdlib.h>

static void complete(const struct stat_block *b, double *residual, double *df)
{
    const int A = b->arms, S = b->seeds;
    double mean = 0;
    for (int i = 0; i < A * S; i++) mean += b->y[i] / (A * S);
    for (int a = 0; a < A; a++) {
        double of_arm = 0;
        for (int s = 0; s < S; s++) of_arm += (b->y[(size_t)a * S + s] - mean) / S;
        for (int s = 0; s < S; s++)
            residual[(size_t)a * S + s] = b->y[(size_t)a * S + s] - mean - of_arm;
    }
    for (int s = 0; s < S; s++) {
        double of_seed = 0;
        for (int a = 0; a < A; a++) of_seed += residual[(size_t)a * S + s] / A;
        for (int a = 0; a < A; a++) residual[(size_t)a * S + s] -= of_seed;
    }
    *df = (double)(A - 1) * (S - 1);
}

/* ---- gaps: least squares with the arms eliminated, which leaves one equation a seed ---- */

struct reduced {
    const struct stat_block *b;
    double *c, *q; /* [seeds][seeds], [seeds]: c tau = q for the effects tau of seeds */
};

/* Mean of the arm's cells, less the effects of their seeds (NULL: none); *n cells. */
static double arm_mean(const struct stat_block *b, int arm, const double *tau, int *n)
{
    double sum = 0;
    *n = 0;
    for (int s = 0; s < b->seeds; s++) {
        const double y = b->y[(size_t)arm * b->seeds + s];
        if (isnan(y)) continue;
        sum += y - (tau ? tau[s] : 0);
        (*n)++;
    }
    return *n ? sum / *n : NAN;
}

/* c = diag(cells of each seed) - sum over arms of z z' / n, z the arm's indicator of seeds;
 * q = sum over arms of z (y - its mean). */
static void add_arm(struct reduced *r, int arm)
{
    const struct stat_block *b = r->b;
    const double *y = b->y + (size_t)arm * b->seeds;
    int n;
    const double mean = arm_mean(b, arm, NULL, &n);
    for (int s = 0; s < b->seeds; s++) {
        if (isnan(y[s])) continue;
        r->q[s] += y[s] - mean;
        r->c[s * b->seeds + s] += 1;
        for (int t = 0; t < b->seeds; t++)
            if (!isnan(y[t])) r->c[s * b->seeds + t] -= 1.0 / n;
    }
}

/* Gauss-Jordan on the positive semidefinite c; an effect whose pivot vanishes is free and set to 0
 * (one in every connected part of the design). q becomes tau; returns the rank. */
static int solve(struct reduced *r)
{
    const int n = r->b->seeds;
    int rank = 0;
    for (int k = 0; k < n; k++) {
        const double pivot = r->c[k * n + k];
        if (!(pivot > 1e-9)) {
            for (int i = 0; i < n; i++) r->c[i * n + k] = 0;
            r->q[k] = 0;
            continue;
        }
        rank++;
        for (int i = 0; i < n; i++) {
            const double factor = r->c[i * n + k] / pivot;
            if (i == k || factor == 0) continue;
            for (int j = k; j < n; j++) r->c[i * n + j] -= factor * r->c[k * n + j];
            r->q[i] -= factor * r->q[k];
        }
    }
    for (int k = 0; k < n; k++) r->q[k] = r->c[k * n + k] > 1e-9 ? r->q[k] / r->c[k * n + k] : 0;
    return rank;
}

static int fit(const struct stat_block *b, size_t cells, double *residual, double *df,
               struct error *e)
{
    const size_t n = (size_t)b->seeds;
    struct reduced r = {b, calloc(n * n + n, sizeof *r.c), NULL};
    int in_arm, rank = 0;
    if (!r.c) return error_set(e, E_MEMORY, "no memory for %zu seeds", n);
    r.q = r.c + n * n;
    for (int a = 0; a < b->arms; a++) add_arm(&r, a);
    rank += solve(&r);
    for (int a = 0; a < b->arms; a++) {
        const double mean = arm_mean(b, a, r.q, &in_arm);
        rank += in_arm > 0;
        for (int s = 0; s < b->seeds; s++)
            residual[(size_t)a * n + s] = b->y[(size_t)a * n + s] - r.q[s] - mean; /* NaN stays */
    }
    *df = (double)cells - rank;
    free(r.c);
    return OK;
}

int block_residuals(const struct stat_block *b, double *residual, double *df, struct error *e)
{
    const size_t all = (size_t)b->arms * b->seeds;
    size_t cells = 0;
    for (size_t i = 0; i < all; i++) cells += !isnan(b->y[i]);
    *df = 0;
    if (cells < all) return fit(b, cells, residual, df, e);
    complete(b, residual, df);
    return OK;
}
