/* shrink.c -- Dataset Decomposition's Shrink curricula: a Grow curriculum with its odds reversed.
 *
 *   odds_i:   linear  i + 1      p2  2^i      p100  100^i          i = 0 (shortest) .. n - 1
 *
 * Pouransari et al. 2024, arXiv:2405.13226. The buckets and their steps: buckets.h. */
#include <math.h>

#include "curriculum/buckets.h"

enum { ODDS_LINEAR, ODDS_P2, ODDS_P100 };

struct shrink_opts {
    struct buckets buckets;
    int odds;
};

static const char *const kinds[] = {"linear", "p2", "p100", NULL};

static const struct conf_field shrink_fields[] = {
    BUCKETS_FIELDS,
    CONF_ENUM(struct shrink_opts, odds, ODDS_P100, kinds, "which Grow curriculum is reversed"),
    CONF_END,
};

static const struct conf_schema shrink_schema = {
    .name = "shrink",
    .size = sizeof(struct shrink_opts),
    .fields = shrink_fields,
};

static int shrink_check(const void *opts, const struct length_clock *stage, struct error *e)
{
    return buckets_check("shrink", opts, stage, e);
}

static int64_t shrink_at(const void *opts, const struct length_clock *clock)
{
    const struct shrink_opts *o = opts;
    double odds[BUCKETS];
    const int n = buckets_count(&o->buckets);
    for (int i = 0; i < n; i++)
        odds[i] = o->odds == ODDS_LINEAR ? i + 1 : pow(o->odds == ODDS_P2 ? 2 : 100, i);
    return buckets_draw(&o->buckets, clock, odds);
}

const struct length_type length_shrink = {
    .v = {.name = "shrink",
          .summary = "Dataset Decomposition's Shrink: long buckets first",
          .paper = "arXiv:2405.13226",
          .schema = &shrink_schema},
    .check = shrink_check,
    .range = buckets_range,
    .at = shrink_at,
};
