/* power_law.c -- see power_law.h: the fit by variable projection. */
#include "src/stat/power_law.h"

#include <math.h>
#include <stdlib.h>

#include "src/stat/power_law_problem.h"

enum { GRID = 80 };

static double weight_at(const struct power_law_problem *q, int i)
{
    return q->weight ? q->weight[i] : 1;
}

static double sse(const struct power_law_problem *q, double beta, double a, double gamma)
{
    double sum = 0;
    for (int i = 0; i < q->n; i++) {
        const double r = a * exp(-beta * q->u[i]) + gamma - q->loss[i];
        sum += weight_at(q, i) * r * r;
    }
    return sum;
}

/* Line through (t_i, loss_i), t = exp(-beta u): slope A, intercept gamma; sums about the means. */
struct power_law_solution power_law_solve(const struct power_law_problem *q, double beta)
{
    double w = 0, t = 0, l = 0, tt = 0, tl = 0, raw_tt = 0, raw_tl = 0;
    for (int i = 0; i < q->n; i++) {
        w += weight_at(q, i);
        t += weight_at(q, i) * exp(-beta * q->u[i]);
        l += weight_at(q, i) * q->loss[i];
    }
    t /= w;
    l /= w;
    for (int i = 0; i < q->n; i++) {
        const double wi = weight_at(q, i), ti = exp(-beta * q->u[i]), li = q->loss[i];
        tt += wi * (ti - t) * (ti - t);
        tl += wi * (ti - t) * (li - l);
        raw_tt += wi * ti * ti;
        raw_tl += wi * ti * li;
    }
    struct power_law_solution s = {.beta = beta};
    if (q->held == HOLD_A) {
        s.a = q->value;
        s.gamma = fmax(0, l - s.a * t);
    } else if (q->held == HOLD_GAMMA) {
        s.gamma = q->value;
        s.a = fmax(0, (raw_tl - s.gamma * w * t) / raw_tt);
    } else {
        s.a = tt > 0 ? tl / tt : 0;
        s.gamma = l - s.a * t;
        if (s.gamma < 0) {
            s.gamma = 0;
            s.a = raw_tl / raw_tt;
        }
        if (s.a < 0) {
            s.a = 0;
            s.gamma = l;
        }
    }
    s.sse = sse(q, beta, s.a, s.gamma);
    return s;
}

static double beta_at(int i)
{
    return STAT_BETA_LEAST * pow(STAT_BETA_MOST / STAT_BETA_LEAST, (double)i / (GRID - 1));
}

struct power_law_solution power_law_search(const struct power_law_problem *q)
{
    const double golden = (sqrt(5) - 1) / 2;
    struct power_law_solution best = power_law_solve(q, beta_at(0));
    int at = 0;
    for (int i = 1; i < GRID; i++) {
        const struct power_law_solution s = power_law_solve(q, beta_at(i));
        if (s.sse < best.sse) {
            best = s;
            at = i;
        }
    }
    double low = log(beta_at(at ? at - 1 : 0)), high = log(beta_at(at < GRID - 1 ? at + 1 : at));
    double x = high - golden * (high - low), y = low + golden * (high - low);
    struct power_law_solution sx = power_law_solve(q, exp(x)), sy = power_law_solve(q, exp(y));
    while (high - low > 1e-10) {
        if (sx.sse < best.sse) best = sx;
        if (sy.sse < best.sse) best = sy;
        if (sx.sse <= sy.sse) {
            high = y;
            y = x;
            sy = sx;
            x = high - golden * (high - low);
            sx = power_law_solve(q, exp(x));
        } else {
            low = x;
            x = y;
            sx = sy;
            y = low + golden * (high - low);
            sy = power_law_solve(q, exp(y));
        }
    }
    return best;
}

double power_law_center(const double *c, int n, double *u)
{
    double center = 0;
    for (int i = 0; i < n; i++) center += log(c[i]) / n;
    for (int i = 0; i < n; i++) u[i] = log(c[i]) - center;
    return center;
}

static bool seen_before(const double *c, int i)
{
    for (int j = 0; j < i; j++)
        if (c[j] == c[i]) return true;
    return false;
}

int power_law_check(const struct power_law_points *p, struct error *e)
{
    double least = INFINITY, most = 0;
    int distinct = 0;
    for (int i = 0; i < p->n; i++) {
        if (!(p->c[i] > 0) || isinf(p->c[i]))
            return error_set(e, E_USAGE, "context %g of point %d is no positive number", p->c[i],
                             i);
        if (!isfinite(p->loss[i]))
            return error_set(e, E_USAGE, "the loss at context %g is not finite", p->c[i]);
        if (p->weight && (!(p->weight[i] > 0) || isinf(p->weight[i])))
            return error_set(e, E_USAGE, "weight %g at context %g is no positive number",
                             p->weight[i], p->c[i]);
        least = fmin(least, p->c[i]);
        most = fmax(most, p->c[i]);
        distinct += !seen_before(p->c, i);
    }
    if (distinct < 5)
        return error_set(e, E_USAGE, "a power law needs 5 distinct contexts, here are %d",
                         distinct);
    if (most < 4 * least)
        return error_set(e, E_USAGE,
                         "a power law needs contexts over a factor of 4, here are %g to %g", least,
                         most);
    return OK;
}

struct power_law power_law_of(const struct power_law_solution *s, int n, double center)
{
    return (struct power_law){
        .n = n,
        .a = s->a,
        .beta = s->beta,
        .gamma = s->gamma,
        .center = center,
        .sse = s->sse,
        .gamma_at_zero = s->gamma == 0,
        .beta_at_edge = s->beta < STAT_BETA_LEAST * 1.001 || s->beta > STAT_BETA_MOST / 1.001,
    };
}

int power_law_fit(const struct power_law_points *p, struct power_law *out, struct error *e)
{
    TRY(power_law_check(p, e));
    double *u = malloc((size_t)p->n * sizeof *u);
    if (!u) return error_set(e, E_MEMORY, "no memory for %d points", p->n);
    const double center = power_law_center(p->c, p->n, u);
    const struct power_law_problem q = {p->n, u, p->loss, p->weight, HOLD_NOTHING, 0};
    const struct power_law_solution s = power_law_search(&q);
    *out = power_law_of(&s, p->n, center);
    free(u);
    return OK;
}

double power_law_at(const struct power_law *f, double c)
{
    return f->a * exp(-f->beta * (log(c) - f->center)) + f->gamma;
}

double power_law_alpha(const struct power_law *f)
{
    return exp(f->center + log(f->a) / f->beta);
}
