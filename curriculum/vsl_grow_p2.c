/* vsl_grow_p2.c -- OLMo-core's grow-P2 curriculum of variable sequence lengths.
 *
 *   bucket b spreads its steps over the sub-cycles s of a cycle in proportion to
 *   odds(b, s) = 2^(l - 1), l: n - b + s for s <= b, n - s above
 *
 * After Pouransari et al. 2024, arXiv:2405.13226; the library's rule differs from the paper's, which
 * is `grow_p2`. The buckets and their steps: buckets.h. */
#include "curriculum/buckets.h"

static const struct conf_field vsl_grow_p2_fields[] = {
    BUCKETS_FIELDS,
    CONF_END,
};

static const struct conf_schema vsl_grow_p2_schema = {
    .name = "vsl_grow_p2",
    .size = sizeof(struct buckets),
    .fields = vsl_grow_p2_fields,
};

static int vsl_grow_p2_check(const void *opts, const struct length_clock *stage, struct error *e)
{
    return buckets_check("vsl_grow_p2", opts, stage, e);
}

static double p2_odds(int b, int s, int n)
{
    return (double)(1 << ((int)buckets_linear_odds(b, s, n) - 1));
}

static int64_t vsl_grow_p2_at(const void *opts, const struct length_clock *clock)
{
    return buckets_spread(opts, clock, p2_odds);
}

const struct length_type length_vsl_grow_p2 = {
    .v = {.name = "vsl_grow_p2",
          .summary = "OLMo-core's grow-P2: short sub-cycles first",
          .paper = "arXiv:2405.13226",
          .schema = &vsl_grow_p2_schema},
    .check = vsl_grow_p2_check,
    .range = buckets_range,
    .at = vsl_grow_p2_at,
};
