/* ntk.c -- NTK-aware scaling with a fixed factor.
 *
 *   b' = rope_theta * factor^(d / (d - 2)),  w'_i = b'^(-2i/d)
 *
 * so that the slowest pair is interpolated by `factor` and the fastest not at all. Source: bloc97
 * 2023, reddit.com/r/LocalLLaMA/comments/14lz7j5; analysed by Peng et al. 2023, arXiv:2309.00071,
 * section 3.1. Deviation: none (the author's alpha is `factor` here).
 * Laws: shift, norm, plain rope at factor 1. */
#include "rope/frequency.h"

struct ntk_opts {
    struct rotary_opts rotary;
    double factor;
};

static const struct conf_field ntk_fields[] = {
    ROTARY_ROWS(struct ntk_opts, 10000, 1),
    CONF_REAL_REQUIRED(struct ntk_opts, factor, 1, 1e6, "interpolation of the slowest pair"),
    CONF_END,
};

static const struct conf_schema ntk_schema = {"ntk", sizeof(struct ntk_opts), ntk_fields};

static void ntk_inv_freq(const struct position_at *at, const struct rotary_geometry *g, int head,
                         double *inv_freq)
{
    const struct ntk_opts *o = at->opts;
    (void)head;
    rotary_frequencies(rotary_ntk_theta(o->rotary.rope_theta, o->factor, g->denominator), g,
                       inv_freq);
}

const struct position_type position_ntk = {
    .v = {.name = "ntk",
          .summary =
              "NTK-aware scaling: a larger base that interpolates the slowest pair by factor",
          .paper = "arXiv:2309.00071",
          .schema = &ntk_schema},
    .laws = LAW_SHIFT | LAW_NORM | LAW_IDENTITY_AT_1,
    .scales = true,
    .check = rotary_ntk_check,
    ROTARY_HOOKS,
    .inv_freq = ntk_inv_freq,
};
