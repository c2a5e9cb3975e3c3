/* task.h -- the socket of evaluations: what can be measured of a model, by name.
 *
 * A task gets a model, data and its options, and fills its findings. One task is one file and one line
 * of tasks.def; every retrieval task of src/data/tasks.def is one too. All of them run on
 * checkpoints (`ropewalk eval --task`) and during training (`eval: {tasks: [...]}`), there at their
 * own lengths whatever the curriculum's present one. What a task reports depends on the model, the
 * data, its options and the seed alone: not on threads, nor on how many tokens go through the model
 * at a time. */
#ifndef EVAL_TASK_H
#define EVAL_TASK_H

#include "src/base/conf.h"
#include "src/data/data.h"
#include "src/eval/findings.h"
#include "src/model/model.h"

struct eval_at {
    struct model *model; /* opened for rows of task_reach() tokens */
    struct data *data;   /* may be NULL where the task needs none: then bytes are tokens */
    enum split split;
    uint64_t seed;    /* of what the task draws */
    int train_length; /* longest row that the model was trained at */
    int length;       /* row length where the task names none */
    int64_t tokens;   /* held-out tokens per source where the task names none */
    int max_tokens;   /* tokens per pass through the model at most */
    /* Token that the model was trained to see before every text; NULL: none. */
    const int32_t *bos;
    bool pooled; /* one of several models: add what `pool` needs */
};

struct task_type {
    struct variant v;
    bool needs_data;
    bool takes_bos; /* puts at->bos before what it reads; others refuse it */
    /* Refuse options before anything is opened; NULL: nothing to refuse. */
    int (*check)(const void *opts, struct error *e);
    /* Longest row that the task will feed; NULL: at->length. Of *at only the numbers are set. */
    int (*reach)(const void *opts, const struct eval_at *at);
    int (*run)(const void *opts, const struct eval_at *at, struct findings *r, struct error *e);
    /* What n >= 2 models of one arm (its seeds) say together, from the findings of each; NULL:
     * nothing beyond the means of the scalars. */
    int (*pool)(const void *opts, const struct eval_at *at, const struct findings *const *of, int n,
                struct findings *r, struct error *e);
};

/* Made by registry.c from tasks.def and src/data/tasks.def. The retrieval tasks of the latter are
 * variants as they stand there: all of them share one scorer (retrieval.h). */
extern const struct conf_registry task_registry;

/* Whether held-out data is needed. */
bool task_needs_data(const struct conf_variant *task);
/* Longest row over all tasks. */
int task_reach(const struct conf_variants *tasks, const struct eval_at *at);
/* Refuse options that contradict themselves. */
int task_check_options(const struct conf_variant *task, struct error *e);
/* Check the options, run, and begin the findings with what reproduces it: task and options, split,
 * lengths, seed. */
int task_run(const struct conf_variant *task, const struct eval_at *at, struct findings *r,
             struct error *e);
/* The same task on n >= 2 models (at.pooled): every scalar's mean over them, with an interval that
 * takes models as units, and what the task's own `pool` adds. */
int task_pool(const struct conf_variant *task, const struct eval_at *at,
              const struct findings *const *of, int n, struct findings *r, struct error *e);

#endif
