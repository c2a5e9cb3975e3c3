/* cost.c -- see cost.h. */
#include "src/train/cost.h"

#include "src/base/real.h"
#include "src/train/sizes.h"
#include "src/train/timeline.h"

enum { STEP_BYTES = 400 /* of a step's lines in the logs */ };

int run_cost(const struct run_config *run, struct run_cost *c, struct error *e)
{
    struct timeline t;
    struct model_memory model;
    size_t batches;
    TRY(run_memory(run, &model, &batches, e));
    TRY(timeline_open(&t, run, e));
    /* the model and two moments */
    const int64_t checkpoint = model_parameters(&run->model) * 3 * (int64_t)sizeof(real);
    *c = (struct run_cost){.tokens = t.tokens,
                           .steps = t.steps,
                           .flops = t.flops,
                           .memory = (int64_t)(model.parameters + model.activations + batches),
                           .disk = checkpoint * (run->checkpoint.keep + 1) + t.steps * STEP_BYTES};
    timeline_close(&t);
    return OK;
}
