/* bootstrap.h -- resampling of evaluation documents, and of seeds beside them.
 *
 * Right for hundreds of documents or more; wrong for the mean over a few seeds, whose percentile
 * interval is far too short (use stat_mean). Units are drawn with replacement; a replicate sees how
 * often each was drawn, so a statistic is a function of weights. With two factors (documents and
 * seeds) each is drawn by itself. Replicate r draws from a stream of its own, (seed, r): results do
 * not depend on the number of threads. Source: Efron and Tibshirani 1993; BCa: Efron 1987. */
#ifndef STAT_BOOTSTRAP_H
#define STAT_BOOTSTRAP_H

#include <stdint.h>

#include "src/base/error.h"

/* out[outputs] from weight[0][n[0]] and weight[1][n[1]] (NULL if n[1] is 0); NaN where it cannot be
 * computed. Called from several threads at once. */
typedef void stat_statistic(double *out, const double *const weight[2], const void *data);

struct stat_bootstrap {
    int n[2]; /* documents, seeds; n[1] 0: one factor */
    int outputs, replicates;
    uint64_t seed;
    stat_statistic *statistic;
    const void *data;
};

/* samples[outputs][replicates] */
int stat_bootstrap(const struct stat_bootstrap *b, double *samples, struct error *e);

struct stat_interval {
    double low, high;
    int lost; /* replicates that gave no number; they are left out of the interval */
};

/* Percentile interval of samples[n], by linear interpolation. E_MEMORY alone can fail. */
int stat_percentile(const double *samples, int n, double level, struct stat_interval *out,
                    struct error *e);

/* Bias-corrected and accelerated: `estimate` from all the data, jack[n_jack] with one unit left out
 * each. Falls back on the percentile interval where all samples lie on one side of the estimate. */
int stat_bca(const double *samples, int n, double estimate, const double *jack, int n_jack,
             double level, struct stat_interval *out, struct error *e);

#endif
