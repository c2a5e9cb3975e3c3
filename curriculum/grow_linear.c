/* grow_linear.c -- Dataset Decomposition's Grow-Linear curriculum.
 *
 *   at each step a bucket is drawn, with probability in proportion to its odds among those that
 *   still have steps in the cycle:   odds_i = n - i       i = 0 (shortest) .. n - 1
 *
 * Pouransari et al. 2024, arXiv:2405.13226. The buckets and their steps: buckets.h. */
#include "curriculum/buckets.h"

static const struct conf_field grow_linear_fields[] = {
    BUCKETS_FIELDS,
    CONF_END,
};

static const struct conf_schema grow_linear_schema = {
    .name = "grow_linear",
    .size = sizeof(struct buckets),
    .fields = grow_linear_fields,
};

static int grow_linear_check(const void *opts, const struct length_clock *stage, struct error *e)
{
    return buckets_check("grow_linear", opts, stage, e);
}

static int64_t grow_linear_at(const void *opts, const struct length_clock *clock)
{
    const struct buckets *o = opts;
    double odds[BUCKETS];
    const int n = buckets_count(o);
    for (int i = 0; i < n; i++) odds[i] = n - i;
    return buckets_draw(o, clock, odds);
}

const struct length_type length_grow_linear = {
    .v = {.name = "grow_linear",
          .summary = "Dataset Decomposition's Grow-Linear: short buckets first, gently",
          .paper = "arXiv:2405.13226",
          .schema = &grow_linear_schema},
    .check = grow_linear_check,
    .range = buckets_range,
    .at = grow_linear_at,
};
