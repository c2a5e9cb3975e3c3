/* kerple_power.c -- a power kernel of the distance.
 *
 *   s_ij -= a_h |i - j|^p_h,  a >= 0.01, 0.01 <= p <= 2 learned; initially a ~ U(0, 1), p ~ U(0, 2)
 *
 * Paper: Chi et al. 2022, arXiv:2205.09921. Deviation: none. Stacked with kerple_weight it is the
 * authors' kernel with both parts.
 * Laws: shift, decay. */
#include <math.h>

#include "rope/distance.h"
#include "src/model/position.h"

static int kerple_power_params(const void *opts, const struct position_shape *shape,
                               struct position_param *out)
{
    const struct position_param p = {
        .n_dims = 1, .shape = {shape->heads}, .init = POSITION_INIT_UNIFORM, .min = 0.01};
    (void)opts;
    out[0] = out[1] = p;
    out[0].name = "a";
    out[0].b = 1;
    out[0].max = 1e30;
    out[1].name = "p";
    out[1].b = 2;
    out[1].max = 2;
    return 2;
}

struct head {
    double a, p;
    int heads;
};

static double value(const void *self, int distance)
{
    const struct head *x = self;
    return -x->a * pow(distance, x->p);
}

static void adjoint(const void *self, int distance, double d, double *dparams)
{
    const struct head *x = self;
    if (distance == 0) return;
    const double power = pow(distance, x->p);
    dparams[0] -= d * power;
    dparams[x->heads] -= d * x->a * power * log(distance);
}

static struct head head_of(const struct position_at *at, int head)
{
    return (struct head){at->param[0][head], at->param[1][head], at->shape->heads};
}

static void kerple_power_bias(const struct position_at *at, const struct attention_tile *t, real *x)
{
    const struct head self = head_of(at, t->head);
    distance_add(t, value, &self, x);
}

static void kerple_power_bias_grad(const struct position_at *at, const struct attention_tile *t,
                                   const real *dx, double *dparams)
{
    const struct head self = head_of(at, t->head);
    distance_collect(t, dx, adjoint, &self, dparams + t->head);
}

const struct position_type position_kerple_power = {
    .v = {.name = "kerple_power",
          .summary = "KERPLE: a bias of -a distance^p, learned per head",
          .paper = "arXiv:2205.09921"},
    .laws = LAW_SHIFT | LAW_DECAY,
    .bias = kerple_power_bias,
    .bias_grad = kerple_power_bias_grad,
    .params = kerple_power_params,
};
