/* linear.c -- position interpolation.
 *
 *   w'_i = w_i / factor        (positions are squeezed into the original range)
 *
 * Paper: Chen et al. 2023, arXiv:2306.15595. Deviation: none.
 * Laws: shift, norm, plain rope at factor 1. */
#include "rope/frequency.h"

struct linear_opts {
    struct rotary_opts rotary;
    double factor;
};

static const struct conf_field linear_fields[] = {
    ROTARY_ROWS(struct linear_opts, 10000, 1),
    CONF_REAL_REQUIRED(struct linear_opts, factor, 1, 1e6, "how many times longer than before"),
    CONF_END,
};

static const struct conf_schema linear_schema = {"linear", sizeof(struct linear_opts),
                                                 linear_fields};

static void linear_inv_freq(const struct position_at *at, const struct rotary_geometry *g, int head,
                            double *inv_freq)
{
    const struct linear_opts *o = at->opts;
    (void)head;
    for (int i = 0; i < g->width / 2; i++) inv_freq[i] /= o->factor;
}

const struct position_type position_linear = {
    .v = {.name = "linear",
          .aliases = (const char *const[]){"pi", NULL},
          .summary = "position interpolation: every frequency divided by factor",
          .paper = "arXiv:2306.15595",
          .schema = &linear_schema},
    .laws = LAW_SHIFT | LAW_NORM | LAW_IDENTITY_AT_1,
    .scales = true,
    .check = rotary_check,
    ROTARY_HOOKS,
    .inv_freq = linear_inv_freq,
};
