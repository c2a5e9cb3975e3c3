/* schedule.h -- learning rate as a function of trained tokens; pure.
 *
 *   warm-up   lr * (t / warmup), linear; after it, with u the fraction of the rest of the run:
 *   constant  lr
 *   linear    lr * (1 - (1 - min) u)
 *   cosine    lr * (min + (1 - min) (1 + cos(pi u)) / 2)    Loshchilov and Hutter, arXiv 1608.03983
 *   wsd       lr until the last `cooldown` of the run, then linear to min    arXiv 2404.06395
 * A stage may scale its peak and warm up again from the rate that it starts at, or restart the
 * schedule: from there on t counts from that stage, the run ends where the next restart begins, and
 * the warm-up is the stage's. The tokens of a step may scale the rate by a rule (batch.lr).
 *
 * In a run whose budgets are in seconds the warm-up counts tokens, u the fraction of seconds. */
#ifndef TRAIN_SCHEDULE_H
#define TRAIN_SCHEDULE_H

#include "src/train/timeline.h"

/* Rate of the step that begins at `at` (evaluated at the step's end, so that the first step is not
 * wasted at 0). */
double schedule_lr(const struct timeline *t, const struct timeline_at *at,
                   const struct timeline_step *step);

/* The rate just before and just after the switch into stage i > 0, by the schedule alone (at the
 * same token; batch.lr left out). Equal: the rate is continuous there. */
void schedule_switch(const struct timeline *t, int i, double *before, double *after);

#endif
