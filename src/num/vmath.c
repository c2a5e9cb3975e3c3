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

static vec sigmoid(vec x)
{
    return 1 / (1 + vec_exp(-x));
}

void vsigmoid(real *y, const real *x, int n)
{
    int i = 0;
    for (; i + VEC <= n; i += VEC) vec_store(y + i, sigmoid(vec_load(x + i)));
    if (i < n) store_part(y + i, sigmoid(load_part(x + i, n - i, 0)), n - i);
}

/* max(x, 0) + ln(1 + e), e = exp(-|x|): ln(1 + e) = 2 artanh(e / (2 + e)), a series that has converged
 * to float where its argument is at most 1/3. */
static vec softplus(vec x)
{
#ifdef REAL_DOUBLE
    for (int i = 0; i < VEC; i++) x[i] = (x[i] > 0 ? x[i] : 0) + log1p(exp(-fabs(x[i])));
    return x;
#else
    const vec e = vec_exp(-vec_abs(x)), z = e / (2.f + e), s = z * z;
    vec p = vec_all(1.f / 15);
    for (int k = 13; k > 0; k -= 2) p = p * s + 1.f / (float)k;
    return vec_max(x, vec_all(0)) + 2.f * z * p;
#endif
}

void vsoftplus(real *y, const real *x, int n)
{
    int i = 0;
    for (; i + VEC <= n; i += VEC) vec_store(y + i, softplus(vec_load(x + i)));
    if (i < n) store_part(y + i, softplus(load_part(x + i, n - i, 0)), n - i);
}

/* u = 1 + x = 2^e m, m in [sqrt(1/2), sqrt 2): ln(1 + x) = e ln 2 + ln m + (x - (u - 1)) / u, the
 * last for what the sum lost; polynomial of Cephes' logf (Moshier). */
static vec log1p_of(vec x)
{
#ifdef REAL_DOUBLE
    for (int i = 0; i < VEC; i++) x[i] = log1p(x[i]);
    return x;
#else
    const vec u = 1.f + x, lost = (x - (u - 1.f)) / u;
    const vec_int bits = (vec_int)u, half = 0x3f3504f3 - (vec_int){}; /* sqrt(1/2) */
    const vec_int e = (bits - half) >> 23;
    const vec f = (vec)(bits - (e << 23)) - 1.f, s = f * f, n = __builtin_convertvector(e, vec);
    vec p = vec_all(7.0376836292e-2f);
    p = p * f - 1.1514610310e-1f;
    p = p * f + 1.1676998740e-1f;
    p = p * f - 1.2420140846e-1f;
    p = p * f + 1.4249322787e-1f;
    p = p * f - 1.6668057665e-1f;
    p = p * f + 2.0000714765e-1f;
    p = p * f - 2.4999993993e-1f;
    p = p * f + 3.3333331174e-1f;
    p = p * f * s + n * -2.12194440e-4f - 0.5f * s;
    return p + lost + f + n * 0.693359375f;
#endif
}

void vlog1p(real *y, const real *x, int n)
{
    int i = 0;
    for (; i + VEC <= n; i += VEC) vec_store(y + i, log1p_of(vec_load(x + i)));
    if (i < n) store_part(y + i, log1p_of(load_part(x + i, n - i, 0)), n - i);
}
