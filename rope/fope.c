/* fope.c -- Fourier position embedding: every pair turns by a mix of frequencies.
 *
 *   pairs with 2 pi / w_i > L stand still (cos 1, sin 0)
 *   cos'_k(p) = sum_m C_h[k][m] cos(p w_m),  sin'_k(p) = sum_m S_h[k][m] sin(p w_m),  k, m: others
 *   C_h = identity + N(0, gain^2 2 / (pairs + pairs)), S_h likewise; drawn once, never trained
 *
 * Paper: Hua et al. 2024, arXiv:2412.17739, with its separate coefficients for sines and cosines
 * (separate_basis) and for heads (separate_head), and gain 0.3; for other spectra stack it with
 * `spectrum`. Deviation: pairs below the floor are left as they are, where the published code turns
 * them by 45 degrees and doubles their share of the logits; as many pairs as L allows rotate, where
 * it keeps at most head_dim / 4. The coefficients are saved as parameters that get no gradient.
 * Laws: none (the sum of mixed rotations is not a function of the distance). */
#include <math.h>

#include "rope/frequency.h"

enum { PAIRS = 512 }; /* of the widest head */

struct fope_opts {
    struct rotary_opts rotary;
    double gain;
    bool separate_basis, separate_head;
    int original_max_position_embeddings;
};

static const struct conf_field fope_fields[] = {
    ROTARY_ROWS(struct fope_opts, 10000, 1),
    CONF_REAL(struct fope_opts, gain, 0.3, 0, 100, "size of the foreign frequencies"),
    CONF_BOOL(struct fope_opts, separate_basis, true, "sines have coefficients of their own"),
    CONF_BOOL(struct fope_opts, separate_head, true, "every head has coefficients of its own"),
    ORIGINAL_ROW(struct fope_opts),
    CONF_END,
};

static const struct conf_schema fope_schema = {"fope", sizeof(struct fope_opts), fope_fields};

static int pairs_of(const void *opts, const struct position_shape *shape)
{
    struct rotary_geometry g;
    rotary_geometry(opts, shape, &g);
    return g.width / 2;
}

static int fope_check(const void *opts, const struct position_shape *shape, struct error *e)
{
    const struct fope_opts *o = opts;
    TRY(rotary_check(opts, shape, e));
    if (!o->separate_head || shape->heads == shape->kv_heads) return OK;
    return error_set(e, E_USAGE,
                     "separate_head true mixes frequencies per head: num_key_value_heads %d must "
                     "equal num_attention_heads %d",
                     shape->kv_heads, shape->heads);
}

/* n: pairs that complete a turn within L. */
static int rotating_pairs(const struct position_at *at, int pairs)
{
    const struct fope_opts *o = at->opts;
    const double length = original_length(o->original_max_position_embeddings, at),
                 last = rotary_pair_of_turns(1, length, o->rotary.rope_theta, 2 * pairs);
    return last < 0 ? 0 : last >= pairs - 1 ? pairs : (int)last + 1;
}

static int own_heads(const struct fope_opts *o, const struct position_shape *shape)
{
    return o->separate_head ? shape->heads : 1;
}

static int fope_params(const void *opts, const struct position_shape *shape,
                       struct position_param *out)
{
    const struct fope_opts *o = opts;
    const int pairs = pairs_of(opts, shape);
    const struct position_param p = {.n_dims = 2,
                                     .shape = {(int64_t)own_heads(o, shape) * pairs, pairs},
                                     .init = POSITION_INIT_CUSTOM};
    out[0] = out[1] = p;
    out[0].name = "cos";
    out[1].name = "sin";
    return o->separate_basis ? 2 : 1;
}

static void fope_init(const void *opts, const struct position_shape *shape, int layer, int k,
                      struct rng *rng, real *x)
{
    const struct fope_opts *o = opts;
    const size_t pairs = (size_t)pairs_of(opts, shape), rows = (size_t)own_heads(o, shape) * pairs;
    (void)layer, (void)k;
    rng_fill_normal(rng, x, rows * pairs, 0, o->gain / sqrt((double)pairs));
    for (size_t row = 0; row < rows; row++) x[row * pairs + row % pairs] += 1;
}

static void fope_inv_freq(const struct position_at *at, const struct rotary_geometry *g, int head,
                          double *inv_freq)
{
    (void)head;
    for (int i = rotating_pairs(at, g->width / 2); i < g->width / 2; i++) inv_freq[i] = 0;
}

/* Mix the n pairs that turn; their indices are in `turning`. */
static void mix(const real *coefficient, int pairs, int n, const int *turning, double *x)
{
    double y[PAIRS];
    for (int k = 0; k < n; k++) {
        const real *row = coefficient + (size_t)turning[k] * (size_t)pairs;
        y[k] = 0;
        for (int m = 0; m < n; m++) y[k] += row[turning[m]] * x[turning[m]];
    }
    for (int k = 0; k < n; k++) x[turning[k]] = y[k];
}

static void fope_table(const struct position_at *at, int head, int pairs, const double *w,
                       double *cosine, double *sine)
{
    const struct fope_opts *o = at->opts;
    const size_t own = o->separate_head ? (size_t)head * pairs * pairs : 0;
    int turning[PAIRS], n = 0;
    for (int i = 0; i < pairs; i++)
        if (w[i] != 0) turning[n++] = i;
    mix(at->param[0] + own, pairs, n, turning, cosine);
    mix(at->param[o->separate_basis] + own, pairs, n, turning, sine);
}

static bool fope_per_head(const void *opts)
{
    return ((const struct fope_opts *)opts)->separate_head;
}

const struct position_type position_fope = {
    .v = {.name = "fope",
          .summary = "Fourier position embedding: each pair turns by a mix of frequencies",
          .paper = "arXiv:2412.17739",
          .schema = &fope_schema},
    .scales = true,
    .check = fope_check,
    ROTARY_HOOKS,
    .inv_freq = fope_inv_freq,
    .per_head = fope_per_head,
    .table = fope_table,
    .params = fope_params,
    .init = fope_init,
};
