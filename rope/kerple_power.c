/* kerple_power.c -- a power kernel of the distance.
 *
 *   s_ij -= a_h |i - j|^p_h,  a >= 0.01, 0.01 <= p <= 2 learned; initially a ~ U(0, 1), p ~ U(0, 2)
 *
 * Paper: Chi et al. 2022, arXiv:2205.09921. Deviation: none. Stacked with kerple_weight it is the
 * authors' kernel with both parts.
 * Laws: shift, decay. */
#include "rope/distance.h"
#include "rope/kerple.h"

static double value(const void *self, int distance)
{
    const struct kerple_head *x = self;
    return -x->a * kerple_power_of(x, distance);
}

static void adjoint(const void *self, int distance, double d, double *dparams)
{
    const struct kerple_head *x = self;
    kerple_power_adjoint(x, distance, kerple_power_of(x, distance), -d, dparams);
}

static void kerple_power_bias(const struct position_at *at, const struct attention_tile *t, real *x)
{
    const struct kerple_head self = kerple_head_of(at, t->head);
    distance_add(t, value, &self, x);
}

static void kerple_power_bias_grad(const struct position_at *at, const struct attention_tile *t,
                                   const real *dx, double *dparams)
{
    const struct kerple_head self = kerple_head_of(at, t->head);
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
