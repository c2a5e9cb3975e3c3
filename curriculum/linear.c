/* linear.c -- grows by the same number of tokens in equal parts of its way.
 *
 *   L(u) = from + (to - from) u
 *
 * u: growth.h. Sequence-length warm-up: Li et al. 2022, arXiv:2108.06084. */
#include "curriculum/growth.h"

static const struct conf_field linear_fields[] = {
    GROWTH_FIELDS,
    CONF_END,
};

static const struct conf_schema linear_schema = {
    .name = "linear",
    .size = sizeof(struct growth),
    .fields = linear_fields,
};

static int linear_check(const void *opts, const struct length_clock *stage, struct error *e)
{
    return growth_check("linear", opts, stage, e);
}

static int64_t linear_at(const void *opts, const struct length_clock *clock)
{
    const struct growth *o = opts;
    const double u = growth_progress(o, clock);
    return growth_value(o, u);
}

const struct length_type length_linear = {
    .v = {.name = "linear",
          .summary = "from one length to another in a straight line",
          .paper = "arXiv:2108.06084",
          .schema = &linear_schema},
    .check = linear_check,
    .range = growth_range,
    .at = linear_at,
};
