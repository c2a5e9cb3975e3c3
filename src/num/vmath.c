/* vmath.c -- see vmath.h. Whole vectors, and a last one padded, so that a value's bits do not depend on its index. */
#include "src/num/vmath.h"

#include "src/num/vec.h"

/* The last n < VEC values, padded with `fill`. */
static vec load_part(const real *x, int n, real fill)
{
    vec v = vec_all(fill);
    memcpy(&v, x, (size_t)n * sizeof *x);
    return v;
}

static void store_part(real *x, vec v, int n)
{
    memcpy(x, &v, (size_t)n * sizeof *x);
}

void vexp(real *y, const real *x, real shift, int n)
{
    int i = 0;
    for (; i + VEC <= n; i += VEC) vec_store(y + i, vec_exp(vec_load(x + i) - shift));
    if (i < n) store_part(y + i, vec_exp(load_part(x + i, n - i, 0) - shift), n - i);
}

real vexp_sum(real *y, const real *x, real shift, int n)
{
    vec sum = vec_all(0);
    int i = 0;
    for (; i + VEC <= n; i += VEC) {
        const vec e = vec_exp(vec_load(x + i) - shift);
        vec_store(y + i, e);
        sum = sum + e;
    }
    if (i < n) {
        const vec e = vec_exp(load_part(x + i, n - i, -INFINITY) - shift);
        store_part(y + i, e, n - i);
        sum = sum + e;
    }
    for (int half = VEC / 2; half > 0; half /= 2)
        for (int k = 0; k < half; k++) sum[k] += sum[k + half];
    return sum[0];
}

real vmax(const real *x, int n)
{
    vec top = vec_all(-INFINITY);
    int i = 0;
    for (; i + VEC <= n; i += VEC) top = vec_max(vec_load(x + i), top);
    if (i < n) top = vec_max(load_part(x + i, n - i, -INFINITY), top);
    real most = -INFINITY;
    for (int k = 0; k < VEC; k++)
        if (top[k] > most) most = top[k];
    return most;
}

void vtanh(real *y, const real *x, int n)
{
    int i = 0;
    for (; i + VEC <= n; i += VEC) vec_store(y + i, vec_tanh(vec_load(x + i)));
    if (i < n) store_part(y + i, vec_tanh(load_part(x + i, n - i, 0)), n - i);
}
