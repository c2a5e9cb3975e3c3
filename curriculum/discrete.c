/* discrete.c -- a list of lengths, each for an equal part of the stage.
 *
 *   L(u) = lengths[ floor(n u) ]        u: fraction of the stage, n: how many lengths
 *
 * As in speed runs that train a third of the time at each length. `staged` names its own points;
 * `fixed_discrete` is DeepSpeed's. */
#include <math.h>

#include "src/data/length.h"

struct discrete_opts {
    struct conf_reals lengths;
};

static const struct conf_field discrete_fields[] = {
    CONF_REALS(struct discrete_opts, lengths, "tokens, one for each equal part of the stage"),
    CONF_END,
};

static const struct conf_schema discrete_schema = {
    .name = "discrete",
    .size = sizeof(struct discrete_opts),
    .fields = discrete_fields,
};

static int discrete_check(const void *opts, const struct length_clock *stage, struct error *e)
{
    const struct discrete_opts *o = opts;
    (void)stage;
    if (o->lengths.n < 1)
        return error_set(e, E_USAGE,
                         "length discrete: `lengths` is missing (for example [256, 512, 1024])");
    for (int i = 0; i < o->lengths.n; i++) {
        const double v = o->lengths.v[i];
        if (!(v >= 1 && v <= 1 << 24) || v != floor(v))
            return error_set(
                e, E_USAGE, "length discrete: %g is not a whole number of tokens from 1 to 16M", v);
    }
    return OK;
}

static void discrete_range(const void *opts, int64_t *least, int64_t *greatest)
{
    const struct discrete_opts *o = opts;
    *least = *greatest = o->lengths.n ? (int64_t)o->lengths.v[0] : 0;
    for (int i = 1; i < o->lengths.n; i++) {
        const int64_t v = (int64_t)o->lengths.v[i];
        if (v < *least) *least = v;
        if (v > *greatest) *greatest = v;
    }
}

static int64_t discrete_at(const void *opts, const struct length_clock *clock)
{
    const struct discrete_opts *o = opts;
    const int n = o->lengths.n, i = (int)(n * clock->fraction);
    return (int64_t)o->lengths.v[i < n ? i : n - 1];
}

const struct length_type length_discrete = {
    .v = {.name = "discrete",
          .summary = "a list of lengths, each for an equal part of the stage",
          .schema = &discrete_schema},
    .whole_rows = true,
    .check = discrete_check,
    .range = discrete_range,
    .at = discrete_at,
};
