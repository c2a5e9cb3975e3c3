/* half_truncate.c -- a tuned spectrum on half of the pairs.
 *
 *   m = int(partial_rotary_factor * head_dim / 2),  w_i = rope_theta^(-i/(m-1)) for i < m, else 0
 *
 * The slowest rotating pair reaches exactly 1/rope_theta, unlike rope's. Source: modded-nanogpt
 * (github.com/KellerJordan/modded-nanogpt), rope_theta 1024 and half of the pairs. Deviation: none.
 * Laws: shift, norm. */
#include <math.h>

#include "rope/frequency.h"

struct half_truncate_opts {
    struct rotary_opts rotary;
};

static const struct conf_field half_truncate_fields[] = {
    ROTARY_ROWS(struct half_truncate_opts, 1024, 0.5),
    CONF_END,
};

static const struct conf_schema half_truncate_schema = {
    "half_truncate", sizeof(struct half_truncate_opts), half_truncate_fields};

static int rotating_pairs(const void *opts, const struct position_shape *shape)
{
    const struct half_truncate_opts *o = opts;
    return (int)(o->rotary.partial_rotary_factor * shape->head_dim / 2);
}

static int half_truncate_check(const void *opts, const struct position_shape *shape,
                               struct error *e)
{
    const struct half_truncate_opts *o = opts;
    if (rotating_pairs(opts, shape) >= 2) return OK;
    return error_set(e, E_USAGE,
                     "partial_rotary_factor %g of head_dim %d leaves %d rotating pairs: at least 2 "
                     "are needed for a spectrum",
                     o->rotary.partial_rotary_factor, shape->head_dim, rotating_pairs(opts, shape));
}

static void half_truncate_geometry(const void *opts, const struct position_shape *shape,
                                   struct rotary_geometry *g)
{
    const struct half_truncate_opts *o = opts;
    *g = (struct rotary_geometry){(enum rotary_layout)o->rotary.layout, 0, shape->head_dim,
                                  shape->head_dim};
}

static void half_truncate_inv_freq(const struct position_at *at, const struct rotary_geometry *g,
                                   int head, double *inv_freq)
{
    const struct half_truncate_opts *o = at->opts;
    const int m = rotating_pairs(o, at->shape);
    (void)head;
    for (int i = 0; i < g->width / 2; i++)
        inv_freq[i] = i < m ? pow(o->rotary.rope_theta, -(double)i / (m - 1)) : 0;
}

const struct position_type position_half_truncate = {
    .v = {.name = "half_truncate",
          .summary = "half of the pairs rotate, from 1 down to exactly 1/rope_theta",
          .paper = NULL,
          .schema = &half_truncate_schema},
    .laws = LAW_SHIFT | LAW_NORM,
    .check = half_truncate_check,
    .rope_theta = rotary_theta,
    .geometry = half_truncate_geometry,
    .inv_freq = half_truncate_inv_freq,
};
