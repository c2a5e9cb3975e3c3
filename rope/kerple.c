/* kerple.c -- what KERPLE's power types share. See kerple.h. */
#include <math.h>

#include "rope/kerple.h"

int kerple_power_params(const void *opts, const struct position_shape *shape,
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

struct kerple_head kerple_head_of(const struct position_at *at, int head)
{
    return (struct kerple_head){at->param[0][head], at->param[1][head], at->shape->heads};
}

double kerple_power_of(const struct kerple_head *self, int distance)
{
#ifdef REAL_DOUBLE
    return pow(distance, self->p);
#else
    return powf((float)distance, (float)self->p);
#endif
}

double kerple_exp(double x)
{
#ifdef REAL_DOUBLE
    return exp(-x);
#else
    return expf((float)-x);
#endif
}

void kerple_power_adjoint(const struct kerple_head *self, int distance, double power, double d,
                          double *dparams)
{
    if (distance == 0) return;
    dparams[0] += d * power;
    dparams[self->heads] += d * self->a * power * log(distance);
}
