/* analysis_run.h -- an analysis from its arguments, for `analyze` and for figures of analyses. */
#ifndef LAB_ANALYSIS_RUN_H
#define LAB_ANALYSIS_RUN_H

#include "src/theory/analysis.h"

/* Bind the arguments (key=value, config=FILE) to the analysis's options, run it. `out` is open after
 * OK alone. */
int analysis_run(const struct analysis_type *a, int n, char *const *arguments, struct result *out,
                 struct error *e);

#endif
