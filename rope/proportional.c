/* proportional.c -- p-RoPE: only the fastest pairs of the whole head rotate.
 *
 *   k = int(partial_rotary_factor * head_dim / 2)
 *   w'_i = rope_theta^(-2i/head_dim) / factor for i < k, 0 for the other pairs
 *
 * Paper: Barbero et al. 2024, arXiv:2410.06205 (Gemma 4: 0.25). Not partial rotary: the exponent
 * and the pairing run over head_dim, not over the rotated channels. Deviation: none.
 * Laws: shift, norm, plain rope at factor 1 (with partial_rotary_factor 1). */
#include "rope/frequency.h"

struct proportional_opts {
    struct rotary_opts rotary;
    double factor;
};

static const struct conf_field proportional_fields[] = {
    ROTARY_ROWS(struct proportional_opts, 10000, 1),
    CONF_REAL(struct proportional_opts, factor, 1, 1, 1e6, "divides the frequencies"),
    CONF_END,
};

static const struct conf_schema proportional_schema = {
    "proportional", sizeof(struct proportional_opts), proportional_fields};

static void proportional_geometry(const void *opts, const struct position_shape *shape,
                                  struct rotary_geometry *g)
{
    const struct proportional_opts *o = opts;
    *g = (struct rotary_geometry){(enum rotary_layout)o->rotary.layout, 0, shape->head_dim,
                                  shape->head_dim};
}

static void proportional_inv_freq(const struct position_at *at, const struct rotary_geometry *g,
                                  int head, double *inv_freq)
{
    const struct proportional_opts *o = at->opts;
    const int rotating = (int)(o->rotary.partial_rotary_factor * at->shape->head_dim / 2);
    (void)head;
    for (int i = 0; i < g->width / 2; i++) inv_freq[i] = i < rotating ? inv_freq[i] / o->factor : 0;
}

const struct position_type position_proportional = {
    .v = {.name = "proportional",
          .summary = "p-RoPE: the fastest share of the pairs rotates, the others stand still",
          .paper = "arXiv:2410.06205",
          .schema = &proportional_schema},
    .laws = LAW_SHIFT | LAW_NORM | LAW_IDENTITY_AT_1,
    .scales = true,
    .rope_theta = rotary_theta,
    .geometry = proportional_geometry,
    .inv_freq = proportional_inv_freq,
};
