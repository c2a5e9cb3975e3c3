/* train.c -- see train.h. */
#include "src/train/train.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/parallel.h"
#include "src/num/adamw.h"
#include "src/train/run.h"
#include "src/train/schedule.h"

enum { MICRO_TOKENS = 16384 }; /* activations of more than this rarely pay; rows may be longer */

/* ---- signals: the loop looks once a step ---- */

static volatile sig_atomic_t signalled;

static void on_signal(int number)
{
    signalled = number;
}

/* A second signal finds the old action again and stops at once. */
static void catch_signals(struct sigaction old[2])
{
    struct sigaction a = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    sigemptyset(&a.sa_mask);
    signalled = 0;
    sigaction(SIGINT, &a, &old[0]);
    sigaction(SIGTERM, &a, &old[1]);
}

static void release_signals(const struct sigaction old[2])
{
    sigaction(SIGINT, &old[0], NULL);
    sigaction(SIGTERM, &old[1], NULL);
}

/* ---- opening ---- */

static const struct stage_config *stage_of(const struct training *t, int i)
{
    return (const struct stage_config *)t->run.stages.v + i;
}

static void size_passes(struct training *t)
{
    const struct run_config *run = &t->run;
    t->total = run_config_tokens(run);
    t->longest = run_config_longest_row(run);
    t->micro_tokens = run->optim.micro_tokens;
    if (!t->micro_tokens) t->micro_tokens = MICRO_TOKENS;
    if (t->micro_tokens < t->longest) t->micro_tokens = t->longest;
    if (t->micro_tokens > run->optim.batch_tokens) t->micro_tokens = run->optim.batch_tokens;
    t->eval_length = run->eval.length ? run->eval.length : t->longest;
    t->eval_batch = t->eval_length;
    if (t->micro_tokens > t->eval_length)
        t->eval_batch = (int)(t->micro_tokens / t->eval_length) * t->eval_length;
}

static int open_data(struct training *t, struct error *e)
{
    struct run_config *run = &t->run;
    TRY(data_open(&t->data, &run->data, (uint64_t)run->seed, e));
    const int vocab = data_vocab_size(t->data);
    if (!run->model.vocab_size) run->model.vocab_size = vocab;
    if (run->model.vocab_size < vocab)
        return error_set(e, E_USAGE, "vocab_size %d is less than the tokenizer's %d tokens",
                         run->model.vocab_size, vocab);
    TRY(model_config_resolve(&run->model, e));
    t->n_sources = data_sources(t->data, &t->sources);
    run_config_id(run, data_fingerprint(t->data), t->result->id);
    return OK;
}

static int open_memory(struct training *t, struct error *e)
{
    const int step = (int)t->run.optim.batch_tokens, n = t->n_sources;
    TRY(batch_open(&t->batch, step, e));
    TRY(batch_open(&t->micro, (int)t->micro_tokens, e));
    t->token_loss = calloc((size_t)step, sizeof *t->token_loss);
    t->drawn = calloc((size_t)n, sizeof *t->drawn);
    t->epochs = calloc((size_t)n, sizeof *t->epochs);
    t->weights = calloc((size_t)n, sizeof *t->weights);
    t->dev_loss = calloc((size_t)n, sizeof *t->dev_loss);
    if (!t->token_loss || !t->drawn || !t->epochs || !t->weights || !t->dev_loss)
        return error_set(e, E_MEMORY, "no memory for a step of %d tokens", step);
    jsn_out_open(&t->line, false);
    return OK;
}

static int open_model(struct training *t, struct error *e)
{
    const int tokens = t->micro_tokens > t->eval_batch ? (int)t->micro_tokens : t->eval_batch;
    const struct model_use use = {.gradients = true,
                                  .max_tokens = tokens,
                                  .max_length =
                                      t->longest > t->eval_length ? t->longest : t->eval_length,
                                  .train_length = t->longest};
    TRY(model_open(&t->model, &t->run.model, &stage_of(t, 0)->position, &use, e));
    return stream_open(&t->stream, t->data, &stage_of(t, 0)->mixer, t->longest,
                       (uint64_t)t->run.seed, e);
}

static void say(void *data, const char *text)
{
    struct training *t = data;
    progress_message(&t->progress, "%s", text);
}

/* Checkpoints that cannot be read are not thrown away without being asked. */
static int refuse_to_begin_again(const struct training *t, struct error *e)
{
    char path[4096];
    bool some;
    TRY(checkpoint_latest(t->checkpoints, path, sizeof path, &some, e));
    if (!some) return OK;
    return error_set(e, E_FORMAT,
                     "no checkpoint in '%s' can be read: --fresh throws them away and begins again",
                     t->checkpoints);
}

