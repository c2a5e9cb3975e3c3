/* skyladder.c -- SkyLadder: a context window that grows with the steps.
 *
 *   t: steps, T: where w_e is reached: (w_e - w_s) / alpha, or floor(percent / 100 of the stage)
 *   linear        w_s + floor(alpha t);  with percent w_s + floor((w_e - w_s) t / T)
 *   stepwise      max(w_s, r floor(linear / r))
 *   sinusoidal    w_s + floor((w_e - w_s) sin(pi/2 t / T))
 *   cosine        w_s + floor((w_e - w_s) (1 - cos(pi t / T))), cut at w_e, which it passes at T/2
 *   exponential   floor(w_s (w_e / w_s)^(t / T))
 *   log           floor(w_s (w_e / w_s)^(ln(1 + n t) / ln(1 + n T))), n samples_per_step
 *   inverse       w_e + w_s - linear: from w_e down, and back to w_e at T
 *   gradual, jump `cycles` times linear up, and down again or back at once; gradual then rises half
 *                 the way once more; w_e from there on
 *   all: min(w_e, .), and rounded down to multiples of round_to, but not below w_s
 *
 * Zhu et al. 2025, arXiv:2503.15450: the first four of the paper, the others of its code, which
 * counts samples; symbols and defaults of the paper (8192 tokens, alpha 1/8). It is meant for
 * `window:` with `mask: block`: rows, batches and tokens stay as they are. Deviation: `inverse`
 * with percent, where the code's leaves its range, is the mirror of `linear` with percent. */
#include <math.h>

#include "src/data/length.h"

enum {
    SHAPE_LINEAR,
    SHAPE_STEPWISE,
    SHAPE_SINUSOIDAL,
    SHAPE_EXPONENTIAL,
    SHAPE_COSINE,
    SHAPE_LOG,
    SHAPE_INVERSE,
    SHAPE_GRADUAL,
    SHAPE_JUMP
};

#define ALPHA 0.125
enum { ROUND = 1024, CYCLES = 4 };

struct skyladder_opts {
    int64_t w_s, w_e, r, round_to;
    double alpha, percent;
    int shape, cycles, samples_per_step;
};

static const char *const shapes[] = {"linear", "stepwise", "sinusoidal", "exponential", "cosine",
                                     "log",    "inverse",  "gradual",    "jump",        NULL};

#define S struct skyladder_opts
static const struct conf_field skyladder_fields[] = {
    CONF_SIZE(S, w_s, 32, 1, 1 << 24, "tokens at step 0"),
    CONF_SIZE(S, w_e, 8192, 1, 1 << 24, "tokens at the end"),
    CONF_REAL(S, alpha, ALPHA, 1e-9, 1e9, "tokens of growth per step"),
    CONF_REAL(S, percent, 0, 0, 100,
              "w_e is reached after this share of the stage's steps, whatever alpha; 0: by alpha"),
    CONF_SIZE(S, r, ROUND, 1, 1 << 24, "stepwise: values are multiples of this"),
    CONF_SIZE(S, round_to, 0, 0, 1 << 24,
              "other shapes: values are multiples of this; 0: all values"),
    CONF_ENUM(S, shape, SHAPE_LINEAR, shapes, "how it grows"),
    CONF_INT(S, cycles, CYCLES, 1, 1 << 20, "gradual and jump: how often"),
    CONF_INT(S, samples_per_step, 1, 1, 1 << 20, "log: what its clock counts in a step"),
    CONF_END,
};
#undef S

static const struct conf_schema skyladder_schema = {
    .name = "skyladder",
    .size = sizeof(struct skyladder_opts),
    .fields = skyladder_fields,
};

static bool is_cyclic(const struct skyladder_opts *o)
{
    return o->shape == SHAPE_GRADUAL || o->shape == SHAPE_JUMP;
}

/* What another shape reads. */
static int check_read(const struct skyladder_opts *o, struct error *e)
{
    if (o->r != ROUND && o->shape != SHAPE_STEPWISE)
        return error_set(e, E_USAGE,
                         "length skyladder: r %lld is for shape stepwise: round_to is for %s",
                         (long long)o->r, shapes[o->shape]);
    if (o->cycles != CYCLES && !is_cyclic(o))
        return error_set(e, E_USAGE,
                         "length skyladder: cycles %d is for shapes gradual and jump, not %s",
                         o->cycles, shapes[o->shape]);
    if (o->samples_per_step != 1 && o->shape != SHAPE_LOG)
        return error_set(e, E_USAGE,
                         "length skyladder: samples_per_step %d is for shape log, not %s",
                         o->samples_per_step, shapes[o->shape]);
    if (o->alpha != ALPHA && o->percent > 0)
        return error_set(e, E_USAGE, "length skyladder: alpha %g and percent %g exclude each other",
                         o->alpha, o->percent);
    return OK;
}

