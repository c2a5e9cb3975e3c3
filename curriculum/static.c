/* static.c -- the same mix from the first token to the last.
 *
 *   w_i = v_i / sum_j v_j       v: `weights`, or the weights of the sources as configured
 *
 * Weights are shares of tokens, not of documents. The lengths within a source stay as they are. */
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

static int static_check(const struct mixer_at *at, struct error *e)
{
    const struct static_opts *o = at->opts;
    if (!o->weights.n) return mixer_check_configured(at, "static", e);
    return mixer_check_list(at, "static", "weights", &o->weights, at->n, false, e);
}

static void static_weights(const struct mixer_at *at, const struct data_clock *clock, double *w)
{
    const struct static_opts *o = at->opts;
    (void)clock;
    for (int i = 0; i < at->n; i++) w[i] = o->weights.n ? o->weights.v[i] : at->source[i].weight;
    mixer_normalise(at->n, w);
    mixer_spread(at, w);
}

const struct mixer_type mixer_static = {
    .v = {.name = "static",
          .summary = "fixed shares of tokens, from each source's weight",
          .schema = &static_schema},
    .constant = true,
    .check = static_check,
    .weights = static_weights,
};
