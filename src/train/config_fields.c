/* config_fields.c -- the rows of a run's configuration. */
#include "src/train/config.h"

#include "src/eval/task.h"

static const char *const optimisers[] = {"adamw", NULL};
static const char *const schedules[] = {"constant", "linear", "cosine", "wsd", NULL};
static const char *const restarts[] = {"same", "constant", "linear", "cosine", "wsd", NULL};
static const char *const lr_actions[] = {"keep", "restart", NULL};
static const char *const moments[] = {"keep", "scale", "reset", NULL};
static const char *const batch_lrs[] = {"keep", "sqrt", "linear", NULL};
static const char *const masks[] = {"block", "sliding", NULL};
static const char *const cuts[] = {"all", "truncate", NULL};

#define S struct optim_config
static const struct conf_field optim_fields[] = {
    CONF_ENUM(S, type, 0, optimisers, "the optimiser"),
    CONF_REAL(S, lr, 1e-3, 0, 10, "peak learning rate"),
    CONF_SIZE(S, warmup, 0, 0, 1e15, "tokens of linear warm-up"),
    CONF_ENUM(S, schedule, SCHEDULE_COSINE, schedules, "after the warm-up"),
    CONF_REAL(S, min_lr, 0.1, 0, 1, "floor of the schedule, as a fraction of lr"),
    CONF_REAL(S, cooldown, 0.2, 0, 1, "wsd: last fraction of the run, which decays"),
    CONF_REAL(S, weight_decay, 0.1, 0, 10, "decoupled decay of matrices"),
    CONF_BOOL(S, decay_1d, false, "decay gains and other vectors too"),
    {"betas", CONF_KIND_REALS, offsetof(S, betas), 0, 0, 0, 1, "[0.9, 0.95]", 0, 0, 0,
     "decay rates of the two moments"},
    CONF_REAL(S, eps, 1e-8, 0, 1, "added to the root of the second moment"),
    CONF_REAL(S, clip, 1, 0, 1e9, "largest global norm of the gradient; 0: no clipping"),
    CONF_REAL(S, z_loss, 0, 0, 1, "weight of the squared log-partition in the loss"),
    CONF_SIZE(S, batch_tokens, 16384, 1, 1 << 30, "tokens per optimiser step"),
    CONF_SIZE(S, micro_tokens, 0, 0, 1 << 30,
              "tokens per forward and backward pass; 0: chosen from the shape of the work"),
    CONF_END,
};
#undef S
static const struct conf_schema optim_schema = {"optim", sizeof(struct optim_config), optim_fields};

#define S struct stage_lr_config
static const struct conf_field stage_lr_fields[] = {
    CONF_ENUM(S, action, LR_KEEP, lr_actions, "the schedule runs on, or begins anew here"),
    CONF_SIZE(S, rewarm, 0, 0, 1e15,
              "tokens of linear warm-up, from the present rate (restart: from 0)"),
    CONF_REAL(S, scale, 1, 0, 1e6, "peak of this stage relative to optim.lr"),
    CONF_ENUM(S, schedule, 0, restarts, "restart: the new schedule; same: optim.schedule"),
    CONF_END,
};
#undef S
static const struct conf_schema stage_lr_schema = {"lr", sizeof(struct stage_lr_config),
                                                   stage_lr_fields};

#define S struct batch_config
static const struct conf_field batch_fields[] = {
    CONF_VARIANT(S, tokens, &length_registry, "tokens per step, or a schedule of them"),
    CONF_VARIANT(S, rows, &length_registry, "rows per step, or a schedule of them"),
    CONF_REAL(S, flops, 0, 0, 1e30, "FLOPs per step: as many whole rows as they pay for"),
    CONF_ENUM(S, lr, BATCH_LR_KEEP, batch_lrs,
              "learning rate with the tokens of a step, relative to optim.batch_tokens"),
    CONF_END,
};
#undef S
static const struct conf_schema batch_schema = {"batch", sizeof(struct batch_config), batch_fields};

#define S struct stage_config
static const struct conf_field stage_fields[] = {
    {"name", CONF_KIND_STRING, offsetof(S, name), CONF_UNHASHED, 0, 0, 0, NULL, 0, 0, 0,
     "for tables and messages"},
    CONF_SIZE(S, tokens, 0, 0, 1e15, "budget in tokens"),
    CONF_SIZE(S, steps, 0, 0, 1e9, "or in steps"),
    CONF_REAL(S, flops, 0, 0, 1e40, "or in FLOPs"),
    CONF_REAL(S, seconds, 0, 0, 1e9, "or in seconds of training: not repeatable"),
    CONF_REAL(S, fraction, 0, 0, 1, "or a fraction of the run's `budget`"),
    CONF_VARIANT(S, length, &length_registry, "row length, or a curriculum of lengths"),
    CONF_VARIANT(S, window, &length_registry, "attention window, or a curriculum of windows"),
    CONF_ENUM(S, mask, MASK_BLOCK, masks, "of the window: blocks of a row, or sliding"),
    CONF_ENUM(S, cut, CUT_ALL, cuts,
              "rows are cut from the stream without loss, or truncated: the rest is lost"),
    CONF_SECTION(S, batch, &batch_schema, "what is held constant from step to step"),
    CONF_VARIANTS(S, position, &position_registry, "position encoding from this stage on"),
    CONF_SIZE(S, position_ramp, 0, 0, 1e15,
              "tokens over which frequencies move from the old encoding's to the new one's"),
    CONF_VARIANT(S, mixer, &mixer_registry, "data mix from this stage on"),
    CONF_SECTION(S, lr, &stage_lr_schema, "learning rate at the switch"),
    CONF_ENUM(S, moments, MOMENTS_KEEP, moments, "the optimiser's moments at the switch"),
    CONF_REAL(S, moments_scale, 1, 0, 1e6,
              "moments: scale: m is multiplied by this, v by its square"),
    CONF_BOOL(S, evaluate, false, "held-out loss just before and just after the switch"),
    CONF_BOOL(S, fork, false, "keep a checkpoint of the end of the stage, to fork from"),
    CONF_END,
};
#undef S
static const struct conf_schema stage_schema = {"stage", sizeof(struct stage_config), stage_fields};

