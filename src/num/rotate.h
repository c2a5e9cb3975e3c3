/* rotate.h -- rotary position embedding, applied from tables.
 *
 *   pair (a, b) of a head at position p:  a' = a cos_p - b sin_p,  b' = a sin_p + b cos_p
 *   half:        pair i is channels (start + i, start + i + pairs)         (Hugging Face, GPT-NeoX)
 *   interleaved: pair i is channels (start + 2 i, start + 2 i + 1)         (Meta, GPT-J)
 *
 * Paper: Su et al. 2021, arXiv 2104.09864. The tables may carry a magnitude (cos and sin both times
 * m), so the adjoint is the transpose, not the inverse: sign -1 uses -sin. */
#ifndef NUM_ROTATE_H
#define NUM_ROTATE_H

#include <stdint.h>

#include "src/base/real.h"

enum rotary_layout { ROTARY_HALF, ROTARY_INTERLEAVED };

struct rotary_table {
    int layout, start, pairs;
    int positions;         /* rows of the tables: position ids are in [0, positions) */
    int head_stride;       /* 0: all heads share one table; else elements from head to head */
    const real *cos, *sin; /* [heads or 1][positions][pairs] */
};

/* Rotate `heads` heads of `head_dim` channels in place; token t's row is x + t * ld. sign +1
 * forward, -1 adjoint. Parallel over tokens; cannot fail. */
void rotate(real *x, int ld, int heads, int head_dim, int tokens, const int32_t *position,
            const struct rotary_table *table, int sign);

/* Fill tables in double: angle = position * inv_freq reduced before rounding, both tables times
 * `magnitude`. cos, sin: [positions][pairs]. Parallel. */
void rotary_fill(real *cos, real *sin, int positions, int pairs, const double *inv_freq,
                 double magnitude);

/* The same for any places: row p is turned by place[p] * inv_freq. */
void rotary_fill_places(real *cos, real *sin, const double *place, int rows, int pairs,
                        const double *inv_freq, double magnitude);

/* Gradient of the frequencies. y are rotated rows as `rotate` left them, dy the gradient of them,
 * both with leading dimension ld; adds d loss / d inv_freq to dfreq [pairs] of one table or, with
 * head_stride, [heads][pairs]. Sums run over fixed chunks of tokens in double, in order. dfreq_part:
 * [rotate_grad_parts(tokens)][heads][pairs] doubles of scratch. Parallel. */
int rotate_grad_parts(int tokens);
void rotate_grad(const real *y, const real *dy, int ld, int heads, int head_dim, int tokens,
                 const int32_t *position, const struct rotary_table *table, double *dfreq_part,
                 double *dfreq);

#endif
