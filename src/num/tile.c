/* tile.c -- see tile.h. */
#include "src/num/tile.h"

#if defined(__AVX512F__)
enum { ROWS = 12 }; /* 12 x 2 vectors of C, 2 of B, 1 of A: 27 of 32 registers */
#else
enum { ROWS = 6 }; /* 6 x 2 + 3: 15 of 16 registers */
#endif

#define INLINE static inline __attribute__((always_inline))

/* `rows` x `columns` vectors of C; both are constants at every call, so the loops unroll into registers. */
INLINE void block(const int rows, const int columns, int k, const real *a, ptrdiff_t rsa,
                  ptrdiff_t csa, const real *b, ptrdiff_t ldb, int add, real *c, ptrdiff_t ldc)
{
    vec sum[ROWS][2];
#pragma GCC unroll 12
    for (int r = 0; r < rows; r++)
#pragma GCC unroll 2
        for (int j = 0; j < columns; j++)
            sum[r][j] = add ? vec_load(c + r * ldc + j * VEC) : vec_all(0);
    for (int p = 0; p < k; p++, a += csa, b += ldb) {
        vec y[2];
#pragma GCC unroll 2
        for (int j = 0; j < columns; j++) y[j] = vec_load(b + j * VEC);
#pragma GCC unroll 12
        for (int r = 0; r < rows; r++) {
            const vec x = vec_all(a[r * rsa]);
#pragma GCC unroll 2
            for (int j = 0; j < columns; j++) sum[r][j] = sum[r][j] + x * y[j];
        }
    }
#pragma GCC unroll 12
    for (int r = 0; r < rows; r++)
#pragma GCC unroll 2
        for (int j = 0; j < columns; j++) vec_store(c + r * ldc + j * VEC, sum[r][j]);
}

/* All rows of one or two vector columns. */
INLINE void panel(const int columns, int m, int k, const real *a, ptrdiff_t rsa, ptrdiff_t csa,
                  const real *b, ptrdiff_t ldb, int add, real *c, ptrdiff_t ldc)
{
    int i = 0;
    for (; i + ROWS <= m; i += ROWS)
        block(ROWS, columns, k, a + i * rsa, rsa, csa, b, ldb, add, c + i * ldc, ldc);
    for (; i + 4 <= m; i += 4)
        block(4, columns, k, a + i * rsa, rsa, csa, b, ldb, add, c + i * ldc, ldc);
    for (; i < m; i++) block(1, columns, k, a + i * rsa, rsa, csa, b, ldb, add, c + i * ldc, ldc);
}

void tile_multiply(int m, int n, int k, const real *a, ptrdiff_t rsa, ptrdiff_t csa, const real *b,
                   ptrdiff_t ldb, int add, real *c, ptrdiff_t ldc)
{
    int j = 0;
    for (; j + 2 * VEC <= n; j += 2 * VEC) panel(2, m, k, a, rsa, csa, b + j, ldb, add, c + j, ldc);
    if (j < n) panel(1, m, k, a, rsa, csa, b + j, ldb, add, c + j, ldc);
}