#define S struct budget_config
static const struct conf_field budget_fields[] = {
    CONF_SIZE(S, tokens, 0, 0, 1e15, "trained tokens"),
    CONF_SIZE(S, steps, 0, 0, 1e9, "or steps"),
    CONF_REAL(S, flops, 0, 0, 1e40, "or FLOPs"),
    CONF_REAL(S, seconds, 0, 0, 1e9, "or seconds of training: not repeatable"),
    CONF_END,
};
#undef S
static const struct conf_schema budget_schema = {"budget", sizeof(struct budget_config),
                                                 budget_fields};

#define S struct eval_config
static const struct conf_field eval_fields[] = {
    CONF_SIZE(S, every, 0, 0, 1e15, "tokens between evaluations; 0: only at the end"),
    CONF_SIZE(S, tokens, 65536, 1, 1e12, "held-out tokens per source and evaluation"),
    CONF_INT(S, length, 0, 0, 1 << 24, "row length; 0: the longest of the run"),
    {"tasks", CONF_KIND_VARIANTS, offsetof(S, tasks), 0, 0, 0, 0, "[loss_by_position]", 0, 0,
     &task_registry, "what to evaluate: names, or maps with options"},
    CONF_END,
};
#undef S
static const struct conf_schema eval_schema = {"eval", sizeof(struct eval_config), eval_fields};

#define S struct checkpoint_config
static const struct conf_field checkpoint_fields[] = {
    {"every", CONF_KIND_SIZE, offsetof(S, every), CONF_UNHASHED, 0, 0, 1e15, 0, 0, 0, 0,
     "tokens between checkpoints; 0: only at the end and on a signal"},
    {"keep", CONF_KIND_INT, offsetof(S, keep), CONF_UNHASHED, 2, 1, 1000000, 0, 0, 0, 0,
     "how many of the newest stay"},
    CONF_END,
};
#undef S
static const struct conf_schema checkpoint_schema = {"checkpoint", sizeof(struct checkpoint_config),
                                                     checkpoint_fields};

#define S struct init_config
static const struct conf_field init_fields[] = {
    {"path", CONF_KIND_STRING, offsetof(S, path), CONF_UNHASHED, 0, 0, 0, NULL, 0, 0, 0,
     "a run, a checkpoint, or a Hugging Face folder"},
    CONF_STRING(S, sha256, NULL, "of the weights: found out, and checked if given"),
    CONF_END,
};
#undef S
static const struct conf_schema init_schema = {"init_from", sizeof(struct init_config),
                                               init_fields};

#define S struct fork_config
static const struct conf_field fork_fields[] = {
    {"path", CONF_KIND_STRING, offsetof(S, path), CONF_UNHASHED, 0, 0, 0, NULL, 0, 0, 0,
     "a run, or a folder in its forks/"},
    {"stage", CONF_KIND_STRING, offsetof(S, stage), CONF_UNHASHED, 0, 0, 0, NULL, 0, 0, 0,
     "of a run: the stage that ends with `fork: true`"},
    CONF_END,
};
#undef S
static const struct conf_schema fork_schema = {"fork_from", sizeof(struct fork_config),
                                               fork_fields};

#define S struct run_config
static const struct conf_field run_fields[] = {
    CONF_SIZE(S, seed, 1, 0, 9e15, "of every random stream"),
    {"name", CONF_KIND_STRING, offsetof(S, name), CONF_UNHASHED, 0, 0, 0, NULL, 0, 0, 0,
     "for tables and messages"},
    CONF_REAL(S, nudge, 0, -1, 1,
              "added to one weight of attention: how far do twins drift apart?"),
    CONF_SECTION(S, model, &model_schema, "the decoder"),
    CONF_VARIANTS(S, position, &position_registry, "position encoding: one map, or a stack"),
    CONF_SECTION(S, data, &data_schema, "text and how it is mixed"),
    CONF_SECTION(S, optim, &optim_schema, "the optimiser and its schedule"),
    CONF_SECTION(S, init_from, &init_schema, "weights to start from, instead of random ones"),
    CONF_SECTION(S, fork_from, &fork_schema,
                 "a fork to go on from: weights, moments, data, counts"),
    CONF_SECTION(S, budget, &budget_schema, "of the whole run; stages name fractions of it"),
    CONF_LIST(S, stages, &stage_schema, "what is trained, one after another"),
    CONF_SECTION(S, eval, &eval_schema, "evaluation on held-out documents"),
    CONF_SECTION(S, checkpoint, &checkpoint_schema, "checkpoints"),
    {"threads", CONF_KIND_INT, offsetof(S, threads), CONF_UNHASHED, 0, 0, 4096, 0, 0, 0, 0,
     "0: all"},
    {"runs", CONF_KIND_STRING, offsetof(S, runs), CONF_UNHASHED, 0, 0, 0, "runs", 0, 0, 0,
     "folder of runs"},
    CONF_END,
};
#undef S
const struct conf_schema run_schema = {"run", sizeof(struct run_config), run_fields};
