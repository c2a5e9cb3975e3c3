/* cosine_sum.c -- see cosine_sum.h. */
#include "src/num/cosine_sum.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

enum { RESTART = 64, BLOCK = 256 };

double cosine_sum(const double *inv_freq, int pairs, double m)
{
    double sum = 0;
    for (int i = 0; i < pairs; i++) sum += cos(m * inv_freq[i]);
    return sum;
}

/* The pairs as points on the circle, and the turn of one step. */
struct turning {
    const double *inv_freq;
    int pairs;
    double x[COSINE_PAIRS], y[COSINE_PAIRS], c[COSINE_PAIRS], s[COSINE_PAIRS];
};

static void turning_open(struct turning *t, const double *inv_freq, int pairs)
{
    t->inv_freq = inv_freq;
    t->pairs = pairs;
    for (int i = 0; i < pairs; i++) {
        t->c[i] = cos(inv_freq[i]);
        t->s[i] = sin(inv_freq[i]);
    }
}

static void turning_set(struct turning *t, double m)
{
    for (int i = 0; i < t->pairs; i++) {
        t->x[i] = cos(m * t->inv_freq[i]);
        t->y[i] = sin(m * t->inv_freq[i]);
    }
}

/* B at the present point; then one step on. */
static double turning_next(struct turning *t)
{
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int i = 0; i < t->pairs; i++) {
        const double x = t->x[i], y = t->y[i];
        sum += x;
        t->x[i] = x * t->c[i] - y * t->s[i];
        t->y[i] = x * t->s[i] + y * t->c[i];
    }
    return sum;
}

void cosine_sums(const double *inv_freq, int pairs, int64_t n, double *out)
{
#pragma omp parallel
    {
        struct turning t;
        turning_open(&t, inv_freq, pairs);
#pragma omp for schedule(static)
        for (int64_t from = 0; from < n; from += RESTART) {
            turning_set(&t, (double)from);
            for (int64_t m = from; m < n && m < from + RESTART; m++) out[m] = turning_next(&t);
        }
    }
}

int64_t cosine_sum_first_negative(const double *inv_freq, int pairs, int64_t limit)
{
    struct turning t;
    turning_open(&t, inv_freq, pairs);
    for (int64_t m = 0; m < limit; m++) {
        if (m % RESTART == 0) turning_set(&t, (double)m);
        if (turning_next(&t) < 0) return m;
    }
    return limit;
}

static bool sound(int head_dim, int64_t length, double base)
{
    double inv_freq[COSINE_PAIRS];
    for (int i = 0; i < head_dim / 2; i++) inv_freq[i] = pow(base, -2.0 * i / head_dim);
    return cosine_sum_first_negative(inv_freq, head_dim / 2, length) == length;
}

/* Between a base that fails and one that passes. */
static double refine(int head_dim, int64_t length, double fails, double passes)
{
    while (passes / fails - 1 > 1e-12) {
        const double middle = sqrt(fails * passes);
        if (middle <= fails || middle >= passes) break;
        if (sound(head_dim, length, middle))
            passes = middle;
        else
            fails = middle;
    }
    return passes;
}

double cosine_sum_base_bound(int head_dim, int64_t length, double step, double max_base,
                             double *largest_failing)
{
    double bound = INFINITY, last = 2;
    for (int64_t from = 0; 2 * exp(log1p(step) * (double)from) <= max_base; from += BLOCK) {
        bool pass[BLOCK];
#pragma omp parallel for schedule(dynamic)
        for (int k = 0; k < BLOCK; k++)
            pass[k] = sound(head_dim, length, 2 * exp(log1p(step) * (double)(from + k)));
        for (int k = 0; k < BLOCK; k++) {
            const double base = 2 * exp(log1p(step) * (double)(from + k));
            if (base > max_base) break;
            if (!pass[k])
                last = base;
            else if (isinf(bound))
                bound = from + k ? refine(head_dim, length, base / (1 + step), base) : base;
        }
        if (!largest_failing && isfinite(bound)) break;
    }
    if (largest_failing) *largest_failing = last;
    return bound;
}
