/* cable.c -- context-aware biases: every token between lowers the logit by a learned amount.
 *
 *   s_ij -= sum over j < t <= i of softplus(w_h . x_t)
 *
 * Paper: Veisi and Mansourian 2025, arXiv:2503.08067. The same family as fox (ln sigmoid(-z) =
 * -softplus(z)), without a bias. x is the normed input of the layer. Deviation: w starts from
 * N(0, 0.02).
 * Laws: shift, decay. */
#include "rope/gate.h"
#include "src/model/position.h"

static int cable_params(const void *opts, const struct position_shape *shape,
                        struct position_param *out)
{
    (void)opts;
    out[0] = (struct position_param){.name = "weight",
                                     .n_dims = 2,
                                     .shape = {shape->heads, shape->hidden_size},
                                     .init = POSITION_INIT_NORMAL,
                                     .b = 0.02,
                                     .decay = true};
    return 1;
}

static struct gate gate_of(const struct position_at *at)
{
    return (struct gate){.weight = at->param[0],
                         .heads = at->shape->heads,
                         .width = at->shape->hidden_size,
                         .sign = 1};
}

static void cable_content(const struct position_at *at, const real *x, const int32_t *anchor,
                          int tokens, real *c)
{
    const struct gate g = gate_of(at);
    gate_sums(&g, x, anchor, tokens, c);
}

static void cable_content_grad(const struct position_at *at, const real *x, const int32_t *anchor,
                               int tokens, const real *dc, real *dx, double *dparams)
{
    const struct gate g = gate_of(at);
    gate_sums_grad(&g, x, anchor, tokens, dc, dx, dparams, NULL);
}

const struct position_type position_cable = {
    .v = {.name = "cable",
          .summary = "context-aware biases: a learned decay per token between query and key",
          .paper = "arXiv:2503.08067"},
    .laws = LAW_SHIFT | LAW_DECAY,
    .content = cable_content,
    .content_grad = cable_content_grad,
    .params = cable_params,
};
