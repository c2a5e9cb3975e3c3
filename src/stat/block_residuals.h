/* block_residuals.h -- what arm and seed do not explain. Private to src/stat. */
#ifndef STAT_BLOCK_RESIDUALS_H
#define STAT_BLOCK_RESIDUALS_H

#include "src/stat/block.h"

/* residual[arms][seeds] of y = arm + seed + noise, NaN in missing cells, and its degrees of
 * freedom. In closed form when no cell is missing, else by least squares. */
int block_residuals(const struct stat_block *b, double *residual, double *df, struct error *e);

#endif
