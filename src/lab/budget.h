/* budget.h -- what the runs of a sweep were given: tokens, tokens per parameter, epochs. A difference
 * between arms at one token per parameter may be none at twenty. */
#ifndef LAB_BUDGET_H
#define LAB_BUDGET_H

#include "src/lab/results.h"

/* "Runs of 2.1M tokens, 17 per parameter, at most 3.4 epochs of a source." over one complete run of
 * every arm; ranges where arms differ. Empty if no run on disk says so. text: 256 bytes. */
int budget_sentence(char *text, const struct lab_results *r, struct error *e);

#endif
