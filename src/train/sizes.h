/* sizes.h -- how large the work of a run is: what is allocated at set-up, and what `check` predicts.
 */
#ifndef TRAIN_SIZES_H
#define TRAIN_SIZES_H

#include "src/model/model.h"
#include "src/train/config.h"

struct run_sizes {
    int longest;          /* tokens of the longest row */
    int64_t step_tokens;  /* most tokens of one step */
    int64_t micro_tokens; /* tokens of one forward and backward pass */
    int eval_length, eval_batch;
    struct model_use use;
};

/* run is resolved. use.later is left empty: run_stacks. */
struct run_sizes run_sizes(const struct run_config *run);

/* The stacks of encodings of the stages after the first, each once, into *later (free) and *n. */
int run_stacks(const struct run_config *run, struct conf_variants **later, int *n, struct error *e);

/* Bytes that training takes, by the layout that places them: model (parameters, gradients, moments,
 * tables of every stage, activations) and batches. */
int run_memory(const struct run_config *run, struct model_memory *model, size_t *batches,
               struct error *e);

#endif
