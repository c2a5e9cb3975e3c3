/* doremi.c -- domain reweighting with minimax optimisation.
 *
 *   lambda_i = mean over the tokens of i of max(l - l_ref, 0)
 *   a'_i = a_i exp(eta lambda_i);   a = (1 - c) a' / sum a' + c / k;   w = a, uniform at first
 *
 * l_ref: the loss of `reference`, a trained model, on the same tokens. A source that is absent from a
 * batch keeps its last lambda. The result of the method is the time mean of a: the shares that
 * the run ends with (data/<source>/share), for a static mix of the main run. Paper: Xie et al. 2023,
 * arXiv:2305.10429 (c 1e-3; its code 1e-4). There the proxy draws with fixed weights and reweights
 * its loss by a; here it draws by a, which is the same in expectation. A source never seen has the
 * mean lambda of the others (the code: ln V). */
#include <math.h>

#include "src/data/mixer.h"

struct doremi_opts {
    const char *reference;
    double eta, smoothing;
};

#define S struct doremi_opts
static const struct conf_field doremi_fields[] = {
    CONF_STRING_REQUIRED(S, reference, "the reference model: a run, a checkpoint, a folder"),
    CONF_REAL(S, eta, 1, 0, 1e6, "step size"),
    CONF_REAL(S, smoothing, 1e-3, 0, 1, "c: the share that is always uniform"),
    CONF_END,
};
#undef S

static const struct conf_schema doremi_schema = {
    .name = "doremi",
    .size = sizeof(struct doremi_opts),
    .fields = doremi_fields,
};

/* a [n], lambda [n] */
static size_t doremi_state_size(const void *opts, int n)
{
    (void)opts;
    return 2 * (size_t)n * sizeof(double);
}

static void doremi_init(const struct mixer_at *at)
{
    double *a = at->state, *lambda = a + at->n;
    for (int i = 0; i < at->n; i++) {
        a[i] = 1.0 / at->n;
        lambda[i] = NAN;
    }
}

static void doremi_weights(const struct mixer_at *at, const struct data_clock *clock, double *w)
{
    const double *a = at->state;
    (void)clock;
    for (int i = 0; i < at->n; i++) w[i] = a[i];
    mixer_spread(at, w);
}

static void doremi_excess(const struct mixer_at *at, const struct data_clock *clock,
                          const double *excess_sum, const int64_t *targets)
{
    const struct doremi_opts *o = at->opts;
    double *a = at->state, *lambda = a + at->n, mean = 0, sum = 0;
    int seen = 0;
    (void)clock;
    for (int i = 0; i < at->n; i++) {
        double excess = 0;
        int64_t n = 0;
        mixer_source_sum(at, excess_sum, targets, i, &excess, &n);
        if (n) lambda[i] = excess / (double)n;
        if (isnan(lambda[i])) continue;
        mean += lambda[i];
        seen++;
    }
    if (!seen) return;
    for (int i = 0; i < at->n; i++)
        sum += a[i] *= exp(o->eta * (isnan(lambda[i]) ? mean / seen : lambda[i]));
    for (int i = 0; i < at->n; i++) a[i] = (1 - o->smoothing) * a[i] / sum + o->smoothing / at->n;
}

static const char *doremi_reference(const void *opts)
{
    return ((const struct doremi_opts *)opts)->reference;
}

const struct mixer_type mixer_doremi = {
    .v = {.name = "doremi",
          .summary = "more of the sources whose loss exceeds that of a reference model",
          .paper = "arXiv:2305.10429",
          .schema = &doremi_schema},
    .state_size = doremi_state_size,
    .init = doremi_init,
    .weights = doremi_weights,
    .excess = doremi_excess,
    .reference = doremi_reference,
};
