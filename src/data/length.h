/* length.h -- the socket of curriculum/ for sequence-length curricula.
 *
 * A curriculum declares its ladder: every (row length, attention window) that it can ever return,
 * so that memory is sized for the worst rung and the whole schedule prints before training. at() is
 * pure in the clock, which counts tokens. Tokens per step stay constant: rows are re-cut, never
 * truncated. */
#ifndef DATA_LENGTH_H
#define DATA_LENGTH_H

#include "src/base/conf.h"
#include "src/base/error.h"
#include "src/data/mixer.h"

struct rung {
    int length; /* tokens per row */
    int window; /* attention window in tokens; 0: none */
    bool block; /* the window is a block mask, not a sliding one */
};

enum { LENGTH_RUNGS = 512 };

struct length_type {
    struct variant v;
    int (*check)(const void *opts, int64_t total_tokens, struct error *e);
    /* Every rung in order of first use, each once; returns how many (at most LENGTH_RUNGS). */
    int (*ladder)(const void *opts, int64_t total_tokens, struct rung *out);
    struct rung (*at)(const void *opts, const struct data_clock *clock);
};

/* Defined by curriculum/registry.c from curriculum/lengths.def. `length: 256` is {type: constant,
 * length: 256}. */
extern const struct conf_registry length_registry;

#endif
