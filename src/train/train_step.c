/* train_step.c -- one optimiser step: stage, batch, gradients in passes of rows, clip, AdamW. */
#include <math.h>
#include <string.h>

#include "src/base/parallel.h"
#include "src/num/adamw.h"
#include "src/train/run.h"
#include "src/train/schedule.h"

/* ---- stages ---- */

static int enter_stage(struct training *t, int stage, struct error *e)
{
    const struct stage_config *s = training_stage(t, stage),
                              *before = training_stage(t, (int)t->state.stage);
    if (stage == t->state.stage) return OK;
    if (s->position.v != before->position.v)
        TRY(model_set_position(t->model, &s->position, t->longest, e));
    if (s->mixer.type != before->mixer.type || s->mixer.opts != before->mixer.opts)
        TRY(stream_set_mixer(t->stream, &s->mixer, e));
    if (s->moments == MOMENTS_RESET)
        for (int k = 0; k < 2; k++) parallel_zero(model_moment(t->model, k), model_reals(t->model));
    t->state.stage = stage;
    return OK;
}

/* Steps taken before the moments were last zero: AdamW counts from there. */
static int64_t moments_began(const struct training *t)
{
    int64_t steps = 0, began = 0;
    const int64_t batch = t->run.optim.batch_tokens;
    for (int i = 0; i <= t->state.stage; i++) {
        if (training_stage(t, i)->moments == MOMENTS_RESET) began = steps;
        steps += (training_stage(t, i)->tokens + batch - 1) / batch;
    }
    return began;
}

/* ---- gradients and update ---- */

/* Rows [first, last) of the step as a batch of their own: indices start at 0 again. */
static void slice(struct batch *out, const struct batch *b, int first, int last)
{
    const int from = b->row_start[first];
    out->tokens = b->row_start[last] - from;
    out->rows = last - first;
    out->weight_sum = 0;
    for (int r = first; r <= last; r++) out->row_start[r - first] = b->row_start[r] - from;
    const size_t n = (size_t)out->tokens;
    memcpy(out->token, b->token + from, n * sizeof *out->token);
    memcpy(out->target, b->target + from, n * sizeof *out->target);
    memcpy(out->weight, b->weight + from, n * sizeof *out->weight);
    memcpy(out->position, b->position + from, n * sizeof *out->position);
    memcpy(out->source, b->source + from, n * sizeof *out->source);
    memcpy(out->document, b->document + from, n * sizeof *out->document);
    for (size_t i = 0; i < n; i++) {
        out->anchor[i] = b->anchor[from + (int)i] - from;
        out->weight_sum += (double)out->weight[i];
    }
}

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
        slice(&t->micro, b, first, last);
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
    const int64_t step = t->state.step + 1 - moments_began(t);
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

/* Where the stage stands that the next step belongs to; *rung: the rows that it trains on. */
static int prepare(struct training *t, struct data_clock *clock, struct rung *rung, struct error *e)
{
    int64_t inside;
    TRY(enter_stage(t, schedule_stage(&t->run, t->state.tokens, &inside), e));
    const struct stage_config *stage = training_stage(t, (int)t->state.stage);
    const struct length_type *length = (const struct length_type *)stage->length.type;
    *clock = (struct data_clock){inside, stage->tokens, t->state.step};
    *rung = length->at(stage->length.opts, clock);
    const enum window_kind kind = !rung->window ? WINDOW_NONE
                                  : rung->block ? WINDOW_BLOCK
                                                : WINDOW_SLIDING;
    model_set_window(t->model, kind, rung->window);
    return OK;
}

int step_train(struct training *t, struct error *e)
{
    struct train_state *s = &t->state;
    struct data_clock clock;
    struct rung rung;
    const double started = clock_seconds();
    TRY(prepare(t, &clock, &rung, e));
    const int64_t left = clock.total - clock.tokens, batch = t->run.optim.batch_tokens;
    TRY(stream_next(t->stream, &clock, (int)(left < batch ? left : batch), rung.length, &t->batch,
                    e));
    model_position_ids(t->model, &t->batch, true, &s->position);
    const double lr = schedule_lr(&t->run, s->tokens, t->batch.tokens);
    t->result->loss = accumulate(t);
    const double norm =
        sqrt(parallel_sum_squares(model_gradients(t->model), model_reals(t->model)));
    const bool finite = isfinite(norm) && isfinite(t->result->loss);
    if (finite) update(t, lr, norm);
    stream_add_losses(t->stream, &t->batch, t->token_loss);
    if (finite) stream_feedback(t->stream, &clock);
    s->step++;
    s->tokens += t->batch.tokens;
    TRY(files_log_step(t, lr, norm, clock_seconds() - started, rung, e));
    return finite ? OK : step_diverged(t, e);
}
