/* kerple_weight.c -- a power kernel of the distance that multiplies the logits.
 *
 *   s_ij *= exp(-a_h |i - j|^p_h),  a >= 0.01, 0.01 <= p <= 2 learned; initially a ~ U(0, 1),
 *   p ~ U(0, 2)
 *
 * Source: the multiplicative part of the authors' code for Chi et al. 2022, arXiv:2205.09921;
 * stacked with kerple_power it is their kernel with both parts. Deviation: none.
 * Laws: shift. */
#include "rope/distance.h"
#include "rope/kerple.h"

static double value(const void *self, int distance)
{
    const struct kerple_head *x = self;
    return kerple_exp(x->a * kerple_power_of(x, distance));
}

static void adjoint(const void *self, int distance, double d, double *dparams)
{
    const struct kerple_head *x = self;
    const double power = kerple_power_of(x, distance);
    kerple_power_adjoint(x, distance, power, -d * kerple_exp(x->a * power), dparams);
}

static void kerple_weight_weight(const struct position_at *at, const struct attention_tile *t,
                                 real *x)
{
    const struct kerple_head self = kerple_head_of(at, t->head);
    distance_multiply(t, value, &self, x);
}

static void kerple_weight_grad(const struct position_at *at, const struct attention_tile *t,
                               const real *dx, double *dparams)
{
    const struct kerple_head self = kerple_head_of(at, t->head);
    distance_collect(t, dx, adjoint, &self, dparams + t->head);
}

const struct position_type position_kerple_weight = {
    .v = {.name = "kerple_weight",
          .summary = "KERPLE: logits times exp(-a distance^p), learned per head",
          .paper = "arXiv:2205.09921"},
    .cost = "about 1.1 times",
    .laws = LAW_SHIFT,
    .weight = kerple_weight_weight,
    .weight_grad = kerple_weight_grad,
    .params = kerple_power_params,
};
