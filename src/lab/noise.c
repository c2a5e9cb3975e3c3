/* noise.c -- see noise.h. */
#include "src/lab/noise.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
#include "src/stat/mean.h"
#include "src/stat/spread.h"

static const char *baseline_config(const struct sweep_plan *p)
{
    for (int i = 0; i < p->n_runs; i++)
        if (p->runs[i].arm == p->baseline) return p->runs[i].config;
    return "";
}

int noise_write_sweep(const struct sweep_plan *p, int seeds, char path[4096], struct error *e)
{
    char base[4096], text[1024];
    const char *config = baseline_config(p);
    TRY(file_make_directories(p->dir, e));
    TRY(file_join(path, 4096, p->dir, "noise.yaml", e));
    TRY(file_join(base, sizeof base, p->dir, "noise-base.yaml", e));
    TRY(file_write_all(base, config, strlen(config), e));
    const int n = snprintf(text, sizeof text,
                           "name: noise\n"
                           "description: the baseline's spread over seeds, and of twins whose "
                           "first weight differs by 1e-6\n"
                           "base: [noise-base.yaml]\n"
                           "parameters: {nudge: {values: [0, 1e-6]}}\n"
                           "metric: {name: %s}\n"
                           "seeds: %d\n",
                           p->sweep->config.metric.name, seeds);
    return file_write_all(path, text, (size_t)n, e);
}

/* Value of an arm at a seed; NaN: not complete. */
static double value_at(const struct store *s, int arm, int64_t seed)
{
    for (int i = 0; i < s->n_runs; i++)
        if (s->runs[i].arm == arm && s->runs[i].seed == seed)
            return s->runs[i].state == STORE_COMPLETE ? store_metric(&s->runs[i], s->metric) : NAN;
    return NAN;
}

static int estimate(const struct store *s, struct noise *n, struct error *e)
{
    double *x = calloc((size_t)s->n_seeds + 1, sizeof *x);
    double *d = calloc((size_t)s->n_seeds + 1, sizeof *d);
    if (!x || !d) {
        free(x);
        free(d);
        return error_set(e, E_MEMORY, "no memory");
    }
    for (int i = 0; i < s->n_seeds; i++) {
        const double own = value_at(s, 0, s->seeds[i]), twin = value_at(s, 1, s->seeds[i]);
        if (!isfinite(own) || !isfinite(twin)) continue;
        x[n->seeds] = own;
        d[n->seeds++] = twin - own;
    }
    const struct stat_mean spread = stat_mean(x, n->seeds, 0.95);
    double squares = 0; /* twins differ by 0 on average, by construction */
    for (int i = 0; i < n->seeds; i++) squares += d[i] * d[i];
    n->mean = spread.mean;
    n->sd = spread.sd;
    n->sd_low = stat_sd_interval(spread.sd, n->seeds - 1, 0.95).low;
    n->sd_high = stat_sd_interval(spread.sd, n->seeds - 1, 0.95).high;
    n->twin_sd = n->seeds ? sqrt(squares / (2.0 * n->seeds)) : NAN;
    snprintf(n->metric, sizeof n->metric, "%s", s->metric);
    free(x);
    free(d);
    return OK;
}

int noise_read(const char *dir, struct noise *n, struct error *e)
{
    char folder[4096], plan[4096];
    struct store *s;
    *n = (struct noise){0};
    TRY(file_join(folder, sizeof folder, dir, "noise", e));
    TRY(file_join(plan, sizeof plan, folder, "sweep.json", e));
    if (!file_exists(plan)) return OK;
    TRY(store_open(&s, folder, e));
    const int status = s->n_arms == 2 ? estimate(s, n, e) : OK;
    store_close(s);
    return status;
}
