/* block.c -- see block.h. */
#include "src/stat/block.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "src/stat/block_residuals.h"
#include "src/stat/dunnett.h"
#include "src/stat/mean.h"
#include "src/stat/multiple.h"

static double cell(const struct stat_block *b, int arm, int seed)
{
    return b->y[(size_t)arm * b->seeds + seed];
}

/* Differences over the seeds that both arms have; p and half still alone. */
static void compare(const struct stat_block *b, const struct stat_block_fit *fit, int arm,
                    struct stat_contrast *c)
{
    double sum = 0, squares = 0;
    *c = (struct stat_contrast){0, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    if (arm == b->baseline) return;
    for (int s = 0; s < b->seeds; s++) {
        const double d = cell(b, arm, s) - cell(b, b->baseline, s);
        if (isnan(d)) continue;
        c->n++;
        sum += d;
    }
    if (!c->n) return;
    const double mean = sum / c->n;
    for (int s = 0; s < b->seeds; s++) {
        const double d = cell(b, arm, s) - cell(b, b->baseline, s) - mean;
        if (!isnan(d)) squares += d * d;
    }
    const bool pooled = b->method == STAT_DUNNETT;
    const double df = pooled ? fit->df : c->n - 1;
    const double se = pooled ? fit->noise * sqrt(2.0 / c->n) : sqrt(squares / df / c->n);
    const struct stat_difference d = stat_difference(mean, se, df, b->level);
    c->delta = mean;
    c->df = df;
    c->se = d.se;
    c->t = d.t;
    c->p = c->p_adjusted = d.p;
    c->half = d.half;
    c->p_equivalent = stat_equivalence_p(mean, se, df, b->margin);
}

static int common(const struct stat_block *b, int a1, int a2)
{
    int n = 0;
    for (int s = 0; s < b->seeds; s++)
        n += !isnan(cell(b, a1, s) + cell(b, a2, s) + cell(b, b->baseline, s));
    return n;
}

/* Contrasts a and b share the baseline on n_ab seeds: correlation n_ab / (2 sqrt(n_a n_b)). */
static double least_correlation(const struct stat_block *b, const struct stat_contrast *c)
{
    double rho = 0.5;
    for (int i = 0; i < b->arms; i++)
        for (int j = 0; j < i; j++)
            if (c[i].n && c[j].n) rho = fmin(rho, common(b, i, j) / sqrt(4.0 * c[i].n * c[j].n));
    return rho;
}

/* (margin - |delta|) / se against the two-sided critical value at 1 - 2 alpha: for one arm the two
 * one-sided tests, for several the simultaneous interval inside the margin. */
static double equivalence(const struct stat_contrast *c, double margin, int k, double df,
                          double rho)
{
    const double t = (margin - fabs(c->delta)) / c->se, p = stat_dunnett_p(fabs(t), k, df, rho) / 2;
    return t >= 0 ? p : fmax(0.5, 1 - p);
}

static void adjust_dunnett(const struct stat_block *b, struct stat_block_fit *fit,
                           struct stat_contrast *c)
{
    const int k = fit->compared;
    fit->rho = least_correlation(b, c);
    fit->critical = stat_dunnett_critical(b->level, k, fit->df, fit->rho);
    for (int a = 0; a < b->arms; a++) {
        if (!(c[a].se > 0)) continue;
        c[a].p_adjusted = stat_dunnett_p(c[a].t, k, fit->df, fit->rho);
        c[a].half = fit->critical * c[a].se;
        if (b->margin > 0) c[a].p_equivalent = equivalence(&c[a], b->margin, k, fit->df, fit->rho);
    }
}

static int adjust_holm(const struct stat_block *b, struct stat_contrast *c, struct error *e)
{
    double *p = malloc(2 * (size_t)b->arms * sizeof *p), *q = p + b->arms;
    if (!p) return error_set(e, E_MEMORY, "no memory for %d arms", b->arms);
    for (int a = 0; a < b->arms; a++) {
        p[a] = c[a].p;
        q[a] = c[a].p_equivalent;
    }
    stat_holm(p, b->arms, p);
    stat_holm(q, b->arms, q);
    for (int a = 0; a < b->arms; a++) {
        c[a].p_adjusted = p[a];
        c[a].p_equivalent = q[a];
    }
    free(p);
    return OK;
}

/* The noisiest arm's residual variance over that of all others (Cochran 1941), corrected for having
 * picked the largest. With A arms and n seeds, A / (A - 1) times the squares of one arm's residuals
 * is chi-square with n - 1 degrees of freedom, and the rest, independent of it, has the others. */
static void variances(const struct stat_block *b, struct stat_block_fit *fit,
                      const double *residual)
{
    double total = 0, largest = -1;
    for (int a = 0; a < b->arms; a++) {
        double sum = 0;
        for (int s = 0; s < b->seeds; s++) {
            const double r = residual[(size_t)a * b->seeds + s];
            if (!isnan(r)) sum += r * r;
        }
        total += sum;
        if (sum > largest) {
            largest = sum;
            fit->variance_arm = a;
        }
    }
    fit->variance_p = fit->variance_ratio = NAN;
    if (b->arms < 3 || b->seeds < 3 || !(fit->df > 0) || !(total > largest)) return;
    const double one = largest * b->arms / (b->arms - 1), own = fit->df / (b->arms - 1),
                 rest = fit->df - own;
    fit->variance_ratio = one / own / (fmax(0, total - one) / rest);
    fit->variance_p = fmin(1, b->arms * gsl_cdf_fdist_Q(fit->variance_ratio, own, rest));
}

/* Runs that agree to the last bits have no noise to measure: 0. */
static double rounding_is_none(const struct stat_block *b, double noise)
{
    double largest = 0;
    for (size_t i = 0; i < (size_t)b->arms * b->seeds; i++)
        if (!isnan(b->y[i])) largest = fmax(largest, fabs(b->y[i]));
    return noise > 1e-13 * largest ? noise : 0;
}

int stat_block(const struct stat_block *b, struct stat_block_fit *fit,
               struct stat_contrast *contrast, struct error *e)
{
    const size_t cells = (size_t)b->arms * b->seeds;
    *fit = (struct stat_block_fit){.rho = 0.5, .critical = NAN};
    double *residual = malloc((cells + 1) * sizeof *residual);
    if (!residual) return error_set(e, E_MEMORY, "no memory for %zu runs", cells);
    int status = block_residuals(b, residual, &fit->df, e);
    if (!status) {
        double squares = 0;
        for (size_t i = 0; i < cells; i++)
            if (!isnan(residual[i])) squares += residual[i] * residual[i];
        fit->noise = fit->df > 0 ? rounding_is_none(b, sqrt(squares / fit->df)) : NAN;
        variances(b, fit, residual);
        for (int a = 0; a < b->arms; a++) {
            compare(b, fit, a, &contrast[a]);
            fit->compared += contrast[a].se > 0;
        }
        if (b->method == STAT_PAIRED_HOLM)
            status = adjust_holm(b, contrast, e);
        else if (fit->compared)
            adjust_dunnett(b, fit, contrast);
    }
    free(residual);
    return status;
}
