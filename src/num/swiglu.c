/* swiglu.c -- see swiglu.h. */
#include "src/num/swiglu.h"

#include <stddef.h>

#include "src/num/vmath.h"

/* Channels at a time: their exponentials stay in the first-level cache. */
enum { BLOCK = 512 };

/* s_c = 1 / (1 + exp(-x_c)) */
static void sigmoid(real *s, const real *x, int n)
{
    for (int c = 0; c < n; c++) s[c] = -x[c];
    vexp(s, s, 0, n);
    for (int c = 0; c < n; c++) s[c] = 1 / (1 + s[c]);
}

static void product(real *restrict y, const real *gate, const real *up, const real *s, int n)
{
    for (int c = 0; c < n; c++) y[c] = gate[c] * s[c] * up[c];
}

/* silu'(x) = s (1 + x (1 - s)). Outputs may be the inputs, element by element. */
static void adjoint(real *dgate, real *dup, const real *dy, const real *gate, const real *up,
                    const real *s, int n)
{
#pragma omp simd
    for (int c = 0; c < n; c++) {
        const real x = gate[c], u = up[c], d = dy[c] * s[c];
        dgate[c] = d * u * (1 + x * (1 - s[c]));
        dup[c] = d * x;
    }
}

void swiglu(real *y, const real *gate_up, int rows, int width)
{
#pragma omp parallel for schedule(static) if ((size_t)rows * width > 4096)
    for (int i = 0; i < rows; i++) {
        const real *gate = gate_up + 2 * (size_t)i * width, *up = gate + width;
        real s[BLOCK];
        for (int c = 0; c < width; c += BLOCK) {
            const int n = width - c < BLOCK ? width - c : BLOCK;
            sigmoid(s, gate + c, n);
            product(y + (size_t)i * width + c, gate + c, up + c, s, n);
        }
    }
}

void swiglu_backward(real *dgate_up, real *y, const real *dy, const real *gate_up, int rows,
                     int width)
{
#pragma omp parallel for schedule(static) if ((size_t)rows * width > 4096)
    for (int i = 0; i < rows; i++) {
        const real *gate = gate_up + 2 * (size_t)i * width, *up = gate + width;
        real *dgate = dgate_up + 2 * (size_t)i * width, *dup = dgate + width;
        real s[BLOCK];
        for (int c = 0; c < width; c += BLOCK) {
            const int n = width - c < BLOCK ? width - c : BLOCK;
            sigmoid(s, gate + c, n);
            if (y) product(y + (size_t)i * width + c, gate + c, up + c, s, n);
            adjoint(dgate + c, dup + c, dy + (size_t)i * width + c, gate + c, up + c, s, n);
        }
    }
}
