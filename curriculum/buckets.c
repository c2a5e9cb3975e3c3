/* buckets.c -- see buckets.h. */
#include "curriculum/buckets.h"

#include <stdio.h>

#include "src/base/rng.h"

int buckets_count(const struct buckets *o)
{
    int n = 1;
    for (int64_t length = o->min; length < o->max; length *= 2) n++;
    return n;
}

int buckets_check(const char *name, const struct buckets *o, const struct length_clock *stage,
                  struct error *e)
{
    const int n = buckets_count(o);
    if (o->min << (n - 1) != o->max)
        return error_set(e, E_USAGE, "length %s: max %lld is not min %lld times a power of two",
                         name, (long long)o->max, (long long)o->min);
    if (n > BUCKETS)
        return error_set(e, E_USAGE, "length %s: %d buckets, at most %d", name, n, BUCKETS);
    if (!stage->steps)
        return error_set(e, E_USAGE,
                         "length %s: needs a stage whose steps are known in advance: give its "
                         "budget in tokens or steps, and the same tokens to every step",
                         name);
    if (stage->steps < (int64_t)n * o->cycles)
        return error_set(e, E_USAGE,
                         "length %s: %d cycles of %d buckets need %lld steps, the stage has %lld",
                         name, o->cycles, n, (long long)n * o->cycles, (long long)stage->steps);
    if (o->shares.n && o->shares.n != n)
        return error_set(e, E_USAGE, "length %s: %d shares for %d buckets", name, o->shares.n, n);
    double sum = 0;
    for (int i = 0; i < o->shares.n; i++) {
        if (!(o->shares.v[i] >= 0 && o->shares.v[i] < 1e100))
            return error_set(e, E_USAGE, "length %s: share %g is not a number from 0 up", name,
                             o->shares.v[i]);
        sum += o->shares.v[i];
    }
    if (o->shares.n && !(sum > 0))
        return error_set(e, E_USAGE, "length %s: all shares are 0", name);
    return OK;
}

void buckets_range(const void *opts, int64_t *least, int64_t *greatest)
{
    const struct buckets *o = opts;
    *least = o->min;
    *greatest = o->max;
}

void buckets_divide(int64_t n, int parts, const double *weight, int64_t *out)
{
    double sum = 0, rest[BUCKETS];
    int64_t left = n;
    for (int i = 0; i < parts; i++) sum += weight[i];
    for (int i = 0; i < parts; i++) {
        const double exact = (double)n * weight[i] / sum;
        out[i] = (int64_t)exact;
        rest[i] = exact - (double)out[i];
        left -= out[i];
    }
    for (; left > 0; left--) {
        int most = 0;
        for (int i = 1; i < parts; i++)
            if (rest[i] > rest[most]) most = i;
        out[most]++;
        rest[most] = -1;
    }
}

struct bucket_cycle buckets_cycle(const struct buckets *o, const struct length_clock *clock)
{
    static const double equal[BUCKETS] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                                          1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    const int64_t all = clock->steps, cycles = o->cycles,
                  step = clock->step < all ? clock->step : all - 1;
    struct bucket_cycle y = {.n = buckets_count(o), .cycle = step * cycles / all};
    /* cycle j holds the steps with floor(step cycles / all) = j */
    const int64_t begin = (y.cycle * all + cycles - 1) / cycles,
                  end = ((y.cycle + 1) * all + cycles - 1) / cycles;
    y.steps = end - begin;
    y.index = step - begin;
    buckets_divide(y.steps, y.n, o->shares.n ? o->shares.v : equal, y.of);
    return y;
}

int64_t buckets_draw(const struct buckets *o, const struct length_clock *clock, const double *odds)
{
    char name[64];
    struct bucket_cycle y = buckets_cycle(o, clock);
    snprintf(name, sizeof name, "length/%lld", (long long)y.cycle);
    struct rng r = rng_open(clock->seed, name);
    double open = 0;
    for (int i = 0; i < y.n; i++) open += y.of[i] ? odds[i] : 0;
    int chosen = 0;
    for (int64_t k = 0; k <= y.index; k++) {
        double at = rng_uniform(&r) * open;
        for (int i = 0; i < y.n; i++) {
            if (!y.of[i]) continue;
            chosen = i;
            if ((at -= odds[i]) < 0) break;
        }
        if (--y.of[chosen]) continue;
        open = 0; /* summed anew: a difference would carry its rounding on */
        for (int i = 0; i < y.n; i++) open += y.of[i] ? odds[i] : 0;
    }
    return o->min << chosen;
}

int64_t buckets_spread(const struct buckets *o, const struct length_clock *clock,
                       double (*odds)(int b, int s, int n))
{
    int64_t part[BUCKETS][BUCKETS] = {{0}};
    const struct bucket_cycle y = buckets_cycle(o, clock);
    for (int b = 0; b < y.n; b++) {
        double w[BUCKETS];
        for (int s = 0; s < y.n; s++) w[s] = odds(b, s, y.n);
        buckets_divide(y.of[b], y.n, w, part[b]);
    }
    int64_t index = y.index;
    for (int s = 0; s < y.n; s++) {
        char name[64];
        int64_t steps = 0;
        for (int b = 0; b < y.n; b++) steps += part[b][s];
        if (index >= steps) {
            index -= steps;
            continue;
        }
        snprintf(name, sizeof name, "length/%lld/%d", (long long)y.cycle, s);
        int64_t place = (int64_t)rng_permute(clock->seed, name, (uint64_t)index, (uint64_t)steps);
        int b = 0;
        while (place >= part[b][s]) place -= part[b++][s];
        return o->min << b;
    }
    return o->max;
}

double buckets_linear_odds(int b, int s, int n)
{
    return s <= b ? n - b + s : n - s;
}
