/* fox.c -- forgetting attention: every token may forget what came before it.
 *
 *   f_t = sigmoid(w_h . x_t + b_h),  s_ij += sum over j < t <= i of ln f_t
 *   gate: full (w and b learned), bias_only (b learned), fixed (nothing learned)
 *
 * Paper: Lin et al. 2025, Forgetting Transformer, openreview.net/forum?id=q2Lnyegkr8
 * (arXiv:2503.02130). With decay_time_min and decay_time_max, b starts at -ln(expm1(1/T_h)) with T
 * log-spaced over the heads, so that head h forgets within T_h tokens; without them at 0. x is the
 * normed input of the layer. Deviation: w starts from N(0, 0.02).
 * Laws: shift, decay. */
#include <math.h>

#include "rope/gate.h"
#include "src/model/position.h"

enum { GATE_FULL, GATE_BIAS_ONLY, GATE_FIXED };

static const char *const gate_names[] = {"full", "bias_only", "fixed", NULL};

struct fox_opts {
    int gate;
    double decay_time_min, decay_time_max;
};

#define S struct fox_opts
static const struct conf_field fox_fields[] = {
    CONF_ENUM(S, gate, GATE_FULL, gate_names, "what the gate learns"),
    CONF_REAL(S, decay_time_min, 0, 0, 1e9, "initial T of the first head, tokens; 0: b = 0"),
    CONF_REAL(S, decay_time_max, 0, 0, 1e9, "initial T of the last head, tokens"),
    CONF_END,
};
#undef S

static const struct conf_schema fox_schema = {"fox", sizeof(struct fox_opts), fox_fields};

static int fox_check(const void *opts, const struct position_shape *shape, struct error *e)
{
    const struct fox_opts *o = opts;
    (void)shape;
    if (o->decay_time_min == 0 && o->decay_time_max == 0 && o->gate != GATE_FIXED) return OK;
    if (o->decay_time_min > 0 && o->decay_time_max >= o->decay_time_min) return OK;
    return error_set(e, E_USAGE,
                     "decay_time_min %g and decay_time_max %g: 0 < decay_time_min <= "
                     "decay_time_max is valid%s",
                     o->decay_time_min, o->decay_time_max,
                     o->gate == GATE_FIXED ? "" : ", or neither");
}

static double initial_bias(const struct fox_opts *o, int head, int heads)
{
    if (o->decay_time_min == 0) return 0;
    const double t = heads > 1 ? (double)head / (heads - 1) : 0,
                 time = o->decay_time_min * pow(o->decay_time_max / o->decay_time_min, t);
    return -log(expm1(1 / time));
}

static int fox_params(const void *opts, const struct position_shape *shape,
                      struct position_param *out)
{
    const struct fox_opts *o = opts;
    if (o->gate == GATE_FIXED) return 0;
    out[0] = (struct position_param){
        .name = "bias", .n_dims = 1, .shape = {shape->heads}, .init = POSITION_INIT_CUSTOM};
    out[1] = (struct position_param){.name = "weight",
                                     .n_dims = 2,
                                     .shape = {shape->heads, shape->hidden_size},
                                     .init = POSITION_INIT_NORMAL,
                                     .b = 0.02,
                                     .decay = true};
    return o->gate == GATE_FULL ? 2 : 1;
}

static void fox_init(const void *opts, const struct position_shape *shape, int layer, int k,
                     struct rng *rng, real *x)
{
    (void)layer, (void)k, (void)rng;
    for (int h = 0; h < shape->heads; h++) x[h] = (real)initial_bias(opts, h, shape->heads);
}

static struct gate gate_of(const struct position_at *at, real *fixed)
{
    const struct fox_opts *o = at->opts;
    struct gate g = {.heads = at->shape->heads, .width = at->shape->hidden_size, .sign = -1};
    if (o->gate == GATE_FIXED)
        for (int h = 0; h < g.heads; h++) fixed[h] = (real)initial_bias(o, h, g.heads);
    g.bias = o->gate == GATE_FIXED ? fixed : at->param[0];
    g.weight = o->gate == GATE_FULL ? at->param[1] : NULL;
    return g;
}

static void fox_content(const struct position_at *at, const real *x, const int32_t *anchor,
                        int tokens, real *c)
{
    real fixed[GATE_HEADS];
    const struct gate g = gate_of(at, fixed);
    gate_sums(&g, x, anchor, tokens, c);
}

static void fox_content_grad(const struct position_at *at, const real *x, const int32_t *anchor,
                             int tokens, const real *dc, real *dx, double *dparams)
{
    real fixed[GATE_HEADS];
    const struct gate g = gate_of(at, fixed);
    if (g.bias == fixed) return;
    gate_sums_grad(&g, x, anchor, tokens, dc, dx, g.weight ? dparams + g.heads : NULL, dparams);
}

const struct position_type position_fox = {
    .v = {.name = "fox",
          .summary = "forgetting attention: learned gates of the tokens between lower the logit",
          .paper = "arXiv:2503.02130",
          .schema = &fox_schema},
    .laws = LAW_SHIFT | LAW_DECAY,
    .check = fox_check,
    .content = fox_content,
    .content_grad = fox_content_grad,
    .params = fox_params,
    .init = fox_init,
};
