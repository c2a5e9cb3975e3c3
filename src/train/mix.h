/* mix.h -- the mix of a whole run. */
#ifndef TRAIN_MIX_H
#define TRAIN_MIX_H

#include "src/data/mix_plan.h"
#include "src/train/timeline.h"

/* The plan over all stages of a run that was laid out; close it after any status. A stage with a
 * budget in seconds adds nothing. E_USAGE if a mixer learns from evaluations and gets none. */
int mix_plan_run(struct mix_plan *p, struct data *d, const struct timeline *t, struct error *e);
/* Plan, and refuse a mix for which the sources do not suffice. */
int mix_check_run(struct data *d, const struct timeline *t, struct error *e);

#endif
