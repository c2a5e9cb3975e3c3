/* norm.c -- see norm.h. */
#include "src/num/norm.h"

#include <math.h>
#include <string.h>

/* Chunks of rows whose gain gradients are summed apart: fixed, since the order of additions is part
 * of the result. LANES running sums make a row's sum; the same for every vector width. */
enum { CHUNKS = 64, LANES = 16 };

static real sum_lanes(const real *s)
{
    real t[8];
    for (int k = 0; k < 8; k++) t[k] = s[k] + s[k + 8];
    for (int k = 0; k < 4; k++) t[k] += t[k + 4];
    return (t[0] + t[2]) + (t[1] + t[3]);
}

static real sum_squares(const real *x, int n)
{
    real s[LANES] = {0};
    int i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int k = 0; k < LANES; k++) s[k] += x[i + k] * x[i + k];
    for (int k = 0; i < n; i++, k++) s[k] += x[i] * x[i];
    return sum_lanes(s);
}

/* sum of a_i b_i c_i */
static real sum_products(const real *a, const real *b, const real *c, int n)
{
    real s[LANES] = {0};
    int i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int k = 0; k < LANES; k++) s[k] += a[i + k] * b[i + k] * c[i + k];
    for (int k = 0; i < n; i++, k++) s[k] += a[i] * b[i] * c[i];
    return sum_lanes(s);
}

void rmsnorm(real *y, int ldy, real *r, const real *x, int ldx, const real *gain, int rows,
             int groups, int width, double eps)
{
#pragma omp parallel for schedule(static) if ((size_t)rows * groups * width > 8192)
    for (int i = 0; i < rows; i++)
        for (int g = 0; g < groups; g++) {
            const real *from = x + (size_t)i * ldx + (size_t)g * width;
            real *to = y + (size_t)i * ldy + (size_t)g * width;
            const real scale = (real)(1 / sqrt((double)sum_squares(from, width) / width + eps));
            r[(size_t)i * groups + g] = scale;
            /* y may be x: element by element, nothing is read after it was written */
#pragma omp simd
            for (int c = 0; c < width; c++) to[c] = from[c] * scale * gain[c];
        }
}

/* With u_c = g_c dy_c:  dx_c = r u_c - x_c r^3 mean(u x),  dgain_c = sum over rows of dy_c x_c r */
static void adjoint_row(real *dx, int add, double *dgain, const real *dy, const real *x, real r,
                        const real *gain, int width)
{
#pragma omp simd
    for (int c = 0; c < width; c++) dgain[c] += (double)(dy[c] * x[c] * r);
    const real pull = sum_products(gain, dy, x, width) * r * r * r / (real)width;
    if (add) {
#pragma omp simd
        for (int c = 0; c < width; c++) dx[c] += r * gain[c] * dy[c] - pull * x[c];
    } else {
#pragma omp simd
        for (int c = 0; c < width; c++) dx[c] = r * gain[c] * dy[c] - pull * x[c];
    }
}

void rmsnorm_backward(real *dx, int lddx, int add, real *dgain, const real *dy, int lddy,
                      const real *x, int ldx, const real *r, const real *gain, int rows, int groups,
                      int width, void *partial)
{
    double *sums = partial;
#pragma omp parallel for schedule(static) if ((size_t)rows * groups * width > 8192)
    for (int chunk = 0; chunk < CHUNKS; chunk++) {
        double *sum = sums + (size_t)chunk * width;
        const int from = (int)((long long)rows * chunk / CHUNKS);
        const int to = (int)((long long)rows * (chunk + 1) / CHUNKS);
        memset(sum, 0, (size_t)width * sizeof *sum);
        for (int i = from; i < to; i++)
            for (int g = 0; g < groups; g++) {
                const size_t at = (size_t)g * width;
                adjoint_row(dx + (size_t)i * lddx + at, add, sum, dy + (size_t)i * lddy + at,
                            x + (size_t)i * ldx + at, r[(size_t)i * groups + g], gain, width);
            }
    }
    for (int chunk = 1; chunk < CHUNKS; chunk++)
        for (int c = 0; c < width; c++) sums[c] += sums[(size_t)chunk * width + c];
    for (int c = 0; c < width; c++) dgain[c] += (real)sums[c];
}

size_t rmsnorm_scratch(int width)
{
    return CHUNKS * (size_t)width * sizeof(double);
}