static int skyladder_check(const void *opts, const struct length_clock *stage, struct error *e)
{
    const struct skyladder_opts *o = opts;
    if (o->w_s > o->w_e)
        return error_set(e, E_USAGE, "length skyladder: w_s %lld is more than w_e %lld",
                         (long long)o->w_s, (long long)o->w_e);
    if (o->shape == SHAPE_STEPWISE && o->round_to)
        return error_set(e, E_USAGE,
                         "length skyladder: shape stepwise rounds to r %lld: round_to %lld is for "
                         "the other shapes",
                         (long long)o->r, (long long)o->round_to);
    if (o->percent > 0 && is_cyclic(o))
        return error_set(
            e, E_USAGE,
            "length skyladder: percent %g does not go with shape %s, whose cycles last "
            "as long as alpha says",
            o->percent, shapes[o->shape]);
    if (o->percent > 0 && !stage->steps)
        return error_set(e, E_USAGE,
                         "length skyladder: percent %g needs a stage whose steps are known in "
                         "advance: give its budget in tokens or steps, or alpha in its place",
                         o->percent);
    return check_read(o, e);
}

static void skyladder_range(const void *opts, int64_t *least, int64_t *greatest)
{
    const struct skyladder_opts *o = opts;
    *least = o->w_s;
    *greatest = o->w_e;
}

/* Cycles of linear growth. t: steps; up: steps of one rise. */
static double cycle(const struct skyladder_opts *o, double t, double up)
{
    const double all = (double)(o->w_e - o->w_s), length = o->shape == SHAPE_JUMP ? up : 2 * up,
                 done = floor(t / length), v = t - done * length,
                 last = o->shape == SHAPE_JUMP ? 0 : up / 2; /* of the rise after all cycles */
    if (done > o->cycles || (done == o->cycles && v >= last)) return all;
    if (done == o->cycles || v < up) return floor(o->alpha * v);
    return all - floor(o->alpha * (v - up));
}

/* A power that rounding puts just below a whole number is that number. */
static double power(const struct skyladder_opts *o, double u)
{
    return floor((double)o->w_s * pow((double)o->w_e / (double)o->w_s, u) + 1e-9) - (double)o->w_s;
}

/* w - w_s; end: T. */
static double growth(const struct skyladder_opts *o, double t, double end)
{
    const double all = (double)(o->w_e - o->w_s), u = t / end,
                 linear = floor(o->percent > 0 ? all * u : o->alpha * t);
    switch (o->shape) {
    case SHAPE_SINUSOIDAL:
        return floor(all * sin(M_PI / 2 * u));
    case SHAPE_COSINE:
        return fmin(all, floor(all * (1 - cos(M_PI * u))));
    case SHAPE_EXPONENTIAL:
        return power(o, u);
    case SHAPE_LOG:
        return power(o, log1p(o->samples_per_step * t) / log1p(o->samples_per_step * end));
    case SHAPE_INVERSE:
        return all - linear;
    default:
        return linear;
    }
}

static int64_t skyladder_at(const void *opts, const struct length_clock *clock)
{
    const struct skyladder_opts *o = opts;
    const int64_t round_to = o->shape == SHAPE_STEPWISE ? o->r : o->round_to;
    const double t = (double)clock->step, all = (double)(o->w_e - o->w_s),
                 end = o->percent > 0 ? floor((double)clock->steps * o->percent / 100)
                                      : all / o->alpha;
    double grown = all;
    if (all > 0 && is_cyclic(o))
        grown = cycle(o, t, end);
    else if (t < end)
        grown = growth(o, t, end);
    const int64_t w = o->w_s + (int64_t)grown, down = round_to ? w - w % round_to : w;
    return down > o->w_s ? down : o->w_s;
}

const struct length_type length_skyladder = {
    .v = {.name = "skyladder",
          .summary = "SkyLadder's window, by steps: linear, stepwise, sinusoidal, exponential ...",
          .paper = "arXiv:2503.15450",
          .schema = &skyladder_schema},
    .check = skyladder_check,
    .range = skyladder_range,
    .at = skyladder_at,
};
