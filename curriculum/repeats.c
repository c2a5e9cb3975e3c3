/* repeats.c -- how often each source comes, relative to the others; 0 drops it.
 *
 *   w_i ~ r_i n_i      n_i: training tokens of source i
 *
 * With a source for each class of quality (holistic, aggregated, chaotic), this is upsampling by
 * quality: Lv et al. 2024, LongWanjuan, arXiv:2402.13583, which drops or repeats classes. */
#include "src/data/mixer.h"

struct repeats_opts {
    struct conf_reals repeats;
};

static const struct conf_field repeats_fields[] = {
    CONF_REALS(struct repeats_opts, repeats, "of each source, in their order; default: 1 each"),
    CONF_END,
};

static const struct conf_schema repeats_schema = {
    .name = "repeats",
    .size = sizeof(struct repeats_opts),
    .fields = repeats_fields,
};

static int repeats_check(const struct mixer_at *at, struct error *e)
{
    const struct repeats_opts *o = at->opts;
    return mixer_check_list(at, "repeats", "repeats", &o->repeats, at->n, true, e);
}

static void repeats_weights(const struct mixer_at *at, const struct data_clock *clock, double *w)
{
    const struct repeats_opts *o = at->opts;
    (void)clock;
    for (int i = 0; i < at->n; i++)
        w[i] = (o->repeats.n ? o->repeats.v[i] : 1) * (double)at->source[i].tokens;
    mixer_normalise(at->n, w);
    mixer_spread(at, w);
}

const struct mixer_type mixer_repeats = {
    .v = {.name = "repeats",
          .summary = "shares by size times repeats; with sources as quality classes, by quality",
          .paper = "arXiv:2402.13583",
          .schema = &repeats_schema},
    .check = repeats_check,
    .weights = repeats_weights,
};
