/* upsample.c -- more (or less) of the long documents of every source.
 *
 *   w_ic ~ p_i (n_ic / n_i) m_c      p: configured shares; n_ic: tokens of length class c
 *   keep:    m = 1 at lengths >= tau, else r     a shorter document is kept with probability r
 *   remove:  m = 0 at lengths >= tau, else 1     "without long documents"
 *   power:   m = (mean length of the class / tau)^g
 *
 * conserve_sources says what becomes of the mix of the sources: false, it drifts to those whose
 * documents are long ("global"); true, each keeps its share p_i and only its lengths change
 * ("per-source"). Paper: Fu et al. 2024, arXiv:2402.10171, keep with tau 4096 and r 0.2: 30 % long
 * become 68 %. They draw documents, we set the expected tokens exactly, within the resolution of
 * data.length_classes, of which tau must be an edge. */
#include <math.h>

#include "src/data/mixer.h"

enum rule { KEEP, REMOVE, POWER };

struct upsample_opts {
    int rule;
    int64_t threshold;
    double keep, power;
    bool conserve_sources;
};

static const char *const rules[] = {"keep", "remove", "power", NULL};

#define S struct upsample_opts
static const struct conf_field upsample_fields[] = {
    CONF_ENUM(S, rule, KEEP, rules, "what length does to a document's weight"),
    CONF_SIZE_REQUIRED(S, threshold, 1, 1e15, "tau in tokens: an edge of data.length_classes"),
    CONF_REAL(S, keep, 0.2, 0, 1, "keep: r, the share of shorter documents that stays"),
    CONF_REAL(S, power, 1, -16, 16, "power: g; below 0 it favours the short"),
    {"conserve_sources", CONF_KIND_BOOL, offsetof(S, conserve_sources), CONF_REQUIRED, 0, 0, 1, 0,
     0, 0, 0, "does each source keep its share of the tokens"},
    CONF_END,
};
#undef S

static const struct conf_schema upsample_schema = {
    .name = "upsample",
    .size = sizeof(struct upsample_opts),
    .fields = upsample_fields,
};

static double factor(const struct upsample_opts *o, const struct mixer_cell *cell, bool is_long)
{
    if (!cell->tokens) return 0;
    switch (o->rule) {
    case KEEP:
        return is_long ? 1 : o->keep;
    case REMOVE:
        return is_long ? 0 : 1;
    default:
        return pow(cell->mean_length / (double)o->threshold, o->power);
    }
}

/* m of the cells of a source, and the mean of m over its tokens. */
static double mean_factor(const struct mixer_at *at, int first, int i)
{
    const struct mixer_cell *cell = at->cell + (size_t)i * (size_t)at->classes;
    double sum = 0;
    for (int c = 0; c < at->classes; c++)
        sum += (double)cell[c].tokens * factor(at->opts, &cell[c], c >= first);
    return sum / (double)at->source[i].tokens;
}

static int upsample_check(const struct mixer_at *at, struct error *e)
{
    const struct upsample_opts *o = at->opts;
    int first = 0;
    bool some = false;
    TRY(mixer_check_configured(at, "upsample", e));
    TRY(mixer_threshold(at, "upsample", o->threshold, &first, e));
    for (int i = 0; i < at->n; i++) {
        const bool empty = !(mean_factor(at, first, i) > 0);
        some |= !empty && at->source[i].weight > 0;
        if (empty && o->conserve_sources && at->source[i].weight > 0)
            return error_set(e, E_USAGE,
                             "mixer upsample: nothing is left of source '%s', which cannot keep "
                             "its share of the mix",
                             at->source[i].name);
    }
    return some ? OK : error_set(e, E_USAGE, "mixer upsample: nothing is left of any source");
}

static void upsample_weights(const struct mixer_at *at, const struct data_clock *clock, double *w)
{
    const struct upsample_opts *o = at->opts;
    struct error ignored;
    int first = 0;
    (void)clock;
    mixer_threshold(at, "upsample", o->threshold, &first, &ignored);
    mixer_configured(at, w);
    mixer_spread(at, w);
    for (int i = 0; i < at->n; i++) {
        const double mean = o->conserve_sources ? mean_factor(at, first, i) : 1;
        for (int c = 0; c < at->classes; c++) {
            const int k = i * at->classes + c;
            if (w[k] > 0) w[k] *= factor(o, &at->cell[k], c >= first) / mean;
        }
    }
    mixer_normalise(at->n * at->classes, w);
}

const struct mixer_type mixer_upsample = {
    .v = {.name = "upsample",
          .summary = "more of the long documents of every source, global or per source; or none",
          .paper = "arXiv:2402.10171",
          .schema = &upsample_schema},
    .check = upsample_check,
    .weights = upsample_weights,
};
