/* sizes.c -- see sizes.h. */
#include "src/train/sizes.h"

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
                               .max_length = s.longest > s.eval_length ? s.longest : s.eval_length,
                               .train_length = s.longest,
                               .seed = (uint64_t)run->seed};
    return s;
}

int run_memory(const struct run_config *run, struct model_memory *model, size_t *batches,
               struct error *e)
{
    const struct run_sizes s = run_sizes(run);
    *model = (struct model_memory){0};
    for (int i = 0; i < run->stages.n; i++) {
        struct model_memory own;
        TRY(model_measure(&run->model, &run_stage(run, i)->position, &s.use, &own, e));
        if (own.parameters > model->parameters) model->parameters = own.parameters;
        if (own.activations > model->activations) model->activations = own.activations;
    }
    const size_t token = 7 * sizeof(int32_t) + sizeof(real); /* of a batch: src/num/batch.h */
    *batches = token * (size_t)(s.step_tokens + s.micro_tokens + s.longest) +
               sizeof(real) * (size_t)s.step_tokens;
    return OK;
}
