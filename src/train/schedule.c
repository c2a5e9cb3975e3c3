/* schedule.c -- see schedule.h. */
#include "src/train/schedule.h"

#include <math.h>

/* The stages over which one schedule runs. */
struct span {
    int first;
    double begin, total; /* tokens */
    double warmup;
    int schedule;
};

static struct span span_of(const struct timeline *t, int i)
{
    const struct run_config *run = t->run;
    struct span s = {.schedule = run->optim.schedule, .warmup = (double)run->optim.warmup};
    for (int k = 1; k <= i; k++)
        if (run_stage(run, k)->lr.action == LR_RESTART) s.first = k;
    int last = s.first;
    while (last + 1 < run->stages.n && run_stage(run, last + 1)->lr.action != LR_RESTART) last++;
    s.begin = (double)t->stage[s.first].first_token;
    for (int k = s.first; k <= last; k++) s.total += (double)t->stage[k].tokens;
    if (s.first) {
        const struct stage_lr_config *lr = &run_stage(run, s.first)->lr;
        s.warmup = (double)lr->rewarm;
        if (lr->schedule) s.schedule = lr->schedule - 1;
    }
    return s;
}

/* Rate after t tokens of a span as a fraction of the peak; `elapsed` (of a timed run): the fraction
 * of its seconds, else negative. */
static double shape(const struct optim_config *o, const struct span *s, double t, double elapsed)
{
    const double total = elapsed < 0 ? s->total : 1, warmup = s->warmup;
    if (t < warmup) return t / warmup;
    const double from = elapsed < 0 ? warmup : 0;
    if (elapsed >= 0) t = elapsed;
    const double u = fmin(1, (t - from) / fmax(elapsed < 0 ? 1 : 1e-9, total - from));
    switch (s->schedule) {
    case SCHEDULE_LINEAR:
        return 1 - (1 - o->min_lr) * u;
    case SCHEDULE_COSINE:
        return o->min_lr + (1 - o->min_lr) * (1 + cos(M_PI * u)) / 2;
    case SCHEDULE_WSD: {
        const double begin = fmax(from, (1 - o->cooldown) * total);
        return t <= begin ? 1
                          : 1 - (1 - o->min_lr) * (t - begin) /
                                    fmax(elapsed < 0 ? 1 : 1e-9, total - begin);
    }
    default:
        return 1;
    }
}

/* Rate after t tokens, of which `inside` in stage i. */
static double rate(const struct timeline *tl, int i, double t, double inside, double elapsed)
{
    const struct stage_config *s = run_stage(tl->run, i);
    const struct span span = span_of(tl, i);
    const double target =
        tl->run->optim.lr * s->lr.scale * shape(&tl->run->optim, &span, t - span.begin, elapsed);
    if (i == span.first || inside >= (double)s->lr.rewarm) return target;
    const double start = rate(tl, i - 1, t - inside, (double)tl->stage[i - 1].tokens, elapsed);
    return start + (target - start) * inside / (double)s->lr.rewarm;
}

double schedule_lr(const struct timeline *t, const struct timeline_at *at,
                   const struct timeline_step *step)
{
    const struct run_config *run = t->run;
    const double elapsed = t->timed ? fmin(1, at->seconds / t->seconds) : -1;
    const double lr = rate(t, step->stage, (double)(at->tokens + step->tokens),
                           (double)(at->inside_tokens + step->tokens), elapsed);
    const int rule = run_stage(run, step->stage)->batch.lr;
    const double times = (double)step->full / (double)run->optim.batch_tokens;
    return rule == BATCH_LR_SQRT ? lr * sqrt(times) : rule == BATCH_LR_LINEAR ? lr * times : lr;
}

void schedule_switch(const struct timeline *t, int i, double *before, double *after)
{
    const double at = (double)t->stage[i].first_token;
    *before = rate(t, i - 1, at, (double)t->stage[i - 1].tokens, -1);
    *after = rate(t, i, at, 0, -1);
}
