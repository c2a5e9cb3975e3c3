/* Each kernel at the sizes of one training step: 6 blocks of width 256 (4 heads of 64, feed-forward
 * 704, vocabulary 4096) on 16384 tokens. Prints the best of several calls, its GFLOP/s or GB/s
 * (bytes that must move at least once), and the share of the step; attention has its own benchmark.
 *
 *   bench_kernels [threads] [calls] */
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/parallel.h"
#include "src/base/rng.h"
#include "src/num/adamw.h"
#include "src/num/batch.h"
#include "src/num/cross_entropy.h"
#include "src/num/embed.h"
#include "src/num/matmul.h"
#include "src/num/norm.h"
#include "src/num/rotate.h"
#include "src/num/swiglu.h"

enum { N = 16384, C = 256, L = 6, HEADS = 4, HEAD = 64, F = 704, V = 4096, QKV = 3 * C };
enum { ROW = 256, PARAMETERS = V * C + L * (4 * C * C + 3 * C * F + 2 * C) + C };

static real *x, *y, *wide, *wide2, *weights, *moment1, *moment2, *gradient, *r, *cosine, *sine;
static real *weight;
static int32_t *token, *position;
static void *scratch;

static void qkv(void)
{
    matmul_nt(N, QKV, C, x, C, weights, C, 0, wide, QKV);
}
static void qkv_dx(void)
{
    matmul_nn(N, C, QKV, wide, QKV, weights, C, 0, y, C);
}
static void qkv_dw(void)
{
    matmul_tn(QKV, C, N, wide, QKV, x, C, 1, gradient, C);
}
static void out(void)
{
    matmul_nt(N, C, C, x, C, weights, C, 1, y, C);
}
static void out_dx(void)
{
    matmul_nn(N, C, C, x, C, weights, C, 0, y, C);
}
static void out_dw(void)
{
    matmul_tn(C, C, N, x, C, y, C, 1, gradient, C);
}
static void gate_up(void)
{
    matmul_nt(N, 2 * F, C, x, C, weights, C, 0, wide, 2 * F);
}
static void gate_up_dx(void)
{
    matmul_nn(N, C, 2 * F, wide, 2 * F, weights, C, 0, y, C);
}
static void gate_up_dw(void)
{
    matmul_tn(2 * F, C, N, wide, 2 * F, x, C, 1, gradient, C);
}
static void down(void)
{
    matmul_nt(N, C, F, wide2, F, weights, F, 1, y, C);
}
static void down_dx(void)
{
    matmul_nn(N, F, C, x, C, weights, F, 0, wide2, F);
}
static void down_dw(void)
{
    matmul_tn(C, F, N, x, C, wide2, F, 1, gradient, F);
}
static void norm(void)
{
    rmsnorm(y, C, r, x, C, weights, N, 1, C, 1e-5);
}
static void norm_back(void)
{
    rmsnorm_backward(y, C, 1, gradient, x, C, wide, C, r, weights, N, 1, C, scratch);
}
static void swiglu_forward(void)
{
    swiglu(wide2, wide, N, F);
}
static void swiglu_back(void)
{
    swiglu_backward(wide + 2 * N * F, wide2, wide2 + N * F, wide, N, F);
}
static const struct rotary_table *rotary(void)
{
    static struct rotary_table t = {.pairs = HEAD / 2, .positions = ROW};
    t.cos = cosine;
    t.sin = sine;
    return &t;
}
static void rotation(void)
{
    rotate(wide, QKV, 2 * HEADS, HEAD, N, position, rotary(), 1);
}
static void lookup(void)
{
    embed(x, weights, token, N, C);
}
static void lookup_back(void)
{
    embed_backward(gradient, x, token, N, C, V, scratch);
}
static void loss(void)
{
    const struct cross_entropy c = {N, C, V, 0, 0};
    cross_entropy(&c, x, weights, token, weight, 1.0 / N, NULL, y, gradient, scratch);
}
static void loss_only(void)
{
    const struct cross_entropy c = {N, C, V, 0, 0};
    cross_entropy(&c, x, weights, token, weight, 1.0 / N, NULL, NULL, NULL, scratch);
}
static void optimiser(void)
{
    const struct adamw a = {1e-9, 0.9, 0.95, 1e-8, 0.1, 1, 10, 1, 0};
    adamw(&a, weights, moment1, moment2, gradient, PARAMETERS);
}

#define GEMM(m, n, k) 2.0 * (m) * (n) * (k)
#define BYTES(reals) (double)sizeof(real) * (reals)

