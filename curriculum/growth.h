/* growth.h -- what schedules that go from one length to another share: their options, the clock,
 * the rounding.
 *
 *   L = floor(from + (to - from) f(u)), rounded down to a multiple of `multiple`
 *   u = min(1, t / over)        over <= 1: a fraction of the stage; above: tokens
 *
 * A variant gives f with f(0) = 0 and f(1) = 1; `to` may be below `from`. */
#ifndef CURRICULUM_GROWTH_H
#define CURRICULUM_GROWTH_H

#include "src/data/length.h"

/* First member of a variant's options. */
struct growth {
    int64_t from, to, multiple;
    double over;
};

#define GROWTH_FIELDS                                                                              \
    CONF_SIZE_REQUIRED(struct growth, from, 1, 1 << 24, "tokens at the start of the stage"),       \
        CONF_SIZE_REQUIRED(struct growth, to, 1, 1 << 24, "tokens from the end of `over` on"),     \
        CONF_REAL(struct growth, over, 1, 1e-9, 1e15,                                              \
                  "where `to` is reached: a fraction of the stage (up to 1) or tokens"),           \
        CONF_SIZE(struct growth, multiple, 1, 1, 1 << 24, "values are multiples of this")

int growth_check(const char *name, const struct growth *g, const struct length_clock *stage,
                 struct error *e);
void growth_range(const void *opts, int64_t *least, int64_t *greatest);
/* u in [0, 1]. */
double growth_progress(const struct growth *g, const struct length_clock *clock);
/* The value for a share f in [0, 1] of the way. */
int64_t growth_value(const struct growth *g, double f);
/* Down to a multiple, but not below it. */
int64_t growth_round(int64_t value, int64_t multiple);

#endif
