/* prefix.h -- how long two runs are one and the same, and the name of that common part.
 *
 * The first n steps of a run are decided by its model, data, seed, optimiser and evaluation, and by
 * what each of those steps is: its stage's encoding, mix and actions, its rows, window and tokens,
 * its learning rate. Runs that agree on all of it up to step n pass through the same state there,
 * whatever their later stages are, so the part may be trained once and forked: arms that switch
 * after 20, 40 and 80 % share 20 and 40 %. */
#ifndef TRAIN_PREFIX_H
#define TRAIN_PREFIX_H

#include "src/train/timeline.h"

/* Name of the first `steps` steps: 12 hex digits. `fingerprint` is that of the data; run is
 * resolved and laid out. A run in seconds has none: "". */
void prefix_id(const struct timeline *t, const char *fingerprint, int64_t steps, char id[13]);

/* Leading steps that two runs share (their data being the same); 0 if anything else differs. */
int64_t prefix_shared(const struct timeline *a, const struct timeline *b);

/* E_USAGE, naming the first difference, unless the first `steps` steps of both are the same.
 * `past` is what was trained. */
int prefix_check(const struct timeline *past, const struct timeline *now, int64_t steps,
                 struct error *e);

#endif
