/* pope.c -- polar coordinate position embedding: content sets lengths, position sets angles.
 *
 *   mu = softplus(x) per channel c of the d rotated ones;  w_c = rope_theta^(-c/d)
 *   s_ij = sum_c mu_q,c mu_k,c cos((i - j) w_c - delta_c) / sqrt(head_dim) (+ the plain channels)
 *
 * A channel of q becomes the pair (mu, 0), of k (mu cos delta, mu sin delta), and the pair is rotated:
 * q and k are twice as wide as v on the rotated channels. delta is learned per layer, key-value head
 * and channel within [-2 pi, 0], from 0 or uniform.
 *
 * Paper: Gopalakrishnan et al. 2025, arXiv:2509.10534. Deviation: none.
 * Laws: shift. */
#include <math.h>

#include "rope/frequency.h"
#include "src/num/vmath.h"

enum { FROM_ZERO, FROM_UNIFORM, CHANNELS = 1024 };

static const char *const init_names[] = {"zero", "uniform", NULL};

struct pope_opts {
    struct rotary_opts rotary;
    int init;
};

static const struct conf_field pope_fields[] = {
    ROTARY_ROWS(struct pope_opts, 10000, 1),
    CONF_ENUM(struct pope_opts, init, FROM_ZERO, init_names, "where delta starts"),
    CONF_END,
};

static const struct conf_schema pope_schema = {"pope", sizeof(struct pope_opts), pope_fields};

/* Channels of x that become pairs. */
static int polar_channels(const void *opts, const struct position_shape *shape)
{
    struct rotary_geometry g;
    rotary_geometry(opts, shape, &g);
    return g.width;
}

static int pope_check(const void *opts, const struct position_shape *shape, struct error *e)
{
    TRY(rotary_check(opts, shape, e));
    if (shape->head_dim <= CHANNELS / 2) return OK;
    return error_set(e, E_USAGE, "pope doubles head_dim %d: at most %d is possible",
                     shape->head_dim, CHANNELS / 2);
}

static void pope_geometry(const void *opts, const struct position_shape *shape,
                          struct rotary_geometry *g)
{
    const struct pope_opts *o = opts;
    const int width = 2 * polar_channels(opts, shape);
    *g = (struct rotary_geometry){(enum rotary_layout)o->rotary.layout, 0, width, width};
}

static int pope_qk_width(const void *opts, const struct position_shape *shape)
{
    return shape->head_dim + polar_channels(opts, shape);
}

static int pope_params(const void *opts, const struct position_shape *shape,
                       struct position_param *out)
{
    const struct pope_opts *o = opts;
    out[0] = (struct position_param){.name = "delta",
                                     .n_dims = 2,
                                     .shape = {shape->kv_heads, polar_channels(opts, shape)},
                                     .init = POSITION_INIT_UNIFORM,
                                     .a = o->init == FROM_UNIFORM ? -2 * M_PI : 0,
                                     .b = 0,
                                     .min = -2 * M_PI,
                                     .max = 0};
    return 1;
}

/* One head of some tokens: which channels of y are the pair of channel c. */
struct polar {
    int d, head_dim, width, step, second;
    real cosine[CHANNELS], sine[CHANNELS]; /* of delta; 1 and 0 for q */
};

static void polar_open(struct polar *p, const struct position_at *at, bool key, int head)
{
    const struct pope_opts *o = at->opts;
    const bool half = o->rotary.layout == ROTARY_HALF;
    p->d = polar_channels(at->opts, at->shape);
    p->head_dim = at->shape->head_dim;
    p->width = p->head_dim + p->d;
    p->step = half ? 1 : 2;
    p->second = half ? p->d : 1;
    for (int c = 0; c < p->d; c++) {
        const double delta = key ? at->param[0][(size_t)head * p->d + c] : 0;
        p->cosine[c] = (real)cos(delta);
        p->sine[c] = (real)sin(delta);
    }
}

static int heads_of(const struct position_at *at, bool key)
{
    return key ? at->shape->kv_heads : at->shape->heads;
}

static void pope_qk_map(const struct position_at *at, bool key, int tokens, const real *x, int ldx,
                        real *y, int ldy)
{
    struct polar p;
    real mu[CHANNELS];
    for (int h = 0; h < heads_of(at, key); h++) {
        polar_open(&p, at, key, h);
        for (int t = 0; t < tokens; t++) {
            const real *from = x + (size_t)t * ldx + h * p.head_dim;
            real *to = y + (size_t)t * ldy + h * p.width;
            vsoftplus(mu, from, p.d);
            for (int c = 0; c < p.d; c++) {
                to[c * p.step] = mu[c] * p.cosine[c];
                to[c * p.step + p.second] = mu[c] * p.sine[c];
            }
            for (int c = p.d; c < p.head_dim; c++) to[p.d + c] = from[c];
        }
    }
}

static void pope_qk_map_grad(const struct position_at *at, bool key, int tokens, const real *x,
                             int ldx, const real *dy, int lddy, real *dx, int lddx, double *dparams)
{
    struct polar p;
    real mu[CHANNELS], slope[CHANNELS];
    for (int h = 0; h < heads_of(at, key); h++) {
        polar_open(&p, at, key, h);
        double *ddelta = dparams + (size_t)h * p.d;
        for (int t = 0; t < tokens; t++) {
            const real *from = x + (size_t)t * ldx + h * p.head_dim,
                       *d = dy + (size_t)t * lddy + h * p.width;
            real *to = dx + (size_t)t * lddx + h * p.head_dim;
            vsoftplus(mu, from, p.d);
            vsigmoid(slope, from, p.d);
            for (int c = 0; c < p.d; c++) {
                const real a = d[c * p.step], b = d[c * p.step + p.second];
                to[c] = (a * p.cosine[c] + b * p.sine[c]) * slope[c];
                if (key) ddelta[c] += mu[c] * (b * p.cosine[c] - a * p.sine[c]);
            }
            for (int c = p.d; c < p.head_dim; c++) to[c] = d[p.d + c];
        }
    }
}

const struct position_type position_pope = {
    .v = {.name = "pope",
          .summary = "polar embedding: content sets lengths, position and a learned phase angles",
          .paper = "arXiv:2509.10534",
          .schema = &pope_schema},
    .cost = "about 1.2 times",
    .laws = LAW_SHIFT,
    .check = pope_check,
    .rope_theta = rotary_theta,
    .geometry = pope_geometry,
    .qk_width = pope_qk_width,
    .qk_map = pope_qk_map,
    .qk_map_grad = pope_qk_map_grad,
    .params = pope_params,
};
