/* mix.c -- see mix.h. */
#include "src/train/mix.h"

int mix_plan_run(struct mix_plan *p, struct data *d, const struct timeline *t, struct error *e)
{
    TRY(mix_plan_open(p, d, e));
    for (int i = 0; i < t->run->stages.n; i++) {
        const struct timeline_stage *s = &t->stage[i];
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
