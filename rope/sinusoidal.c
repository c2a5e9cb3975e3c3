/* sinusoidal.c -- sines and cosines of the position, added to the embedding.
 *
 *   x[i] += scale [sin(p w_0) .. sin(p w_{n-1}), cos(p w_0) .. cos(p w_{n-1})]
 *   w_k = rope_theta^(-2k/hidden_size), n = hidden_size / 2
 *
 * Paper: Vaswani et al. 2017, arXiv:1706.03762, in fairseq's order of channels. `scaled` (the
 * default) learns the scale, from hidden_size^-0.5, because small initial embeddings would drown in
 * sines of size 1; false keeps it at 1. Deviation: key base_theta instead of rope_theta, since
 * nothing rotates.
 * Laws: none. */
#define _GNU_SOURCE
#include <math.h>

#include "src/model/position.h"

struct sinusoidal_opts {
    double base_theta;
    bool scaled;
};

static const struct conf_field sinusoidal_fields[] = {
    CONF_REAL(struct sinusoidal_opts, base_theta, 10000, 2, 1e15, "base of the wavelengths"),
    CONF_BOOL(struct sinusoidal_opts, scaled, true, "learn a factor, from hidden_size^-0.5"),
    CONF_END,
};

static const struct conf_schema sinusoidal_schema = {"sinusoidal", sizeof(struct sinusoidal_opts),
                                                     sinusoidal_fields};

static int sinusoidal_check(const void *opts, const struct position_shape *shape, struct error *e)
{
    (void)opts;
    if (shape->hidden_size % 2 == 0) return OK;
    return error_set(e, E_USAGE, "hidden_size %d is odd: sinusoidal needs an even one",
                     shape->hidden_size);
}

static int sinusoidal_params(const void *opts, const struct position_shape *shape,
                             struct position_param *out)
{
    const struct sinusoidal_opts *o = opts;
    out[0] = (struct position_param){.name = "scale",
                                     .n_dims = 1,
                                     .shape = {1},
                                     .init = POSITION_INIT_CONSTANT,
                                     .a = 1 / sqrt(shape->hidden_size)};
    return o->scaled;
}

static void sine_pair(const struct sinusoidal_opts *o, int width, int32_t position, int k,
                      double *sine, double *cosine)
{
    sincos(position * pow(o->base_theta, -2.0 * k / width), sine, cosine);
}

static void sinusoidal_embed(const struct position_at *at, const int32_t *position, int tokens,
                             real *x)
{
    const struct sinusoidal_opts *o = at->opts;
    const int width = at->shape->hidden_size, n = width / 2;
    const double scale = o->scaled ? at->param[0][0] : 1;
#pragma omp parallel for schedule(static)
    for (int t = 0; t < tokens; t++) {
        real *y = x + (size_t)t * width;
        for (int k = 0; k < n; k++) {
            double s, c;
            sine_pair(o, width, position[t], k, &s, &c);
            y[k] += (real)(scale * s);
            y[n + k] += (real)(scale * c);
        }
    }
}

/* Serial over tokens so that the sum has one order; the sines are what costs, and there is one
 * scalar. */
static void sinusoidal_embed_grad(const struct position_at *at, const int32_t *position, int tokens,
                                  const real *dx, double *dparams)
{
    const struct sinusoidal_opts *o = at->opts;
    const int width = at->shape->hidden_size, n = width / 2;
    if (!o->scaled) return;
    for (int t = 0; t < tokens; t++) {
        const real *d = dx + (size_t)t * width;
        for (int k = 0; k < n; k++) {
            double s, c;
            sine_pair(o, width, position[t], k, &s, &c);
            dparams[0] += d[k] * s + d[n + k] * c;
        }
    }
}

const struct position_type position_sinusoidal = {
    .v = {.name = "sinusoidal",
          .summary = "sines and cosines of the position added to the embedding",
          .paper = "arXiv:1706.03762",
          .schema = &sinusoidal_schema},
    .check = sinusoidal_check,
    .embed = sinusoidal_embed,
    .embed_grad = sinusoidal_embed_grad,
    .params = sinusoidal_params,
};
