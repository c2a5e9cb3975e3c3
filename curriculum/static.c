/* static.c -- the same mix from the first token to the last.
 *
 *   w_i = v_i / sum_j v_j       v: `weights`, or the weights of the sources as configured
 *
 * Weights are shares of tokens, not of documents. */
#include "src/data/mixer.h"

struct static_opts {
    struct conf_reals weights;
};

static const struct conf_field static_fields[] = {
    CONF_REALS(
        struct static_opts, weights,
        "share of tokens of each source, in their order; default: each source's own `weight`"),
    CONF_END,
};

static const struct conf_schema static_schema = {
    .name = "static",
    .size = sizeof(struct static_opts),
    .fields = static_fields,
};

static double share(const struct mixer_at *at, int i)
{
    const struct static_opts *o = at->opts;
    return o->weights.n ? o->weights.v[i] : at->source[i].weight;
}

static int static_check(const struct mixer_at *at, struct error *e)
{
    const struct static_opts *o = at->opts;
    if (o->weights.n && o->weights.n != at->n)
        return error_set(e, E_USAGE, "mixer static: %d weights for %d sources", o->weights.n,
                         at->n);
    double sum = 0;
    for (int i = 0; i < at->n; i++) {
        const double v = share(at, i);
        if (!(v >= 0 && v <= 1e100))
            return error_set(e, E_USAGE,
                             "mixer static: weight %g of source '%s' is not a number from 0 up", v,
                             at->source[i].name);
        sum += v;
    }
    if (sum > 0) return OK;
    return error_set(e, E_USAGE, "mixer static: all weights are 0");
}

static void static_weights(const struct mixer_at *at, const struct data_clock *clock, double *w)
{
    (void)clock;
    double sum = 0;
    for (int i = 0; i < at->n; i++) sum += w[i] = share(at, i);
    for (int i = 0; i < at->n; i++) w[i] /= sum;
}

const struct mixer_type mixer_static = {
    .v = {.name = "static",
          .summary = "fixed shares of tokens, from each source's weight",
          .schema = &static_schema},
    .check = static_check,
    .weights = static_weights,
};
