/* rotate.c -- see rotate.h. */
#define _GNU_SOURCE
#include "src/num/rotate.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static void turn_half(real *restrict a, real *restrict b, const real *restrict cosine,
                      const real *restrict sine, real sign, int pairs)
{
#pragma omp simd
    for (int i = 0; i < pairs; i++) {
        const real x = a[i], y = b[i], s = sign * sine[i];
        a[i] = x * cosine[i] - y * s;
        b[i] = x * s + y * cosine[i];
    }
}

static void turn_interleaved(real *restrict x, const real *restrict cosine,
                             const real *restrict sine, real sign, int pairs)
{
#pragma omp simd
    for (int i = 0; i < pairs; i++) {
        const real a = x[2 * i], b = x[2 * i + 1], s = sign * sine[i];
        x[2 * i] = a * cosine[i] - b * s;
        x[2 * i + 1] = a * s + b * cosine[i];
    }
}

void rotate(real *x, int ld, int heads, int head_dim, int tokens, const int32_t *position,
            const struct rotary_table *table, int sign)
{
    const int pairs = table->pairs;
#pragma omp parallel for schedule(static) if ((size_t)tokens * heads * pairs > 4096)
    for (int t = 0; t < tokens; t++) {
        const size_t row = (size_t)position[t] * pairs;
        for (int h = 0; h < heads; h++) {
            real *head = x + (size_t)t * ld + (size_t)h * head_dim + table->start;
            const size_t at = (size_t)h * table->head_stride + row;
            if (table->layout == ROTARY_HALF)
                turn_half(head, head + pairs, table->cos + at, table->sin + at, sign, pairs);
            else
                turn_interleaved(head, table->cos + at, table->sin + at, sign, pairs);
        }
    }
}

void rotary_fill(real *cosine, real *sine, int positions, int pairs, const double *inv_freq,
                 double magnitude)
{
    /* The angle of position 131072 has an error of 1e-11 in double; sincos reduces it exactly. */
#pragma omp parallel for schedule(static) if ((size_t)positions * pairs > 1024)
    for (int p = 0; p < positions; p++)
        for (int i = 0; i < pairs; i++) {
            double s, c;
            sincos(p * inv_freq[i], &s, &c);
            cosine[(size_t)p * pairs + i] = (real)(c * magnitude);
            sine[(size_t)p * pairs + i] = (real)(s * magnitude);
        }
}

void rotary_fill_places(real *cosine, real *sine, const double *place, int rows, int pairs,
                        const double *inv_freq, double magnitude)
{
#pragma omp parallel for schedule(static) if ((size_t)rows * pairs > 1024)
    for (int p = 0; p < rows; p++)
        for (int i = 0; i < pairs; i++) {
            double s, c;
            sincos(place[p] * inv_freq[i], &s, &c);
            cosine[(size_t)p * pairs + i] = (real)(c * magnitude);
            sine[(size_t)p * pairs + i] = (real)(s * magnitude);
        }
}

enum { CHUNK = 64 }; /* tokens whose gradients are summed together */

int rotate_grad_parts(int tokens)
{
    return (tokens + CHUNK - 1) / CHUNK;
}

/* a' = m (a cos - b sin), b' = m (a sin + b cos), so d/d angle is (-b', a'); the angle is p w. */
void rotate_grad(const real *y, const real *dy, int ld, int heads, int head_dim, int tokens,
                 const int32_t *position, const struct rotary_table *t, double *part, double *dfreq)
{
    const int parts = rotate_grad_parts(tokens), pairs = t->pairs;
    const bool half = t->layout == ROTARY_HALF;
#pragma omp parallel for schedule(static)
    for (int k = 0; k < parts; k++) {
        double *own = part + (size_t)k * heads * pairs;
        memset(own, 0, (size_t)heads * pairs * sizeof *own);
        for (int i = k * CHUNK; i < tokens && i < (k + 1) * CHUNK; i++)
            for (int h = 0; h < heads; h++) {
                const size_t at = (size_t)i * ld + (size_t)h * head_dim + t->start;
                for (int c = 0; c < pairs; c++) {
                    const size_t a = at + (half ? c : 2 * c), b = a + (half ? pairs : 1);
                    own[h * pairs + c] +=
                        position[i] * ((double)dy[b] * y[a] - (double)dy[a] * y[b]);
                }
            }
    }
    for (int k = 0; k < parts; k++)
        for (int h = 0; h < heads; h++)
            for (int c = 0; c < pairs; c++)
                dfreq[(t->head_stride ? h * pairs : 0) + c] +=
                    part[((size_t)k * heads + h) * pairs + c];
}
