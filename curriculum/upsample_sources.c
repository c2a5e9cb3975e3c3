/* upsample_sources.c -- more of named sources, and within every source more of the long documents.
 *
 *   p_i ~ b for the named sources, the configured weight for the others;
 *   w_ic = p_i n_ic m_c / sum_c n_ic m_c,   m = 1 at lengths >= tau, else r
 *
 * The mix changes on purpose. Paper: Fu et al. 2024, arXiv:2402.10171: raw weight 0.60 each for
 * code, arXiv and books, the others unchanged, renormalised; the same length filter as per-source
 * upsampling. `keep: 1` leaves lengths alone. */
#include <string.h>

#include "src/data/mixer.h"

struct upsample_sources_opts {
    struct conf_strings sources;
    double weight, keep;
    int64_t threshold;
};

#define S struct upsample_sources_opts
static const struct conf_field upsample_sources_fields[] = {
    CONF_STRINGS(S, sources, "names of the sources that get more"),
    CONF_REAL(S, weight, 0.6, 0, 1e6, "b: their weight before normalising"),
    CONF_REAL(S, keep, 0.2, 0, 1, "r, the share of shorter documents that stays"),
    CONF_SIZE(S, threshold, 0, 0, 1e15,
              "tau in tokens: an edge of data.length_classes; not needed with keep 1"),
    CONF_END,
};
#undef S

static const struct conf_schema upsample_sources_schema = {
    .name = "upsample_sources",
    .size = sizeof(struct upsample_sources_opts),
    .fields = upsample_sources_fields,
};

static bool is_named(const struct upsample_sources_opts *o, const char *name)
{
    for (int k = 0; k < o->sources.n; k++)
        if (!strcmp(o->sources.v[k], name)) return true;
    return false;
}

static int upsample_sources_check(const struct mixer_at *at, struct error *e)
{
    const struct upsample_sources_opts *o = at->opts;
    int first;
    if (!o->sources.n) return error_set(e, E_USAGE, "mixer upsample_sources: `sources` is missing");
    for (int k = 0; k < o->sources.n; k++) {
        int i = 0;
        while (i < at->n && strcmp(o->sources.v[k], at->source[i].name)) i++;
        if (i == at->n)
            return error_set(e, E_USAGE, "mixer upsample_sources: there is no source '%s'",
                             o->sources.v[k]);
    }
    if (o->keep < 1) TRY(mixer_threshold(at, "upsample_sources", o->threshold, &first, e));
    return mixer_check_configured(at, "upsample_sources", e);
}

static void upsample_sources_weights(const struct mixer_at *at, const struct data_clock *clock,
                                     double *w)
{
    const struct upsample_sources_opts *o = at->opts;
    struct error ignored;
    int first = 0;
    (void)clock;
    if (o->keep < 1) mixer_threshold(at, "upsample_sources", o->threshold, &first, &ignored);
    for (int i = 0; i < at->n; i++)
        w[i] = is_named(o, at->source[i].name) ? o->weight : at->source[i].weight;
    mixer_normalise(at->n, w);
    mixer_spread(at, w);
    for (int i = 0; i < at->n; i++) {
        double before = 0, after = 0, *own = w + (size_t)i * (size_t)at->classes;
        for (int c = 0; c < at->classes; c++) {
            before += own[c];
            own[c] *= c >= first ? 1 : o->keep;
            after += own[c];
        }
        for (int c = 0; c < at->classes && after > 0; c++) own[c] *= before / after;
    }
    mixer_normalise(at->n * at->classes, w);
}

const struct mixer_type mixer_upsample_sources = {
    .v = {.name = "upsample_sources",
          .summary = "more of named sources, and of the long documents within each",
          .paper = "arXiv:2402.10171",
          .schema = &upsample_sources_schema},
    .check = upsample_sources_check,
    .weights = upsample_sources_weights,
};
