/* matmul.c -- see matmul.h. */
#include "src/num/matmul.h"

#include <assert.h>
#include <blis.h>
#include <omp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef REAL_DOUBLE
#define gemm_ex bli_dgemm_ex
#else
#define gemm_ex bli_sgemm_ex
#endif

/* BLIS 0.9 takes its AVX2 kernels on Intel processors whose AVX-512 units it cannot tell from the
 * model name, which costs nearly half of the speed. Its only switch is BLIS_ARCH_TYPE, which holds
 * a number in 0.9 and a name later, and which aborts when the kernel set is not in the library.
 * So we set it only where the header that we were compiled with says that the set exists, and
 * only for the version whose numbering that header gives. */
static bool skx_is_better(void)
{
#if defined(BLIS_CONFIG_SKX) && defined(__x86_64__) && defined(__GNUC__)
    const char *version = bli_info_get_version_str();
    __builtin_cpu_init();
    return strncmp(version, "0.9.", 4) == 0 && __builtin_cpu_is("intel") &&
           __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
#else
    return false;
#endif
}

void matmul_init(void)
{
    if (!getenv("BLIS_ARCH_TYPE") && skx_is_better()) {
        char number[16];
        snprintf(number, sizeof number, "%d", (int)BLIS_ARCH_SKX);
        setenv("BLIS_ARCH_TYPE", number, 0);
        bli_init();
        unsetenv("BLIS_ARCH_TYPE"); /* read once; not for the programs that we start */
    } else {
        bli_init();
    }
}

const char *matmul_kernels(void)
{
    return bli_arch_string(bli_arch_query_id());
}

/* A slab of C and the product that fills it. Strides are BLIS's: element (i, p) of A is
 * a[i * rsa + p * csa], element (p, j) of B is b[p * rsb + j * csb]. */
struct product {
    int m, n, k;
    const real *a, *b;
    inc_t rsa, csa, rsb, csb;
    real beta;
    real *c;
    inc_t ldc;
    int rows, cols; /* of a slab */
};

/* Multiples that fill the register tiles: BLIS's AVX-512 kernels hold 12 rows by 32 columns of a
 * row-major C, its AVX2 kernels 6 by 16. */
enum { ROW_TILE = 12, COL_TILE = 32, LONGEST = 1100 };

static int slabs_of(const struct product *p)
{
    return ((p->m + p->rows - 1) / p->rows) * ((p->n + p->cols - 1) / p->cols);
}

static int half(int n, int tile)
{
    return (n / 2 + tile - 1) / tile * tile;
}

/* Elements that a slab must keep when a cut adds to `slabs` slabs. Every slab packs its own part of
 * A and B, a cost of rows + cols beside a product of rows * cols; so a few slabs are worth small
 * ones, many slabs are not, unless a core would have none. */
static size_t least(int slabs, int threads)
{
    if (slabs < threads) return 1 << 12;
    if (slabs < 4) return 1 << 14;
    if (slabs < 8) return 1 << 15;
    if (slabs < 2 * threads) return 1 << 16;
    return slabs < 32 ? 1 << 20 : SIZE_MAX;
}

/* Halve the slab while that pays: the longer side, but columns only where they are twice as long
 * (cutting rows is cheaper in BLIS), and always rows beyond LONGEST. The cut is free to follow the
 * number of threads because no bit depends on it: an element of C is summed over the same blocks
 * of k in the same order wherever the slab's borders lie (tests/num/test_matmul.c). */
static void cut(struct product *p)
{
    const int threads = omp_get_max_threads();
    p->rows = p->m;
    p->cols = p->n;
    for (;;) {
        const size_t r = p->rows < ROW_TILE ? ROW_TILE : (size_t)p->rows,
                     c = p->cols < COL_TILE ? COL_TILE : (size_t)p->cols;
        if (p->rows <= LONGEST && r * c / 2 < least(slabs_of(p), threads)) return;
        if (p->rows > LONGEST || 2 * r >= c)
            p->rows = half(p->rows, ROW_TILE);
        else
            p->cols = half(p->cols, COL_TILE);
    }
}

