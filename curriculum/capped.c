/* capped.c -- given shares under a cap on repeats; what a source cannot take goes to the others.
 *
 *   U_i = min(f r_i, N n_i),  f the least with sum_i U_i = min(B, N sum n);   p = U / sum U
 *
 * r: `weights`; N: `max_epochs` (or the source's own, if that is less); B: the stage's tokens. As
 * long as no cap binds, the shares are r. The other answer to a cap that binds, fewer tokens at
 * exactly the shares r (OLMo-core's composable mixing), is what `check` proposes for a static mix
 * under `max_epochs` of its sources. */
#include "src/data/mixer.h"

struct capped_opts {
    struct conf_reals weights;
    double max_epochs;
};

static const struct conf_field capped_fields[] = {
    CONF_REALS(struct capped_opts, weights,
               "share of tokens of each source; default: each source's own `weight`"),
    CONF_REAL(struct capped_opts, max_epochs, 1, 1e-6, 1e9, "how often a source may be repeated"),
    CONF_END,
};

static const struct conf_schema capped_schema = {
    .name = "capped",
    .size = sizeof(struct capped_opts),
    .fields = capped_fields,
};

static int capped_check(const struct mixer_at *at, struct error *e)
{
    const struct capped_opts *o = at->opts;
    if (!o->weights.n) return mixer_check_configured(at, "capped", e);
    return mixer_check_list(at, "capped", "weights", &o->weights, at->n, false, e);
}

static double share(const struct mixer_at *at, int i)
{
    const struct capped_opts *o = at->opts;
    return o->weights.n ? o->weights.v[i] : at->source[i].weight;
}

static double most(const struct mixer_at *at, int i)
{
    const struct capped_opts *o = at->opts;
    const double own = at->source[i].max_epochs;
    return (own > 0 && own < o->max_epochs ? own : o->max_epochs) * (double)at->source[i].tokens;
}

/* Each round caps at least one source more, or ends. w < 0: not capped yet. */
static void capped_weights(const struct mixer_at *at, const struct data_clock *clock, double *w)
{
    const bool known = clock_known(clock); /* otherwise without caps */
    double left = known ? (double)clock->total : 1, shares = 0;
    for (int i = 0; i < at->n; i++) {
        w[i] = -1;
        shares += share(at, i);
    }
    for (bool again = known; again && shares > 0;) {
        again = false;
        const double each = left / shares;
        for (int i = 0; i < at->n; i++) {
            if (w[i] >= 0 || share(at, i) * each < most(at, i)) continue;
            w[i] = share(at, i) > 0 ? most(at, i) : 0;
            left -= w[i];
            shares -= share(at, i);
            again = true;
        }
    }
    for (int i = 0; i < at->n; i++)
        if (w[i] < 0) w[i] = share(at, i) * left / shares;
    mixer_normalise(at->n, w);
    mixer_spread(at, w);
}

const struct mixer_type mixer_capped = {
    .v = {.name = "capped",
          .summary = "given shares under a cap on repeats; the rest goes to the others",
          .schema = &capped_schema},
    .check = capped_check,
    .weights = capped_weights,
};
