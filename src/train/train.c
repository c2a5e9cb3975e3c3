/* train.c -- see train.h. */
#include "src/train/train.h"
#include "src/train/effective.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/parallel.h"
#include "src/train/fork.h"
#include "src/train/hf.h"
#include "src/train/mix.h"
#include "src/train/run.h"
#include "src/train/schedule.h"
#include "src/train/signals.h"
#include "src/train/sizes.h"

/* ---- opening ---- */

static void size_passes(struct training *t)
{
    const struct run_sizes s = run_sizes(&t->run);
    t->total = t->timeline.tokens;
    t->longest = s.longest;
    t->step_tokens = s.step_tokens;
    t->micro_tokens = s.micro_tokens;
    t->eval_length = s.eval_length;
    t->eval_batch = s.eval_batch;
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
    TRY(timeline_open(&t->timeline, run, e));
    return mix_check_run(t->data, &t->timeline, e);
}

static int open_memory(struct training *t, struct error *e)
{
    const int step = (int)t->step_tokens, n = t->n_sources;
    TRY(batch_open(&t->batch, step, e));
    TRY(batch_open(&t->micro, (int)t->micro_tokens, e));
    TRY(batch_open(&t->row, t->longest, e));
    t->token_loss = calloc((size_t)step, sizeof *t->token_loss);
    t->count = calloc((size_t)n, sizeof *t->count);
    t->cell_count = calloc((size_t)(n * data_classes(t->data, NULL, NULL)), sizeof *t->cell_count);
    t->dev_loss = calloc((size_t)n, sizeof *t->dev_loss);
    t->test_losses = calloc((size_t)n, sizeof *t->test_losses);
    t->table = calloc((size_t)n, sizeof *t->table);
    t->task_result = calloc((size_t)t->run.eval.tasks.n + 1, sizeof *t->task_result);
    t->test_result = calloc((size_t)t->run.eval.tasks.n + 1, sizeof *t->test_result);
    if (!t->token_loss || !t->count || !t->cell_count || !t->dev_loss || !t->test_losses ||
        !t->table || !t->task_result || !t->test_result)
        return error_set(e, E_MEMORY, "no memory for a step of %d tokens", step);
    jsn_out_open(&t->line, false);
    return OK;
}

static int open_model(struct training *t, struct error *e)
{
    struct conf_variants *later;
    struct model_use use = run_sizes(&t->run).use;
    TRY(run_stacks(&t->run, &later, &use.n_later, e));
    use.later = later;
    const int status =
        model_open(&t->model, &t->run.model, &run_stage(&t->run, 0)->position, &use, e);
    free(later);
    if (status) return status;
    return stream_open(&t->stream, t->data, &run_stage(&t->run, 0)->mixer, t->longest,
                       (uint64_t)t->run.seed, e);
}

/* The state's counts and the walk's are the same; a timed run cannot be walked. */
static void place_clock(struct training *t)
{
    const struct train_state *s = &t->state;
    if (!t->timeline.timed) {
        t->at = timeline_to(&t->run, s->step);
        return;
    }
    t->at = (struct timeline_at){.stage = (int)s->stage,
                                 .step = s->step,
                                 .tokens = s->tokens,
                                 .flops = s->flops,
                                 .inside_step = s->inside_step,
                                 .inside_tokens = s->inside_tokens,
                                 .inside_flops = s->inside_flops,
                                 .seconds = s->seconds,
                                 .inside_seconds = s->inside_seconds};
    t->timeline.stage[s->stage].first_token = s->tokens - s->inside_tokens;
}

static void store_clock(struct training *t)
{
    struct train_state *s = &t->state;
    if (!t->timeline.timed) return;
    s->inside_step = t->at.inside_step;
    s->inside_tokens = t->at.inside_tokens;
    s->flops = t->at.flops;
    s->inside_flops = t->at.inside_flops;
    s->seconds = t->at.seconds;
    s->inside_seconds = t->at.inside_seconds;
}