/* Single-threaded, small-matrix path off: that path picks other kernels by the shape, and a row's
 * bits would depend on the rows beside it. */
static void slab(const struct product *p, int index)
{
    const int across = (p->n + p->cols - 1) / p->cols;
    const int i = index / across * p->rows, j = index % across * p->cols;
    const int rows = p->m - i < p->rows ? p->m - i : p->rows;
    const int cols = p->n - j < p->cols ? p->n - j : p->cols;
    real one = 1, beta = p->beta;
    rntm_t runtime = BLIS_RNTM_INITIALIZER;
    bli_rntm_set_num_threads(1, &runtime);
    bli_rntm_disable_l3_sup(&runtime);
    gemm_ex(BLIS_NO_TRANSPOSE, BLIS_NO_TRANSPOSE, rows, cols, p->k, &one,
            (real *)p->a + (size_t)i * p->rsa, p->rsa, p->csa, (real *)p->b + (size_t)j * p->csb,
            p->rsb, p->csb, &beta, p->c + (size_t)i * p->ldc + j, p->ldc, 1, NULL, &runtime);
}

static void multiply(struct product *p)
{
    assert(p->beta == 0 || p->beta == 1);
    if (p->m == 0 || p->n == 0) return;
    cut(p);
    const int slabs = slabs_of(p);
    /* a slab of one row costs as much as one of ROW_TILE */
    const bool large = (double)(p->m < ROW_TILE ? ROW_TILE : p->m) * p->n * p->k > 4e6;
#pragma omp parallel for schedule(dynamic, 1) if (large && slabs > 1)
    for (int s = 0; s < slabs; s++) slab(p, s);
}

void matmul_nt(int m, int n, int k, const real *a, int lda, const real *b, int ldb, int beta,
               real *c, int ldc)
{
    multiply(&(struct product){.m = m,
                               .n = n,
                               .k = k,
                               .a = a,
                               .b = b,
                               .beta = beta,
                               .c = c,
                               .rsa = lda,
                               .csa = 1,
                               .rsb = 1,
                               .csb = ldb,
                               .ldc = ldc});
}

void matmul_nn(int m, int n, int k, const real *a, int lda, const real *b, int ldb, int beta,
               real *c, int ldc)
{
    multiply(&(struct product){.m = m,
                               .n = n,
                               .k = k,
                               .a = a,
                               .b = b,
                               .beta = beta,
                               .c = c,
                               .rsa = lda,
                               .csa = 1,
                               .rsb = ldb,
                               .csb = 1,
                               .ldc = ldc});
}

void matmul_tn(int m, int n, int k, const real *a, int lda, const real *b, int ldb, int beta,
               real *c, int ldc)
{
    multiply(&(struct product){.m = m,
                               .n = n,
                               .k = k,
                               .a = a,
                               .b = b,
                               .beta = beta,
                               .c = c,
                               .rsa = 1,
                               .csa = lda,
                               .rsb = ldb,
                               .csb = 1,
                               .ldc = ldc});
}

double matmul_peak(int size, int which, int repeats, int threads)
{
    const size_t count = (size_t)size * size;
    real *x = malloc(3 * count * sizeof *x);
    if (!x) return 0;
    for (size_t i = 0; i < 3 * count; i++) x[i] = (real)(i % 17) - 8;
    rntm_t runtime = BLIS_RNTM_INITIALIZER;
    bli_rntm_set_num_threads(threads, &runtime);
    bli_rntm_disable_l3_sup(&runtime);
    real one = 1, zero = 0;
    double best = 0;
    for (int r = 0; r < repeats; r++) {
        const double start = omp_get_wtime();
        gemm_ex(which == 2 ? BLIS_TRANSPOSE : BLIS_NO_TRANSPOSE,
                which == 0 ? BLIS_TRANSPOSE : BLIS_NO_TRANSPOSE, size, size, size, &one, x, size, 1,
                x + count, size, 1, &zero, x + 2 * count, size, 1, NULL, &runtime);
        const double rate = 2e-9 * count * size / (omp_get_wtime() - start);
        if (rate > best) best = rate;
    }
    free(x);
    return best;
}
