/* train_step.c -- one optimiser step: stage, batch, gradients in passes of rows, clip, AdamW. */
#include <math.h>
#include <string.h>

#include "src/base/parallel.h"
#include "src/num/adamw.h"
#include "src/train/run.h"
#include "src/train/schedule.h"

/* ---- gradients and update ---- */

/* Gradients of the mean loss over all targets of the step; returns that loss. */
static double accumulate(struct training *t)
{
    struct batch *b = &t->batch;
    double sum = 0;
    const double scale = b->weight_sum > 0 ? 1 / b->weight_sum : 0;
    model_zero_gradients(t->model);
    for (int first = 0, last; first < b->rows; first = last) {
        for (last = first + 1; last < b->rows; last++)
            if (b->row_start[last + 1] - b->row_start[first] > t->micro_tokens) break;
        step_slice(&t->micro, b, first, last);
        sum += model_train(t->model, &t->micro, scale, t->run.optim.z_loss,
                           t->token_loss + b->row_start[first]);
    }
    return sum * scale;
}

static void update(struct training *t, double lr, double norm)
{
    int n;
    struct model *m = t->model;
    const struct optim_config *o = &t->run.optim;
    const struct tensor *tensor = model_tensors(m, &n);
    const int64_t step = t->state.step + 1 - t->state.moments_step;
    for (int i = 0; i < n; i++) {
        const struct tensor *x = &tensor[i];
        const bool clamped = x->min != 0 || x->max != 0;
        const struct adamw a = {
            .lr = lr * x->lr_mult,
            .beta1 = o->betas.v[0],
            .beta2 = o->betas.v[1],
            .eps = o->eps,
            .weight_decay = x->decay || (o->decay_1d && x->n_dims == 1) ? o->weight_decay : 0,
            .grad_scale = o->clip > 0 && norm > o->clip ? o->clip / norm : 1,
            .t = step,
            .min = clamped ? x->min : 1,
            .max = clamped ? x->max : -1};
        adamw(&a, model_weights(m) + x->offset, model_moment(m, 0) + x->offset,
              model_moment(m, 1) + x->offset, model_gradients(m) + x->offset, x->count);
    }
}

/* ---- the step ---- */

int step_diverged(struct training *t, struct error *e)
{
    const char *tensor = model_not_finite(t->model, false);
    const char *what = tensor ? "parameter" : "gradient";
    if (!tensor) tensor = model_not_finite(t->model, true);
    if (!tensor) tensor = what = "loss";
    TRY(files_write_status(t, "diverged", tensor, e));
    return error_set(e, E_DIVERGED, "run %s diverged at step %lld: %s '%s' is not finite",
                     t->result->id, (long long)t->state.step, what, tensor);
}

int step_train(struct training *t, struct error *e)
{
    struct train_state *s = &t->state;
    struct timeline_step step;
    struct data_clock clock;
    const double started = clock_seconds();
    timeline_next(&t->run, &t->at, &step);
    if (step.enters) TRY(stage_enter(t, step.stage, e));
    model_set_window(t->model, timeline_window(&step), step.window);
    stage_ramp(t, &step);
    TRY(reference_prepare(t, e));
    TRY(step_draw(t, &step, &clock, e));
    const double lr = schedule_lr(&t->timeline, &t->at, &step);
    t->result->loss = accumulate(t);
    const double norm =
        sqrt(parallel_sum_squares(model_gradients(t->model), model_reals(t->model)));
    const bool finite = isfinite(norm) && isfinite(t->result->loss);
    if (finite) update(t, lr, norm);
    stream_add_losses(t->stream, &t->batch, t->token_loss);
    if (finite) stream_feedback(t->stream, &clock);
    if (finite) reference_feedback(t, &clock);
    timeline_take(&t->at, &step);
    s->step = t->at.step;
    s->tokens = t->at.tokens;
    s->flops_exact += flops_exact(&t->run.model, &t->batch, timeline_window(&step), step.window);
    s->flops_paper += (double)step.tokens * flops_paper(t->run.model.num_hidden_layers,
                                                        t->run.model.hidden_size, step.length);
    const double seconds = clock_seconds() - started;
    t->at.seconds += seconds;
    t->at.inside_seconds += seconds;
    TRY(files_log_step(t, &step, lr, norm, seconds, e));
    return finite ? OK : step_diverged(t, e);
}