static void say(void *data, const char *text)
{
    struct training *t = data;
    progress_message(&t->progress, "%s", text);
    files_note(t, text);
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

static int warn_of_encoding(void *data, const struct effective *x, struct error *e)
{
    struct training *t = data;
    char text[512], line[600];
    (void)e;
    effective_warning(x, text, sizeof text);
    snprintf(line, sizeof line, "warning: stage %s, %s", x->stage, text);
    if (*text) say(t, line);
    return OK;
}

/* Twins differ by the first weight of attention: that of a token's embedding might never be used,
 * and the twin would be the run itself. */
static void nudge(struct training *t)
{
    int n, i = 0;
    const struct tensor *tensor = model_tensors(t->model, &n);
    while (i < n - 1 && !strstr(tensor[i].name, ".self_attn.q_proj.")) i++;
    model_weights(t->model)[tensor[i].offset] += (real)t->run.nudge;
}

/* Random weights, or those of another model. */
static int begin_new(struct training *t, struct error *e)
{
    char dir[4096];
    const uint64_t seed = (uint64_t)t->run.seed;
    t->state = (struct train_state){.next_eval = t->run.eval.every,
                                    .next_checkpoint = t->run.checkpoint.every,
                                    .position = rng_open(seed, "position")};
    TRY(effective_each(&t->run, warn_of_encoding, t, e));
    TRY(model_set_position(t->model, &run_stage(&t->run, 0)->position, e));
    model_init(t->model, seed);
    if (t->run.init_from.path) {
        TRY(checkpoint_find_model(t->run.init_from.path, dir, sizeof dir, e));
        TRY(hf_load_weights_but_position(t->model, dir, e));
    }
    nudge(t);
    stream_close(t->stream);
    t->stream = NULL;
    return stream_open(&t->stream, t->data, &run_stage(&t->run, 0)->mixer, t->longest, seed, e);
}

/* From a fork that the configuration names, or the longest one that runs left for each other. */
static int begin_fork(struct training *t, bool *found, struct error *e)
{
    char path[4096];
    *found = t->run.fork_from.path != NULL;
    if (*found) return fork_load(t, t->run.fork_from.path, e);
    if (!t->options->forks) return OK;
    TRY(fork_find(t, t->options->forks, path, sizeof path, found, e));
    return *found ? fork_load(t, path, e) : OK;
}

/* Go on from the newest good checkpoint, or begin. */
static int begin(struct training *t, struct error *e)
{
    bool found;
    const char *how = "resumed";
    const struct train_state *s = &t->state;
    TRY(checkpoint_load_latest(t->checkpoints, &t->state, t->model, t->stream, &t->run,
                               t->result->id, &found, say, t, e));
    if (!found) {
        TRY(refuse_to_begin_again(t, e));
        TRY(begin_fork(t, &found, e));
        how = found ? "forked" : "begun";
        if (!found) TRY(begin_new(t, e));
    }
    place_clock(t);
    char text[96];
    snprintf(text, sizeof text, "%s at step %" PRId64 ", %" PRId64 " tokens", how, s->step,
             s->tokens);
    if (found)
        say(t, text);
    else
        files_note(t, text);
    return files_open_logs(t, e);
}

static void close_training(struct training *t)
{
    files_close(t);
    stream_close(t->stream);
    model_close(t->model);
    data_close(t->data);
    timeline_close(&t->timeline);
    batch_close(&t->batch);
    batch_close(&t->micro);
    batch_close(&t->row);
    free(t->token_loss);
    reference_close(t->reference);
    free(t->count);
    free(t->cell_count);
    free(t->dev_loss);
    free(t->test_losses);
    free(t->table);
    tasks_close(t);
}

/* ---- evaluation, checkpoints, the end ---- */

/* Loss of every source in a split, by position into t->table; *mean over all targets. NaN: nothing
 * is held out. documents [sources] or NULL: see loss.h. */
static int evaluate_split(struct training *t, enum split split, double *loss, double *mean,
                          struct loss_documents *documents, struct error *e)
{
    double sum = 0;
    int64_t targets = 0;
    for (int s = 0; s < t->n_sources; s++) {
        struct loss_table *table = &t->table[s];
        TRY(eval_loss(t->model, t->data, s, split, t->eval_length, t->run.eval.tokens,
                      t->eval_batch, table, documents ? &documents[s] : NULL, e));
        loss[s] = table->targets ? table->sum / (double)table->targets : NAN;
        sum += table->sum;
        targets += table->targets;
    }
    *mean = targets ? sum / (double)targets : NAN;
    return OK;
}

/* The dev split; at the end the test split too, which goes to the summary alone: nothing that
 * adapts may see it. */
static int evaluate(struct training *t, bool finished, struct error *e)
{
    model_set_window(t->model, WINDOW_NONE, 0);
    TRY(evaluate_split(t, SPLIT_DEV, t->dev_loss, &t->result->dev_loss, NULL, e));
    TRY(tasks_evaluate(t, SPLIT_DEV, e));
    TRY(files_log_eval(t, e));
    const struct data_clock clock = training_clock(t);
    stream_eval_feedback(t->stream, &clock, t->dev_loss);
    if (!finished) return OK;
    struct loss_documents *documents;
    int status = documents_open(&documents, t, e);
    if (!status)
        status = evaluate_split(t, SPLIT_TEST, t->test_losses, &t->test_loss, documents, e);
    if (!status) status = documents_write(documents, t, e);
    documents_close(documents, t);
    TRY(status);
    if (isfinite(t->test_loss)) TRY(tasks_evaluate(t, SPLIT_TEST, e));
    return files_write_summary(t, e); /* before the last checkpoint: see finish */
}

static int sync_logs(struct training *t, struct error *e)
{
    struct train_state *s = &t->state;
    TRY(line_log_sync(&t->metrics, e));
    TRY(line_log_sync(&t->timing, e));
    s->metrics_bytes = t->metrics.length;
    s->timing_bytes = t->timing.length;
    store_clock(t);
    return OK;
}

static int save(struct training *t, struct error *e)
{
    const struct train_state *s = &t->state;
    TRY(sync_logs(t, e));
    TRY(checkpoint_save(t->checkpoints, s, t->model, t->stream, &t->run, t->result->id, e));
    return checkpoint_rotate(t->checkpoints, s->step, t->run.checkpoint.keep, e);
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
    int n = snprintf(note, sizeof note, "loss %.4f", t->result->loss);
    if (t->result->dev_loss > 0)
        snprintf(note + n, sizeof note - (size_t)n, " dev %.4f", t->result->dev_loss);
    if (t->timeline.timed)
        progress_update(&t->progress, t->at.seconds, t->timeline.seconds, "s", note);
    else
        progress_update(&t->progress, (double)t->state.tokens, (double)t->total, "tok", note);
}

/* Saved, and asked to stop: by a signal, or at options->stop_after. */
static int stop(struct training *t, struct error *e)
{
    const bool interrupted = signals_seen() == SIGINT;
    TRY(files_write_status(t, interrupted ? "interrupted" : "stopped", NULL, e));
    return error_set(e, interrupted ? E_INTERRUPTED : E_STOPPED,
                     "%s at step %" PRId64
                     ", saved in '%.2000s': the same command goes on from there",
                     interrupted ? "interrupted" : "stopped", t->state.step, t->result->dir);
}

/* Whether a step is left; *enters: it is the first of its stage. */
static bool step_left(const struct training *t, bool *enters)
{
    struct timeline_at at = t->at;
    struct timeline_step next = {0};
    const bool left = timeline_next(&t->run, &at, &next);
    *enters = left && next.enters;
    return left;
}

/* Leave the state where the stage that ends or the options ask for it. */
static int leave_forks(struct training *t, bool stage_ends, struct error *e)
{
    char path[4096], forks[4096], name[64];
    const struct stage_config *s = run_stage(&t->run, (int)t->state.stage);
    bool shared = false;
    for (int i = 0; i < t->options->n_fork_at && t->options->forks; i++)
        shared |= t->options->fork_at[i] == t->state.step;
    if (!shared && !(s->fork && stage_ends)) return OK;
    TRY(sync_logs(t, e));
    if (s->fork && stage_ends) {
        TRY(files_path(t, "forks", forks, sizeof forks, e));
        TRY(file_join(path, sizeof path, forks, s->name, e));
        TRY(fork_save(t, path, e));
    }
    if (!shared) return OK;
    fork_name(t, name, sizeof name);
    TRY(file_join(path, sizeof path, t->options->forks, name, e));
    return fork_save(t, path, e);
}

/* Into another stage: with the evaluations around the switch. */
static int cross(struct training *t, struct error *e)
{
    struct timeline_at at = t->at;
    struct timeline_step next;
    if (!timeline_next(&t->run, &at, &next) || next.stage == t->state.stage) return OK;
    const bool evaluating = run_stage(&t->run, next.stage)->evaluate;
    if (evaluating) TRY(evaluate(t, false, e));
    t->at = at;
    TRY(stage_enter(t, next.stage, e));
    return evaluating ? evaluate(t, false, e) : OK;
}

static int loop(struct training *t, struct error *e)
{
    struct train_state *s = &t->state;
    bool enters;
    while (step_left(t, &enters)) {
        if (enters) TRY(cross(t, e));
        TRY(step_train(t, e));
        const bool finished = !step_left(t, &enters);
        const bool stopping =
            signals_seen() || (t->options->stop_after && s->tokens >= t->options->stop_after);
        const bool evaluating = due(&s->next_eval, t->run.eval.every, s->tokens) || finished;
        const bool saving =
            due(&s->next_checkpoint, t->run.checkpoint.every, s->tokens) || finished || stopping;
        /* An update may overflow although the loss before it is finite: nothing bad takes the
         * place of a good checkpoint. */
        if (saving && model_not_finite(t->model, false)) return step_diverged(t, e);
        if (evaluating) TRY(evaluate(t, finished, e));
        if (saving) TRY(save(t, e));
        TRY(leave_forks(t, enters || finished, e));
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

/* Train in an open folder, and leave its status as it is. */
static int train(struct training *t, struct error *e)
{
    TRY(open_memory(t, e));
    TRY(open_model(t, e));
    progress_open(&t->progress, t->options->messages, t->run.name ? t->run.name : t->result->id, 0,
                  t->options->quiet);
    TRY(begin(t, e));
    t->progress.done_at_start = (double)t->state.tokens;
    TRY(files_write_status(t, "running", NULL, e));
    bool enters;
    const bool trained = step_left(t, &enters);
    int status = loop(t, e);
    if (!status) status = finish(t, trained, e);
    progress_close(&t->progress, (double)t->state.tokens,
                   (double)(t->timeline.timed ? t->state.tokens : t->total), "tok", NULL);
    t->result->step = t->state.step;
    t->result->tokens = t->state.tokens;
    return status;
}

static int run_training(struct training *t, struct error *e)
{
    bool done;
    int how;
    TRY(open_data(t, e));
    if (t->options->id && strcmp(t->options->id, t->result->id))
        return error_set(e, E_USAGE,
                         "the data or the meaning of the configuration changed: this is run %s "
                         "now, not %s as planned",
                         t->result->id, t->options->id);
    size_passes(t);
    TRY(files_open(t, e));
    TRY(files_read_status(t, &done, &how, e));
    t->result->skipped = done;
    if (done) return how;
    const int status = train(t, e);
    files_note(t, status ? e->text : "complete");
    if (status && status != E_DIVERGED && status != E_STOPPED && status != E_INTERRUPTED)
        files_write_status(t, "failed", NULL, NULL); /* the folder may be what failed */
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
    t->lock = t->metrics.fd = t->timing.fd = t->notes.fd = -1;
    struct signals signals;
    signals_catch(&signals);
    const int status = run_training(t, e);
    signals_release(&signals);
    close_training(t);
    free(t);
    return status;
}
