/* rotate.c -- see rotate.h. */
#define _GNU_SOURCE
#include "src/num/rotate.h"

#include <math.h>
#include <stddef.h>

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
