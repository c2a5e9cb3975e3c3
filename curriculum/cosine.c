/* cosine.c -- half a cosine: slow at both ends.
 *
 *   L(u) = from + (to - from) (1 - cos(pi u)) / 2
 *
 * u: growth.h. The shape of cosine annealing (Loshchilov and Hutter 2017, arXiv:1608.03983), turned upwards. */
#include <math.h>

#include "curriculum/growth.h"

static const struct conf_field cosine_fields[] = {
    GROWTH_FIELDS,
    CONF_END,
};

static const struct conf_schema cosine_schema = {
    .name = "cosine",
    .size = sizeof(struct growth),
    .fields = cosine_fields,
};

static int cosine_check(const void *opts, const struct length_clock *stage, struct error *e)
{
    return growth_check("cosine", opts, stage, e);
}

static int64_t cosine_at(const void *opts, const struct length_clock *clock)
{
    const struct growth *o = opts;
    const double u = growth_progress(o, clock);
    return growth_value(o, (1 - cos(M_PI * u)) / 2);
}

const struct length_type length_cosine = {
    .v = {.name = "cosine",
          .summary = "half a cosine: slow at both ends",
          .paper = "arXiv:1608.03983",
          .schema = &cosine_schema},
    .check = cosine_check,
    .range = growth_range,
    .at = cosine_at,
};
