/* config_check.h -- what the parts of a run must be to each other. Private to src/train.
 *
 * Each collects its errors in c; the run may be one that was refused already. */
#ifndef TRAIN_CONFIG_CHECK_H
#define TRAIN_CONFIG_CHECK_H

#include "src/train/config.h"

/* Everything; resolves run->model on the way. */
void run_config_check(struct conf *c, struct run_config *run);

/* config_stages.c: budgets of the run and its stages; one stage. */
void run_config_check_budgets(struct conf *c, const struct run_config *run);
void run_config_check_stage(struct conf *c, const struct run_config *run, int i);

#endif
