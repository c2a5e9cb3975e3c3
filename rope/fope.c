/* fope.c -- Fourier position embedding: every pair turns by a mix of frequencies.
 *
 *   n = number of pairs with 2 pi / w_i <= L; the others stand still (cos 1, sin 0)
 *   cos'_k(p) = sum_m C_h[k][m] cos(p w_m),  sin'_k(p) = sum_m S_h[k][m] sin(p w_m),  k, m < n
 *   C_h = identity + N(0, gain^2 2 / (pairs + pairs)), S_h likewise; drawn once, never trained
 *
 * Paper: Hua et al. 2024, arXiv:2412.17739, with its separate coefficients for sines, cosines and
 * heads, and gain 0.3. Deviation: pairs below the floor are left as they are, where the published
 * code turns them by 45 degrees and doubles their share of the logits; as many pairs as L allows
 * rotate, where it keeps at most head_dim / 4. The coefficients are saved as parameters that get no
 * gradient.
 * Laws: none (the sum of mixed rotations is not a function of the distance). */
#include <math.h>
#include <string.h>

#include "rope/frequency.h"

enum { PAIRS = 512 }; /* of the widest head */

struct fope_opts {
    struct rotary_opts rotary;
    double gain;
    int original_max_position_embeddings;
};

static const struct conf_field fope_fields[] = {
    ROTARY_ROWS(struct fope_opts, 10000, 1),
    CONF_REAL(struct fope_opts, gain, 0.3, 0, 100, "size of the foreign frequencies"),
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
    TRY(rotary_check(opts, shape, e));
    if (shape->heads == shape->kv_heads) return OK;
    return error_set(e, E_USAGE,
                     "fope mixes frequencies per head: num_key_value_heads %d must equal "
                     "num_attention_heads %d",
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

static int fope_params(const void *opts, const struct position_shape *shape,
                       struct position_param *out)
{
    const int pairs = pairs_of(opts, shape);
    const struct position_param p = {
        .n_dims = 2, .shape = {(int64_t)shape->heads * pairs, pairs}, .init = POSITION_INIT_CUSTOM};
    out[0] = out[1] = p;
    out[0].name = "cos";
    out[1].name = "sin";
    return 2;
}

static void fope_init(const void *opts, const struct position_shape *shape, int layer, int k,
                      struct rng *rng, real *x)
{
    const struct fope_opts *o = opts;
    const size_t pairs = (size_t)pairs_of(opts, shape);
    (void)layer, (void)k;
    rng_fill_normal(rng, x, shape->heads * pairs * pairs, 0, o->gain / sqrt((double)pairs));
    for (size_t row = 0; row < shape->heads * pairs; row++) x[row * pairs + row % pairs] += 1;
}

static void fope_inv_freq(const struct position_at *at, const struct rotary_geometry *g, int head,
                          double *inv_freq)
{
    (void)head;
    for (int i = rotating_pairs(at, g->width / 2); i < g->width / 2; i++) inv_freq[i] = 0;
}

static void mix(const real *coefficient, int pairs, int n, double *x)
{
    double y[PAIRS];
    for (int k = 0; k < n; k++) {
        y[k] = 0;
        for (int m = 0; m < n; m++) y[k] += coefficient[(size_t)k * pairs + m] * x[m];
    }
    memcpy(x, y, (size_t)n * sizeof *x);
}

static void fope_table(const struct position_at *at, int head, int pairs, double *cosine,
                       double *sine)
{
    const int n = rotating_pairs(at, pairs);
    const size_t own = (size_t)head * pairs * pairs;
    mix(at->param[0] + own, pairs, n, cosine);
    mix(at->param[1] + own, pairs, n, sine);
}

static bool fope_per_head(const void *opts)
{
    (void)opts;
    return true;
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
