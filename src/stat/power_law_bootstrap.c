/* power_law_bootstrap.c -- intervals where contexts share documents: resample those, and refit. */
#include <math.h>
#include <stdlib.h>

#include "src/stat/power_law_problem.h"

enum { MOST_CONTEXTS = 64 };

struct resampled {
    const struct power_law_documents *d;
    const double *u; /* [contexts] */
    double center;
};

/* loss[contexts] with each document and seed counted as often as it was drawn (NULL: once). */
static void losses(const struct power_law_documents *d, const double *documents,
                   const double *seeds, double *loss)
{
    for (int j = 0; j < d->contexts; j++) {
        double sum = 0, count = 0;
        for (int s = 0; s < d->seeds; s++) {
            const double ws = seeds ? seeds[s] : 1;
            const double *of_seed = d->sum + (size_t)s * d->documents * d->contexts;
            for (int i = 0; ws > 0 && i < d->documents; i++) {
                const double w = ws * (documents ? documents[i] : 1);
                sum += w * of_seed[(size_t)i * d->contexts + j];
                count += w * d->count[(size_t)i * d->contexts + j];
            }
        }
        loss[j] = count > 0 ? sum / count : NAN;
    }
}

static void refit(double *out, const double *const weight[2], const void *data)
{
    const struct resampled *r = data;
    double loss[MOST_CONTEXTS];
    losses(r->d, weight[0], weight[1], loss);
    for (int k = 0; k < 4; k++) out[k] = NAN;
    for (int j = 0; j < r->d->contexts; j++)
        if (isnan(loss[j])) return;
    const struct power_law_problem q = {r->d->contexts, r->u, loss, NULL, HOLD_NOTHING, 0};
    const struct power_law_solution s = power_law_search(&q);
    const struct power_law f = power_law_of(&s, q.n, r->center);
    out[0] = f.a;
    out[1] = f.beta;
    out[2] = f.gamma;
    out[3] = power_law_alpha(&f);
}

static int intervals(const double *samples, int n, double level, struct power_law_intervals *out,
                     struct error *e)
{
    struct stat_interval *const of[] = {&out->a, &out->beta, &out->gamma, &out->alpha};
    for (int k = 0; k < 4; k++) TRY(stat_percentile(samples + (size_t)k * n, n, level, of[k], e));
    return OK;
}

int power_law_bootstrap(const struct power_law_documents *d, int replicates, uint64_t seed,
                        double level, struct power_law_intervals *out, struct error *e)
{
    double loss[MOST_CONTEXTS], u[MOST_CONTEXTS];
    if (d->contexts > MOST_CONTEXTS)
        return error_set(e, E_USAGE, "%d contexts are more than %d", d->contexts, MOST_CONTEXTS);
    if (d->documents < 2)
        return error_set(e, E_USAGE, "%d document cannot be resampled", d->documents);
    losses(d, NULL, NULL, loss);
    const struct power_law_points points = {d->contexts, d->c, loss, NULL};
    TRY(power_law_fit(&points, &out->fit, e));
    const struct resampled r = {d, u, power_law_center(d->c, d->contexts, u)};
    const struct stat_bootstrap b = {
        {d->documents, d->seeds > 1 ? d->seeds : 0}, 4, replicates, seed, refit, &r};
    double *samples = malloc(4 * (size_t)replicates * sizeof *samples);
    if (!samples) return error_set(e, E_MEMORY, "no memory for %d replicates", replicates);
    int status = stat_bootstrap(&b, samples, e);
    if (!status) status = intervals(samples, replicates, level, out, e);
    free(samples);
    return status;
}