static const struct kernel {
    const char *name;
    void (*run)(void);
    double flops, bytes;
    int calls; /* per step */
} KERNELS[] = {
    {"x Wqkv^T", qkv, GEMM(N, QKV, C), 0, L},
    {"d Wqkv", qkv_dx, GEMM(N, QKV, C), 0, L},
    {"d^T x (qkv)", qkv_dw, GEMM(N, QKV, C), 0, L},
    {"x Wo^T", out, GEMM(N, C, C), 0, L},
    {"d Wo", out_dx, GEMM(N, C, C), 0, L},
    {"d^T x (o)", out_dw, GEMM(N, C, C), 0, L},
    {"x Wgu^T", gate_up, GEMM(N, 2 * F, C), 0, L},
    {"d Wgu", gate_up_dx, GEMM(N, 2 * F, C), 0, L},
    {"d^T x (gu)", gate_up_dw, GEMM(N, 2 * F, C), 0, L},
    {"x Wd^T", down, GEMM(N, C, F), 0, L},
    {"d Wd", down_dx, GEMM(N, C, F), 0, L},
    {"d^T x (d)", down_dw, GEMM(N, C, F), 0, L},
    {"rmsnorm", norm, 0, BYTES(2.0 * N * C), 4 * L + 1},
    {"rmsnorm backward", norm_back, 0, BYTES(4.0 * N * C), 2 * L + 1},
    {"swiglu", swiglu_forward, 0, BYTES(3.0 * N * F), L},
    {"swiglu backward", swiglu_back, 0, BYTES(6.0 * N * F), L},
    {"rotate q and k", rotation, 0, BYTES(4.0 * N * C), 2 * L},
    {"embed", lookup, 0, BYTES(2.0 * N * C), 1},
    {"embed backward", lookup_back, 0, BYTES(1.0 * N * C + 2.0 * V * C), 1},
    {"loss and gradient", loss, 3 * GEMM(N, V, C), 0, 1},
    {"loss alone", loss_only, GEMM(N, V, C), 0, 0},
    {"adamw", optimiser, 0, BYTES(7.0 * PARAMETERS), 1},
};
enum { N_KERNELS = sizeof KERNELS / sizeof *KERNELS };

static real *reals(size_t n)
{
    real *p = aligned_alloc(64, (n * sizeof(real) + 63) / 64 * 64);
    if (!p) abort();
    parallel_zero(p, n);
    return p;
}

static void prepare(void)
{
    struct rng g = rng_open(1, "bench");
    x = reals((size_t)N * C);
    y = reals((size_t)N * C);
    wide = reals((size_t)4 * N * F);
    wide2 = reals((size_t)2 * N * F);
    weights = reals(PARAMETERS);
    gradient = reals(PARAMETERS);
    moment1 = reals(PARAMETERS);
    moment2 = reals(PARAMETERS);
    r = reals(N);
    weight = reals(N);
    cosine = reals((size_t)ROW * HEAD);
    sine = reals((size_t)ROW * HEAD);
    rng_fill_normal(&g, x, (size_t)N * C, 0, 1);
    rng_fill_normal(&g, wide, (size_t)4 * N * F, 0, 1);
    rng_fill_normal(&g, wide2, (size_t)2 * N * F, 0, 1);
    rng_fill_normal(&g, weights, PARAMETERS, 0, 0.02);
    token = malloc(2 * N * sizeof *token);
    position = token + N;
    for (int i = 0; i < N; i++) {
        token[i] =
            (int32_t)rng_below(&g, rng_below(&g, V) + 1); /* some more frequent than others */
        position[i] = i % ROW;
        weight[i] = 1;
        r[i] = 1;
    }
    double inv_freq[HEAD / 2];
    for (int i = 0; i < HEAD / 2; i++) inv_freq[i] = 1.0 / (1 + i * i);
    rotary_fill(cosine, sine, ROW, HEAD / 2, inv_freq, 1);
    const struct cross_entropy c = {N, C, V, 0, 0};
    size_t bytes = cross_entropy_scratch(&c);
    if (bytes < embed_scratch(N, V)) bytes = embed_scratch(N, V);
    if (bytes < rmsnorm_scratch(C)) bytes = rmsnorm_scratch(C);
    scratch = reals(bytes / sizeof(real) + 1);
}

int main(int argc, char **argv)
{
    parallel_init(argc > 1 ? atoi(argv[1]) : 0);
    const int calls = argc > 2 ? atoi(argv[2]) : 5;
    matmul_init();
    prepare();
    double seconds[N_KERNELS], step = 0;
    for (int i = 0; i < N_KERNELS; i++) {
        seconds[i] = 1e9;
        for (int k = 0; k <= calls; k++) { /* the first warms up */
            const double start = omp_get_wtime();
            KERNELS[i].run();
            const double took = omp_get_wtime() - start;
            if (k && took < seconds[i]) seconds[i] = took;
        }
        step += seconds[i] * KERNELS[i].calls;
    }
    printf("%s kernels, %d threads, %s; BLIS's own product of 2048: %.0f GFLOP/s\n",
           matmul_kernels(), parallel_threads(), REAL_NAME,
           matmul_peak(2048, 0, 3, parallel_threads()));
    printf("%-18s %9s %6s %9s %7s\n", "kernel", "ms a call", "calls", "rate", "share");
    for (int i = 0; i < N_KERNELS; i++) {
        const struct kernel *k = &KERNELS[i];
        printf("%-18s %9.3f %6d %6.1f %s %6.2f%%\n", k->name, seconds[i] * 1e3, k->calls,
               (k->flops > 0 ? k->flops : k->bytes) / seconds[i] * 1e-9, k->flops > 0 ? "GF" : "GB",
               100 * seconds[i] * k->calls / step);
    }
    printf("step without attention: %.1f ms, %.0f tokens/s\n", step * 1e3, N / step);
    return 0;
}
