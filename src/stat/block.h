/* block.h -- arms x seeds as a randomised block design, every arm against the baseline.
 *
 * y = arm + seed + noise. A seed sets initial weights and data order of all arms alike, so its
 * effect drops out of their differences. With all cells, residuals are
 * e_as = y_as - mean_a - mean_s + mean, and the noise of a run is sqrt(sum e^2 / df),
 * df = (arms - 1)(seeds - 1). Missing cells (NaN): the same model by least squares, df = cells -
 * rank; a difference uses the seeds that both arms have.
 *
 * STAT_DUNNETT, the default, pools the noise over all arms and corrects for many arms against one
 * baseline: with 5 arms and 3 seeds its critical t is 2.99, where a t-test per pair with Bonferroni
 * needs 9.93. It assumes that arms are equally noisy. STAT_PAIRED_HOLM is a paired t-test per arm
 * with Holm's correction, which does not; choose before looking at the results, because a choice by
 * the observed variances costs the guarantee. Pure functions; any thread. */
#ifndef STAT_BLOCK_H
#define STAT_BLOCK_H

#include "src/base/error.h"

enum stat_block_method { STAT_DUNNETT, STAT_PAIRED_HOLM };

struct stat_block {
    int arms, seeds, baseline; /* row of the baseline */
    const double *y;           /* [arms][seeds], NaN: missing */
    enum stat_block_method method;
    double level;  /* of intervals, two-sided; alpha = 1 - level */
    double margin; /* differences below this do not matter in practice; 0: none declared */
};

/* One arm minus the baseline; the baseline's own contrast has n 0 and NaN. */
struct stat_contrast {
    int n; /* seeds that both have */
    double delta, se, df, t;
    double p;            /* two-sided, this contrast alone */
    double p_adjusted;   /* over all arms that could be compared */
    double half;         /* of the simultaneous interval (Holm: of the single one) */
    double p_equivalent; /* adjusted, that |delta| >= margin; NaN without a margin */
};

struct stat_block_fit {
    int compared;          /* arms that could be compared: m of the correction */
    double noise, df;      /* sd of a run beside arm and seed, and its degrees of freedom */
    double rho;            /* smallest correlation of two contrasts */
    double critical;       /* |t| that is significant; of the single test with Holm */
    double variance_p;     /* that the noisiest arm is no noisier than the rest; NaN: too few */
    int variance_arm;      /* the noisiest */
    double variance_ratio; /* its variance over the mean of the others */
};

/* contrast[arms]. E_MEMORY alone can fail; what cannot be computed is NaN. */
int stat_block(const struct stat_block *b, struct stat_block_fit *fit,
               struct stat_contrast *contrast, struct error *e);

#endif
