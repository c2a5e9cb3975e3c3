/* unimax.c -- as uniform as a cap on repeats allows.
 *
 *   sources by rising size; the j-th of k takes U = min(B / (k - j), N n) of what is left of the
 *   budget B, and B -= U;   p = U / sum U
 *
 * N: `max_epochs`. The budget is that of the stage unless given. Paper: Chung et al. 2023,
 * arXiv:2304.09151, which finds N = 1 best. */
#include "src/data/mixer.h"

struct unimax_opts {
    double max_epochs;
    int64_t budget;
};

static const struct conf_field unimax_fields[] = {
    CONF_REAL(struct unimax_opts, max_epochs, 1, 1e-6, 1e9,
              "N: how often a source may be repeated"),
    CONF_SIZE(struct unimax_opts, budget, 0, 0, 1e18, "tokens; 0: those of the stage"),
    CONF_END,
};

static const struct conf_schema unimax_schema = {
    .name = "unimax",
    .size = sizeof(struct unimax_opts),
    .fields = unimax_fields,
};

/* The source that comes next by (size, index) after the one at (size, index). */
static int next_larger(const struct mixer_at *at, int64_t size, int index)
{
    int best = -1;
    for (int i = 0; i < at->n; i++) {
        const int64_t n = at->source[i].tokens;
        if (n < size || (n == size && i <= index)) continue;
        if (best < 0 || n < at->source[best].tokens) best = i;
    }
    return best;
}

static void unimax_weights(const struct mixer_at *at, const struct data_clock *clock, double *w)
{
    const struct unimax_opts *o = at->opts;
    const bool known = o->budget || clock_known(clock); /* otherwise without caps */
    double left = known ? (double)(o->budget ? o->budget : clock->total) : 1;
    int64_t size = -1;
    int i = -1;
    for (int j = 0; j < at->n; j++) {
        i = next_larger(at, size, i);
        size = at->source[i].tokens;
        const double even = left / (at->n - j), cap = o->max_epochs * (double)size;
        w[i] = even < cap || !known ? even : cap;
        left -= w[i];
    }
    mixer_normalise(at->n, w);
    mixer_spread(at, w);
}

const struct mixer_type mixer_unimax = {
    .v = {.name = "unimax",
          .summary = "as uniform as a cap on repeats allows",
          .paper = "arXiv:2304.09151",
          .schema = &unimax_schema},
    .weights = unimax_weights,
};
