/* metrics_table.h -- a run's metrics as CSV: one row a step. */
#ifndef LAB_METRICS_TABLE_H
#define LAB_METRICS_TABLE_H

#include <stdio.h>

#include "src/base/error.h"

/* Columns step, tokens, then every key in the order in which the run first wrote it; lines of one
 * step (a training step and the evaluation after it) are one row; an empty cell: not recorded at
 * this step; "nan": recorded, and not finite. Numbers in full. E_USAGE: no metrics. */
int metrics_csv(FILE *f, const char *dir, struct error *e);

#endif
