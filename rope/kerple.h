/* kerple.h -- a_h distance^p_h, the kernel of both of KERPLE's power types (arXiv:2205.09921). */
#ifndef ROPE_KERPLE_H
#define ROPE_KERPLE_H

#include "src/model/position.h"

struct kerple_head {
    double a, p;
    int heads;
};

/* a >= 0.01, 0.01 <= p <= 2, one of each per head; initially a ~ U(0, 1), p ~ U(0, 2) */
int kerple_power_params(const void *opts, const struct position_shape *shape,
                        struct position_param *out);

struct kerple_head kerple_head_of(const struct position_at *at, int head);

/* distance^p, and exp(-x): in the precision of the logits, a tile asks for hundreds. */
double kerple_power_of(const struct kerple_head *self, int distance);
double kerple_exp(double x);

/* Adds the gradients of a and p of the head at dparams, where d is the gradient of a power and
 * power = distance^p. */
void kerple_power_adjoint(const struct kerple_head *self, int distance, double power, double d,
                          double *dparams);

#endif
