/* matmul.h -- matrix products through BLIS, with our thread policy.
 *
 * Every product is a parallel loop over slabs of C; a slab is one single-threaded BLIS call with the
 * small-matrix path off. The k loop is never split. So each element of C is one fixed sequence of
 * additions wherever the borders of the slabs lie: the same bits for any thread count, and a row's
 * bits do not depend on the rows beside it. Up to four threads the cut is by shape alone; more
 * threads get more slabs.
 *
 * All matrices are row-major with a leading dimension (elements from one row to the next). C must
 * not overlap A or B. beta is 0 (C is overwritten, may be uninitialised) or 1 (C is added to). Call
 * from serial code; cannot fail. */
#ifndef NUM_MATMUL_H
#define NUM_MATMUL_H

#include <stddef.h>

#include "src/base/real.h"

/* Choose the kernel set (AVX-512 kernels where the CPU has them and BLIS would not take them by
 * itself; BLIS_ARCH_TYPE in the environment wins) and initialise BLIS. Call once before anything
 * else of this header. */
void matmul_init(void);
/* Name of the kernel set in use: "skx", "haswell", "zen3", "generic" ... */
const char *matmul_kernels(void);

/* C[m][n] = A[m][k] B[n][k]^T (+ C): y = x W^T */
void matmul_nt(int m, int n, int k, const real *a, int lda, const real *b, int ldb, int beta,
               real *c, int ldc);
/* C[m][n] = A[m][k] B[k][n] (+ C): dx = dy W */
void matmul_nn(int m, int n, int k, const real *a, int lda, const real *b, int ldb, int beta,
               real *c, int ldc);
/* C[m][n] = A[k][m]^T B[k][n] (+ C): dW = dy^T x */
void matmul_tn(int m, int n, int k, const real *a, int lda, const real *b, int ldb, int beta,
               real *c, int ldc);

/* BLIS's own threaded product on a square size (for `doctor` and `bench`): GFLOP/s of the best of
 * `repeats`. which: 0 nt, 1 nn, 2 tn. */
double matmul_peak(int size, int which, int repeats, int threads);

#endif
