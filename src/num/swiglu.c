/* swiglu.c -- see swiglu.h. */
#include "src/num/swiglu.h"

#include <stddef.h>

#include "src/num/vmath.h"

/* Channels at a time: their exponentials stay in the first-level cache. */
enum { BLOCK = 512 };

static void exp_of_minus(real *e, const real *x, int n)
{
    for (int c = 0; c < n; c++) e[c] = -x[c];
    vexp(e, e, 0, n);
}

static void forward_block(real *y, const real *gate, const real *up, int n)
{
    real e[BLOCK];
    exp_of_minus(e, gate, n);
#pragma omp simd
    for (int c = 0; c < n; c++) y[c] = gate[c] / (1 + e[c]) * up[c];
}

/* With s = 1 / (1 + exp(-x)): silu' = s (1 + x (1 - s)). Outputs may be the inputs, element by
 * element. */
static void backward_block(real *dgate, real *dup, const real *dy, const real *gate, const real *up,
                           int n)
{
    real e[BLOCK];
    exp_of_minus(e, gate, n);
#pragma omp simd
    for (int c = 0; c < n; c++) {
        const real s = 1 / (1 + e[c]), x = gate[c], u = up[c], d = dy[c];
        dgate[c] = d * u * s * (1 + x * (1 - s));
        dup[c] = d * x * s;
    }
}

void swiglu(real *y, const real *gate_up, int rows, int width)
{
#pragma omp parallel for schedule(static) if ((size_t)rows * width > 4096)
    for (int i = 0; i < rows; i++) {
        const real *gate = gate_up + 2 * (size_t)i * width, *up = gate + width;
        for (int c = 0; c < width; c += BLOCK)
            forward_block(y + (size_t)i * width + c, gate + c, up + c,
                          width - c < BLOCK ? width - c : BLOCK);
    }
}

void swiglu_backward(real *dgate_up, real *y, const real *dy, const real *gate_up, int rows,
                     int width)
{
#pragma omp parallel for schedule(static) if ((size_t)rows * width > 4096)
    for (int i = 0; i < rows; i++) {
        const real *gate = gate_up + 2 * (size_t)i * width, *up = gate + width;
        real *dgate = dgate_up + 2 * (size_t)i * width, *dup = dgate + width;
        for (int c = 0; c < width; c += BLOCK) {
            const int n = width - c < BLOCK ? width - c : BLOCK;
            if (y) forward_block(y + (size_t)i * width + c, gate + c, up + c, n);
            backward_block(dgate + c, dup + c, dy + (size_t)i * width + c, gate + c, up + c, n);
        }
    }
}
