/* config_check.c -- what the parts of a run must be to each other, each refusal at the place of the
 * value that it is about. */
#include "src/train/config_check.h"

#include <math.h>
#include <string.h>

#include "src/eval/task.h"
#include "src/model/model.h"
#include "src/model/plan.h"
#include "src/train/timeline.h"

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

/* A row that is longer than a learned table would train its last entry for all the rest; one that
 * is longer than the range that positions are drawn from would keep its plain ones. */
static void check_table(struct conf *c, const struct conf_variants *stack, int longest)
{
    for (int k = 0; k < stack->n; k++) {
        const struct position_type *t = (const struct position_type *)stack->v[k].type;
        if (!t->positions || t->positions(stack->v[k].opts) >= longest) continue;
        conf_error(c, conf_place(c, &stack->v[k]), NULL,
                   "rows of %d tokens are longer than the %d positions of %s", longest,
                   t->positions(stack->v[k].opts), t->v.name);
    }
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
    const int longest = run_config_longest_row(run), trained = longest > 1 ? longest : 1,
              reach = run->eval.length > trained ? run->eval.length : trained;
    check_table(c, stack, run_config_longest_row_under(run, stack));
    if (plan_open(&plan, stack, &shape, trained, reach, NULL, &e)) {
        conf_error(c, conf_place(c, field), NULL, "%s", e.text);
        return;
    }
    const char *idle = plan_scales_nothing(&plan, reach);
    if (idle && !conf_problems(c))
        conf_error(c, conf_place(c, field), "say `type: rope` if that is what you mean",
                   "encoding '%s' is plain rope at every length of this run, up to %d", idle,
                   reach);
    for (int l = 0; l < shape.layers; l++)
        if (plan.layer[l].softcap > 0 && run->model.attn_logit_softcapping > 0) {
            conf_error(c, conf_place(c, field), "leave attn_logit_softcapping out",
                       "softcap and attn_logit_softcapping both cap the logits of layer %d", l);
            break;
        }
    plan_close(&plan);
}

static void check_packing(struct conf *c, const struct packing_config *p)
{
    if (p->shortest & (p->shortest - 1))
        conf_error(c, conf_place(c, &p->shortest), "for example 256",
                   "'shortest' is %d, must be a power of two", p->shortest);
    if (p->shortest != 256 && p->type != PACK_DECOMPOSE)
        conf_error(c, conf_place(c, &p->shortest), "add `type: decompose`",
                   "'shortest' has no effect on other packings");
}

static void check_tasks(struct conf *c, const struct run_config *run)
{
    struct error e;
    for (int i = 0; i < run->eval.tasks.n; i++)
        if (task_check_options(&run->eval.tasks.v[i], &e))
            conf_error(c, conf_place(c, &run->eval.tasks.v[i]), NULL, "%s", e.text);
}

void run_config_check(struct conf *c, struct run_config *run)
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
    check_packing(c, &run->data.packing);
    run_config_check_budgets(c, run);
    for (int i = 0; i < run->stages.n; i++) run_config_check_stage(c, run, i);
    if (run->position.n) check_position(c, run, &run->position, &run->position);
    for (int i = 0; i < run->stages.n; i++) {
        const struct stage_config *s = run_stage(run, i);
        if (s->position.n && s->position.v != run->position.v && conf_given(c, &s->position))
            check_position(c, run, &s->position, &s->position);
        struct error e;
        if (i && s->position_ramp && run->model.head_dim > 0 && s->position.n && s[-1].position.n &&
            model_can_ramp(&run->model, &s[-1].position, &s->position, run_config_longest_row(run),
                           &e))
            conf_error(c, conf_place(c, &s->position_ramp), NULL, "%s", e.text);
    }
}
