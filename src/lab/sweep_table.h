/* sweep_table.h -- the table of an ablation, from what a sweep has measured.
 *
 * Rows are the arms in the order of the plan: n, the primary metric, the difference from the
 * baseline, adjusted p, wins, verdict, and the further columns asked for (mean ± half over the
 * complete runs, untested). Bold marks the best arm and all that are not significantly worse. The notes
 * state method, level, number of comparisons, noise, power, and every run that is missing. */
#ifndef LAB_SWEEP_TABLE_H
#define LAB_SWEEP_TABLE_H

#include "src/lab/results.h"
#include "src/lab/table.h"
#include "src/lab/verdict.h"

/* Verdicts for the sweep's metric. Close with verdict_close. */
int sweep_verdicts(struct sweep_verdict *v, const struct lab_results *r, struct error *e);

/* `columns`: n further column expressions (column.h). Close with table_close. */
int sweep_table(struct table *t, const struct lab_results *r, const char *const *columns, int n,
                struct error *e);

/* One row a run: arm, seed, id, status, step, tokens, the metric and the columns; no averages. */
int sweep_runs_table(struct table *t, const struct lab_results *r, const char *const *columns,
                     int n, struct error *e);

#endif
