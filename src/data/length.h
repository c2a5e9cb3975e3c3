/* length.h -- the socket of curriculum/: a number of tokens as a function of where a stage stands.
 *
 * One registry serves everything that may follow a schedule: the row length of a stage, its
 * attention window, the tokens or rows of its steps. at() is pure in the clock, so that the whole
 * schedule prints before training and a resumed run meets the same values; range() bounds what at()
 * can return, so that memory is sized for the worst step.
 *
 * Clocks: each type says whether it counts tokens, steps or the fraction of the stage's budget;
 * published definitions keep the clock that they were published with. */
#ifndef DATA_LENGTH_H
#define DATA_LENGTH_H

#include <stdint.h>

#include "src/base/conf.h"
#include "src/base/error.h"

/* Where a stage stands when a step begins. Everything counts from the stage's begin. */
struct length_clock {
    int64_t tokens, total; /* trained so far; the stage's budget, 0: not known in advance */
    int64_t step, steps;   /* taken so far; the stage's, 0: not known in advance */
    double fraction;       /* of the stage's budget, in [0, 1], whatever unit the budget has */
    uint64_t seed;         /* of the run: schedules that draw */
};

struct length_type {
    struct variant v;
    bool constant;   /* one value for the whole stage */
    bool whole_rows; /* every value is named by the user: a step must hold whole rows of it */
    /* Refuse options that cannot be, for a stage of `stage->total` tokens and `stage->steps` steps
     * (0: not known). May be NULL. */
    int (*check)(const void *opts, const struct length_clock *stage, struct error *e);
    /* Least and greatest value that at() can return. */
    void (*range)(const void *opts, int64_t *least, int64_t *greatest);
    int64_t (*at)(const void *opts, const struct length_clock *clock);
};

/* Defined by curriculum/registry.c from curriculum/lengths.def. `length: 256` is {type: constant,
 * length: 256}. */
extern const struct conf_registry length_registry;

#endif
