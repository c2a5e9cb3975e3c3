/* learned_freq.c -- rotary frequencies that learn.
 *
 *   w_i = rope_theta^(-2i/d) exp(u_i),  u learned per layer, from 0: training begins as plain rope
 *   per_head: true learns one spectrum for each head
 *
 * Source: learned rotary frequencies as in lucidrains' rotary-embedding-torch, in log space as in
 * GRAPE (arXiv:2512.07805). Deviation: the logarithm of the ratio to rope's frequency is learned, so
 * that all pairs learn on one scale. Tables are made anew in every pass.
 * Laws: shift, norm. */
#include <math.h>

#include "rope/frequency.h"

struct learned_freq_opts {
    struct rotary_opts rotary;
    bool per_head;
};

static const struct conf_field learned_freq_fields[] = {
    ROTARY_ROWS(struct learned_freq_opts, 10000, 1),
    CONF_BOOL(struct learned_freq_opts, per_head, false, "one spectrum for each head"),
    CONF_END,
};

static const struct conf_schema learned_freq_schema = {
    "learned_freq", sizeof(struct learned_freq_opts), learned_freq_fields};

static int learned_freq_check(const void *opts, const struct position_shape *shape, struct error *e)
{
    const struct learned_freq_opts *o = opts;
    TRY(rotary_check(opts, shape, e));
    if (!o->per_head || shape->heads == shape->kv_heads) return OK;
    return error_set(e, E_USAGE,
                     "per_head true learns a spectrum per head: num_key_value_heads %d must equal "
                     "num_attention_heads %d",
                     shape->kv_heads, shape->heads);
}

static bool learned_freq_per_head(const void *opts)
{
    return ((const struct learned_freq_opts *)opts)->per_head;
}

static int learned_freq_params(const void *opts, const struct position_shape *shape,
                               struct position_param *out)
{
    const struct learned_freq_opts *o = opts;
    struct rotary_geometry g;
    rotary_geometry(opts, shape, &g);
    out[0] = (struct position_param){.name = "log_scale",
                                     .n_dims = 2,
                                     .shape = {o->per_head ? shape->heads : 1, g.width / 2},
                                     .init = POSITION_INIT_CONSTANT};
    return 1;
}

/* u of a head, or NULL before there is a model. */
static const real *log_scale(const struct position_at *at, const struct rotary_geometry *g,
                             int head)
{
    const struct learned_freq_opts *o = at->opts;
    const real *u = at->param[0];
    return u && o->per_head ? u + (size_t)head * (size_t)(g->width / 2) : u;
}

static void learned_freq_inv_freq(const struct position_at *at, const struct rotary_geometry *g,
                                  int head, double *inv_freq)
{
    const real *u = log_scale(at, g, head);
    for (int i = 0; u && i < g->width / 2; i++) inv_freq[i] *= exp((double)u[i]);
}

static void learned_freq_inv_freq_grad(const struct position_at *at,
                                       const struct rotary_geometry *g, int head,
                                       const double *dfreq, double *dparams)
{
    const struct learned_freq_opts *o = at->opts;
    const real *u = log_scale(at, g, head);
    for (int i = 0; i < g->width / 2; i++)
        dparams[u - at->param[0] + i] +=
            dfreq[i] * pow(o->rotary.rope_theta, -2.0 * i / g->denominator) * exp((double)u[i]);
}

const struct position_type position_learned_freq = {
    .v = {.name = "learned_freq",
          .summary = "rotary embedding whose frequencies are learned, from rope's",
          .paper = "arXiv:2512.07805",
          .schema = &learned_freq_schema},
    .laws = LAW_SHIFT | LAW_NORM,
    .check = learned_freq_check,
    ROTARY_HOOKS,
    .inv_freq = learned_freq_inv_freq,
    .inv_freq_grad = learned_freq_inv_freq_grad,
    .per_head = learned_freq_per_head,
    .params = learned_freq_params,
};