/* Go on from the newest good checkpoint, or begin. */
static int begin(struct training *t, struct error *e)
{
    bool found;
    struct train_state *s = &t->state;
    TRY(checkpoint_load_latest(t->checkpoints, s, t->model, t->stream, &t->run, t->result->id,
                               &found, say, t, e));
    if (!found) {
        TRY(refuse_to_begin_again(t, e));
        *s = (struct train_state){.next_eval = t->run.eval.every,
                                  .next_checkpoint = t->run.checkpoint.every,
                                  .position = rng_open((uint64_t)t->run.seed, "position")};
        model_init(t->model, (uint64_t)t->run.seed);
        stream_close(t->stream);
        t->stream = NULL;
        TRY(stream_open(&t->stream, t->data, &stage_of(t, 0)->mixer, t->longest,
                        (uint64_t)t->run.seed, e));
    } else if (s->stage > 0) {
        TRY(model_set_position(t->model, &stage_of(t, (int)s->stage)->position, t->longest, e));
    }
    if (found && !t->options->quiet)
        progress_message(&t->progress, "resumed at step %lld, %lld tokens", (long long)s->step,
                         (long long)s->tokens);
    return files_open_logs(t, e);
}

static void close_training(struct training *t)
{
    files_close(t);
    stream_close(t->stream);
    model_close(t->model);
    data_close(t->data);
    batch_close(&t->batch);
    batch_close(&t->micro);
    free(t->token_loss);
    free(t->drawn);
    free(t->epochs);
    free(t->weights);
    free(t->dev_loss);
}

/* ---- one step ---- */

static int enter_stage(struct training *t, int stage, struct error *e)
{
    const struct stage_config *s = stage_of(t, stage), *before = stage_of(t, (int)t->state.stage);
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
        if (stage_of(t, i)->moments == MOMENTS_RESET) began = steps;
        steps += (stage_of(t, i)->tokens + batch - 1) / batch;
    }
    return began;
}

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

static int diverged(struct training *t, struct error *e)
{
    const char *tensor = model_not_finite(t->model, false);
    const char *what = tensor ? "parameter" : "gradient";
    if (!tensor) tensor = model_not_finite(t->model, true);
    if (!tensor) tensor = what = "loss";
    t->state.step++;
    TRY(files_write_status(t, "diverged", tensor, e));
    return error_set(e, E_DIVERGED, "run %s diverged at step %lld: %s '%s' is not finite",
                     t->result->id, (long long)t->state.step, what, tensor);
}

static int step(struct training *t, struct error *e)
{
    struct train_state *s = &t->state;
    int64_t inside;
    const double started = clock_seconds();
    TRY(enter_stage(t, schedule_stage(&t->run, s->tokens, &inside), e));
    const struct stage_config *stage = stage_of(t, (int)s->stage);
    const struct data_clock clock = {inside, stage->tokens, s->step};
    const struct length_type *length = (const struct length_type *)stage->length.type;
    const struct rung rung = length->at(stage->length.opts, &clock);
    const int64_t left = stage->tokens - inside, batch = t->run.optim.batch_tokens;
    TRY(stream_next(t->stream, &clock, (int)(left < batch ? left : batch), rung.length, &t->batch,
                    e));
    model_position_ids(t->model, &t->batch, true, &s->position);
    model_set_window(t->model,
                     !rung.window ? WINDOW_NONE
                     : rung.block ? WINDOW_BLOCK
                                  : WINDOW_SLIDING,
                     rung.window);
    const double lr = schedule_lr(&t->run, s->tokens, t->batch.tokens);
    t->result->loss = accumulate(t);
    const double norm =
        sqrt(parallel_sum_squares(model_gradients(t->model), model_reals(t->model)));
    if (!isfinite(norm) || !isfinite(t->result->loss)) return diverged(t, e);
    update(t, lr, norm);
    stream_feedback(t->stream, &clock, &t->batch, t->token_loss);
    s->step++;
    s->tokens += t->batch.tokens;
    return files_log_step(t, lr, norm, clock_seconds() - started, rung, e);
}

/* ---- evaluation, checkpoints, the end ---- */

