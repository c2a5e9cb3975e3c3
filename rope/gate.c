/* gate.c -- see gate.h. */
#include "rope/gate.h"

#include <math.h>
#include <stddef.h>

enum { BLOCK = 4096 }; /* gates of a block of tokens */

static double softplus(double x)
{
    return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

static double sigmoid(double x)
{
    return x > 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x));
}

static double gate_input(const struct gate *g, int head, const real *x)
{
    real sum = 0;
    if (g->weight) {
        const real *w = g->weight + (size_t)head * g->width;
#pragma omp simd reduction(+ : sum)
        for (int c = 0; c < g->width; c++) sum += w[c] * x[c];
    }
    return (double)sum + (g->bias ? g->bias[head] : 0);
}

void gate_sums(const struct gate *g, const real *x, const int32_t *anchor, int tokens, real *c)
{
#pragma omp parallel for schedule(static)
    for (int h = 0; h < g->heads; h++) {
        double sum = 0;
        for (int t = 0; t < tokens; t++) {
            if (t > 0 && anchor[t] != anchor[t - 1]) sum = 0;
            sum -= softplus(g->sign * gate_input(g, h, x + (size_t)t * g->width));
            c[(size_t)t * g->heads + h] += (real)sum;
        }
    }
}

/* d loss / d z of tokens [from, to) of one head, and its share of the parameters' gradients.
 * d loss / d g_t is the sum of dc from t to the end of its run: carried in *tail from the block
 * behind. */
static void head_back(const struct gate *g, int h, const real *x, const int32_t *anchor, int tokens,
                      int from, int to, const real *dc, double *tail, real *dz, double *dweight,
                      double *dbias)
{
    for (int t = to - 1; t >= from; t--) {
        const real *row = x + (size_t)t * g->width;
        if (t + 1 < tokens && anchor[t] != anchor[t + 1]) *tail = 0;
        *tail += dc[(size_t)t * g->heads + h];
        const double d = -*tail * g->sign * sigmoid(g->sign * gate_input(g, h, row));
        dz[(size_t)(t - from) * g->heads + h] = (real)d;
        if (dbias) dbias[h] += d;
        if (!dweight) continue;
        double *dw = dweight + (size_t)h * g->width;
        for (int c = 0; c < g->width; c++) dw[c] += d * row[c];
    }
}

void gate_sums_grad(const struct gate *g, const real *x, const int32_t *anchor, int tokens,
                    const real *dc, real *dx, double *dweight, double *dbias)
{
    const int block = BLOCK / g->heads > 0 ? BLOCK / g->heads : 1;
    double tail[GATE_HEADS] = {0};
    real dz[BLOCK];
#pragma omp parallel
    for (int to = tokens; to > 0; to -= block) {
        const int from = to > block ? to - block : 0;
#pragma omp for schedule(static)
        for (int h = 0; h < g->heads; h++)
            head_back(g, h, x, anchor, tokens, from, to, dc, &tail[h], dz, dweight, dbias);
        if (!g->weight) continue;
#pragma omp for schedule(static)
        for (int t = from; t < to; t++)
            for (int h = 0; h < g->heads; h++) {
                const real d = dz[(size_t)(t - from) * g->heads + h],
                           *w = g->weight + (size_t)h * g->width;
                real *y = dx + (size_t)t * g->width;
                for (int c = 0; c < g->width; c++) y[c] += d * w[c];
            }
    }
}
