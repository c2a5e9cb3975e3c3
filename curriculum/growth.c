/* growth.c -- see growth.h. */
#include "curriculum/growth.h"

#include <math.h>

int growth_check(const char *name, const struct growth *g, const struct length_clock *stage,
                 struct error *e)
{
    if (g->from % g->multiple || g->to % g->multiple)
        return error_set(e, E_USAGE, "length %s: from %lld and to %lld must be multiples of %lld",
                         name, (long long)g->from, (long long)g->to, (long long)g->multiple);
    if (g->over > 1 && stage->total && g->over > (double)stage->total)
        return error_set(e, E_USAGE,
                         "length %s: `to` is reached after %.15g tokens, the stage has %lld", name,
                         g->over, (long long)stage->total);
    return OK;
}

void growth_range(const void *opts, int64_t *least, int64_t *greatest)
{
    const struct growth *g = opts;
    *least = g->from < g->to ? g->from : g->to;
    *greatest = g->from < g->to ? g->to : g->from;
}

double growth_progress(const struct growth *g, const struct length_clock *clock)
{
    const double t = g->over <= 1 ? clock->fraction : (double)clock->tokens;
    return t >= g->over ? 1 : t / g->over;
}

int64_t growth_round(int64_t value, int64_t multiple)
{
    const int64_t down = value - value % multiple;
    return down > multiple ? down : multiple;
}

/* A whole number that the exponential or the sine miss by rounding alone is that number. */
int64_t growth_value(const struct growth *g, double f)
{
    const double x = (double)g->from + (double)(g->to - g->from) * f;
    return growth_round((int64_t)floor(x + 1e-9 * fabs(x)), g->multiple);
}
