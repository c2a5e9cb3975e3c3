/* sizes.c -- see sizes.h. */
#include "src/train/sizes.h"

#include <stdlib.h>

#include "src/eval/task.h"

enum { MICRO_TOKENS = 16384 }; /* activations of more than this rarely pay; rows may be longer */

struct run_sizes run_sizes(const struct run_config *run)
{
    struct run_sizes s = {.longest = run_config_longest_row(run),
                          .step_tokens = run_config_step_tokens(run),
                          .micro_tokens = run->optim.micro_tokens};
    if (!s.micro_tokens) s.micro_tokens = MICRO_TOKENS;
    if (s.micro_tokens < s.longest) s.micro_tokens = s.longest;
    if (s.micro_tokens > s.step_tokens) s.micro_tokens = s.step_tokens;
    s.eval_length = run->eval.length ? run->eval.length : s.longest;
    s.eval_batch = s.eval_length;
    if (s.micro_tokens > s.eval_length)
        s.eval_batch = (int)(s.micro_tokens / s.eval_length) * s.eval_length;
    s.use = (struct model_use){.gradients = true,
                               .max_tokens = s.micro_tokens > s.eval_batch ? (int)s.micro_tokens
                                                                           : s.eval_batch,
                               .train_tokens = (int)s.micro_tokens,
                               .max_length = s.longest > s.eval_length ? s.longest : s.eval_length,
                               .train_length = s.longest,
                               .seed = (uint64_t)run->seed};
    const struct eval_at at = {
        .train_length = s.longest, .length = s.eval_length, .tokens = run->eval.tokens};
    const int reach = task_reach(&run->eval.tasks, &at);
    if (s.use.max_tokens < reach) s.use.max_tokens = reach;
    if (s.use.max_length < reach) s.use.max_length = reach;
    return s;
}

int run_stacks(const struct run_config *run, struct conf_variants **later, int *n, struct error *e)
{
    *n = 0;
    *later = calloc((size_t)run->stages.n, sizeof **later);
    if (!*later) return error_set(e, E_MEMORY, "no memory for a list of encodings");
    for (int i = 1; i < run->stages.n; i++) {
        const struct conf_variants *own = &run_stage(run, i)->position;
        bool known = own->v == run_stage(run, 0)->position.v;
        for (int k = 0; k < *n; k++) known |= own->v == (*later)[k].v;
        if (!known) (*later)[(*n)++] = *own;
    }
    return OK;
}

int run_memory(const struct run_config *run, struct model_memory *model, size_t *batches,
               struct error *e)
{
    struct conf_variants *later;
    struct run_sizes s = run_sizes(run);
    TRY(run_stacks(run, &later, &s.use.n_later, e));
    s.use.later = later;
    const int status = model_measure(&run->model, &run_stage(run, 0)->position, &s.use, model, e);
    free(later);
    if (status) return status;
    const size_t token = 7 * sizeof(int32_t) + sizeof(real); /* of a batch: src/num/batch.h */
    *batches = token * (size_t)(s.step_tokens + s.micro_tokens + s.longest) +
               sizeof(real) * (size_t)s.step_tokens;
    /* tasks have rows, losses and tags of their own (src/eval/feed.h) */
    if (run->eval.tasks.n)
        *batches += (token + sizeof(real) + sizeof(int64_t)) * (size_t)s.use.max_tokens;
    return OK;
}
