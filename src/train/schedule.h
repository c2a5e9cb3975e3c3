/* schedule.h -- learning rate as a function of trained tokens; pure.
 *
 *   warm-up   lr * (t / warmup), linear; after it, with u the fraction of the rest of the run:
 *   constant  lr
 *   linear    lr * (1 - (1 - min) u)
 *   cosine    lr * (min + (1 - min) (1 + cos(pi u)) / 2)    Loshchilov and Hutter, arXiv 1608.03983
 *   wsd       lr until the last `cooldown` of the run, then linear to min    arXiv 2404.06395
 * A stage may scale its peak and warm up again from the rate that it starts at. */
#ifndef TRAIN_SCHEDULE_H
#define TRAIN_SCHEDULE_H

#include "src/train/config.h"

/* Rate for the step that begins after `tokens` trained tokens and trains `step_tokens` more
 * (evaluated at the step's end, so that the first step is not wasted at 0). */
double schedule_lr(const struct run_config *run, int64_t tokens, int64_t step_tokens);
/* Stage index at `tokens`, and tokens trained inside it. */
int schedule_stage(const struct run_config *run, int64_t tokens, int64_t *inside);

#endif
