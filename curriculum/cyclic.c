/* cyclic.c -- short and long, again and again.
 *
 *   v = frac(cycles u)
 *   gradual   L = from + (to - from) (1 - |2 v - 1|)      up and down
 *   jump      L = from + (to - from) v                    up, then back at once
 *
 * u: growth.h; after `over` the value stays where the last cycle ends (gradual: `from`, jump: `to`).
 * The cyclic control of SkyLadder (Zhu et al. 2025, arXiv:2503.15450). */
#include <math.h>

#include "curriculum/growth.h"

enum { CYCLE_GRADUAL, CYCLE_JUMP };

struct cyclic_opts {
    struct growth growth;
    int cycles, shape;
};

static const char *const shapes[] = {"gradual", "jump", NULL};

static const struct conf_field cyclic_fields[] = {
    GROWTH_FIELDS,
    CONF_INT(struct cyclic_opts, cycles, 4, 1, 1 << 20, "how often"),
    CONF_ENUM(struct cyclic_opts, shape, CYCLE_GRADUAL, shapes, "up and down, or up and jump back"),
    CONF_END,
};

static const struct conf_schema cyclic_schema = {
    .name = "cyclic",
    .size = sizeof(struct cyclic_opts),
    .fields = cyclic_fields,
};

static int cyclic_check(const void *opts, const struct length_clock *stage, struct error *e)
{
    return growth_check("cyclic", opts, stage, e);
}

static int64_t cyclic_at(const void *opts, const struct length_clock *clock)
{
    const struct cyclic_opts *o = opts;
    const double u = growth_progress(&o->growth, clock), x = o->cycles * u,
                 v = u >= 1 ? 1 : x - floor(x);
    return growth_value(&o->growth, o->shape == CYCLE_JUMP ? v : 1 - fabs(2 * v - 1));
}

const struct length_type length_cyclic = {
    .v = {.name = "cyclic",
          .summary = "short and long, again and again",
          .paper = "arXiv:2503.15450",
          .schema = &cyclic_schema},
    .check = cyclic_check,
    .range = growth_range,
    .at = cyclic_at,
};
