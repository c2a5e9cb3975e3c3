/* power_law_profile.c -- profile-likelihood intervals and the comparison with simpler forms. */
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/stat/power_law_problem.h"

struct profile {
    struct power_law_problem q;
    enum power_law_parameter which;
    double most; /* SSE inside the interval */
};

static bool inside(struct profile *f, double v)
{
    if (f->which == POWER_LAW_BETA) return power_law_solve(&f->q, v).sse <= f->most;
    f->q.held = f->which == POWER_LAW_A ? HOLD_A : HOLD_GAMMA;
    f->q.value = v;
    return power_law_search(&f->q).sse <= f->most;
}

/* Where the profile leaves the interval between `in` and `out`. */
static double border(struct profile *f, double in, double out)
{
    while (fabs(out - in) > 1e-7 * fabs(in + out)) {
        const double mid = (in + out) / 2;
        *(inside(f, mid) ? &in : &out) = mid;
    }
    return (in + out) / 2;
}

/* Outward from the estimate in growing steps until outside; an end that is never left is open. */
static struct stat_interval walk(struct profile *f, double at, double least, double most)
{
    struct stat_interval out = {0, INFINITY, 0};
    for (double in = at, step = 0.02 * at + 1e-3 * most * (at <= 0); in > least; step *= 2) {
        const double next = fmax(least, in - step);
        if (!inside(f, next)) {
            out.low = border(f, in, next);
            break;
        }
        in = next;
    }
    for (double in = at, step = 0.02 * at + 1e-3 * most * (at <= 0); in < most; step *= 2) {
        const double next = fmin(most, in + step);
        if (!inside(f, next)) {
            out.high = border(f, in, next);
            break;
        }
        in = next;
    }
    return out;
}

int power_law_profile(const struct power_law_points *p, const struct power_law *f,
                      enum power_law_parameter which, double level, struct stat_interval *out,
                      struct error *e)
{
    TRY(power_law_check(p, e));
    double *u = malloc((size_t)p->n * sizeof *u), most = 0;
    if (!u) return error_set(e, E_MEMORY, "no memory for %d points", p->n);
    power_law_center(p->c, p->n, u);
    for (int i = 0; i < p->n; i++) most = fmax(most, p->loss[i]);
    const int df = p->n - 3;
    struct profile profile = {{p->n, u, p->loss, p->weight, HOLD_NOTHING, 0},
                              which,
                              f->sse * (1 + gsl_cdf_fdist_Pinv(level, 1, df) / df)};
    *out = which == POWER_LAW_BETA    ? walk(&profile, f->beta, STAT_BETA_LEAST, STAT_BETA_MOST)
           : which == POWER_LAW_GAMMA ? walk(&profile, f->gamma, 0, most)
                                      : walk(&profile, f->a, 0, 1e3 * most);
    free(u);
    return OK;
}

/* n ln(SSE / n) + 2k + 2k(k + 1) / (n - k - 1) */
static double aicc(double sse, int n, int k)
{
    return n - k - 1 > 0 ? n * log(sse / n) + 2 * k + 2.0 * k * (k + 1) / (n - k - 1) : INFINITY;
}

static double extrapolate(const struct power_law_points *p, double *space)
{
    double largest = 0, error = 0;
    double *c = space, *loss = space + p->n, *weight = space + 2 * p->n;
    int kept = 0, left_out = 0;
    struct power_law f;
    struct error ignored;
    for (int i = 0; i < p->n; i++) largest = fmax(largest, p->c[i]);
    for (int i = 0; i < p->n; i++) {
        if (p->c[i] == largest) continue;
        c[kept] = p->c[i];
        weight[kept] = p->weight ? p->weight[i] : 1;
        loss[kept++] = p->loss[i];
    }
    const struct power_law_points rest = {kept, c, loss, weight};
    if (power_law_fit(&rest, &f, &ignored)) return NAN;
    for (int i = 0; i < p->n; i++) {
        if (p->c[i] != largest) continue;
        error += power_law_at(&f, largest) - p->loss[i];
        left_out++;
    }
    return error / left_out;
}

int power_law_compare(const struct power_law_points *p, struct power_law_models *out,
                      struct error *e)
{
    TRY(power_law_check(p, e));
    double *space = malloc(3 * (size_t)p->n * sizeof *space);
    if (!space) return error_set(e, E_MEMORY, "no memory for %d points", p->n);
    struct power_law_problem q = {p->n, space, p->loss, p->weight, HOLD_NOTHING, 0};
    power_law_center(p->c, p->n, space);
    out->full = aicc(power_law_search(&q).sse, p->n, 4);
    q.held = HOLD_GAMMA;
    out->pure = aicc(power_law_search(&q).sse, p->n, 3);
    q.held = HOLD_A;
    out->constant = aicc(power_law_solve(&q, 1).sse, p->n, 2);
    out->extrapolation = extrapolate(p, space);
    free(space);
    return OK;
}
