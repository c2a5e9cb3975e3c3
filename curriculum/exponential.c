/* exponential.c -- grows by the same factor in equal parts of its way.
 *
 *   L(u) = from (to / from)^u
 *
 * u: growth.h. SkyLadder's exponential shape (Zhu et al. 2025, arXiv:2503.15450) on the stage's own clock. */
#include <math.h>

#include "curriculum/growth.h"

static const struct conf_field exponential_fields[] = {
    GROWTH_FIELDS,
    CONF_END,
};

static const struct conf_schema exponential_schema = {
    .name = "exponential",
    .size = sizeof(struct growth),
    .fields = exponential_fields,
};

static int exponential_check(const void *opts, const struct length_clock *stage, struct error *e)
{
    return growth_check("exponential", opts, stage, e);
}

static int64_t exponential_at(const void *opts, const struct length_clock *clock)
{
    const struct growth *o = opts;
    const double u = growth_progress(o, clock);
    return growth_value(o, o->to == o->from ? 0
                                            : (pow((double)o->to / (double)o->from, u) - 1) *
                                                  (double)o->from / (double)(o->to - o->from));
}

const struct length_type length_exponential = {
    .v = {.name = "exponential",
          .summary = "by the same factor in equal parts of its way",
          .paper = "arXiv:2503.15450",
          .schema = &exponential_schema},
    .check = exponential_check,
    .range = growth_range,
    .at = exponential_at,
};
