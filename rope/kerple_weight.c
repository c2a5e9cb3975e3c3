/* kerple_weight.c -- a power kernel of the distance that multiplies the logits.
 *
 *   s_ij *= exp(-a_h |i - j|^p_h),  a >= 0.01, 0.01 <= p <= 2 learned; initially a ~ U(0, 1),
 *   p ~ U(0, 2)
 *
 * Source: the multiplicative part of the authors' code for Chi et al. 2022, arXiv:2205.09921;
 * stacked with kerple_power it is their kernel with both parts. Deviation: none.
 * Laws: shift. */
#include <math.h>

#include "rope/distance.h"
#include "src/model/position.h"

static int kerple_weight_params(const void *opts, const struct position_shape *shape,
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
    return exp(-x->a * pow(distance, x->p));
}

static void adjoint(const void *self, int distance, double d, double *dparams)
{
    const struct head *x = self;
    if (distance == 0) return;
    const double power = pow(distance, x->p), w = exp(-x->a * power);
    dparams[0] -= d * w * power;
    dparams[x->heads] -= d * w * x->a * power * log(distance);
}

static struct head head_of(const struct position_at *at, int head)
{
    return (struct head){at->param[0][head], at->param[1][head], at->shape->heads};
}

static void kerple_weight_weight(const struct position_at *at, const struct attention_tile *t,
                                 real *x)
{
    const struct head self = head_of(at, t->head);
    distance_multiply(t, value, &self, x);
}

static void kerple_weight_grad(const struct position_at *at, const struct attention_tile *t,
                               const real *dx, double *dparams)
{
    const struct head self = head_of(at, t->head);
    distance_collect(t, dx, adjoint, &self, dparams + t->head);
}

const struct position_type position_kerple_weight = {
    .v = {.name = "kerple_weight",
          .summary = "KERPLE: logits times exp(-a distance^p), learned per head",
          .paper = "arXiv:2205.09921"},
    .cost = "about 1.15 times",
    .laws = LAW_SHIFT,
    .weight = kerple_weight_weight,
    .weight_grad = kerple_weight_grad,
    .params = kerple_weight_params,
};
