/* piecewise.c -- shares that are replaced at given points of the stage.
 *
 *   w(t) = weights of the last part whose `from` <= t      t: tokens trained in this stage
 *
 * A point of `from` below 1 is a fraction of the stage, from 1 up a number of tokens; the first part
 * begins at 0. Past parts do not change when a later one is edited. */
#include "src/data/mixer.h"

struct part {
    double from;
    struct conf_reals weights;
};

struct piecewise_opts {
    struct conf_list parts;
};

static const struct conf_field part_fields[] = {
    CONF_REAL(struct part, from, 0, 0, 1e18, "where it begins: fraction of the stage, or tokens"),
    CONF_REALS(struct part, weights, "share of tokens of each source; default: as configured"),
    CONF_END,
};
static const struct conf_schema part_schema = {"part", sizeof(struct part), part_fields};

static const struct conf_field piecewise_fields[] = {
    CONF_LIST(struct piecewise_opts, parts, &part_schema, "in order of `from`"),
    CONF_END,
};

static const struct conf_schema piecewise_schema = {
    .name = "piecewise",
    .size = sizeof(struct piecewise_opts),
    .fields = piecewise_fields,
};

static int piecewise_check(const struct mixer_at *at, struct error *e)
{
    const struct piecewise_opts *o = at->opts;
    const struct part *p = o->parts.v;
    if (!o->parts.n)
        return error_set(e, E_USAGE,
                         "mixer piecewise: `parts` is missing (for example [{weights: [1, 0]}, "
                         "{from: 0.5, weights: [0, 1]}])");
    if (p[0].from > 0)
        return error_set(e, E_USAGE, "mixer piecewise: the first part begins at %g, not at 0",
                         p[0].from);
    for (int i = 0; i < o->parts.n; i++) {
        if (i && !(p[i].from > p[i - 1].from))
            return error_set(e, E_USAGE, "mixer piecewise: part %d begins at %g, not after %g",
                             i + 1, p[i].from, p[i - 1].from);
        if (p[i].weights.n)
            TRY(mixer_check_list(at, "piecewise", "weights", &p[i].weights, at->n, false, e));
        else
            TRY(mixer_check_configured(at, "piecewise", e));
    }
    return OK;
}

static void piecewise_weights(const struct mixer_at *at, const struct data_clock *clock, double *w)
{
    const struct piecewise_opts *o = at->opts;
    const struct part *p = o->parts.v, *now = p;
    for (int i = 1; i < o->parts.n; i++) {
        const double from = p[i].from < 1 ? p[i].from * (double)clock->total : p[i].from;
        if ((double)clock->tokens >= from) now = &p[i];
    }
    for (int i = 0; i < at->n; i++)
        w[i] = now->weights.n ? now->weights.v[i] : at->source[i].weight;
    mixer_normalise(at->n, w);
    mixer_spread(at, w);
}

const struct mixer_type mixer_piecewise = {
    .v = {.name = "piecewise",
          .summary = "shares replaced at fractions of the stage or at token counts",
          .schema = &piecewise_schema},
    .check = piecewise_check,
    .weights = piecewise_weights,
};
