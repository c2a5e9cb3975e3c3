/* rng.c -- see rng.h. */
#include "src/base/rng.h"

#include <assert.h>
#include <math.h>

static uint64_t mix64(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static uint64_t splitmix64(uint64_t *x)
{
    return mix64(*x += 0x9E3779B97F4A7C15u);
}

static uint64_t fnv1a(const char *name)
{
    uint64_t h = 0xCBF29CE484222325u;
    for (; *name; name++) h = (h ^ (unsigned char)*name) * 0x100000001B3u;
    return h;
}

static uint64_t key_of(uint64_t seed, const char *name)
{
    uint64_t x = seed;
    return splitmix64(&x) ^ fnv1a(name);
}

struct rng rng_open(uint64_t seed, const char *name)
{
    uint64_t x = key_of(seed, name);
    struct rng r;
    for (int i = 0; i < 4; i++) r.s[i] = splitmix64(&x);
    return r;
}

static uint64_t rotl(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

uint64_t rng_u64(struct rng *r)
{
    uint64_t *s = r->s;
    const uint64_t out = rotl(s[0] + s[3], 23) + s[0], t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 45);
    return out;
}

double rng_uniform(struct rng *r)
{
    return (double)(rng_u64(r) >> 11) * 0x1p-53;
}

uint64_t rng_below(struct rng *r, uint64_t n)
{
    assert(n > 0);
    const uint64_t reject = -n % n; /* 2^64 mod n: values below it would be drawn once too often */
    for (;;) {
        const uint64_t x = rng_u64(r);
        if (x >= reject) return x % n;
    }
}

double rng_normal(struct rng *r)
{
    for (;;) {
        const double x = 2 * rng_uniform(r) - 1, y = 2 * rng_uniform(r) - 1, q = x * x + y * y;
        if (q > 0 && q < 1) return x * sqrt(-2 * log(q) / q);
    }
}

void rng_fill_normal(struct rng *r, real *x, size_t n, double mean, double deviation)
{
    for (size_t i = 0; i < n; i++) x[i] = (real)(mean + deviation * rng_normal(r));
}

uint64_t rng_hash(uint64_t seed, const char *name, uint64_t value)
{
    uint64_t x = key_of(seed, name) ^ mix64(value);
    return splitmix64(&x);
}

uint64_t rng_permute(uint64_t seed, const char *name, uint64_t i, uint64_t n)
{
    assert(i < n);
    int half = 1; /* bits of each Feistel half, so that 2^(2 half) >= n */
    while (half < 32 && (UINT64_C(1) << (2 * half)) < n) half++;
    const uint64_t mask = (UINT64_C(1) << half) - 1, key = key_of(seed, name);
    do { /* walk the cycle until it comes back below n */
        uint64_t left = i >> half, right = i & mask;
        for (uint64_t round = 0; round < 6; round++) {
            const uint64_t next = left ^ (mix64(key ^ mix64(right + (round << 40))) & mask);
            left = right;
            right = next;
        }
        i = left << half | right;
    } while (i >= n);
    return i;
}
