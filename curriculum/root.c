/* root.c -- fast at first, then slower and slower.
 *
 *   L(u) = from + (to - from) u^(1 / degree)
 *
 * u: growth.h. The competence of Platanios et al. 2019, arXiv:1903.09848 (degree 2). */
#include <math.h>

#include "curriculum/growth.h"

struct root_opts {
    struct growth growth;
    double degree;
};

static const struct conf_field root_fields[] = {
    GROWTH_FIELDS,
    CONF_REAL(struct root_opts, degree, 2, 0.01, 100, "1 is a straight line"),
    CONF_END,
};

static const struct conf_schema root_schema = {
    .name = "root",
    .size = sizeof(struct root_opts),
    .fields = root_fields,
};

static int root_check(const void *opts, const struct length_clock *stage, struct error *e)
{
    return growth_check("root", opts, stage, e);
}

static int64_t root_at(const void *opts, const struct length_clock *clock)
{
    const struct root_opts *o = opts;
    return growth_value(&o->growth, pow(growth_progress(&o->growth, clock), 1 / o->degree));
}

const struct length_type length_root = {
    .v = {.name = "root",
          .summary = "a root of the way: fast at first, then slower and slower",
          .paper = "arXiv:1903.09848",
          .schema = &root_schema},
    .check = root_check,
    .range = growth_range,
    .at = root_at,
};
