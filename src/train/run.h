/* run.h -- one run while it trains: what train*.c share. Private to src/train. */
#ifndef TRAIN_RUN_H
#define TRAIN_RUN_H

#include "src/base/file.h"
#include "src/base/json.h"
#include "src/base/progress.h"
#include "src/eval/loss.h"
#include "src/eval/task.h"
#include "src/train/checkpoint.h"
#include "src/train/timeline.h"
#include "src/train/train.h"

struct training {
    struct run_config run; /* vocab_size resolved */
    const struct train_options *options;
    struct train_result *result;
    struct data *data;
    struct stream *stream;
    struct model *model;
    struct train_state state;

    struct timeline timeline;
    struct timeline_at at; /* where the next step begins; state holds the same counts */
    int64_t total, micro_tokens, step_tokens;
    int longest, eval_length, eval_batch;
    struct batch batch, micro; /* a step; rows of it that go through the model at a time */
    struct batch row;          /* one row before it is truncated; empty where none is */
    real *token_loss;          /* [tokens of a step] */

    int n_sources;
    const struct mixer_source *sources;
    struct mix_count *count, *cell_count; /* [sources]; [sources][length classes] */
    double *dev_loss;                     /* [sources]; NaN: nothing held out */
    double *test_losses, test_loss;
    struct loss_table *table;
    struct findings *task_result; /* [eval.tasks] of the last evaluation */
    struct findings *test_result; /* [eval.tasks] of the test split, at the end */
    struct reference *reference;  /* that the present mixer compares with, or NULL */

    struct line_log metrics, timing, notes;
    struct jsn_out line;
    struct progress progress;
    char checkpoints[4096];
    int lock;
};

/* train_step.c. E_DIVERGED is recorded. */
int step_train(struct training *t, struct error *e);
/* Record the first tensor that is not finite; returns E_DIVERGED. */
int step_diverged(struct training *t, struct error *e);

/* train_draw.c: the rows of a step into t->batch, with their position ids; *clock: where its stage
 * stands. Rows [first, last) of b as a batch of their own: indices start at 0 again. */
int step_draw(struct training *t, const struct timeline_step *step, struct data_clock *clock,
              struct error *e);
void step_slice(struct batch *out, const struct batch *b, int first, int last);

/* train_stage.c: switch encoding, mix and moments; where the present stage stands, for mixers. */
int stage_enter(struct training *t, int stage, struct error *e);
/* Move the frequencies on, where the stage ramps to its encoding. */
void stage_ramp(struct training *t, const struct timeline_step *step);
struct data_clock training_clock(const struct training *t);

/* train_tasks.c: the tasks of eval.tasks beside the held-out loss, which every evaluation measures.
 * Each leaves eval/<step>/<task>.json and .tsv in the run's folder and its scalars in the metrics;
 * at the end those that read held-out text leave test/<task>.json and .tsv, and scalars in the
 * summary. */
struct eval_at tasks_at(const struct training *t, enum split split);
int tasks_evaluate(struct training *t, enum split split, struct error *e);
/* "eval/<task>/<scalar>" or "test/<task>/<scalar>" members of all results. */
void tasks_put_scalars(const struct training *t, enum split split, struct jsn_out *o);
/* Name of task i in keys and files: a second one of a type is <type>-2. */
void tasks_name(const struct training *t, int i, char *name, size_t size);
void tasks_close(struct training *t);
/* train_solved.c. "eval/<task>/tokens_until_solved" members: tokens at the first evaluation whose
 * `solved` was 1, null where none was. */
int tasks_put_solved(const struct training *t, struct jsn_out *o, struct error *e);

/* reference.c: a trained model beside the one in training, for mixers that compare losses. Prepare:
 * open the one that the present stage's mixer asks for, if any. Note: keep the step's position ids
 * before the encoding changes them. Feedback: tell the mixer of the losses of the step just
 * trained. */
int reference_prepare(struct training *t, struct error *e);
void reference_note_positions(struct training *t);
void reference_feedback(struct training *t, const struct data_clock *clock);
void reference_close(struct reference *r);

/* metadata.c */
int metadata_write(const struct training *t, struct error *e);

/* train_files.c: the folder of a run. */
int files_path(const struct training *t, const char *name, char *path, size_t size,
               struct error *e);
int files_write_json(const struct training *t, const char *name, const struct jsn_out *o,
                     struct error *e);
int files_open(struct training *t, struct error *e); /* folder, lock, config.yaml, metadata.json */
int files_write_status(const struct training *t, const char *status, const char *tensor,
                       struct error *e);
int files_write_summary(const struct training *t, struct error *e);
int files_read_summary(struct training *t, struct error *e); /* into t->result */
/* What an earlier process left: *done if the run is complete or diverged (then *status says how). */
int files_read_status(struct training *t, bool *done, int *status, struct error *e);
void files_close(struct training *t);

/* train_documents.c: losses of the test split document by document [sources], for errors that take
 * documents as the units: RUN/test_documents.tsv. */
int documents_open(struct loss_documents **documents, const struct training *t, struct error *e);
int documents_write(const struct loss_documents *documents, const struct training *t,
                    struct error *e);
void documents_close(struct loss_documents *documents, const struct training *t);

/* train_log.c: lines of metrics.jsonl and timing.jsonl, cut back to where the state is. */
int files_open_logs(struct training *t, struct error *e);
int files_log_step(struct training *t, const struct timeline_step *step, double lr, double norm,
                   double seconds, struct error *e);
/* Of t->table, and what the tasks found. */
int files_log_eval(struct training *t, struct error *e);
/* A line of train.log, with the time. What cannot be written there is lost: it stops no run. */
void files_note(struct training *t, const char *text);

#endif
