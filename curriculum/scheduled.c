/* scheduled.c -- shares that move from one mix to another.
 *
 *   w(t) = (1 - s) a + s b,   u = clamp((t - begin) / (end - begin), 0, 1)
 *   linear: s = u      cosine: s = (1 - cos(pi u)) / 2
 *
 * a: `from`, b: `to`, both normalised; t: tokens trained in this stage. `begin` and `end` up to 1 are
 * fractions of the stage, above 1 tokens. */
#include <math.h>

#include "src/data/mixer.h"

enum shape { LINEAR, COSINE };

struct scheduled_opts {
    struct conf_reals from, to;
    int shape;
    double begin, end;
};

static const char *const shapes[] = {"linear", "cosine", NULL};

#define S struct scheduled_opts
static const struct conf_field scheduled_fields[] = {
    CONF_REALS(S, from, "share of each source at first; default: each source's own `weight`"),
    CONF_REALS(S, to, "share of each source in the end"),
    CONF_ENUM(S, shape, LINEAR, shapes, "how it moves"),
    CONF_REAL(S, begin, 0, 0, 1e18, "where it begins to move: fraction of the stage, or tokens"),
    CONF_REAL(S, end, 1, 0, 1e18, "where it has arrived"),
    CONF_END,
};
#undef S

static const struct conf_schema scheduled_schema = {
    .name = "scheduled",
    .size = sizeof(struct scheduled_opts),
    .fields = scheduled_fields,
};

static int scheduled_check(const struct mixer_at *at, struct error *e)
{
    const struct scheduled_opts *o = at->opts;
    if (!o->from.n) TRY(mixer_check_configured(at, "scheduled", e));
    TRY(mixer_check_list(at, "scheduled", "from", &o->from, at->n, true, e));
    TRY(mixer_check_list(at, "scheduled", "to", &o->to, at->n, false, e));
    const bool same_unit = (o->begin <= 1) == (o->end <= 1);
    if (!same_unit || o->begin < o->end) return OK;
    return error_set(e, E_USAGE, "mixer scheduled: it ends at %g, not after its begin at %g",
                     o->end, o->begin);
}

static double point(double at, int64_t total)
{
    return at <= 1 ? at * (double)total : at;
}

static double moved(const struct scheduled_opts *o, const struct data_clock *clock)
{
    const double begin = point(o->begin, clock->total), end = point(o->end, clock->total);
    double u = end > begin ? ((double)clock->tokens - begin) / (end - begin)
                           : (double)((double)clock->tokens >= end);
    u = u < 0 ? 0 : u > 1 ? 1 : u;
    return o->shape == LINEAR ? u : (1 - cos(M_PI * u)) / 2;
}

static void scheduled_weights(const struct mixer_at *at, const struct data_clock *clock, double *w)
{
    const struct scheduled_opts *o = at->opts;
    const double s = moved(o, clock);
    double from = 0, to = 0;
    for (int i = 0; i < at->n; i++) {
        from += o->from.n ? o->from.v[i] : at->source[i].weight;
        to += o->to.v[i];
    }
    for (int i = 0; i < at->n; i++)
        w[i] = (1 - s) * (o->from.n ? o->from.v[i] : at->source[i].weight) / from +
               s * o->to.v[i] / to;
    mixer_spread(at, w);
}

const struct mixer_type mixer_scheduled = {
    .v = {.name = "scheduled",
          .summary = "shares that move from one mix to another, linear or cosine",
          .schema = &scheduled_schema},
    .check = scheduled_check,
    .weights = scheduled_weights,
};
