/* verdict.c -- see verdict.h: the decision; verdict_text.c words it. */
#include "src/lab/verdict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/lab/verdict_text.h"
#include "src/stat/exact.h"
#include "src/stat/power.h"

static const char *const words[] = {"",      "baseline",   "better",
                                    "worse", "equivalent", "inconclusive"};

const char *verdict_word(enum verdict v)
{
    return words[v];
}

/* Values of complete runs; everything else is a gap. */
static double *complete_values(const struct verdict_input *in)
{
    const size_t n = (size_t)in->arms * in->seeds;
    double *y = malloc((n + 1) * sizeof *y);
    for (size_t i = 0; y && i < n; i++)
        y[i] = in->status[i] == RUN_COMPLETE && isfinite(in->value[i]) ? in->value[i] : NAN;
    return y;
}

/* The seeds of x and y that both have, packed; returns how many. */
static int pairs(const double *x, const double *y, int n, double *px, double *py)
{
    int kept = 0;
    for (int s = 0; s < n; s++) {
        if (isnan(x[s] + y[s])) continue;
        px[kept] = x[s];
        py[kept++] = y[s];
    }
    return kept;
}

static int describe(const struct verdict_input *in, const double *y, int arm, double level,
                    struct arm_verdict *v, struct error *e)
{
    double *space = malloc(3 * ((size_t)in->seeds + 1) * sizeof *space);
    if (!space) return error_set(e, E_MEMORY, "no memory for %d seeds", in->seeds);
    double *px = space, *py = px + in->seeds, *d = py + in->seeds;
    const double *own = y + (size_t)arm * in->seeds;
    const int n = pairs(own, own, in->seeds, px, py);
    v->mean = stat_mean(px, n, level);
    v->sign_flip_p = v->wins = NAN;
    for (int s = 0; s < in->seeds; s++) v->count[in->status[(size_t)arm * in->seeds + s]]++;
    if (in->baseline >= 0 && arm != in->baseline) {
        const int m = pairs(own, y + (size_t)in->baseline * in->seeds, in->seeds, px, py);
        for (int s = 0; s < m; s++) d[s] = px[s] - py[s];
        v->wins = stat_wins(px, py, m, in->goal == GOAL_MINIMIZE ? -1 : 1);
        v->sign_flip_p = stat_sign_flip_p(d, m);
    }
    free(space);
    return OK;
}

/* Every seed in which the arm diverged and the baseline finished; none in which the arm finished. */
static bool diverged_everywhere(const struct verdict_input *in, int arm)
{
    int lost = 0;
    for (int s = 0; s < in->seeds; s++) {
        const enum run_status own = in->status[(size_t)arm * in->seeds + s];
        if (own == RUN_COMPLETE) return false;
        lost +=
            own == RUN_DIVERGED && in->status[(size_t)in->baseline * in->seeds + s] == RUN_COMPLETE;
    }
    return lost > 0;
}

static enum verdict decide(const struct verdict_input *in, const double *y, int arm,
                           const struct arm_verdict *v, double alpha)
{
    if (in->baseline < 0) return VERDICT_NONE;
    if (arm == in->baseline) return VERDICT_BASELINE;
    if (diverged_everywhere(in, arm)) return VERDICT_WORSE;
    const bool found = v->than.p_adjusted < alpha, lower = v->than.delta < 0,
               good = lower == (in->goal == GOAL_MINIMIZE);
    const bool same = v->than.p_equivalent < alpha || verdict_identical(in, y, arm, v);
    if (found && !good && !same) return VERDICT_WORSE;
    if (v->count[RUN_DIVERGED]) return VERDICT_INCONCLUSIVE;
    return same ? VERDICT_EQUIVALENT : found ? VERDICT_BETTER : VERDICT_INCONCLUSIVE;
}

/* Leading: not significantly worse than the best mean, which then is the one that all others are
 * compared with (Hsu 1984). An arm that did not finish every run leads nothing. */
static int lead(const struct stat_block *b, const struct verdict_input *in, struct sweep_verdict *v,
                struct error *e)
{
    struct stat_block of = *b;
    struct stat_block_fit fit;
    int best = -1;
    for (int a = 0; a < in->arms; a++) {
        const struct arm_verdict *arm = &v->arms[a];
        if (arm->count[RUN_DIVERGED] || arm->mean.n < 1) continue;
        if (best < 0 || (in->goal == GOAL_MINIMIZE ? arm->mean.mean < v->arms[best].mean.mean
                                                   : arm->mean.mean > v->arms[best].mean.mean))
            best = a;
    }
    if (best < 0) return OK;
    struct stat_contrast *c = malloc((size_t)in->arms * sizeof *c);
    if (!c) return error_set(e, E_MEMORY, "no memory for %d arms", in->arms);
    of.baseline = best;
    const int status = stat_block(&of, &fit, c, e);
    for (int a = 0; !status && a < in->arms; a++)
        v->arms[a].leading =
            a == best || (c[a].p_adjusted >= 1 - v->level && !v->arms[a].count[RUN_DIVERGED]);
    free(c);
    return status;
}

static int compare(const struct verdict_input *in, const double *y, struct sweep_verdict *v,
                   struct error *e)
{
    struct stat_contrast *c = malloc(((size_t)in->arms + 1) * sizeof *c);
    if (!c) return error_set(e, E_MEMORY, "no memory for %d arms", in->arms);
    const struct stat_block b = {
        in->arms, in->seeds,          in->baseline < 0 ? 0 : in->baseline, y, in->method,
        v->level, in->practical_delta};
    int status = stat_block(&b, &v->fit, c, e);
    for (int a = 0; !status && a < in->arms; a++) {
        status = describe(in, y, a, v->level, &v->arms[a], e);
        v->arms[a].than = c[a];
    }
    if (!status) status = lead(&b, in, v, e);
    free(c);
    return status;
}

int verdict_open(struct sweep_verdict *v, const struct verdict_input *in, struct error *e)
{
    *v = (struct sweep_verdict){.level = in->level > 0 ? in->level : 0.95, .n_arms = in->arms};
    v->arms = calloc((size_t)in->arms + 1, sizeof *v->arms);
    double *y = complete_values(in);
    int status = v->arms && y ? compare(in, y, v, e)
                              : error_set(e, E_MEMORY, "no memory for %d arms", in->arms);
    if (!status) {
        const bool pooled = in->method == STAT_DUNNETT && v->fit.noise > 0 && in->seeds > 1;
        v->detectable =
            pooled ? v->fit.noise * stat_detectable_block(in->arms > 1 ? in->arms - 1 : 1,
                                                          in->seeds, 1 - v->level, 0.8)
            : v->fit.noise > 0
                ? v->fit.noise * M_SQRT2 * stat_detectable_paired(in->seeds, 1 - v->level, 0.8)
                : NAN;
        for (int a = 0; a < in->arms; a++) {
            v->arms[a].verdict = decide(in, y, a, &v->arms[a], 1 - v->level);
            verdict_sentence(in, v, y, a);
        }
        verdict_method(in, v);
    }
    free(y);
    if (status) verdict_close(v);
    return status;
}

void verdict_close(struct sweep_verdict *v)
{
    free(v->arms);
    v->arms = NULL;
}
