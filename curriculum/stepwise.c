/* stepwise.c -- a straight line, taken in equal steps.
 *
 *   L(u) = from + (to - from) floor(n u) / n      n: steps; `to` from u = 1 on
 *
 * u: growth.h. GrowLength (Jin et al. 2023, arXiv:2310.00576) trains at 128, then longer and longer
 * in steps. */
#include <math.h>

#include "curriculum/growth.h"

struct stepwise_opts {
    struct growth growth;
    int steps;
};

static const struct conf_field stepwise_fields[] = {
    GROWTH_FIELDS,
    CONF_INT(struct stepwise_opts, steps, 4, 1, 1 << 20, "equal steps from `from` to `to`"),
    CONF_END,
};

static const struct conf_schema stepwise_schema = {
    .name = "stepwise",
    .size = sizeof(struct stepwise_opts),
    .fields = stepwise_fields,
};

static int stepwise_check(const void *opts, const struct length_clock *stage, struct error *e)
{
    return growth_check("stepwise", opts, stage, e);
}

static int64_t stepwise_at(const void *opts, const struct length_clock *clock)
{
    const struct stepwise_opts *o = opts;
    const double u = growth_progress(&o->growth, clock);
    return growth_value(&o->growth, floor(o->steps * u + 1e-12) / o->steps);
}

const struct length_type length_stepwise = {
    .v = {.name = "stepwise",
          .summary = "a straight line, taken in equal steps",
          .paper = "arXiv:2310.00576",
          .schema = &stepwise_schema},
    .check = stepwise_check,
    .range = growth_range,
    .at = stepwise_at,
};
