/* fork.h -- a run's state at one step, left for other runs that share its past.
 *
 *   <fork>/  model.safetensors state.safetensors config.json   a checkpoint
 *            metrics.jsonl timing.jsonl                        the logs up to there
 *            config.yaml                                       of the run that trained it
 *            prefix.json                                       {"steps", "tokens", "id", "run"}
 * A stage with `fork: true` leaves <run>/forks/<stage>; a sweep lets its arms share a folder of
 * forks (train_options). A run that goes on from a fork writes the bytes that it would have written
 * alone. Private to src/train. */
#ifndef TRAIN_FORK_H
#define TRAIN_FORK_H

#include "src/train/run.h"

/* Leave the present state as the folder `path`, whole or not at all; one that is there stays. The
 * logs must be synced and their lengths in t->state. */
int fork_save(const struct training *t, const char *path, struct error *e);

/* Take over the state of the folder `path`; its logs become those of the run. E_USAGE if the past
 * is not this run's. */
int fork_load(struct training *t, const char *path, struct error *e);

/* The longest fork in `folder` of which this run shares the past; *found: there is one. */
int fork_find(const struct training *t, const char *folder, char *path, size_t size, bool *found,
              struct error *e);
/* "<steps>-<id>": the name of a fork of the present state in such a folder. */
void fork_name(const struct training *t, char *name, size_t size);

#endif
