/* mix.c -- see mix.h. */
#include "src/train/mix.h"

#include <inttypes.h>

/* A mixer that learns from evaluations and gets none would be a static one, silently. */
static int check_evaluations(const struct timeline *t, int stage, struct error *e)
{
    const struct timeline_stage *s = &t->stage[stage];
    const struct conf_variant *mixer = &run_stage(t->run, stage)->mixer;
    const int64_t every = t->run->eval.every;
    if (t->timed || !mixer_needs_eval((const struct mixer_type *)mixer->type, mixer->opts))
        return OK;
    if (every && (s->first_token / every + 1) * every < s->first_token + s->tokens) return OK;
    return error_set(e, E_USAGE,
                     "stage '%s': mixer %s learns from evaluations, and there is none before the "
                     "stage ends: eval.every is %" PRId64 ", the stage %" PRId64 " tokens",
                     run_stage(t->run, stage)->name, mixer->type->name, every, s->tokens);
}

int mix_plan_run(struct mix_plan *p, struct data *d, const struct timeline *t, struct error *e)
{
    TRY(mix_plan_open(p, d, e));
    for (int i = 0; i < t->run->stages.n; i++) {
        const struct timeline_stage *s = &t->stage[i];
        TRY(check_evaluations(t, i, e));
        const int64_t step = s->steps > 0 ? (s->tokens + s->steps - 1) / s->steps : 1;
        TRY(mix_plan_stage(p, d, &run_stage(t->run, i)->mixer, t->timed ? 0 : s->tokens,
                           step > 0 ? step : 1, e));
    }
    return OK;
}

int mix_check_run(struct data *d, const struct timeline *t, struct error *e)
{
    struct mix_plan p = {0};
    int status = mix_plan_run(&p, d, t, e);
    if (!status) status = mix_plan_check(&p, d, e);
    mix_plan_close(&p);
    return status;
}
