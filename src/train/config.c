/* config.c -- the rows of a run's configuration, and what its parts must be to each other. */
#include "src/train/config.h"

#include <stdio.h>
#include <string.h>

#include "src/base/file.h"
#include "src/eval/task.h"
#include "src/model/plan.h"

/* ---- rows ---- */

static const char *const optimisers[] = {"adamw", NULL};
static const char *const schedules[] = {"constant", "linear", "cosine", "wsd", NULL};
static const char *const moments[] = {"keep", "reset", NULL};

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

static const struct conf_field stage_lr_fields[] = {
    CONF_SIZE(struct stage_lr_config, rewarm, 0, 0, 1e15,
              "tokens of linear warm-up at the start of the stage"),
    CONF_REAL(struct stage_lr_config, scale, 1, 0, 1e6, "peak of this stage relative to optim.lr"),
    CONF_END,
};
static const struct conf_schema stage_lr_schema = {"lr", sizeof(struct stage_lr_config),
                                                   stage_lr_fields};

#define S struct stage_config
static const struct conf_field stage_fields[] = {
    {"name", CONF_KIND_STRING, offsetof(S, name), CONF_UNHASHED, 0, 0, 0, NULL, 0, 0, 0,
     "for tables and messages"},
    CONF_SIZE_REQUIRED(S, tokens, 1, 1e15, "budget"),
    CONF_VARIANT(S, length, &length_registry, "row length, or a curriculum of lengths"),
    CONF_VARIANTS(S, position, &position_registry, "position encoding from this stage on"),
    CONF_VARIANT(S, mixer, &mixer_registry, "data mix from this stage on"),
    CONF_SECTION(S, lr, &stage_lr_schema, "learning rate at the switch"),
    CONF_ENUM(S, moments, MOMENTS_KEEP, moments, "the optimiser's moments at the switch"),
    CONF_END,
};
#undef S
static const struct conf_schema stage_schema = {"stage", sizeof(struct stage_config), stage_fields};

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

