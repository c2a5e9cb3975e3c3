/* uniform.c -- Dataset Decomposition's Uniform curriculum.
 *
 *   at each step a bucket is drawn, with probability in proportion to its odds among those that
 *   still have steps in the cycle:   odds_i = 1       i = 0 (shortest) .. n - 1
 *
 * Pouransari et al. 2024, arXiv:2405.13226. The buckets and their steps: buckets.h. */
#include "curriculum/buckets.h"

static const struct conf_field uniform_fields[] = {
    BUCKETS_FIELDS,
    CONF_END,
};

static const struct conf_schema uniform_schema = {
    .name = "uniform",
    .size = sizeof(struct buckets),
    .fields = uniform_fields,
};

static int uniform_check(const void *opts, const struct length_clock *stage, struct error *e)
{
    return buckets_check("uniform", opts, stage, e);
}

static int64_t uniform_at(const void *opts, const struct length_clock *clock)
{
    const struct buckets *o = opts;
    double odds[BUCKETS];
    const int n = buckets_count(o);
    for (int i = 0; i < n; i++) odds[i] = 1;
    return buckets_draw(o, clock, odds);
}

const struct length_type length_uniform = {
    .v = {.name = "uniform",
          .summary = "Dataset Decomposition: buckets in any order",
          .paper = "arXiv:2405.13226",
          .schema = &uniform_schema},
    .check = uniform_check,
    .range = buckets_range,
    .at = uniform_at,
};
