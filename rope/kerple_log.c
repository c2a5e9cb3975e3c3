/* kerple_log.c -- a logarithmic kernel of the distance.
 *
 *   s_ij -= p_h ln(1 + a_h |i - j|),  p, a >= 0.01 learned; initially p ~ U(0, 2), a ~ U(0, 1)
 *
 * Paper: Chi et al. 2022, arXiv:2205.09921. Deviation: none.
 * Laws: shift, decay. */
#include <math.h>

#include "rope/distance.h"
#include "src/model/position.h"

static int kerple_log_params(const void *opts, const struct position_shape *shape,
                             struct position_param *out)
{
    const struct position_param p = {.n_dims = 1,
                                     .shape = {shape->heads},
                                     .init = POSITION_INIT_UNIFORM,
                                     .min = 0.01,
                                     .max = 1e30};
    (void)opts;
    out[0] = out[1] = p;
    out[0].name = "p";
    out[0].b = 2;
    out[1].name = "a";
    out[1].b = 1;
    return 2;
}

struct head {
    double p, a;
    int heads;
};

static double value(const void *self, int distance)
{
    const struct head *x = self;
    return -x->p * log1p(x->a * distance);
}

static void adjoint(const void *self, int distance, double d, double *dparams)
{
    const struct head *x = self;
    dparams[0] -= d * log1p(x->a * distance);
    dparams[x->heads] -= d * x->p * distance / (1 + x->a * distance);
}

static struct head head_of(const struct position_at *at, int head)
{
    return (struct head){at->param[0][head], at->param[1][head], at->shape->heads};
}

static void kerple_log_bias(const struct position_at *at, const struct attention_tile *t, real *x)
{
    const struct head self = head_of(at, t->head);
    distance_add(t, value, &self, x);
}

static void kerple_log_bias_grad(const struct position_at *at, const struct attention_tile *t,
                                 const real *dx, double *dparams)
{
    const struct head self = head_of(at, t->head);
    distance_collect(t, dx, adjoint, &self, dparams + t->head);
}

const struct position_type position_kerple_log = {
    .v = {.name = "kerple_log",
          .summary = "KERPLE: a bias of -p ln(1 + a distance), learned per head",
          .paper = "arXiv:2205.09921"},
    .laws = LAW_SHIFT | LAW_DECAY,
    .bias = kerple_log_bias,
    .bias_grad = kerple_log_bias_grad,
    .params = kerple_log_params,
};
