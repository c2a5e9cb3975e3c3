/* mix_plan.c -- see mix_plan.h. */
#include "src/data/mix_plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/data/stream.h"

enum { POINTS = 1 << 16 }; /* a stage is integrated over at most so many equal parts */

int mix_plan_open(struct mix_plan *p, const struct data *d, struct error *e)
{
    *p = (struct mix_plan){.sources = d->sources, .classes = d->classes};
    p->tokens = calloc((size_t)(d->sources * d->classes), sizeof *p->tokens);
    return p->tokens ? OK : error_set(e, E_MEMORY, "no memory to plan the mix");
}

void mix_plan_close(struct mix_plan *p)
{
    free(p->tokens);
    p->tokens = NULL;
}

/* The midpoint rule over parts of a step: exact for weights that change at steps alone, and for
 * linear ones. */
static void integrate(struct mix_plan *p, const struct stream *s, int64_t tokens, int64_t step,
                      double *w)
{
    const struct mixer_type *type = (const struct mixer_type *)s->mixer.type;
    const struct mixer_at at = stream_mixer_at(s);
    const int64_t steps = (tokens + step - 1) / step, parts = steps < POINTS ? steps : POINTS;
    const int cells = p->sources * p->classes;
    for (int64_t k = 0; k < parts; k++) {
        const double begin =
            steps <= POINTS ? (double)(k * step) : (double)tokens * (double)k / (double)parts;
        double end = steps <= POINTS ? begin + (double)step
                                     : (double)tokens * (double)(k + 1) / (double)parts;
        if (end > (double)tokens) end = (double)tokens;
        const struct data_clock clock = {(int64_t)((begin + end) / 2), tokens, k};
        type->weights(&at, &clock, w);
        for (int i = 0; i < cells; i++) p->tokens[i] += (end - begin) * w[i];
    }
    p->total += (double)tokens;
    p->adapts |= mixer_adapts(type);
}

int mix_plan_stage(struct mix_plan *p, struct data *d, const struct conf_variant *mixer,
                   int64_t tokens, int64_t step, struct error *e)
{
    struct stream *s;
    TRY(stream_open(&s, d, mixer, 1, 0, e));
    double *w = calloc((size_t)(p->sources * p->classes), sizeof *w);
    if (w && tokens > 0) integrate(p, s, tokens, step, w);
    stream_close(s);
    free(w);
    return w ? OK : error_set(e, E_MEMORY, "no memory to plan the mix");
}

double mix_plan_source(const struct mix_plan *p, int source)
{
    double sum = 0;
    for (int c = 0; c < p->classes; c++) sum += p->tokens[source * p->classes + c];
    return sum;
}

double mix_feasible(int n, const double *size, const double *ideal, const double *cap,
                    double *repeat)
{
    double part = 1;
    for (int i = 0; i < n; i++) {
        const double wanted = ideal[i] / size[i] > 1 ? ideal[i] / size[i] : 1;
        repeat[i] = cap[i] > 0 && wanted > cap[i] ? cap[i] : wanted;
        if (ideal[i] > 0 && size[i] * repeat[i] / ideal[i] < part)
            part = size[i] * repeat[i] / ideal[i];
    }
    return part;
}

/* Cells bind, not sources: a length class that is drawn more often than the rest of its source runs
 * out first. */
int mix_plan_check(const struct mix_plan *p, const struct data *d, struct error *e)
{
    double part = 1;
    int worst = -1;
    for (int i = 0; i < p->sources * p->classes; i++) {
        const double cap = d->mixer_source[i / p->classes].max_epochs;
        double repeat, size = (double)d->cell[i].tokens;
        if (!size || !(cap > 0)) continue;
        const double f = mix_feasible(1, &size, &p->tokens[i], &cap, &repeat);
        if (f >= part * (1 - 1e-9)) continue;
        part = f;
        worst = i;
    }
    if (worst < 0 || p->adapts) return OK;
    const struct mixer_source *s = &d->mixer_source[worst / p->classes];
    char label[64];
    data_class_label(d, worst % p->classes, label, sizeof label);
    return error_set(
        e, E_USAGE,
        "the mix repeats source '%s'%s%s %.4g times, more than its max_epochs %g: at "
        "these shares at most %lld of the %lld tokens are possible (mixer capped gives "
        "what is left over to the others)",
        s->name, p->classes > 1 ? ", length " : "", p->classes > 1 ? label : "",
        p->tokens[worst] / (double)d->cell[worst].tokens, s->max_epochs,
        (long long)(part * p->total), (long long)p->total);
}

void mix_apportion(int n, const double *weight, int64_t total, int64_t *out)
{
    double sum = 0;
    int64_t left = total;
    for (int i = 0; i < n; i++) sum += weight[i];
    for (int i = 0; i < n; i++) {
        out[i] = (int64_t)floor((double)total * weight[i] / sum + 1e-9);
        left -= out[i];
    }
    while (left > 0) {
        int best = -1;
        double most = -1;
        for (int i = 0; i < n; i++) {
            const double rest = (double)total * weight[i] / sum - (double)out[i];
            if (rest > most + 1e-9) {
                most = rest;
                best = i;
            }
        }
        out[best]++;
        left--;
    }
}

void mix_plan_round(const struct mix_plan *p, int64_t *tokens)
{
    if (p->total > 0)
        mix_apportion(p->sources * p->classes, p->tokens, llround(p->total), tokens);
    else
        memset(tokens, 0, (size_t)(p->sources * p->classes) * sizeof *tokens);
}
