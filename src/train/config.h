/* config.h -- everything that defines a run: what `train`, `check` and sweeps read. */
#ifndef TRAIN_CONFIG_H
#define TRAIN_CONFIG_H

#include <stdint.h>

#include "src/base/conf.h"
#include "src/data/data.h"
#include "src/model/config.h"

enum schedule_kind { SCHEDULE_CONSTANT, SCHEDULE_LINEAR, SCHEDULE_COSINE, SCHEDULE_WSD };

struct optim_config {
    int type; /* adamw */
    double lr;
    int64_t warmup;  /* tokens */
    int schedule;    /* enum schedule_kind */
    double min_lr;   /* floor, as a fraction of lr (default 0.1; constant ignores it) */
    double cooldown; /* wsd: last fraction of the run that decays linearly (default 0.2) */
    double weight_decay;
    bool decay_1d;           /* decay norms and other 1-d tensors too */
    struct conf_reals betas; /* [0.9, 0.95] */
    double eps, clip;        /* clip 0: none */
    double z_loss;
    int64_t batch_tokens; /* per optimiser step */
    int64_t
        micro_tokens; /* per forward/backward; 0: batch_tokens, or less where memory asks for it */
};

enum lr_action { LR_KEEP, LR_RESTART };

/* The learning rate at the begin of a stage. */
struct stage_lr_config {
    int action;     /* keep: the schedule runs on; restart: it begins anew with this stage */
    int64_t rewarm; /* tokens of linear warm-up: from the present rate (restart: from 0); 0: none */
    double scale;   /* peak of this stage relative to optim.lr */
    int schedule;   /* restart: 0 as optim.schedule, else 1 + enum schedule_kind */
};

enum moments_action { MOMENTS_KEEP, MOMENTS_SCALE, MOMENTS_RESET };

enum batch_lr { BATCH_LR_KEEP, BATCH_LR_SQRT, BATCH_LR_LINEAR };

/* What is held constant from step to step; at most one of the first three, none: optim.batch_tokens
 * tokens. Each may follow a schedule: a ramp. */
struct batch_config {
    struct conf_variant tokens, rows; /* type NULL: absent */
    double flops;                     /* 0: absent; whole rows within this cost */
    int lr; /* enum batch_lr: factor (tokens of a step / optim.batch_tokens)^(0, 1/2, 1) */
};

enum stage_mask { MASK_BLOCK, MASK_SLIDING };

enum stage_cut { CUT_ALL, CUT_TRUNCATE };

struct stage_config {
    const char *name; /* default "stage1" ... */
    /* The budget: exactly one is not 0; fraction is of the run's budget. */
    int64_t tokens, steps;
    double flops, seconds, fraction;
    struct conf_variant length;
    struct conf_variant window; /* type NULL: none */
    int mask;                   /* enum stage_mask: of the window */
    int cut;                    /* enum stage_cut */
    struct batch_config batch;
    struct conf_variants position; /* n 0: inherited */
    int64_t position_ramp;         /* tokens over which frequencies move to the new encoding's */
    struct conf_variant mixer;     /* type NULL: inherited */
    struct stage_lr_config lr;
    int moments; /* enum moments_action */
    double moments_scale;
    bool evaluate; /* held-out loss just before and just after the switch */
    bool fork;     /* keep a checkpoint of the end of this stage */
};

/* Of the whole run; at most one is not 0. Stages then name fractions of it. */
struct budget_config {
    int64_t tokens, steps;
    double flops, seconds;
};

struct eval_config {
    int64_t every;              /* tokens between evaluations; 0: only at the end */
    int64_t tokens;             /* held-out tokens per source and evaluation */
    int length;                 /* row length; 0: the longest row of the run */
    struct conf_variants tasks; /* of task_registry; default [loss_by_position] */
};

struct checkpoint_config {
    int64_t every; /* tokens; 0: only at the end and on a signal */
    int keep;      /* the newest n stay */
};

/* Weights to start from, instead of random ones. */
struct init_config {
    const char *path;   /* a run, a checkpoint, a Hugging Face folder; NULL: none. Unhashed */
    const char *sha256; /* of the weights; found out, and checked if given */
};

/* A fork to go on from: the whole state, as if this run had trained that far itself. */
struct fork_config {
    const char *path;  /* a run, or a fork of it; NULL: none */
    const char *stage; /* of a run: the fork at the end of this stage */
};

struct run_config {
    int64_t seed;
    const char *name; /* unhashed */
    double nudge;     /* added to the first weight of attention */
    struct model_config model;
    struct conf_variants position;
    struct data_config data;
    struct optim_config optim;
    struct init_config init_from;
    struct fork_config fork_from;
    struct budget_config budget;
    struct conf_list stages; /* of struct stage_config */
    struct eval_config eval;
    struct checkpoint_config checkpoint;
    int threads;      /* 0: all; unhashed */
    const char *runs; /* folder of runs, default "runs"; unhashed */
};

extern const struct conf_schema run_schema;

/* Read path, lay `overrides` on it, type it, fill inherited values (stages inherit length,
 * position, mixer), check it. *c owns strings and lists of *run and must be closed after the last
 * use. */
int run_config_load(struct conf **c, struct run_config *run, const char *path, int n_overrides,
                    char *const *overrides, struct error *e);

/* The same for what a conf holds already: errors are collected, not returned. */
void run_config_bind(struct conf *c, struct run_config *run);

/* Stage i of a run. */
static inline const struct stage_config *run_stage(const struct run_config *run, int i)
{
    return (const struct stage_config *)run->stages.v + i;
}

/* Tokens of all stages, 0 if that is not known before the run is laid out (timeline.h). */
int64_t run_config_tokens(const struct run_config *run);
int run_config_longest_row(const struct run_config *run);
/* The same of the stages that train with this stack of encodings. */
int run_config_longest_row_under(const struct run_config *run,
                                 const struct conf_variants *position);
/* Most tokens of one step. A step with a budget of FLOPs is bounded by what the shortest row costs:
 * `run` must be resolved then. */
int64_t run_config_step_tokens(const struct run_config *run);
/* SHA-256 (hex) of what an encoding, or a mix, is. */
void run_config_hash_position(const struct conf_variants *v, char hex[65]);
void run_config_hash_mixer(const struct conf_variant *v, char hex[65]);
/* Identity: first 12 hex digits of the hash of the resolved config with its seed and the data
 * fingerprint. */
void run_config_id(const struct run_config *run, const char *fingerprint, char id[13]);

#endif