#define S struct run_config
static const struct conf_field run_fields[] = {
    CONF_SIZE(S, seed, 1, 0, 9e15, "of every random stream"),
    {"name", CONF_KIND_STRING, offsetof(S, name), CONF_UNHASHED, 0, 0, 0, NULL, 0, 0, 0,
     "for tables and messages"},
    CONF_SECTION(S, model, &model_schema, "the decoder"),
    CONF_VARIANTS(S, position, &position_registry, "position encoding: one map, or a stack"),
    CONF_SECTION(S, data, &data_schema, "text and how it is mixed"),
    CONF_SECTION(S, optim, &optim_schema, "the optimiser and its schedule"),
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

/* ---- inheritance ---- */

static struct stage_config *stages_of(const struct run_config *run)
{
    return run->stages.v;
}

static void inherit(struct conf *c, struct run_config *run)
{
    for (int i = 0; i < run->stages.n; i++) {
        struct stage_config *s = &stages_of(run)[i];
        const struct stage_config *before = i ? s - 1 : NULL;
        if (!s->name) s->name = conf_text(c, "stage%d", i + 1);
        if (!s->length.type && before && !conf_given(c, &s->length)) s->length = before->length;
        if (!s->position.n) s->position = before ? before->position : run->position;
        if (!s->mixer.type) s->mixer = before ? before->mixer : run->data.mixer;
    }
    if (!run->eval.length) run->eval.length = run_config_longest_row(run);
}

/* ---- domain checks, each at the place of the value that it is about ---- */

/* A layer that does not exist, or a pattern that meets none, would be ignored in silence. */
static void check_layers(struct conf *c, const struct conf_layers *layers, int count)
{
    int largest = -1;
    for (int i = 0; i < layers->n; i++)
        if (layers->v[i] > largest) largest = layers->v[i];
    if (largest >= count)
        conf_error(c, conf_place(c, layers), NULL, "there is no layer %d: the last is %d", largest,
                   count - 1);
    else if (layers->every > 0 && layers->offset >= count)
        conf_error(c, conf_place(c, layers), NULL, "layers from %d on: the last is %d",
                   layers->offset, count - 1);
}

static void check_model(struct conf *c, struct model_config *m)
{
    struct error e;
    struct model_config trial = *m;
    if (trial.vocab_size == 0) trial.vocab_size = 1;
    if (m->hidden_size < 1 || m->num_attention_heads < 1) return; /* reported as missing */
    if (model_config_resolve(&trial, &e)) {
        const bool heads = strstr(e.text, "num_key_value_heads") != NULL;
        conf_error(c, conf_place(c, heads ? &m->num_key_value_heads : &m->hidden_size), NULL, "%s",
                   e.text);
        return;
    }
    trial.vocab_size = m->vocab_size;
    *m = trial;
    check_layers(c, &m->sliding_window_layers, m->num_hidden_layers);
}

static void check_optim(struct conf *c, const struct run_config *run)
{
    const struct optim_config *o = &run->optim;
    const int64_t total = run_config_tokens(run);
    if (o->betas.n != 2)
        conf_error(c, conf_place(c, &o->betas), NULL,
                   "betas has %d values: two are needed, like [0.9, 0.95]", o->betas.n);
    for (int i = 0; i < o->betas.n; i++)
        if (!(o->betas.v[i] >= 0 && o->betas.v[i] < 1))
            conf_error(c, conf_place(c, &o->betas.v[i]), NULL, "beta %g is not in [0, 1)",
                       o->betas.v[i]);
    if (o->micro_tokens > o->batch_tokens)
        conf_error(c, conf_place(c, &o->micro_tokens), NULL,
                   "micro_tokens %lld is more than batch_tokens %lld", (long long)o->micro_tokens,
                   (long long)o->batch_tokens);
    else if (o->micro_tokens && o->micro_tokens < run_config_longest_row(run))
        conf_error(c, conf_place(c, &o->micro_tokens), NULL,
                   "micro_tokens %lld is less than the longest row, %d tokens",
                   (long long)o->micro_tokens, run_config_longest_row(run));
    if (o->warmup >= total && total > 0)
        conf_error(c, conf_place(c, &o->warmup), NULL,
                   "warm-up of %lld tokens is not shorter than the run's %lld tokens",
                   (long long)o->warmup, (long long)total);
}

static void check_stage(struct conf *c, const struct run_config *run, int i)
{
    struct error e;
    struct rung rung[LENGTH_RUNGS];
    const struct stage_config *s = &stages_of(run)[i];
    if (s->tokens < 1) return; /* reported as missing */
    if (s->tokens < run->optim.batch_tokens)
        conf_error(c, conf_place(c, &s->tokens), NULL,
                   "a stage of %lld tokens is shorter than one step of optim.batch_tokens %lld",
                   (long long)s->tokens, (long long)run->optim.batch_tokens);
    if (!s->length.type) {
        if (!conf_given(c, &s->length))
            conf_error(c, conf_place(c, &s->length), "for example `length: 256`",
                       "missing key 'length' in 'stages[%d]', the first stage", i);
        return;
    }
    const struct length_type *t = (const struct length_type *)s->length.type;
    if (t->check && t->check(s->length.opts, s->tokens, &e)) {
        conf_error(c, conf_place(c, &s->length), NULL, "%s", e.text);
        return;
    }
    const int rungs = t->ladder(s->length.opts, s->tokens, rung);
    for (int k = 0; k < rungs; k++)
        if (rung[k].length > run->optim.batch_tokens) {
            conf_error(c, conf_place(c, &s->length), NULL,
                       "a row of %d tokens is longer than a step of optim.batch_tokens %lld",
                       rung[k].length, (long long)run->optim.batch_tokens);
            return;
        }
    if (s->lr.rewarm >= s->tokens)
        conf_error(c, conf_place(c, &s->lr.rewarm), NULL,
                   "warming up over %lld tokens is not shorter than the stage's %lld tokens",
                   (long long)s->lr.rewarm, (long long)s->tokens);
}

/* A stack must fit the heads, and one that asks for scaling must change something. */
static void check_position(struct conf *c, const struct run_config *run,
                           const struct conf_variants *stack, const void *field)
{
    struct error e;
    struct plan plan;
    const struct position_shape shape = model_position_shape(&run->model);
    if (shape.head_dim < 1 || shape.layers < 1 || shape.kv_heads < 1) return;
    for (int k = 0; k < stack->n; k++) check_layers(c, &stack->v[k].layers, shape.layers);
    const int longest = run_config_longest_row(run), reach = longest > 1 ? longest : 1;
    if (plan_open(&plan, stack, &shape, reach, reach, NULL, &e)) {
        conf_error(c, conf_place(c, field), NULL, "%s", e.text);
        return;
    }
    const char *idle = plan_scales_nothing(&plan, reach);
    if (idle)
        conf_error(c, conf_place(c, field), "say `type: rope` if that is what you mean",
                   "encoding '%s' is plain rope at every length of this run, up to %d", idle,
                   reach);
    plan_close(&plan);
}

static void check_tasks(struct conf *c, const struct run_config *run)
{
    struct error e;
    for (int i = 0; i < run->eval.tasks.n; i++)
        if (task_check_options(&run->eval.tasks.v[i], &e))
            conf_error(c, conf_place(c, &run->eval.tasks.v[i]), NULL, "%s", e.text);
}

static void check_run(struct conf *c, struct run_config *run)
{
    check_model(c, &run->model);
    if (!conf_given(c, &run->position))
        conf_error(c, conf_place(c, &run->position), "for example `position: {type: rope}`",
                   "missing key 'position'");
    if (!run->stages.n && (run->stages.v || !conf_given(c, &run->stages)))
        conf_error(c, conf_place(c, &run->stages),
                   "for example `stages: [{tokens: 1M, length: 256}]`", "missing key 'stages'");
    check_optim(c, run);
    check_tasks(c, run);
    for (int i = 0; i < run->stages.n; i++) check_stage(c, run, i);
    if (run->position.n) check_position(c, run, &run->position, &run->position);
    for (int i = 0; i < run->stages.n; i++) {
        const struct stage_config *s = &stages_of(run)[i];
        if (s->position.n && s->position.v != run->position.v && conf_given(c, &s->position))
            check_position(c, run, &s->position, &s->position);
    }
}

int run_config_load(struct conf **out, struct run_config *run, const char *path, int n_overrides,
                    char *const *overrides, struct error *e)
{
    struct conf *c;
    *out = NULL;
    TRY(conf_open(&c, path, e));
    conf_override(c, n_overrides, overrides);
    conf_bind(c, &run_schema, run);
    inherit(c, run);
    check_run(c, run);
    const int status = conf_finish(c, e);
    if (status)
        conf_close(c);
    else
        *out = c;
    return status;
}

/* ---- totals and identity ---- */

int64_t run_config_tokens(const struct run_config *run)
{
    int64_t total = 0;
    for (int i = 0; i < run->stages.n; i++) total += stages_of(run)[i].tokens;
    return total;
}

int run_config_longest_row(const struct run_config *run)
{
    int longest = 0;
    for (int i = 0; i < run->stages.n; i++) {
        struct rung rung[LENGTH_RUNGS];
        const struct stage_config *s = &stages_of(run)[i];
        const struct length_type *t = (const struct length_type *)s->length.type;
        if (!t || (t->check && t->check(s->length.opts, s->tokens, NULL))) continue;
        const int n = t->ladder(s->length.opts, s->tokens, rung);
        for (int k = 0; k < n; k++)
            if (rung[k].length > longest) longest = rung[k].length;
    }
    return longest;
}

void run_config_id(const struct run_config *run, const char *fingerprint, char id[13])
{
    char hex[65];
    struct sha256 s;
    conf_hash(&run_schema, run, hex);
    sha256_init(&s);
    sha256_add(&s, hex, 64);
    sha256_add(&s, fingerprint, strlen(fingerprint));
    sha256_hex(&s, hex);
    snprintf(id, 13, "%.12s", hex);
}
