/* power_law_robust.c -- Huber's loss in log space, by reweighted least squares.
 *
 * With r = ln L(c) - ln loss, the minimum of sum H(r) solves sum psi(r) / L dL = 0, psi(r) = r cut
 * to [-delta, delta]. Weighted least squares solves sum w (L - loss) dL = 0. They agree for
 *
 *   w = psi(r) / (L (L - loss)),   which tends to 1 / (L loss) as r tends to 0,
 *
 * so a fixed point of refitting with these weights is the robust fit exactly, bounds included. */
#include <math.h>
#include <stdlib.h>

#include "src/stat/power_law_problem.h"

enum { ROUNDS = 200, ADAPT = 20 }; /* of these, how many may still move the threshold */

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double residual(const struct power_law_problem *q, const struct power_law_solution *s, int i)
{
    return log((s->a * exp(-s->beta * q->u[i]) + s->gamma) / q->loss[i]);
}

/* 1.345 standard deviations, estimated by the median absolute residual. */
static double threshold(const struct power_law_problem *q, const struct power_law_solution *s,
                        double *space)
{
    for (int i = 0; i < q->n; i++) space[i] = fabs(residual(q, s, i));
    qsort(space, (size_t)q->n, sizeof *space, by_value);
    const double median = (space[(q->n - 1) / 2] + space[q->n / 2]) / 2;
    return fmax(1.345 * 1.4826 * median, 1e-12);
}

static void reweigh(const struct power_law_problem *q, const struct power_law_solution *s,
                    double delta, double *weight)
{
    for (int i = 0; i < q->n; i++) {
        const double r = residual(q, s, i), value = q->loss[i] * exp(r);
        weight[i] = fabs(r) < 1e-9 ? 1 / (value * q->loss[i])
                                   : fmax(-delta, fmin(delta, r)) / (value * (value - q->loss[i]));
    }
}

int power_law_fit_huber(const struct power_law_points *p, double delta, struct power_law *out,
                        struct error *e)
{
    TRY(power_law_check(p, e));
    for (int i = 0; i < p->n; i++)
        if (!(p->loss[i] > 0))
            return error_set(e, E_USAGE, "loss %g at context %g has no logarithm", p->loss[i],
                             p->c[i]);
    double *u = malloc(2 * (size_t)p->n * sizeof *u), *weight = u + p->n;
    if (!u) return error_set(e, E_MEMORY, "no memory for %d points", p->n);
    struct power_law_problem q = {p->n, u, p->loss, NULL, HOLD_NOTHING, 0};
    const double center = power_law_center(p->c, p->n, u);
    struct power_law_solution s = power_law_search(&q), last;
    const bool adapt = !(delta > 0);
    q.weight = weight;
    for (int i = 0; i < ROUNDS; i++) {
        last = s;
        if (adapt && i < ADAPT) delta = threshold(&q, &s, weight);
        reweigh(&q, &s, delta, weight);
        s = power_law_search(&q);
        if (fabs(s.beta - last.beta) <= 1e-9 * s.beta && fabs(s.a - last.a) <= 1e-9 * s.a) break;
    }
    *out = power_law_of(&s, p->n, center);
    free(u);
    return OK;
}
