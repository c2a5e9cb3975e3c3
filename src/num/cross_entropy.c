/* cross_entropy.c -- see cross_entropy.h. */
#include "src/num/cross_entropy.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "src/num/batch.h"
#include "src/num/matmul.h"
#include "src/num/vmath.h"

/* A chunk holds at most CHUNK logits but at least SHORTEST rows, since each one reads and writes
 * all of dw; whole slabs of 512 rows where they fit. BLOCK logits are worked on at a time. */
enum { CHUNK = 1 << 22, SLAB = 512, SHORTEST = 256, BLOCK = 1024 };

static int chunk_rows(const struct cross_entropy *c)
{
    const int fit = CHUNK / c->vocab;
    const int rows = fit >= SLAB ? fit / SLAB * SLAB : SHORTEST;
    return rows < c->tokens ? rows : c->tokens;
}

static size_t aligned(size_t bytes)
{
    return (bytes + 63) / 64 * 64;
}

size_t cross_entropy_scratch(const struct cross_entropy *c)
{
    const size_t rows = (size_t)chunk_rows(c);
    return aligned(rows * (size_t)c->vocab * sizeof(real)) + aligned(rows * sizeof(double));
}

static void cap_row(real *z, int vocab, real cap)
{
    for (int j = 0; j < vocab; j += BLOCK) {
        const int n = vocab - j < BLOCK ? vocab - j : BLOCK;
        for (int k = 0; k < n; k++) z[j + k] /= cap;
        vtanh(z + j, z + j, n);
        for (int k = 0; k < n; k++) z[j + k] *= cap;
    }
}

/* log-sum-exp of the row, of which `most` is the largest. z becomes exp(z - most) if `replace`. */
static double log_sum_exp(real *z, int vocab, real most, bool replace)
{
    double sum = 0;
    real e[BLOCK];
    for (int j = 0; j < vocab; j += BLOCK)
        sum += (double)vexp_sum(replace ? z + j : e, z + j, most,
                                vocab - j < BLOCK ? vocab - j : BLOCK);
    return (double)most + log(sum);
}

/* z to scale exp(z - most) (1 - (z / cap)^2); the exponential is taken again, as z was needed */
static void capped_gradient(real *z, int vocab, real most, real scale, real inverse_cap)
{
    real e[BLOCK];
    for (int j = 0; j < vocab; j += BLOCK) {
        const int n = vocab - j < BLOCK ? vocab - j : BLOCK;
        vexp(e, z + j, most, n);
        for (int k = 0; k < n; k++) {
            const real t = z[j + k] * inverse_cap;
            z[j + k] = scale * e[k] * (1 - t * t);
        }
    }
}

/* One row of logits: returns lse - z[target] and, if `gradient`, replaces z by
 *   factor ((1 + 2 z_loss lse) p_j - [j = target]) (1 - (z_j / cap)^2),  p_j = exp(z_j - lse)
 * The exponential is taken from the largest z and then normalised, so that p keeps the digits that
 * lse, a larger number, would cost. */
static double row_loss(const struct cross_entropy *c, real *z, int target, double factor,
                       bool gradient)
{
    const bool capped = c->softcap > 0;
    if (capped) cap_row(z, c->vocab, (real)c->softcap);
    const real most = vmax(z, c->vocab), at_target = z[target];
    const double lse = log_sum_exp(z, c->vocab, most, gradient && !capped);
    if (!gradient) return lse - (double)at_target;
    const real scale = (real)(factor * (1 + 2 * c->z_loss * lse) * exp((double)most - lse));
    const real t = capped ? at_target / (real)c->softcap : 0;
    if (capped)
        capped_gradient(z, c->vocab, most, scale, 1 / (real)c->softcap);
    else
        for (int j = 0; j < c->vocab; j++) z[j] *= scale;
    z[target] -= (real)factor * (1 - t * t);
    return lse - (double)at_target;
}

/* Does the row's loss matter to anyone? */
static bool counts(int32_t target, real weight, bool every)
{
    return target != NO_TARGET && (every || weight != 0);
}

static bool any_counts(const int32_t *target, const real *weight, bool every, int rows)
{
    for (int i = 0; i < rows; i++)
        if (counts(target[i], weight[i], every)) return true;
    return false;
}

/* Losses of `rows` rows of logits to loss[]; the logits become their gradient. */
static void chunk_losses(const struct cross_entropy *c, real *logits, const int32_t *target,
                         const real *weight, double scale, int rows, bool every, bool gradient,
                         double *loss)
{
#pragma omp parallel for schedule(static) if ((size_t)rows * c->vocab > 4096)
    for (int i = 0; i < rows; i++) {
        real *z = logits + (size_t)i * c->vocab;
        const bool pulls = gradient && counts(target[i], weight[i], false);
        loss[i] = 0;
        if (counts(target[i], weight[i], every))
            loss[i] = row_loss(c, z, target[i], scale * (double)weight[i], pulls);
        if (gradient && !pulls) memset(z, 0, (size_t)c->vocab * sizeof *z);
    }
}

double cross_entropy(const struct cross_entropy *c, const real *h, const real *w,
                     const int32_t *target, const real *weight, double scale, real *token_loss,
                     real *dh, real *dw, void *scratch)
{
    const int most = chunk_rows(c), width = c->width, vocab = c->vocab;
    const bool every = token_loss != NULL;
    real *logits = scratch;
    double *loss = (double *)((char *)scratch + aligned((size_t)most * vocab * sizeof(real)));
    double total = 0;
    for (int i = 0; i < c->tokens; i += most) {
        const int rows = c->tokens - i < most ? c->tokens - i : most;
        const size_t at = (size_t)i * width;
        if (any_counts(target + i, weight + i, every, rows)) {
            matmul_nt(rows, vocab, width, h + at, width, w, width, 0, logits, vocab);
            chunk_losses(c, logits, target + i, weight + i, scale, rows, every, dh != NULL, loss);
            if (dh) { /* dw first: dh may be h */
                matmul_tn(vocab, width, rows, logits, vocab, h + at, width, 1, dw, width);
                matmul_nn(rows, width, vocab, logits, vocab, w, width, 0, dh + at, width);
            }
        } else {
            memset(loss, 0, (size_t)rows * sizeof *loss);
            if (dh) memset(dh + at, 0, (size_t)rows * width * sizeof *dh);
        }
        for (int k = 0; k < rows; k++) {
            if (weight[i + k] != 0) total += (double)weight[i + k] * loss[k];
            if (every) token_loss[i + k] = (real)loss[k];
        }
    }
    return total;
}
