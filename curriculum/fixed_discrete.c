/* fixed_discrete.c -- DeepSpeed's curriculum schedule of this name.
 *
 *   d(t) = difficulty[i] for the first i with t <= max_step[i], else the last       t: steps
 *
 * max_step is one shorter than difficulty. DeepSpeed's curriculum learning (Li et al. 2022,
 * arXiv:2108.06084), with its parameter names. */
#include <math.h>

#include "src/data/length.h"

struct fixed_discrete_opts {
    struct conf_reals difficulty, max_step;
};

static const struct conf_field fixed_discrete_fields[] = {
    CONF_REALS(struct fixed_discrete_opts, difficulty, "tokens, one for each part"),
    CONF_REALS(struct fixed_discrete_opts, max_step, "last step of each part but the last one"),
    CONF_END,
};

static const struct conf_schema fixed_discrete_schema = {
    .name = "fixed_discrete",
    .size = sizeof(struct fixed_discrete_opts),
    .fields = fixed_discrete_fields,
};

static int fixed_discrete_check(const void *opts, const struct length_clock *stage, struct error *e)
{
    const struct fixed_discrete_opts *o = opts;
    (void)stage;
    if (o->difficulty.n < 1 || o->max_step.n != o->difficulty.n - 1)
        return error_set(e, E_USAGE,
                         "length fixed_discrete: %d values of `difficulty` and %d of `max_step`: "
                         "one fewer is needed, like [64, 256] and [1000]",
                         o->difficulty.n, o->max_step.n);
    for (int i = 0; i < o->difficulty.n; i++) {
        const double v = o->difficulty.v[i];
        if (!(v >= 1 && v <= 1 << 24) || v != floor(v))
            return error_set(e, E_USAGE,
                             "length fixed_discrete: %g is not a whole number of tokens from 1 to "
                             "16M",
                             v);
    }
    for (int i = 0; i < o->max_step.n; i++)
        if (!(o->max_step.v[i] > (i ? o->max_step.v[i - 1] : -1)))
            return error_set(e, E_USAGE,
                             "length fixed_discrete: step %g of `max_step` does not "
                             "rise",
                             o->max_step.v[i]);
    return OK;
}

static void fixed_discrete_range(const void *opts, int64_t *least, int64_t *greatest)
{
    const struct fixed_discrete_opts *o = opts;
    *least = *greatest = o->difficulty.n ? (int64_t)o->difficulty.v[0] : 0;
    for (int i = 1; i < o->difficulty.n; i++) {
        const int64_t v = (int64_t)o->difficulty.v[i];
        if (v < *least) *least = v;
        if (v > *greatest) *greatest = v;
    }
}

static int64_t fixed_discrete_at(const void *opts, const struct length_clock *clock)
{
    const struct fixed_discrete_opts *o = opts;
    int i = 0;
    while (i < o->max_step.n && (double)clock->step > o->max_step.v[i]) i++;
    return (int64_t)o->difficulty.v[i];
}

const struct length_type length_fixed_discrete = {
    .v = {.name = "fixed_discrete",
          .summary = "DeepSpeed's fixed_discrete, by steps",
          .paper = "arXiv:2108.06084",
          .schema = &fixed_discrete_schema},
    .whole_rows = true,
    .check = fixed_discrete_check,
    .range = fixed_discrete_range,
    .at = fixed_discrete_at,
};
