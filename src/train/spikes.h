/* spikes.h -- what a switch did to the training loss.
 *
 * A switch is a new stage, or, SPIKE_STEPS steps or more after the last switch, a row length or window
 * that at least doubles or halves from one step to the next. With b and s the mean and standard deviation of the last SPIKE_STEPS losses before it
 * (fewer where another switch is nearer):
 *   recovery  the first step after which the mean of the last min(k, SPIKE_STEPS) losses, k of them
 *             since the switch, is at most b
 *   spike     the largest loss up to there, less b: negative where the loss fell at once
 * Losses of different batches differ by chance, by about s: a spike of that size is none. */
#ifndef TRAIN_SPIKES_H
#define TRAIN_SPIKES_H

#include <stdint.h>

#include "src/base/error.h"

enum { SPIKE_STEPS = 16 };

struct spike {
    int64_t step, tokens; /* taken before the switch */
    int64_t stage;        /* after it */
    int64_t length_before, length_after;
    double before, deviation, spike;
    double recovery_steps, recovery_tokens; /* NaN: not within the run */
};

/* From a metrics.jsonl; *out is allocated (free), *n spikes in order. */
int spikes_read(const char *path, struct spike **out, int *n, struct error *e);

#endif
