/* alibi_learned.c -- ALiBi with learned slopes.
 *
 *   s_ij -= exp(log_slope_h) |i - j|,  log_slope learned, from the slopes of alibi
 *
 * Paper: Press et al. 2021, arXiv:2108.12409, appendix; in log space so that slopes stay positive.
 * Deviation: none.
 * Laws: shift, decay. */
#include <math.h>

#include "rope/distance.h"
#include "rope/slopes.h"
#include "src/model/position.h"

struct alibi_learned_opts {
    double max_bias;
};

static const struct conf_field alibi_learned_fields[] = {
    CONF_REAL(struct alibi_learned_opts, max_bias, 8, 0, 1024,
              "the smallest initial slope of 2^k heads is 2^-max_bias"),
    CONF_END,
};

static const struct conf_schema alibi_learned_schema = {
    "alibi_learned", sizeof(struct alibi_learned_opts), alibi_learned_fields};

static int alibi_learned_params(const void *opts, const struct position_shape *shape,
                                struct position_param *out)
{
    (void)opts;
    out[0] = (struct position_param){
        .name = "log_slope", .n_dims = 1, .shape = {shape->heads}, .init = POSITION_INIT_CUSTOM};
    return 1;
}

static void alibi_learned_init(const void *opts, const struct position_shape *shape, int layer,
                               int k, struct rng *rng, real *x)
{
    const struct alibi_learned_opts *o = opts;
    (void)layer, (void)k, (void)rng;
    for (int h = 0; h < shape->heads; h++)
        x[h] = (real)log(alibi_slope(h, shape->heads, o->max_bias));
}

static double value(const void *self, int distance)
{
    return -*(const double *)self * distance;
}

/* d/d log_slope of -slope r is -slope r. */
static void adjoint(const void *self, int distance, double d, double *dparams)
{
    *dparams += d * value(self, distance);
}

static void alibi_learned_bias(const struct position_at *at, const struct attention_tile *t,
                               real *x)
{
    const double slope = exp(at->param[0][t->head]);
    distance_add(t, value, &slope, x);
}

static void alibi_learned_bias_grad(const struct position_at *at, const struct attention_tile *t,
                                    const real *dx, double *dparams)
{
    const double slope = exp(at->param[0][t->head]);
    distance_collect(t, dx, adjoint, &slope, dparams + t->head);
}

const struct position_type position_alibi_learned = {
    .v = {.name = "alibi_learned",
          .summary = "linear biases with a learned slope per layer and head",
          .paper = "arXiv:2108.12409",
          .schema = &alibi_learned_schema},
    .laws = LAW_SHIFT | LAW_DECAY,
    .bias = alibi_learned_bias,
    .bias_grad = alibi_learned_bias_grad,
    .params = alibi_learned_params,
    .init = alibi_learned_init,
};