static int evaluate(struct training *t, struct error *e)
{
    double sum = 0;
    int64_t targets = 0;
    int status = OK;
    struct loss_table *table = calloc((size_t)t->n_sources, sizeof *table);
    if (!table) return error_set(e, E_MEMORY, "no memory for a table");
    model_set_window(t->model, WINDOW_NONE, 0);
    for (int s = 0; s < t->n_sources && !status; s++) {
        status = eval_loss(t->model, t->data, s, SPLIT_DEV, t->eval_length, t->run.eval.tokens,
                           t->eval_batch, &table[s], e);
        t->dev_loss[s] = table[s].targets ? table[s].sum / (double)table[s].targets : NAN;
        sum += table[s].sum;
        targets += table[s].targets;
    }
    t->result->dev_loss = targets ? sum / (double)targets : NAN;
    if (!status) status = files_log_eval(t, table, e);
    free(table);
    const struct data_clock clock = {t->state.tokens, t->total, t->state.step};
    if (!status) stream_eval_feedback(t->stream, &clock, t->dev_loss);
    return status;
}

static int save(struct training *t, struct error *e)
{
    struct train_state *s = &t->state;
    TRY(line_log_sync(&t->metrics, e));
    TRY(line_log_sync(&t->timing, e));
    s->metrics_bytes = t->metrics.length;
    s->timing_bytes = t->timing.length;
    TRY(checkpoint_save(t->checkpoints, s, t->model, t->stream, &t->run, t->result->id, e));
    return checkpoint_rotate(t->checkpoints, t->run.checkpoint.keep, e);
}

static bool due(int64_t *next, int64_t every, int64_t tokens)
{
    if (!every || tokens < *next) return false;
    while (*next <= tokens) *next += every;
    return true;
}

static void show(struct training *t)
{
    char note[96];
    snprintf(note, sizeof note, "loss %.4f", t->result->loss);
    if (t->result->dev_loss > 0)
        snprintf(note + strlen(note), sizeof note - strlen(note), " dev %.4f", t->result->dev_loss);
    progress_update(&t->progress, (double)t->state.tokens, (double)t->total, "tok", note);
}

/* Saved, and asked to stop: by a signal, or at options->stop_after. */
static int stop(struct training *t, struct error *e)
{
    const bool interrupted = signalled == SIGINT;
    TRY(files_write_status(t, interrupted ? "interrupted" : "stopped", NULL, e));
    return error_set(e, interrupted ? E_INTERRUPTED : E_STOPPED,
                     "%s at step %lld, saved in '%s': the same command goes on from there",
                     interrupted ? "interrupted" : "stopped", (long long)t->state.step,
                     t->result->dir);
}

static int loop(struct training *t, struct error *e)
{
    struct train_state *s = &t->state;
    while (s->tokens < t->total) {
        TRY(step(t, e));
        const bool finished = s->tokens >= t->total;
        const bool stopping =
            signalled || (t->options->stop_after && s->tokens >= t->options->stop_after);
        if (due(&s->next_eval, t->run.eval.every, s->tokens) || finished) TRY(evaluate(t, e));
        if (finished) TRY(files_write_summary(t, e)); /* before the last checkpoint: see finish */
        if (due(&s->next_checkpoint, t->run.checkpoint.every, s->tokens) || finished || stopping)
            TRY(save(t, e));
        show(t);
        if (stopping && !finished) return stop(t, e);
    }
    return OK;
}

/* A run that was killed after its last checkpoint has its summary already. */
static int finish(struct training *t, bool trained, struct error *e)
{
    if (!trained) TRY(files_read_summary(t, e));
    return files_write_status(t, "complete", NULL, e);
}

static int run_training(struct training *t, struct error *e)
{
    bool done;
    int how;
    struct sigaction old[2];
    TRY(open_data(t, e));
    size_passes(t);
    TRY(files_open(t, e));
    TRY(files_read_status(t, &done, &how, e));
    t->result->skipped = done;
    if (done) return how;
    TRY(open_memory(t, e));
    TRY(open_model(t, e));
    progress_open(&t->progress, t->options->messages, t->run.name ? t->run.name : t->result->id, 0,
                  t->options->quiet);
    TRY(begin(t, e));
    t->progress.done_at_start = (double)t->state.tokens;
    TRY(files_write_status(t, "running", NULL, e));
    const bool trained = t->state.tokens < t->total;
    catch_signals(old);
    int status = loop(t, e);
    release_signals(old);
    if (!status) status = finish(t, trained, e);
    progress_close(&t->progress, (double)t->state.tokens, (double)t->total, "tok", NULL);
    t->result->step = t->state.step;
    t->result->tokens = t->state.tokens;
    return status;
}

int train_run(const struct run_config *run, const struct train_options *o, struct train_result *r,
              struct error *e)
{
    struct training *t = calloc(1, sizeof *t);
    if (!t) return error_set(e, E_MEMORY, "no memory for a run");
    *r = (struct train_result){0};
    t->run = *run;
    t->options = o;
    t->result = r;
    t->lock = t->metrics.fd = t->timing.fd = -1;
    const int status = run_training(t, e);
    close_training(t);
    free(t);
    return status;
}
