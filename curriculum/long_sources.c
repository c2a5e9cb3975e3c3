/* long_sources.c -- more of the sources whose documents are long; lengths within a source stay.
 *
 *   w_i ~ p_i (1 + b l_i)     p: configured shares; l_i: share of source i's tokens that stand in
 *                             documents of at least tau tokens
 *
 * Paper: Xiong et al. 2023, arXiv:2309.16039, table 7, which raises the weights of long sources and
 * does not say how; the form is ours. */
#include "src/data/mixer.h"

struct long_sources_opts {
    int64_t threshold;
    double boost;
};

#define S struct long_sources_opts
static const struct conf_field long_sources_fields[] = {
    CONF_SIZE_REQUIRED(S, threshold, 1, 1e15, "tau in tokens: an edge of data.length_classes"),
    CONF_REAL(S, boost, 4, 0, 1e6,
              "b: a source of long documents alone weighs 1 + b times as much"),
    CONF_END,
};
#undef S

static const struct conf_schema long_sources_schema = {
    .name = "long_sources",
    .size = sizeof(struct long_sources_opts),
    .fields = long_sources_fields,
};

static int long_sources_check(const struct mixer_at *at, struct error *e)
{
    const struct long_sources_opts *o = at->opts;
    int first;
    TRY(mixer_threshold(at, "long_sources", o->threshold, &first, e));
    return mixer_check_configured(at, "long_sources", e);
}

static void long_sources_weights(const struct mixer_at *at, const struct data_clock *clock,
                                 double *w)
{
    const struct long_sources_opts *o = at->opts;
    struct error ignored;
    int first = 0;
    (void)clock;
    mixer_threshold(at, "long_sources", o->threshold, &first, &ignored);
    for (int i = 0; i < at->n; i++) {
        double tokens = 0;
        for (int c = first; c < at->classes; c++)
            tokens += (double)at->cell[i * at->classes + c].tokens;
        w[i] = at->source[i].weight * (1 + o->boost * tokens / (double)at->source[i].tokens);
    }
    mixer_normalise(at->n, w);
    mixer_spread(at, w);
}

const struct mixer_type mixer_long_sources = {
    .v = {.name = "long_sources",
          .summary = "more of the sources whose documents are long",
          .paper = "arXiv:2309.16039",
          .schema = &long_sources_schema},
    .check = long_sources_check,
    .weights = long_sources_weights,
};
