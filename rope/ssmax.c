/* ssmax.c -- scalable softmax: logits grow with the number of keys that a row sees.
 *
 *   row i of the logits of head h times s_h ln n_i,  n_i the number of visible keys
 *
 * Paper: Nakanishi 2025, arXiv:2501.19399. s is learned per layer and head, from 0.43 (the paper's
 * fit). Deviation: no bias term.
 * Laws: shift. */
#include <math.h>

#include "src/model/position.h"

struct ssmax_opts {
    double init;
};

static const struct conf_field ssmax_fields[] = {
    CONF_REAL(struct ssmax_opts, init, 0.43, -100, 100, "initial s"),
    CONF_END,
};

static const struct conf_schema ssmax_schema = {"ssmax", sizeof(struct ssmax_opts), ssmax_fields};

static int ssmax_params(const void *opts, const struct position_shape *shape,
                        struct position_param *out)
{
    const struct ssmax_opts *o = opts;
    out[0] = (struct position_param){.name = "scale",
                                     .n_dims = 1,
                                     .shape = {shape->heads},
                                     .init = POSITION_INIT_CONSTANT,
                                     .a = o->init};
    return 1;
}

static double ssmax_row_scale(const struct position_at *at, int head, int32_t position, int visible)
{
    (void)position;
    return at->param[0][head] * log(visible);
}

static void ssmax_row_scale_grad(const struct position_at *at, int head, int32_t position,
                                 int visible, double d, double *dparams)
{
    (void)at, (void)position;
    dparams[head] += d * log(visible);
}

const struct position_type position_ssmax = {
    .v = {.name = "ssmax",
          .summary = "scalable softmax: logits times a learned s times ln(visible keys)",
          .paper = "arXiv:2501.19399",
          .schema = &ssmax_schema},
    .laws = LAW_SHIFT,
    .row_scale = ssmax_row_scale,
    .row_scale_grad = ssmax_row_scale_grad,
    .params = ssmax_params,
};
