/* sinusoidal.c -- a quarter of a sine: fast at first, then slower.
 *
 *   L(u) = from + (to - from) sin(pi/2 u)
 *
 * u: growth.h. SkyLadder's sinusoidal shape (Zhu et al. 2025, arXiv:2503.15450) on the stage's own clock. */
#include <math.h>

#include "curriculum/growth.h"

static const struct conf_field sinusoidal_fields[] = {
    GROWTH_FIELDS,
    CONF_END,
};

static const struct conf_schema sinusoidal_schema = {
    .name = "sinusoidal",
    .size = sizeof(struct growth),
    .fields = sinusoidal_fields,
};

static int sinusoidal_check(const void *opts, const struct length_clock *stage, struct error *e)
{
    return growth_check("sinusoidal", opts, stage, e);
}

static int64_t sinusoidal_at(const void *opts, const struct length_clock *clock)
{
    const struct growth *o = opts;
    const double u = growth_progress(o, clock);
    return growth_value(o, sin(M_PI / 2 * u));
}

const struct length_type length_sinusoidal = {
    .v = {.name = "sinusoidal",
          .summary = "a quarter of a sine: fast at first, then slower",
          .paper = "arXiv:2503.15450",
          .schema = &sinusoidal_schema},
    .check = sinusoidal_check,
    .range = growth_range,
    .at = sinusoidal_at,
};
