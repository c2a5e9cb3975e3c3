/* long_short.c -- a fixed share of the tokens from long documents, the rest from short ones.
 *
 *   w_ic = s q_ic / sum over long cells of q   in the long pool (lengths >= tau)
 *   w_ic = (1 - s) q_ic / sum over short cells of q   in the short pool,   q_ic = p_i n_ic / n_i
 *
 * Within a pool the configured mix is kept. Paper: Gao et al. 2024, ProLong, arXiv:2410.02660: 60 %
 * long is best, and more than that hurts although perplexity says otherwise. */
#include "src/data/mixer.h"

struct long_short_opts {
    int64_t threshold;
    double share;
};

#define S struct long_short_opts
static const struct conf_field long_short_fields[] = {
    CONF_SIZE_REQUIRED(S, threshold, 1, 1e15, "tau in tokens: an edge of data.length_classes"),
    CONF_REAL(S, share, 0.6, 0, 1, "s: share of the tokens that stand in long documents"),
    CONF_END,
};
#undef S

static const struct conf_schema long_short_schema = {
    .name = "long_short",
    .size = sizeof(struct long_short_opts),
    .fields = long_short_fields,
};

/* w: the configured mix. *pools: its mass in short and in long cells; returns the first long one. */
static int split(const struct mixer_at *at, double *w, double pools[2])
{
    const struct long_short_opts *o = at->opts;
    struct error ignored;
    int first = 0;
    mixer_threshold(at, "long_short", o->threshold, &first, &ignored);
    mixer_configured(at, w);
    mixer_spread(at, w);
    pools[0] = pools[1] = 0;
    for (int k = 0; k < at->n * at->classes; k++) pools[k % at->classes >= first] += w[k];
    return first;
}

static int long_short_check(const struct mixer_at *at, struct error *e)
{
    const struct long_short_opts *o = at->opts;
    int first;
    bool some[2] = {false, false};
    TRY(mixer_threshold(at, "long_short", o->threshold, &first, e));
    TRY(mixer_check_configured(at, "long_short", e));
    for (int k = 0; k < at->n * at->classes; k++)
        some[k % at->classes >= first] |=
            at->cell[k].tokens > 0 && at->source[k / at->classes].weight > 0;
    if ((!some[1] && o->share > 0) || (!some[0] && o->share < 1))
        return error_set(e, E_USAGE, "mixer long_short: no source has a document %s %lld tokens",
                         some[1] ? "below" : "of at least", (long long)o->threshold);
    return OK;
}

static void long_short_weights(const struct mixer_at *at, const struct data_clock *clock, double *w)
{
    const struct long_short_opts *o = at->opts;
    double pools[2];
    (void)clock;
    const int first = split(at, w, pools);
    for (int k = 0; k < at->n * at->classes; k++) {
        const bool is_long = k % at->classes >= first;
        if (w[k] > 0) w[k] *= (is_long ? o->share : 1 - o->share) / pools[is_long];
    }
}

const struct mixer_type mixer_long_short = {
    .v = {.name = "long_short",
          .summary = "a fixed share of the tokens from long documents, the rest from short ones",
          .paper = "arXiv:2410.02660",
          .schema = &long_short_schema},
    .check = long_short_check,
    .weights = long_short_weights,
};
