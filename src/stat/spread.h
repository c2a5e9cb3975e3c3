/* spread.h -- how well a standard deviation is known. */
#ifndef STAT_SPREAD_H
#define STAT_SPREAD_H

#include "src/stat/bootstrap.h"

/* Interval of the true standard deviation of normal values from an estimate on df degrees of
 * freedom: sd sqrt(df / chi^2). Three seeds leave a factor of twelve between its ends. NaN for
 * df < 1. */
struct stat_interval stat_sd_interval(double sd, double df, double level);

#endif
