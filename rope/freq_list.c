/* freq_list.c -- frequencies as given.
 *
 *   w'_i = inv_freq[i],  cos and sin times attention_factor
 *
 * Covers what is a table and no more: Resonance RoPE (arXiv:2403.00071), clipped RoPE
 * (arXiv:2602.05258), NTK-mixed, searched spectra. rope_theta changes nothing here but the
 * comparison with plain rope.
 * Laws: shift, norm (up to attention_factor). */
#include "rope/frequency.h"

struct freq_list_opts {
    struct rotary_opts rotary;
    struct conf_reals inv_freq;
    double attention_factor;
};

static const struct conf_field freq_list_fields[] = {
    ROTARY_ROWS(struct freq_list_opts, 10000, 1),
    CONF_REALS(struct freq_list_opts, inv_freq, "radians per position, one for each rotated pair"),
    CONF_REAL(struct freq_list_opts, attention_factor, 1, 0, 1e3, "factor of cos and sin"),
    CONF_END,
};

static const struct conf_schema freq_list_schema = {"freq_list", sizeof(struct freq_list_opts),
                                                    freq_list_fields};

static int freq_list_check(const void *opts, const struct position_shape *shape, struct error *e)
{
    const struct freq_list_opts *o = opts;
    struct rotary_geometry g;
    TRY(rotary_check(opts, shape, e));
    rotary_geometry(opts, shape, &g);
    if (o->inv_freq.n == g.width / 2) return OK;
    return error_set(e, E_USAGE, "inv_freq has %d values: %d are valid, one for each rotated pair",
                     o->inv_freq.n, g.width / 2);
}

static void freq_list_inv_freq(const struct position_at *at, const struct rotary_geometry *g,
                               int head, double *inv_freq)
{
    const struct freq_list_opts *o = at->opts;
    (void)head;
    for (int i = 0; i < g->width / 2; i++) inv_freq[i] = o->inv_freq.v[i];
}

static void freq_list_magnitude(const struct position_at *at, double *magnitude)
{
    const struct freq_list_opts *o = at->opts;
    *magnitude *= o->attention_factor;
}

const struct position_type position_freq_list = {
    .v = {.name = "freq_list",
          .summary = "inverse frequencies as given, one per pair",
          .paper = NULL,
          .schema = &freq_list_schema},
    .laws = LAW_SHIFT | LAW_NORM,
    .scales = true,
    .check = freq_list_check,
    ROTARY_HOOKS,
    .inv_freq = freq_list_inv_freq,
    .magnitude = freq_list_magnitude,
};
