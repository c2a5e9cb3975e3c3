/* yarn.c -- YaRN: interpolate the slow pairs, keep the fast ones, and sharpen the softmax.
 *
 *   c(rho) = d ln(L / (2 pi rho)) / (2 ln rope_theta)          pair that turns rho times within L
 *   low = max(floor c(beta_fast), 0),  high = min(ceil c(beta_slow), clamp)  (truncate: false
 *   leaves out floor and ceil),  g_i = clamp((i - low) / (high - low), 0, 1)
 *   w'_i = (w_i / factor) g_i + w_i (1 - g_i)
 *   ramp: rotations   g_i = 1 - clamp((L w_i / 2 pi - beta_slow) / (beta_fast - beta_slow), 0, 1)
 *   m(c) = 0.1 c ln factor + 1 (1 at factor 1)
 *   attention_factor  = as given, or m(mscale) / m(mscale_all_dim) if both are, or m(1)
 *   magnitude:  cossin    attention_factor on cos and sin of q and k (logits get its square)
 *               softmax   its square on the logits of all channels
 *               deepseek  cossin, and m(mscale_all_dim)^2 on the logits of all channels
 *               off       neither
 *
 * Paper: Peng et al. 2023, arXiv:2309.00071. Switches are there because peers differ: Hugging Face
 * clamps at d - 1 and puts the magnitude into cos and sin; OLMo-core clamps at d/2 - 1; gpt-oss
 * does not truncate; torchtitan scales the softmax. The paper's text ramps by rotations, every code
 * by index. Deviation: none at the defaults (Hugging Face's).
 * Laws: shift, norm (up to the magnitude), plain rope at factor 1. */
#include <math.h>

#include "rope/frequency.h"

enum { CLAMP_D, CLAMP_HALF };
enum { MAGNITUDE_COSSIN, MAGNITUDE_SOFTMAX, MAGNITUDE_DEEPSEEK, MAGNITUDE_OFF };
enum { RAMP_INDEX, RAMP_ROTATIONS };

static const char *const clamp_names[] = {"d-1", "d/2-1", NULL};
static const char *const magnitude_names[] = {"cossin", "softmax", "deepseek", "off", NULL};
static const char *const ramp_names[] = {"index", "rotations", NULL};

struct yarn_opts {
    struct rotary_opts rotary;
    double factor;
    int original_max_position_embeddings;
    double beta_fast, beta_slow, attention_factor, mscale, mscale_all_dim;
    bool truncate;
    int clamp, magnitude, ramp;
};

#define S struct yarn_opts
static const struct conf_field yarn_fields[] = {
    ROTARY_ROWS(S, 10000, 1),
    CONF_REAL_REQUIRED(S, factor, 1, 1e6, "how many times longer than before"),
    ORIGINAL_ROW(S),
    CONF_REAL(S, beta_fast, 32, 1e-9, 1e9, "turns within L from which a pair keeps its speed"),
    CONF_REAL(S, beta_slow, 1, 1e-9, 1e9, "turns within L below which a pair is interpolated"),
    CONF_REAL(S, attention_factor, 0, 0, 1e3, "factor of cos and sin; 0: from factor and mscale"),
    CONF_REAL(S, mscale, 0, 0, 1e3, "slope of the magnitude, with mscale_all_dim; 0: not given"),
    CONF_REAL(S, mscale_all_dim, 0, 0, 1e3, "slope of its denominator; 0: not given"),
    CONF_BOOL(S, truncate, true, "round the ends of the ramp outwards to whole pairs"),
    CONF_ENUM(S, clamp, CLAMP_D, clamp_names, "largest end of the ramp"),
    CONF_ENUM(S, magnitude, MAGNITUDE_COSSIN, magnitude_names, "where the magnitude goes"),
    CONF_ENUM(S, ramp, RAMP_INDEX, ramp_names, "the ramp is linear in the pair's index or turns"),
    CONF_END,
};
#undef S

static const struct conf_schema yarn_schema = {"yarn", sizeof(struct yarn_opts), yarn_fields};

