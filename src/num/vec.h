/* vec.h -- vectors of reals in plain GNU C: the compiler maps them to the widest unit that it builds for.
 *
 * Internal to src/num. Everything is elementwise, so a value has the same bits in every lane. */
#ifndef NUM_VEC_H
#define NUM_VEC_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "src/base/real.h"

#if defined(__AVX512F__)
#define VEC_BYTES 64
#else
#define VEC_BYTES 32
#endif

enum { VEC = VEC_BYTES / (int)sizeof(real) }; /* lanes */

typedef real vec __attribute__((vector_size(VEC_BYTES)));
#ifdef REAL_DOUBLE
typedef int64_t vec_int __attribute__((vector_size(VEC_BYTES)));
#else
typedef int32_t vec_int __attribute__((vector_size(VEC_BYTES)));
#endif

static inline vec vec_load(const real *x)
{
    vec v;
    memcpy(&v, x, sizeof v);
    return v;
}

static inline void vec_store(real *x, vec v)
{
    memcpy(x, &v, sizeof v);
}

static inline vec vec_all(real x)
{
    return x - (vec){}; /* x - 0 is x for every x, so this is a broadcast and nothing else */
}

/* where mask (all ones or all zeros per lane) is set a, else b */
static inline vec vec_select(vec_int mask, vec a, vec b)
{
    return (vec)((mask & (vec_int)a) | (~mask & (vec_int)b));
}

static inline vec vec_max(vec a, vec b)
{
    return vec_select(a > b, a, b);
}

static inline vec vec_abs(vec a)
{
    return vec_select(a < 0, -a, a);
}

#ifdef REAL_DOUBLE
static inline vec vec_exp(vec x)
{
    for (int i = 0; i < VEC; i++) x[i] = exp(x[i]);
    return x;
}

static inline vec vec_tanh(vec x)
{
    for (int i = 0; i < VEC; i++) x[i] = tanh(x[i]);
    return x;
}
#else
/* exp(x) = 2^n exp(r), n = round(x / ln 2), |r| <= ln 2 / 2; polynomial of Cephes' expf (Moshier).
 * At most 2 ulp on [-87.3, 88.7]; 0 below, infinity above, NaN stays NaN. */
static inline vec vec_exp(vec x)
{
    const vec magic = vec_all(12582912.f); /* 1.5 * 2^23: adding it rounds to an integer */
    const vec low = vec_all(-87.33654f), high = vec_all(88.72283f);
    const vec y = vec_select(x < low, low, vec_select(x > high, high, x));
    const vec shifted = y * 1.44269504088896341f + magic, n = shifted - magic;
    vec r = y - n * 0.693359375f;
    r = r - n * -2.12194440e-4f;
    vec p = vec_all(1.9875691500e-4f);
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.f;
    /* 2^(n-1) in the exponent, then once more by 2: n = 128 must not overflow on the way */
    const vec_int bits = ((vec_int)shifted - (vec_int)magic + 126) << 23;
    p = p * (vec)bits * 2.f;
    p = vec_select(x < low, vec_all(0), p);
    p = vec_select(x > high, vec_all(INFINITY), p);
    return vec_select(x != x, x, p);
}

/* tanh(x) = sign(x) (1 - 2 / (exp(2|x|) + 1)), a series where that cancels */
static inline vec vec_tanh(vec x)
{
    const vec a = vec_abs(x), e = vec_exp(a * 2.f), far = 1.f - 2.f / (e + 1.f), s = x * x;
    const vec near = x + x * s * (-0.33333333f + s * (0.13333333f + s * (-0.053968254f)));
    return vec_select(a < 0.15f, near, vec_select(x < 0, -far, far));
}
#endif

#endif
