/* block_residuals.c -- see block_residuals.h. */
#include "src/stat/block_residuals.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_multifit.h>
#include <math.h>
#include <stdbool.h>
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

struct least_squares {
    gsl_matrix *x, *covariance;
    gsl_vector *y, *c, *r;
    gsl_multifit_linear_workspace *w;
};

static bool take(struct least_squares *q, size_t n, size_t p)
{
    q->x = gsl_matrix_calloc(n, p);
    q->covariance = gsl_matrix_alloc(p, p);
    q->y = gsl_vector_alloc(n);
    q->c = gsl_vector_alloc(p);
    q->r = gsl_vector_alloc(n);
    q->w = gsl_multifit_linear_alloc(n, p);
    return q->x && q->covariance && q->y && q->c && q->r && q->w;
}

static void drop(struct least_squares *q)
{
    if (q->x) gsl_matrix_free(q->x);
    if (q->covariance) gsl_matrix_free(q->covariance);
    if (q->y) gsl_vector_free(q->y);
    if (q->c) gsl_vector_free(q->c);
    if (q->r) gsl_vector_free(q->r);
    if (q->w) gsl_multifit_linear_free(q->w);
}

/* Indicators of arm and seed; the design lacks full rank by one for every connected part, which the
 * truncated singular values say. Rows of zeros fill up to as many rows as columns. */
static int fit(const struct stat_block *b, size_t cells, double *residual, double *df,
               struct error *e)
{
    const size_t p = (size_t)b->arms + b->seeds, n = cells > p ? cells : p;
    struct least_squares q = {0};
    double squares;
    size_t rank = 0, row = 0;
    int status = take(&q, n, p) ? OK : error_set(e, E_MEMORY, "no memory for %zu runs", cells);
    for (size_t i = 0; !status && i < (size_t)b->arms * b->seeds; i++) {
        if (isnan(b->y[i])) continue;
        gsl_matrix_set(q.x, row, i / b->seeds, 1);
        gsl_matrix_set(q.x, row, b->arms + i % b->seeds, 1);
        gsl_vector_set(q.y, row++, b->y[i]);
    }
    for (; !status && row < n; row++) gsl_vector_set(q.y, row, 0);
    if (!status &&
        (gsl_multifit_linear_tsvd(q.x, q.y, 1e-10, q.c, q.covariance, &squares, &rank, q.w) ||
         gsl_multifit_linear_residuals(q.x, q.y, q.c, q.r)))
        status = error_set(e, E_FORMAT, "the effects of arms and seeds cannot be fitted");
    row = 0;
    for (size_t i = 0; !status && i < (size_t)b->arms * b->seeds; i++)
        residual[i] = isnan(b->y[i]) ? NAN : gsl_vector_get(q.r, row++);
    *df = (double)cells - (double)rank;
    drop(&q);
    return status;
}

int block_residuals(const struct stat_block *b, double *residual, double *df, struct error *e)
{
    const size_t all = (size_t)b->arms * b->seeds;
    size_t cells = 0;
    for (size_t i = 0; i < all; i++) cells += !isnan(b->y[i]);
    *df = 0;
    if (cells == all) {
        complete(b, residual, df);
        return OK;
    }
    for (size_t i = 0; i < all; i++) residual[i] = NAN;
    if (!cells) return OK;
    gsl_error_handler_t *handler = gsl_set_error_handler_off();
    const int status = fit(b, cells, residual, df, e);
    gsl_set_error_handler(handler);
    return status;
}
