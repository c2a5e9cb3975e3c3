/* xpos.c -- rotation with a decay per pair.
 *
 *   zeta_k = (2k + 0.4 d) / (1.4 d),  q_i k_j of pair k gets zeta_k^((i - j) / scale_base)
 *
 * Paper: Sun et al. 2022, arXiv:2212.10554. Deviation: the product is scaled by the distance,
 * re-centred on each tile, where the published code scales q and k by their distances from a centre
 * (which overflows far from it, and breaks cached keys when it moves); layout half by default.
 * Laws: shift. */
#include <math.h>

#include "rope/frequency.h"

struct xpos_opts {
    struct rotary_opts rotary;
    double scale_base;
};

static const struct conf_field xpos_fields[] = {
    ROTARY_ROWS(struct xpos_opts, 10000, 1),
    CONF_REAL(struct xpos_opts, scale_base, 512, 1e-3, 1e12, "distance at which zeta applies once"),
    CONF_END,
};

static const struct conf_schema xpos_schema = {"xpos", sizeof(struct xpos_opts), xpos_fields};

static void xpos_log_rate(const struct position_at *at, const struct rotary_geometry *g,
                          double *rate)
{
    const struct xpos_opts *o = at->opts;
    const double d = g->width;
    for (int k = 0; k < g->width / 2; k++)
        rate[k] += log((2 * k + 0.4 * d) / (1.4 * d)) / o->scale_base;
}

const struct position_type position_xpos = {
    .v = {.name = "xpos",
          .summary = "rotary embedding whose products decay with distance, the slowest pairs least",
          .paper = "arXiv:2212.10554",
          .schema = &xpos_schema},
    .cost = "about 1.1 times",
    .laws = LAW_SHIFT,
    .check = rotary_check,
    ROTARY_HOOKS,
    .log_rate = xpos_log_rate,
};
