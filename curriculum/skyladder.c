/* skyladder.c -- SkyLadder: a context window that grows with the steps.
 *
 *   linear        w(t) = min(w_e, w_s + floor(alpha t))                           t: steps
 *   stepwise      max(w_s, r floor(w(t) / r))
 *   sinusoidal    w_s + floor((w_e - w_s) sin(pi/2 alpha t / (w_e - w_s)))
 *   exponential   floor(w_s (w_e / w_s)^(alpha t / (w_e - w_s)))
 *   all end at w_e after (w_e - w_s) / alpha steps
 *
 * Zhu et al. 2025, arXiv:2503.15450; symbols and defaults of the paper (8192 tokens, alpha 1/8). It
 * is meant for `window:` with `mask: block`: rows, batches and tokens stay as they are. */
#include <math.h>

#include "src/data/length.h"

enum { SHAPE_LINEAR, SHAPE_STEPWISE, SHAPE_SINUSOIDAL, SHAPE_EXPONENTIAL };

struct skyladder_opts {
    int64_t w_s, w_e, r;
    double alpha;
    int shape;
};

static const char *const shapes[] = {"linear", "stepwise", "sinusoidal", "exponential", NULL};

#define S struct skyladder_opts
static const struct conf_field skyladder_fields[] = {
    CONF_SIZE(S, w_s, 32, 1, 1 << 24, "tokens at step 0"),
    CONF_SIZE(S, w_e, 8192, 1, 1 << 24, "tokens at the end"),
    CONF_REAL(S, alpha, 0.125, 1e-9, 1e9, "tokens of growth per step"),
    CONF_SIZE(S, r, 1024, 1, 1 << 24, "stepwise: values are multiples of this"),
    CONF_ENUM(S, shape, SHAPE_LINEAR, shapes, "how it grows"),
    CONF_END,
};
#undef S

static const struct conf_schema skyladder_schema = {
    .name = "skyladder",
    .size = sizeof(struct skyladder_opts),
    .fields = skyladder_fields,
};

static int skyladder_check(const void *opts, const struct length_clock *stage, struct error *e)
{
    const struct skyladder_opts *o = opts;
    (void)stage;
    if (o->w_s <= o->w_e) return OK;
    return error_set(e, E_USAGE, "length skyladder: w_s %lld is more than w_e %lld",
                     (long long)o->w_s, (long long)o->w_e);
}

static void skyladder_range(const void *opts, int64_t *least, int64_t *greatest)
{
    const struct skyladder_opts *o = opts;
    *least = o->w_s;
    *greatest = o->w_e;
}

static int64_t skyladder_at(const void *opts, const struct length_clock *clock)
{
    const struct skyladder_opts *o = opts;
    const double grown = o->alpha * (double)clock->step, all = (double)(o->w_e - o->w_s);
    if (grown >= all) return o->w_e;
    const int64_t linear = o->w_s + (int64_t)floor(grown);
    const double u = grown / all;
    switch (o->shape) {
    case SHAPE_STEPWISE:
        return linear - linear % o->r > o->w_s ? linear - linear % o->r : o->w_s;
    case SHAPE_SINUSOIDAL:
        return o->w_s + (int64_t)floor(all * sin(M_PI / 2 * u));
    case SHAPE_EXPONENTIAL: /* a power that rounding puts just below a whole number is that number */
        return (int64_t)floor((double)o->w_s * pow((double)o->w_e / (double)o->w_s, u) + 1e-9);
    default:
        return linear;
    }
}

const struct length_type length_skyladder = {
    .v = {.name = "skyladder",
          .summary = "SkyLadder's window, by steps: linear, stepwise, sinusoidal, exponential",
          .paper = "arXiv:2503.15450",
          .schema = &skyladder_schema},
    .check = skyladder_check,
    .range = skyladder_range,
    .at = skyladder_at,
};
