/* schedule.c -- see schedule.h. */
#include "src/train/schedule.h"

#include <math.h>

static const struct stage_config *stage_of(const struct run_config *run, int i)
{
    return (const struct stage_config *)run->stages.v + i;
}

int schedule_stage(const struct run_config *run, int64_t tokens, int64_t *inside)
{
    int i = 0;
    while (i + 1 < run->stages.n && tokens >= stage_of(run, i)->tokens) {
        tokens -= stage_of(run, i)->tokens;
        i++;
    }
    if (inside) *inside = tokens;
    return i;
}

/* Rate after t tokens as a fraction of the peak. */
static double shape(const struct run_config *run, double t)
{
    const struct optim_config *o = &run->optim;
    const double total = (double)run_config_tokens(run), warmup = (double)o->warmup;
    if (t < warmup) return t / warmup;
    const double u = fmin(1, (t - warmup) / fmax(1, total - warmup));
    switch (o->schedule) {
    case SCHEDULE_LINEAR:
        return 1 - (1 - o->min_lr) * u;
    case SCHEDULE_COSINE:
        return o->min_lr + (1 - o->min_lr) * (1 + cos(M_PI * u)) / 2;
    case SCHEDULE_WSD: {
        const double begin = fmax(warmup, (1 - o->cooldown) * total);
        return t <= begin ? 1 : 1 - (1 - o->min_lr) * (t - begin) / fmax(1, total - begin);
    }
    default:
        return 1;
    }
}

/* Rate after t tokens, of which `inside` in stage i. */
static double rate(const struct run_config *run, int i, double t, double inside)
{
    const struct stage_config *s = stage_of(run, i);
    const double target = run->optim.lr * s->lr.scale * shape(run, t);
    if (i == 0 || inside >= (double)s->lr.rewarm) return target;
    const double start = rate(run, i - 1, t - inside, (double)stage_of(run, i - 1)->tokens);
    return start + (target - start) * inside / (double)s->lr.rewarm;
}

double schedule_lr(const struct run_config *run, int64_t tokens, int64_t step_tokens)
{
    int64_t inside;
    const int i = schedule_stage(run, tokens, &inside);
    return rate(run, i, (double)(tokens + step_tokens), (double)(inside + step_tokens));
}
