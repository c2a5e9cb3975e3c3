/* tile.h -- products of small blocks, for attention.
 *
 *   C[m][n] (+)= A[m][k] B[k][n]
 *
 * A is read one element at a time through any two strides, so its transpose is free; B and C have rows of `n` rounded up to
 * whole vectors. Each element of C is one chain of fused multiply-adds over k in ascending order, whatever m and n are: its
 * bits do not depend on what is computed beside it. */
#ifndef NUM_TILE_H
#define NUM_TILE_H

#include <stddef.h>

#include "src/num/vec.h"

/* n rounded up to whole vectors. */
static inline int vec_round(int n)
{
    return (n + VEC - 1) / VEC * VEC;
}

/* n must be a multiple of VEC; C must not overlap A or B. add 0: C is overwritten. */
void tile_multiply(int m, int n, int k, const real *a, ptrdiff_t rsa, ptrdiff_t csa, const real *b,
                   ptrdiff_t ldb, int add, real *c, ptrdiff_t ldc);

#endif