static int yarn_check(const void *opts, const struct position_shape *shape, struct error *e)
{
    const struct yarn_opts *o = opts;
    TRY(rotary_check(opts, shape, e));
    if (o->beta_fast > o->beta_slow) return OK;
    return error_set(e, E_USAGE,
                     "beta_fast %g is not above beta_slow %g: valid are beta_fast > beta_slow > 0, "
                     "for example 32 and 1",
                     o->beta_fast, o->beta_slow);
}

static double unit(double x)
{
    return fmin(fmax(x, 0), 1);
}

/* Ends of the ramp over the pair's index. An L below 2 pi gives high < low, and then g = 0. */
static void ramp_ends(const struct yarn_opts *o, double length, int d, double *low, double *high)
{
    const double theta = o->rotary.rope_theta;
    *low = rotary_pair_of_turns(o->beta_fast, length, theta, d);
    *high = rotary_pair_of_turns(o->beta_slow, length, theta, d);
    if (o->truncate) {
        *low = floor(*low);
        *high = ceil(*high);
    }
    *low = fmax(*low, 0);
    *high = fmin(*high, o->clamp == CLAMP_D ? d - 1 : d / 2 - 1);
    if (*low == *high) *high += 0.001;
}

static void yarn_inv_freq(const struct position_at *at, const struct rotary_geometry *g, int head,
                          double *inv_freq)
{
    const struct yarn_opts *o = at->opts;
    const double length = original_length(o->original_max_position_embeddings, at);
    double low, high;
    (void)head;
    if (o->factor == 1) return; /* exactly: the blend below would round */
    ramp_ends(o, length, g->denominator, &low, &high);
    for (int i = 0; i < g->width / 2; i++) {
        const double w = inv_freq[i],
                     turns =
                         (length * w / (2 * M_PI) - o->beta_slow) / (o->beta_fast - o->beta_slow),
                     slow =
                         o->ramp == RAMP_INDEX ? unit((i - low) / (high - low)) : 1 - unit(turns);
        inv_freq[i] = w / o->factor * slow + w * (1 - slow);
    }
}

static double mscale(double factor, double slope)
{
    return factor <= 1 ? 1 : 0.1 * slope * log(factor) + 1;
}

static double attention_factor(const struct yarn_opts *o)
{
    if (o->attention_factor > 0) return o->attention_factor;
    if (o->mscale > 0 && o->mscale_all_dim > 0)
        return mscale(o->factor, o->mscale) / mscale(o->factor, o->mscale_all_dim);
    return mscale(o->factor, 1);
}

static void yarn_magnitude(const struct position_at *at, double *magnitude)
{
    const struct yarn_opts *o = at->opts;
    if (o->magnitude == MAGNITUDE_COSSIN || o->magnitude == MAGNITUDE_DEEPSEEK)
        *magnitude *= attention_factor(o);
}

static double yarn_row_scale(const struct position_at *at, int head, int32_t position, int visible)
{
    const struct yarn_opts *o = at->opts;
    double m = 1;
    (void)head, (void)position, (void)visible;
    if (o->magnitude == MAGNITUDE_SOFTMAX) m = attention_factor(o);
    if (o->magnitude == MAGNITUDE_DEEPSEEK) m = mscale(o->factor, o->mscale_all_dim);
    return m * m;
}

static bool yarn_scales_rows(const void *opts)
{
    const struct yarn_opts *o = opts;
    return o->magnitude == MAGNITUDE_SOFTMAX || o->magnitude == MAGNITUDE_DEEPSEEK;
}

const struct position_type position_yarn = {
    .v = {.name = "yarn",
          .summary = "YaRN: slow pairs interpolated, fast ones kept, a magnitude on the logits",
          .paper = "arXiv:2309.00071",
          .schema = &yarn_schema},
    .laws = LAW_SHIFT | LAW_NORM | LAW_IDENTITY_AT_1,
    .scales = true,
    .check = yarn_check,
    ROTARY_HOOKS,
    .inv_freq = yarn_inv_freq,
    .magnitude = yarn_magnitude,
    .row_scale = yarn_row_scale,
    .scales_rows = yarn_scales_rows,
};
