/* verdict_text.c -- see verdict_text.h. */
#include "src/lab/verdict_text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "src/lab/round.h"

bool verdict_identical(const struct verdict_input *in, const double *y, int arm,
                       const struct arm_verdict *v)
{
    const double *own = y + (size_t)arm * in->seeds, *other = y + (size_t)in->baseline * in->seeds;
    for (int s = 0; s < in->seeds; s++)
        if (!isnan(own[s] + other[s]) && own[s] != other[s]) return false;
    return v->than.n > 1;
}

/* Append; a text that is full stays cut. */
static void add(char *text, size_t size, const char *fmt, ...) PRINTF(3, 4);
static void add(char *text, size_t size, const char *fmt, ...)
{
    const size_t n = strlen(text);
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text + n, size - n, fmt, ap);
    va_end(ap);
}

static const char *direction(double delta)
{
    return delta < 0 ? "lower" : "higher";
}

/* "test/loss lower by 0.034 ± 0.012 (p = 0.003, n = 5, wins 5/5)" */
static void difference(char *text, size_t size, const char *metric, const struct arm_verdict *a)
{
    char pair[128], p[32];
    round_pair(pair, fabs(a->than.delta), a->than.half);
    add(text, size, "%s %s by %s (", metric, direction(a->than.delta), pair);
    if (!isnan(a->than.p_adjusted)) {
        round_p(p, a->than.p_adjusted);
        add(text, size, "adjusted p %s%s, ", p[0] == '<' ? "" : "= ", p);
    }
    add(text, size, "n = %d, wins %g/%d)", a->than.n, a->wins, a->than.n);
}

static void gaps(char *text, size_t size, const struct verdict_input *in,
                 const struct arm_verdict *a, const struct arm_verdict *baseline)
{
    if (a->count[RUN_DIVERGED])
        add(text, size, "; diverged in %d of %d seeds (baseline: %d)", a->count[RUN_DIVERGED],
            in->seeds, baseline->count[RUN_DIVERGED]);
    for (int s = 0; s < RUN_STATUS_COUNT; s++)
        if (a->count[s] && s != RUN_COMPLETE && s != RUN_DIVERGED)
            add(text, size, "; %d of %d %s", a->count[s], in->seeds,
                run_status_word((enum run_status)s));
    const int complete = a->count[RUN_COMPLETE], known = a->mean.n;
    if (known < complete) /* those that never got there: what is left is no mean of the arm */
        add(text, size, "; %d of its %d complete seeds have no %s and enter no mean",
            complete - known, complete, in->metric);
    if (a != baseline && a->than.n < known)
        add(text, size, "; %d of its %d complete seeds%s have a complete baseline%s", a->than.n,
            known, known < complete ? " with one" : "",
            baseline->mean.n < baseline->count[RUN_COMPLETE] ? " with one" : "");
}

static void inconclusive(char *text, size_t size, const struct verdict_input *in,
                         const struct sweep_verdict *v, const struct arm_verdict *a,
                         const char *baseline)
{
    char number[64];
    if (a->than.n == 0) {
        add(text, size, "cannot be compared with %s: no seed is complete in both", baseline);
        return;
    }
    if (isnan(a->than.half)) {
        add(text, size, "cannot be tested against %s with %s: ", baseline,
            a->than.n == 1 ? "one seed" : "runs that do not vary");
        difference(text, size, in->metric, a);
        return;
    }
    if (a->count[RUN_DIVERGED] && a->than.p_adjusted < 1 - v->level)
        add(text, size, "differs from %s where it finishes: ", baseline);
    else
        add(text, size, "cannot be told from %s: ", baseline);
    difference(text, size, in->metric, a);
    if (!isnan(v->detectable) && a->than.p_adjusted >= 1 - v->level)
        add(text, size, "; %d seeds find differences of %s or more", in->seeds,
            round_text(number, v->detectable, round_decimals(v->detectable)));
}

static void equivalent(char *text, size_t size, const struct verdict_input *in, const double *y,
                       int arm, double alpha, const struct arm_verdict *a, const char *baseline)
{
    if (verdict_identical(in, y, arm, a)) {
        add(text, size, "is equivalent to %s: the same %s in every one of %d seeds", baseline,
            in->metric, a->than.n);
        return;
    }
    add(text, size, "is equivalent to %s within %g: ", baseline, in->practical_delta);
    difference(text, size, in->metric, a);
    if (a->than.p_adjusted < alpha) add(text, size, "; a real difference too small to matter");
}

void verdict_sentence(const struct verdict_input *in, struct sweep_verdict *v, const double *y,
                      int arm)
{
    struct arm_verdict *a = &v->arms[arm];
    char *text = a->sentence, pair[128];
    const size_t size = sizeof a->sentence;
    const char *baseline = in->baseline >= 0 ? in->names[in->baseline] : "";
    add(text, size, "%s ", in->names[arm]);
    switch (a->verdict) {
    case VERDICT_NONE:
    case VERDICT_BASELINE:
        add(text, size, "%s: %s %s (n = %d)",
            in->baseline >= 0 ? "is the baseline" : "has no baseline", in->metric,
            round_pair(pair, a->mean.mean, a->mean.half), a->mean.n);
        break;
    case VERDICT_BETTER:
    case VERDICT_WORSE:
        add(text, size, "is %s than %s: ", verdict_word(a->verdict), baseline);
        if (a->than.n)
            difference(text, size, in->metric, a);
        else
            add(text, size, "it never finishes");
        break;
    case VERDICT_EQUIVALENT:
        equivalent(text, size, in, y, arm, 1 - v->level, a, baseline);
        break;
    case VERDICT_INCONCLUSIVE:
        inconclusive(text, size, in, v, a, baseline);
        break;
    }
    gaps(text, size, in, a, in->baseline >= 0 ? &v->arms[in->baseline] : a);
}

void verdict_method(const struct verdict_input *in, struct sweep_verdict *v)
{
    char *text = v->method, number[64];
    const size_t size = sizeof v->method;
    add(text, size, "Mean ± half-width of the %g %% t interval over complete runs (%d seeds). ",
        100 * v->level, in->seeds);
    if (in->baseline < 0) {
        add(text, size, "No baseline was declared, so nothing was tested.");
        return;
    }
    if (in->method == STAT_DUNNETT)
        add(text, size,
            "Differences from %s are paired by seed; randomised block design, Dunnett's test, "
            "m = %d, simultaneous %g %% intervals.",
            in->names[in->baseline], v->fit.compared, 100 * v->level);
    else
        add(text, size,
            "Differences from %s are paired by seed; paired t-tests with Holm's correction, m = "
            "%d, "
            "%g %% interval of each difference.",
            in->names[in->baseline], v->fit.compared, 100 * v->level);
    if (v->fit.noise > 0)
        add(text, size, " Noise of a run beside arm and seed: %.2g.", v->fit.noise);
    if (!isnan(v->detectable))
        add(text, size, " Differences of %s are found with power 0.8.",
            round_text(number, v->detectable, round_decimals(v->detectable)));
    if (in->practical_delta > 0)
        add(text, size, " Differences below %g do not matter (declared).", in->practical_delta);
    if (v->fit.variance_p < 0.01)
        add(v->warning, sizeof v->warning,
            "the residuals of %s spread %.1f times as much as those of the other arms (p = %.2g): "
            "the pooled noise does not describe it",
            in->names[v->fit.variance_arm], sqrt(v->fit.variance_ratio), v->fit.variance_p);
}
