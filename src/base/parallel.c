/* parallel.c -- see parallel.h. */
#define _GNU_SOURCE
#include "src/base/parallel.h"

#ifdef __SSE__
#include <immintrin.h>
#endif
#include <math.h>
#include <omp.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNKS = 64 }; /* fixed: the order of additions is part of the result */

static int threads_in_use = 1;

/* Numbers below the normal range become 0 in this thread: far from the query, probabilities of
 * attention fall there, and each product with one costs over a hundred cycles. */
static void flush_denormals(void)
{
#ifdef __SSE__
    _mm_setcsr(_mm_getcsr() | 0x8040); /* flush to zero, denormals are zero */
#endif
}

void parallel_init(int threads)
{
    if (threads <= 0) {
        cpu_set_t set;
        const char *env = getenv("OMP_NUM_THREADS");
        if (env && atoi(env) > 0)
            threads = atoi(env);
        else if (sched_getaffinity(0, sizeof set, &set) == 0)
            threads = CPU_COUNT(&set);
        else
            threads = 1;
    }
    omp_set_dynamic(0);
    omp_set_max_active_levels(1);
    omp_set_num_threads(threads);
    threads_in_use = threads;
#pragma omp parallel
    flush_denormals();
}

int parallel_threads(void)
{
    return threads_in_use;
}

static double sum_range(const real *x, size_t from, size_t to)
{
    double s = 0;
    for (size_t i = from; i < to; i++) s += (double)x[i];
    return s;
}

static double sum_squares_range(const real *x, size_t from, size_t to)
{
    /* eight running sums: the compiler may keep them in one vector, and the order is still written
     * down */
    double s[8] = {0};
    size_t i = from;
    for (; i + 8 <= to; i += 8)
        for (int k = 0; k < 8; k++) s[k] += (double)x[i + k] * (double)x[i + k];
    for (; i < to; i++) s[0] += (double)x[i] * (double)x[i];
    return ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]));
}

static double chunked(const real *x, size_t n, double (*range)(const real *, size_t, size_t))
{
    double part[CHUNKS], total = 0;
#pragma omp parallel for schedule(static) if (n > 4096)
    for (int c = 0; c < CHUNKS; c++) part[c] = range(x, n * c / CHUNKS, n * (c + 1) / CHUNKS);
    for (int c = 0; c < CHUNKS; c++) total += part[c];
    return total;
}

double parallel_sum(const real *x, size_t n)
{
    return chunked(x, n, sum_range);
}

double parallel_sum_squares(const real *x, size_t n)
{
    return chunked(x, n, sum_squares_range);
}

bool parallel_all_finite(const real *x, size_t n)
{
    return isfinite(parallel_sum_squares(x, n)) || isfinite(parallel_sum(x, n));
}

void parallel_zero(real *x, size_t n)
{
#pragma omp parallel for schedule(static) if (n > 4096)
    for (int c = 0; c < CHUNKS; c++) {
        const size_t from = n * c / CHUNKS, to = n * (c + 1) / CHUNKS;
        memset(x + from, 0, (to - from) * sizeof *x);
    }
}
