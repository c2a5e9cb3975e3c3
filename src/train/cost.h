/* cost.h -- what a run costs, before it is trained. */
#ifndef TRAIN_COST_H
#define TRAIN_COST_H

#include "src/model/model.h"
#include "src/train/config.h"

struct run_cost {
    int64_t tokens, steps; /* 0, as are FLOPs: a budget in seconds is not known in advance */
    double flops;          /* the `causal` count of src/model/flops.h */
    int64_t memory, disk;  /* bytes; disk: checkpoints that are kept, one being written, logs */
};

/* `run` with a resolved model (vocab_size too). */
int run_cost(const struct run_config *run, struct run_cost *c, struct error *e);

#endif
