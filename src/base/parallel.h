/* parallel.h -- thread count and sums that do not know how many threads there are.
 *
 * A sum over tokens or parameters is cut into chunks whose borders depend on the length alone;
 * chunks are summed in double and added in order. Any number of threads gives the same bits. */
#ifndef BASE_PARALLEL_H
#define BASE_PARALLEL_H

#include <stdbool.h>
#include <stddef.h>

#include "src/base/real.h"

/* Set up OpenMP: `threads` <= 0 takes OMP_NUM_THREADS or else the number of physical cores this
 * process may use. Turns dynamic teams and nesting off, and numbers below the normal range into 0 in
 * every thread. Call once, before the first parallel region. */
void parallel_init(int threads);
int parallel_threads(void);

/* sum of x_i, sum of x_i^2, and whether all are finite; fixed chunks, double. */
double parallel_sum(const real *x, size_t n);
double parallel_sum_squares(const real *x, size_t n);
bool parallel_all_finite(const real *x, size_t n);
/* Zero in parallel, with the partition of later readers (first touch). */
void parallel_zero(real *x, size_t n);

#endif
