/* train_stage.c -- what happens at the begin of a stage. */
#include <math.h>

#include "src/base/parallel.h"
#include "src/train/run.h"

struct data_clock training_clock(const struct training *t)
{
    const struct timeline_at *at = &t->at;
    int64_t total = t->timeline.stage[at->stage].tokens;
    if (t->timeline.timed) { /* as many as would fit at the speed so far */
        const double fraction = timeline_clock(&t->run, at).fraction;
        total = fraction > 0 ? (int64_t)((double)at->inside_tokens / fraction) : CLOCK_UNKNOWN;
    }
    return (struct data_clock){at->inside_tokens, total, at->step};
}

/* A history that counts `scale` times: m is of the gradient's size, v of its square. */
static void scale_moments(struct model *m, double scale)
{
    const size_t n = model_reals(m);
    real *first = model_moment(m, 0), *second = model_moment(m, 1);
    const real s = (real)scale, s2 = (real)(scale * scale);
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < n; i++) {
        first[i] *= s;
        second[i] *= s2;
    }
}

static void switch_moments(struct training *t, const struct stage_config *s)
{
    if (s->moments == MOMENTS_SCALE) scale_moments(t->model, s->moments_scale);
    if (s->moments != MOMENTS_RESET) return;
    for (int k = 0; k < 2; k++) parallel_zero(model_moment(t->model, k), model_reals(t->model));
    t->state.moments_step = t->state.step;
}

void stage_ramp(struct training *t, const struct timeline_step *step)
{
    const struct stage_config *s = run_stage(&t->run, step->stage);
    if (!s->position_ramp) return;
    model_set_ramp(t->model, &s[-1].position,
                   (double)t->at.inside_tokens / (double)s->position_ramp);
}

int stage_enter(struct training *t, int stage, struct error *e)
{
    if (stage == t->state.stage) return OK;
    const struct stage_config *s = run_stage(&t->run, stage),
                              *before = run_stage(&t->run, (int)t->state.stage);
    if (s->position.v != before->position.v) TRY(model_set_position(t->model, &s->position, e));
    if (s->mixer.type != before->mixer.type || s->mixer.opts != before->mixer.opts)
        TRY(stream_set_mixer(t->stream, &s->mixer, e));
    switch_moments(t, s);
    if (t->timeline.timed) t->timeline.stage[stage].first_token = t->at.tokens;
    t->state.stage = stage;
    return OK;
}
