/* skill_it.c -- sources as skills: weight follows the losses of what a skill is a prerequisite for.
 *
 *   w_i(t) ~ w_i(0) exp( eta sum over the last W evaluations tau of (A L_tau)_i )
 *
 * A: `graph`, row by row; A_ij: how much training on i helps j (default: the identity). L: losses on
 * the dev split. It restarts from the prior at every evaluation and is not cumulative. relative: L /
 * L of the first evaluation in place of L; decay: eta sum L_0 / sum L_t, larger as losses fall, as
 * eta / (sum L_t / sum L_0). A source of unknown loss counts the mean of the others. Paper: Chen et
 * al. 2023, arXiv:2307.14430 (W 3). */
#include <math.h>

#include "src/data/mixer.h"

enum { WINDOW_MAX = 64 };

struct skill_it_opts {
    struct conf_reals graph;
    double eta;
    int window;
    bool relative, decay;
};

#define S struct skill_it_opts
static const struct conf_field skill_it_fields[] = {
    CONF_REALS(S, graph, "A, row by row: how much training on i helps j; default: the identity"),
    CONF_REAL(S, eta, 0.5, 0, 1e6, "step size"),
    CONF_INT(S, window, 3, 1, WINDOW_MAX, "W: evaluations that count"),
    CONF_BOOL(S, relative, false, "losses relative to the first ones"),
    CONF_BOOL(S, decay, false, "a step size that grows as the losses fall"),
    CONF_END,
};
#undef S

static const struct conf_schema skill_it_schema = {
    .name = "skill_it",
    .size = sizeof(struct skill_it_opts),
    .fields = skill_it_fields,
};

/* `w` [n], the first losses [n], the last [window][n] */
struct skill_it_state {
    int64_t evals;
    double w[];
};

static size_t skill_it_state_size(const void *opts, int n)
{
    const struct skill_it_opts *o = opts;
    return sizeof(struct skill_it_state) + (2 + (size_t)o->window) * (size_t)n * sizeof(double);
}

static int skill_it_check(const struct mixer_at *at, struct error *e)
{
    const struct skill_it_opts *o = at->opts;
    if (o->graph.n && o->graph.n != at->n * at->n)
        return error_set(e, E_USAGE, "mixer skill_it: a graph of %d numbers for %d sources, not %d",
                         o->graph.n, at->n, at->n * at->n);
    return mixer_check_configured(at, "skill_it", e);
}

static void skill_it_init(const struct mixer_at *at)
{
    mixer_configured(at, ((struct skill_it_state *)at->state)->w);
}

static void skill_it_weights(const struct mixer_at *at, const struct data_clock *clock, double *w)
{
    const struct skill_it_state *s = at->state;
    (void)clock;
    for (int i = 0; i < at->n; i++) w[i] = s->w[i];
    mixer_spread(at, w);
}

/* out: the losses, unknown ones as the mean of the others; false: none is known. */
static bool known_losses(int n, const double *loss, double *out)
{
    double sum = 0;
    int known = 0;
    for (int i = 0; i < n; i++)
        if (isfinite(loss[i])) {
            sum += loss[i];
            known++;
        }
    for (int i = 0; i < n && known; i++) out[i] = isfinite(loss[i]) ? loss[i] : sum / known;
    return known > 0;
}

/* (A L)_i, L in the units of the options. */
static double need(const struct mixer_at *at, int i, const double *loss, const double *first)
{
    const struct skill_it_opts *o = at->opts;
    double sum = 0;
    for (int j = 0; j < at->n; j++) {
        const double a = o->graph.n ? o->graph.v[i * at->n + j] : i == j;
        sum += a * (o->relative ? loss[j] / first[j] : loss[j]);
    }
    return sum;
}

static void skill_it_eval(const struct mixer_at *at, const struct data_clock *clock,
                          const double *loss)
{
    const struct skill_it_opts *o = at->opts;
    struct skill_it_state *s = at->state;
    const int n = at->n;
    double *first = s->w + n, *last = first + n, most = -HUGE_VAL, now = 0, then = 0;
    double *at_now = last + (size_t)(s->evals % o->window) * (size_t)n;
    (void)clock;
    if (!known_losses(n, loss, at_now)) return;
    if (!s->evals)
        for (int i = 0; i < n; i++) first[i] = at_now[i];
    s->evals++;
    for (int i = 0; i < n; i++) {
        now += at_now[i];
        then += first[i];
    }
    const double eta = o->decay ? o->eta * then / now : o->eta;
    const int64_t used = s->evals < o->window ? s->evals : o->window;
    for (int i = 0; i < n; i++) {
        s->w[i] = 0;
        for (int64_t k = 0; k < used; k++) s->w[i] += eta * need(at, i, last + k * n, first);
        if (s->w[i] > most) most = s->w[i];
    }
    for (int i = 0; i < n; i++) s->w[i] = at->source[i].weight * exp(s->w[i] - most);
    mixer_normalise(n, s->w);
}

const struct mixer_type mixer_skill_it = {
    .v = {.name = "skill_it",
          .summary = "more of the skills that unlock those of high held-out loss",
          .paper = "arXiv:2307.14430",
          .schema = &skill_it_schema},
    .check = skill_it_check,
    .state_size = skill_it_state_size,
    .init = skill_it_init,
    .weights = skill_it_weights,
    .eval = skill_it_eval,
};
