/* odm.c -- online data mixing: a bandit whose reward is the training loss.
 *
 *   eps_t = min(1/k, sqrt(ln k / (k t)));   pi = (1 - k eps_t) g / sum g + eps_t
 *   after a step, for each source i with loss L_i in it:
 *   paper:          R_i = alpha R_i + (1 - alpha) L_i / pi_i     g = exp(eps_{t-1} R)
 *   exp3:           R_i = R_i + (L_i / 10) / pi_i                g = exp(eps_{t-1} R)
 *   smoothed_mean:  R_i = alpha R_i + (1 - alpha) exp(L_i)       g = exp(eps_{t-1} R)
 *   group:          R as smoothed_mean                          g = eps_{t-1} R, linear
 *
 * The configured mix is in force for the first `warmup` of the stage. Paper: Albalak et al. 2023,
 * arXiv:2312.02406; the other three are what its public code offers, whose experiments use `group`
 * for steps of several sources. There a batch has one source, here a step has many, and t counts
 * steps. Note that eps_t is 1/k, and pi uniform, for t <= k ln k, and that pi returns to uniform as
 * eps_t falls. */
#include <math.h>

#include "src/data/mixer.h"

enum rule { PAPER, EXP3, SMOOTHED_MEAN, GROUP };

struct odm_opts {
    int rule;
    double alpha, warmup;
};

static const char *const rules[] = {"paper", "exp3", "smoothed_mean", "group", NULL};

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
    struct odm_state *s = at->state;
    s->eps = 1.0 / at->n;
    mixer_configured(at, s->pi);
}

static void odm_weights(const struct mixer_at *at, const struct data_clock *clock, double *w)
{
    const struct odm_state *s = at->state;
    (void)clock;
    for (int i = 0; i < at->n; i++) w[i] = s->pi[i];
    mixer_spread(at, w);
}

static void reward(const struct odm_opts *o, double *r, double loss, double pi)
{
    switch (o->rule) {
    case PAPER:
        *r = o->alpha * *r + (1 - o->alpha) * loss / pi;
        break;
    case EXP3:
        *r += loss / 10 / pi;
        break;
    default:
        *r = o->alpha * *r + (1 - o->alpha) * exp(loss);
    }
}

static void odm_batch(const struct mixer_at *at, const struct data_clock *clock,
                      const double *loss_sum, const int64_t *targets)
{
    const struct odm_opts *o = at->opts;
    struct odm_state *s = at->state;
    const int k = at->n;
    double *r = s->pi + k, most = -HUGE_VAL, sum = 0;
    for (int i = 0; i < k; i++) {
        double loss = 0;
        int64_t n = 0;
        mixer_source_sum(at, loss_sum, targets, i, &loss, &n);
        if (n) reward(o, &r[i], loss / (double)n, s->pi[i]);
        if (r[i] > most) most = r[i];
    }
    const double before = s->eps;
    s->t++;
    s->eps = fmin(1.0 / k, sqrt(log((double)k) / (k * s->t)));
    if ((double)clock->tokens < o->warmup * (double)clock->total) return;
    for (int i = 0; i < k; i++) /* less the largest exponent, so that nothing overflows */
        sum += s->pi[i] = o->rule == GROUP ? before * r[i] : exp(before * (r[i] - most));
    for (int i = 0; i < k; i++)
        s->pi[i] = sum > 0 ? (1 - k * s->eps) * s->pi[i] / sum + s->eps : 1.0 / k;
    mixer_normalise(k, s->pi);
}

const struct mixer_type mixer_odm = {
    .v = {.name = "odm",
          .summary = "online data mixing: a bandit rewarded by the training loss of each source",
          .paper = "arXiv:2312.02406",
          .schema = &odm_schema},
    .check = odm_check,
    .state_size = odm_state_size,
    .init = odm_init,
    .weights = odm_weights,
    .batch = odm_batch,
};
