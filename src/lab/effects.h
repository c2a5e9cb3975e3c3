/* effects.h -- factor by factor: what each parameter of a grid does on average, and which pairs do
 * more together than apart.
 *
 * For sweeps whose arms are a full grid of the parameters that vary. Only seeds that are complete in
 * every arm enter; the notes say how many those are. p of the factors are corrected by Holm over all
 * rows of the table that are tested (exploratory: the verdicts test the declared comparison). */
#ifndef LAB_EFFECTS_H
#define LAB_EFFECTS_H

#include "src/lab/results.h"
#include "src/lab/table.h"

/* Rows: factor, level, mean of the metric over its arms, effect ± half-width, share of the variation
 * between arms, adjusted p; then every pair of factors with its largest interaction. E_USAGE, with
 * the reason, where the arms are no full grid of two or more levels, or no seed is complete. */
int effects_table(struct table *t, const struct lab_results *r, struct error *e);

#endif
