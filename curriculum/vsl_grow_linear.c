/* vsl_grow_linear.c -- OLMo-core's grow-linear curriculum of variable sequence lengths.
 *
 *   bucket b spreads its steps over the sub-cycles s of a cycle in proportion to
 *   odds(b, s) = n - b + s for s <= b, n - s above
 *
 * After Pouransari et al. 2024, arXiv:2405.13226; the library's rule differs from the paper's, which
 * is `grow_linear`. The buckets and their steps: buckets.h. */
#include "curriculum/buckets.h"

static const struct conf_field vsl_grow_linear_fields[] = {
    BUCKETS_FIELDS,
    CONF_END,
};

static const struct conf_schema vsl_grow_linear_schema = {
    .name = "vsl_grow_linear",
    .size = sizeof(struct buckets),
    .fields = vsl_grow_linear_fields,
};

static int vsl_grow_linear_check(const void *opts, const struct length_clock *stage,
                                 struct error *e)
{
    return buckets_check("vsl_grow_linear", opts, stage, e);
}

static int64_t vsl_grow_linear_at(const void *opts, const struct length_clock *clock)
{
    return buckets_spread(opts, clock, buckets_linear_odds);
}

const struct length_type length_vsl_grow_linear = {
    .v = {.name = "vsl_grow_linear",
          .summary = "OLMo-core's grow-linear: short sub-cycles first",
          .paper = "arXiv:2405.13226",
          .schema = &vsl_grow_linear_schema},
    .check = vsl_grow_linear_check,
    .range = buckets_range,
    .at = vsl_grow_linear_at,
};
