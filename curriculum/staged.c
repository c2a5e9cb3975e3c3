/* staged.c -- row lengths in steps, switched at given points of the stage.
 *
 *   length(t) = lengths[ #{ j : t >= at_j } ]      t: tokens trained in this stage
 *
 * A point of `at` below 1 is a fraction of the stage's tokens, from 1 up a number of tokens; one
 * fewer than lengths, rising. Paper: Xiong et al. 2023, arXiv:2309.16039, section 4.4: 4096, then
 * 32768 after 20, 40 or 80 % of training.          */
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

static double switch_point(const struct staged_opts *o, int j, int64_t total_tokens)
{
    const double at = o->at.v[j];
    return at < 1 ? at * (double)total_tokens : at;
}

static int staged_check(const void *opts, int64_t total_tokens, struct error *e)
{
    const struct staged_opts *o = opts;
    if (o->lengths.n < 1)
        return error_set(e, E_USAGE,
                         "length staged: `lengths` is missing (for example [256, 1024])");
    if (o->lengths.n > LENGTH_RUNGS)
        return error_set(e, E_USAGE, "length staged: %d lengths, at most %d", o->lengths.n,
                         LENGTH_RUNGS);
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
    for (int j = 0; j < o->at.n; j++) {
        const double point = switch_point(o, j, total_tokens);
        if (!(point > before))
            return error_set(e, E_USAGE, "length staged: point %g of `at` does not rise",
                             o->at.v[j]);
        if (point >= (double)total_tokens)
            return error_set(e, E_USAGE,
                             "length staged: point %g of `at` is never reached, the stage has %lld "
                             "tokens",
                             o->at.v[j], (long long)total_tokens);
        before = point;
    }
    return OK;
}

static int staged_ladder(const void *opts, int64_t total_tokens, struct rung *out)
{
    const struct staged_opts *o = opts;
    (void)total_tokens;
    int n = 0;
    for (int i = 0; i < o->lengths.n; i++) {
        const int length = (int)o->lengths.v[i];
        int seen = 0;
        while (seen < n && out[seen].length != length) seen++;
        if (seen == n) out[n++] = (struct rung){.length = length};
    }
    return n;
}

static struct rung staged_at(const void *opts, const struct data_clock *clock)
{
    const struct staged_opts *o = opts;
    int part = 0;
    while (part < o->at.n && (double)clock->tokens >= switch_point(o, part, clock->total)) part++;
    return (struct rung){.length = (int)o->lengths.v[part]};
}

const struct length_type length_staged = {
    .v = {.name = "staged",
          .summary = "row lengths in steps, switched at fractions of the stage or at token counts",
          .paper = "arXiv:2309.16039",
          .schema = &staged_schema},
    .check = staged_check,
    .ladder = staged_ladder,
    .at = staged_at,
};
