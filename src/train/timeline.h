/* timeline.h -- a run, laid out step by step before anything is trained.
 *
 * What the next step is (its stage, rows, window, tokens, cost) depends only on the configuration
 * and on what was counted so far, so one pure walk serves training, `check`, the learning rate and
 * the comparison of two runs' prefixes. A stage ends with the step that reaches its budget:
 * budgets in tokens are met exactly (the last step is shorter), budgets in FLOPs to one token; where
 * stages share a budget of the run, all but the last end with a whole row of the longest length.
 * FLOPs are the `causal` count of src/model/flops.h. Budgets in seconds cannot be laid out: such a
 * run is known only as it goes, and is never promised to be repeatable. */
#ifndef TRAIN_TIMELINE_H
#define TRAIN_TIMELINE_H

#include "src/model/flops.h"
#include "src/train/config.h"

/* Where a run stands; all zero at its begin. */
struct timeline_at {
    int stage;
    int64_t step, tokens; /* of the run */
    double flops;
    int64_t inside_step, inside_tokens; /* of the stage */
    double inside_flops;
    double seconds, inside_seconds; /* of training; kept by the caller */
};

/* One step. */
struct timeline_step {
    int stage;
    bool enters;     /* the first step of its stage */
    int length;      /* tokens per row */
    int window;      /* 0: none, or as wide as the row */
    int mask;        /* enum stage_mask */
    int full_length; /* tokens drawn for each row: more than length where rows are truncated */
    int64_t tokens;  /* trained */
    int64_t full;    /* tokens of a step that the end of a budget does not cut short */
    double flops;
};

struct timeline_stage {
    int64_t first_step, steps, first_token, tokens;
    double first_flops, flops;
};

struct timeline {
    const struct run_config *run;
    bool timed; /* budgets are in seconds: what follows is 0 */
    int64_t steps, tokens;
    double flops;
    double seconds;               /* of a timed run */
    struct timeline_stage *stage; /* [stages] */
};

/* Walk the whole run. Its model must be resolved if FLOPs decide anything. E_USAGE if it is longer
 * than 10^9 steps. */
int timeline_open(struct timeline *t, const struct run_config *run, struct error *e);
void timeline_close(struct timeline *t);

/* The next step; false: the run is over. *at moves to the stage that the step belongs to. */
bool timeline_next(const struct run_config *run, struct timeline_at *at,
                   struct timeline_step *step);
/* Count a step as taken. */
void timeline_take(struct timeline_at *at, const struct timeline_step *step);
/* Walk to where `steps` steps have been taken. */
struct timeline_at timeline_to(const struct run_config *run, int64_t steps);

/* The clock of a stage's schedules. */
struct length_clock timeline_clock(const struct run_config *run, const struct timeline_at *at);
/* Tokens and steps of stage i that are known without laying it out, 0: not known. */
struct length_clock timeline_known(const struct run_config *run, int i);

static inline enum window_kind timeline_window(const struct timeline_step *s)
{
    return !s->window ? WINDOW_NONE : s->mask == MASK_BLOCK ? WINDOW_BLOCK : WINDOW_SLIDING;
}

#endif
