/* grow_p100.c -- Dataset Decomposition's Grow-P100 curriculum.
 *
 *   at each step a bucket is drawn, with probability in proportion to its odds among those that
 *   still have steps in the cycle:   odds_i = 100^(n - 1 - i)       i = 0 (shortest) .. n - 1
 *
 * Pouransari et al. 2024, arXiv:2405.13226. The buckets and their steps: buckets.h. */
#include <math.h>

#include "curriculum/buckets.h"

static const struct conf_field grow_p100_fields[] = {
    BUCKETS_FIELDS,
    CONF_END,
};

static const struct conf_schema grow_p100_schema = {
    .name = "grow_p100",
    .size = sizeof(struct buckets),
    .fields = grow_p100_fields,
};

static int grow_p100_check(const void *opts, const struct length_clock *stage, struct error *e)
{
    return buckets_check("grow_p100", opts, stage, e);
}

static int64_t grow_p100_at(const void *opts, const struct length_clock *clock)
{
    const struct buckets *o = opts;
    double odds[BUCKETS];
    const int n = buckets_count(o);
    for (int i = 0; i < n; i++) odds[i] = pow(100, n - 1 - i);
    return buckets_draw(o, clock, odds);
}

const struct length_type length_grow_p100 = {
    .v = {.name = "grow_p100",
          .summary = "Dataset Decomposition's Grow-P100: almost one bucket after the other",
          .paper = "arXiv:2405.13226",
          .schema = &grow_p100_schema},
    .check = grow_p100_check,
    .range = buckets_range,
    .at = grow_p100_at,
};
