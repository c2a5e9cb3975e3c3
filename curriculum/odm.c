/* odm.c -- online data mixing: a bandit whose reward is the training loss.
 *
 *   eps_t = min(1/k, sqrt(ln k / (k t)));   pi = (1 - k eps_t) g / sum g + eps_t
 *   after a step, for each source i with loss L_i in it:
 *   paper:          R_i = alpha R_i + (1 - alpha) L_i / pi_i     g = exp(eps_{t-1} R)
 *   exp3:           R_i = R_i + (L_i / 10) / pi_i                g = exp(eps_{t-1} R)
 *   smoothed_mean:  R_i = alpha R_i + (1 - alpha) exp(L_i)       g = exp(eps_{t-1} R)
 *   group:          R as smoothed_mean                          g = eps_{t-1} R, linear
 *   ema:            R_i = (1 - 2/(1+t)) R_i + 2/(1+t) L_i, from the configured weights on;
 *                                                               pi = R / sum R, no floor
 *   after an evaluation, with losses V on the dev split:
 *   naive_validation: R_i = R_i + (V_i - min V) / (max V - min V)   g = exp(eps_{t-1} R)
 *
 * The configured mix is in force for the first `warmup` of the stage. Paper: Albalak et al. 2023,
 * arXiv:2312.02406; the others are what its public code offers, whose experiments use `group`
 * for steps of several sources. There a batch has one source, here a step has many, and t counts
 * steps. eps_{t-1} is that of the update before. Note that eps_t is 1/k, and pi uniform, for t <=
 * k ln k, and that pi returns to uniform as eps_t falls. */
#include <math.h>

#include "src/data/mixer.h"

enum rule { PAPER, EXP3, SMOOTHED_MEAN, GROUP, EMA, NAIVE_VALIDATION };

struct odm_opts {
    int rule;
    double alpha, warmup;
};

static const char *const rules[] = {
    "paper", "exp3", "smoothed_mean", "group", "ema", "naive_validation", NULL};

#define S struct odm_opts
static const struct conf_field odm_fields[] = {
    CONF_ENUM(S, rule, PAPER, rules, "how rewards become weights"),
    CONF_REAL(S, alpha, 0.9, 0, 1, "memory of the moving averages"),
    CONF_REAL(S, warmup, 0.01, 0, 1, "share of the stage on the configured mix"),
    CONF_END,
};
#undef S

static const struct conf_schema odm_schema = {
    .name = "odm",
    .size = sizeof(struct odm_opts),
    .fields = odm_fields,
};

/* `pi` [n], then rewards [n] */
struct odm_state {
    double t, eps, pi[];
};

static size_t odm_state_size(const void *opts, int n)
{
    (void)opts;
    return sizeof(struct odm_state) + 2 * (size_t)n * sizeof(double);
}

static int odm_check(const struct mixer_at *at, struct error *e)
{
    return mixer_check_configured(at, "odm", e);
}

static void odm_init(const struct mixer_at *at)
{
    const struct odm_opts *o = at->opts;
    struct odm_state *s = at->state;
    s->eps = 1.0 / at->n;
    mixer_configured(at, s->pi);
    if (o->rule == EMA) mixer_configured(at, s->pi + at->n);
}

static void odm_weights(const struct mixer_at *at, const struct data_clock *clock, double *w)
{
    const struct odm_state *s = at->state;
    (void)clock;
    for (int i = 0; i < at->n; i++) w[i] = s->pi[i];
    mixer_spread(at, w);
}

/* The reward of a source after step t, in which its share was pi. */
static void reward(const struct odm_opts *o, double *r, double loss, double pi, double t)
{
    switch (o->rule) {
    case PAPER:
        *r = o->alpha * *r + (1 - o->alpha) * loss / pi;
        break;
    case EXP3:
        *r += loss / 10 / pi;
        break;
    case EMA:
        *r += 2 / (1 + t) * (loss - *r);
        break;
    default:
        *r = o->alpha * *r + (1 - o->alpha) * exp(loss);
    }
}

/* pi from the rewards, but for the warm-up; `before`: eps of the update before. */
static void mix(const struct mixer_at *at, const struct data_clock *clock, double before)
{
    const struct odm_opts *o = at->opts;
    struct odm_state *s = at->state;
    const int k = at->n;
    const double *r = s->pi + k, eps = o->rule == EMA ? 0 : s->eps;
    double most = r[0], sum = 0;
    if ((double)clock->tokens < o->warmup * (double)clock->total) return;
    for (int i = 1; i < k; i++) most = fmax(most, r[i]);
    for (int i = 0; i < k; i++) /* less the largest exponent, so that nothing overflows */
        sum += s->pi[i] = o->rule == GROUP ? before * r[i]
                          : o->rule == EMA ? r[i]
                                           : exp(before * (r[i] - most));
    for (int i = 0; i < k; i++) s->pi[i] = sum > 0 ? (1 - k * eps) * s->pi[i] / sum + eps : 1.0 / k;
    mixer_normalise(k, s->pi);
}

static double next_eps(const struct mixer_at *at)
{
    struct odm_state *s = at->state;
    const double before = s->eps, k = at->n;
    s->eps = fmin(1 / k, sqrt(log(k) / (k * s->t)));
    return before;
}

static void odm_batch(const struct mixer_at *at, const struct data_clock *clock,
                      const double *loss_sum, const int64_t *targets)
{
    const struct odm_opts *o = at->opts;
    struct odm_state *s = at->state;
    s->t++;
    if (o->rule == NAIVE_VALIDATION) return;
    for (int i = 0; i < at->n; i++) {
        double loss = 0;
        int64_t n = 0;
        mixer_source_sum(at, loss_sum, targets, i, &loss, &n);
        if (n) reward(o, &s->pi[at->n + i], loss / (double)n, s->pi[i], s->t);
    }
    mix(at, clock, next_eps(at));
}

static bool odm_needs_eval(const void *opts)
{
    return ((const struct odm_opts *)opts)->rule == NAIVE_VALIDATION;
}

static void odm_eval(const struct mixer_at *at, const struct data_clock *clock, const double *loss)
{
    const struct odm_opts *o = at->opts;
    struct odm_state *s = at->state;
    double least = INFINITY, most = -INFINITY, *r = s->pi + at->n;
    if (o->rule != NAIVE_VALIDATION || s->t == 0) return;
    for (int i = 0; i < at->n; i++) {
        if (!isfinite(loss[i])) continue;
        least = fmin(least, loss[i]);
        most = fmax(most, loss[i]);
    }
    if (most <= least) return; /* one loss is known, none, or all are the same: nothing to learn */
    for (int i = 0; i < at->n; i++)
        if (isfinite(loss[i])) r[i] += (loss[i] - least) / (most - least);
    mix(at, clock, next_eps(at));
}

const struct mixer_type mixer_odm = {
    .v = {.name = "odm",
          .summary = "online data mixing: a bandit rewarded by the loss of each source",
          .paper = "arXiv:2312.02406",
          .schema = &odm_schema},
    .check = odm_check,
    .state_size = odm_state_size,
    .init = odm_init,
    .weights = odm_weights,
    .batch = odm_batch,
    .needs_eval = odm_needs_eval,
    .eval = odm_eval,
};
