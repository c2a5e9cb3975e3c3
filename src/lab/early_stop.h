/* early_stop.h -- which arms of a sweep are not worth finishing.
 *
 * Decisions are by arm, from the mean over its seeds at the same number of tokens: all seeds of an
 * arm share a fate, so the survivors stay paired. A rung is (stage, tokens): losses of different
 * stages are not compared, because a length curriculum or an extended encoding changes their scale.
 * Off by default; a pruned arm has no final value and enters no test. Pure functions; the caller
 * looks up the means and acts. Deterministic: decisions depend on the values alone, not on who
 * arrived first, except that asha decides on those that have arrived.
 *
 * median      Golovin et al. 2017 (Vizier): worse than the median of the other arms at this rung
 * asha        Li et al. 2018 (arXiv 1810.05934): not in the best 1/eta of those at this rung
 * hyperband   Li et al. 2016 (arXiv 1603.06560): asha with the first rung by bracket; arm i is in
 *             bracket i mod brackets, and only arms of one bracket compete */
#ifndef LAB_EARLY_STOP_H
#define LAB_EARLY_STOP_H

#include <stdbool.h>
#include <stdint.h>

#include "src/lab/results.h"

enum early_stop_type { STOP_NEVER, STOP_MEDIAN, STOP_ASHA, STOP_HYPERBAND };

struct early_stop {
    enum early_stop_type type;
    enum metric_goal goal;
    int64_t min_tokens, max_tokens; /* first rung; the whole budget, where nothing is decided */
    int eta;                        /* >= 2; rungs are a factor eta apart */
    int min_arms;                   /* decide only among so many; at least 2 */
};

/* Rungs of a rule: min_tokens eta^k below max_tokens, for hyperband those of `bracket` (first rung
 * min_tokens eta^bracket). Fills rung[<= most], returns how many there are. */
int early_stop_rungs(const struct early_stop *s, int bracket, int64_t *rung, int most);

/* Brackets of hyperband: 1 + the number of factors eta between min_tokens and max_tokens; others 1. */
int early_stop_brackets(const struct early_stop *s);

/* May arm `arm` go on beyond this rung? mean[arms] at the rung, mean over the arm's seeds; NaN: not
 * all seeds are there yet (that arm is left out; asked about itself, it goes on). INFINITY (goal
 * minimize) for an arm of which a seed diverged. baseline (-1: none) always goes on, or nothing
 * would be left to compare with. Arms that were pruned at this rung keep the value they left. Ties go
 * on together. */
bool early_stop_goes_on(const struct early_stop *s, const double *mean, int arms, int arm,
                        int baseline);

#endif
