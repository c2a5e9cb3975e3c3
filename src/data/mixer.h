/* mixer.h -- the socket of curriculum/ for data mixes: a mixer proposes weights, it does not draw.
 *
 * The core draws by one token-exact rule for all mixers (stream.h), so a mixer is a pure statement
 * of how much of what. Adaptive mixers get events and keep a flat state that the core stores in
 * checkpoints. */
#ifndef DATA_MIXER_H
#define DATA_MIXER_H

#include <stddef.h>
#include <stdint.h>

#include "src/base/conf.h"
#include "src/base/error.h"

/* Where training stands; the clock counts tokens. Fractions are of the stage. */
struct data_clock {
    int64_t tokens, total; /* trained so far in this stage, and its budget */
    int64_t step;
};

/* What a mixer knows of a source. */
struct mixer_source {
    const char *name;
    double weight;  /* as configured; sum not normalised */
    int64_t tokens; /* in the training split */
    int64_t documents;
};

struct mixer_at {
    const void *opts;
    void *state; /* state_size bytes; zeroed, then set by init */
    int n;       /* sources */
    const struct mixer_source *source;
};

struct mixer_type {
    struct variant v;
    /* Refuse options or sources that cannot work. */
    int (*check)(const struct mixer_at *at, struct error *e);
    size_t (*state_size)(const void *opts, int n);
    void (*init)(const struct mixer_at *at);
    /* w[n] >= 0, sum 1. Pure: the same state and clock give the same weights. */
    void (*weights)(const struct mixer_at *at, const struct data_clock *clock, double *w);
    /* Loss of the batch just trained: per source, sum and number of targets (0: source absent). */
    void (*batch)(const struct mixer_at *at, const struct data_clock *clock, const double *loss_sum,
                  const int64_t *targets);
    /* Validation losses (dev split), NaN where unknown. */
    void (*eval)(const struct mixer_at *at, const struct data_clock *clock, const double *loss);
};

/* Defined by curriculum/registry.c from curriculum/mixers.def. */
extern const struct conf_registry mixer_registry;

#endif
