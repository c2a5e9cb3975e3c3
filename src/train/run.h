/* run.h -- one run while it trains: what train*.c share. Private to src/train. */
#ifndef TRAIN_RUN_H
#define TRAIN_RUN_H

#include "src/base/file.h"
#include "src/base/json.h"
#include "src/base/progress.h"
#include "src/eval/loss.h"
#include "src/train/checkpoint.h"
#include "src/train/train.h"

struct training {
    struct run_config run; /* vocab_size resolved */
    const struct train_options *options;
    struct train_result *result;
    struct data *data;
    struct stream *stream;
    struct model *model;
    struct train_state state;

    int64_t total, micro_tokens;
    int longest, eval_length, eval_batch;
    struct batch batch, micro; /* a step; rows of it that go through the model at a time */
    real *token_loss;          /* [tokens of a step] */

    int n_sources;
    const struct mixer_source *sources;
    int64_t *drawn;                      /* [sources], as are the next */
    double *epochs, *weights, *dev_loss; /* the last is NaN where a source has nothing held out */

    struct line_log metrics, timing;
    struct jsn_out line;
    struct progress progress;
    char checkpoints[4096];
    int lock;
};

/* train_files.c: the folder of a run. */
int files_open(struct training *t, struct error *e); /* folder, lock, config.yaml, metadata.json */
int files_write_status(const struct training *t, const char *status, const char *tensor,
                       struct error *e);
int files_write_summary(const struct training *t, struct error *e);
int files_read_summary(struct training *t, struct error *e); /* into t->result */
/* What an earlier process left: *done if the run is complete or diverged (then *status says how). */
int files_read_status(struct training *t, bool *done, int *status, struct error *e);
int files_open_logs(struct training *t, struct error *e);
void files_close(struct training *t);
int files_log_step(struct training *t, double lr, double norm, double seconds, struct rung rung,
                   struct error *e);
int files_log_eval(struct training *t, const struct loss_table *table, struct error *e);

#endif
