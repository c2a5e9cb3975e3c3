/* staged.c -- lengths in steps, switched at given points of the stage.
 *
 *   length(t) = lengths[ #{ j : t >= at_j } ]      t: tokens trained in this stage
 *
 * A point of `at` below 1 is a fraction of the stage's budget, from 1 up a number of tokens; one
 * fewer than lengths, rising. Paper: Xiong et al. 2023, arXiv:2309.16039, section 4.4: 4096, then
 * 32768 after 20, 40 or 80 % of training. */
#include <math.h>

#include "src/data/length.h"

struct staged_opts {
    struct conf_reals lengths, at;
};

static const struct conf_field staged_fields[] = {
    CONF_REALS(struct staged_opts, lengths, "tokens per row, one for each part of the stage"),
    CONF_REALS(struct staged_opts, at,
               "where the next length begins: a fraction of the stage (below 1) or tokens"),
    CONF_END,
};

static const struct conf_schema staged_schema = {
    .name = "staged",
    .size = sizeof(struct staged_opts),
    .fields = staged_fields,
};

static bool reached(double at, const struct length_clock *clock)
{
    if (at >= 1) return (double)clock->tokens >= at;
    return clock->total ? (double)clock->tokens >= at * (double)clock->total
                        : clock->fraction >= at;
}

static int staged_check(const void *opts, const struct length_clock *stage, struct error *e)
{
    const struct staged_opts *o = opts;
    if (o->lengths.n < 1)
        return error_set(e, E_USAGE,
                         "length staged: `lengths` is missing (for example [256, 1024])");
    for (int i = 0; i < o->lengths.n; i++) {
        const double v = o->lengths.v[i];
        if (!(v >= 1 && v <= 1 << 24) || v != floor(v))
            return error_set(e, E_USAGE,
                             "length staged: %g is not a whole number of tokens from 1 to 16M", v);
    }
    if (o->at.n != o->lengths.n - 1)
        return error_set(e, E_USAGE, "length staged: %d lengths need %d points in `at`, not %d",
                         o->lengths.n, o->lengths.n - 1, o->at.n);
    double before = 0;
    const double total = (double)stage->total;
    for (int j = 0; j < o->at.n; j++) {
        const double at = o->at.v[j], point = at < 1 && total > 0 ? at * total : at;
        if (!(point > before))
            return error_set(e, E_USAGE, "length staged: point %g of `at` does not rise", at);
        if (total > 0 && point >= total)
            return error_set(e, E_USAGE,
                             "length staged: point %g of `at` is never reached, the stage has %lld "
                             "tokens",
                             at, (long long)stage->total);
        before = point;
    }
    return OK;
}

static void staged_range(const void *opts, int64_t *least, int64_t *greatest)
{
    const struct staged_opts *o = opts;
    *least = *greatest = o->lengths.n ? (int64_t)o->lengths.v[0] : 0;
    for (int i = 1; i < o->lengths.n; i++) {
        const int64_t v = (int64_t)o->lengths.v[i];
        if (v < *least) *least = v;
        if (v > *greatest) *greatest = v;
    }
}

static int64_t staged_at(const void *opts, const struct length_clock *clock)
{
    const struct staged_opts *o = opts;
    int part = 0;
    while (part < o->at.n && reached(o->at.v[part], clock)) part++;
    return (int64_t)o->lengths.v[part];
}

const struct length_type length_staged = {
    .v = {.name = "staged",
          .summary = "lengths in steps, switched at fractions of the stage or at token counts",
          .paper = "arXiv:2309.16039",
          .schema = &staged_schema},
    .whole_rows = true,
    .check = staged_check,
    .range = staged_range,
    .at = staged_at,
};
