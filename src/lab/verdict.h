/* verdict.h -- one sentence per arm: is it better than the baseline, worse, equivalent, or can the
 * seeds not tell?
 *
 * The test is the block design of stat/block.h, declared before the runs (Dunnett, or paired t with
 * Holm). Only complete runs enter it; what is missing, pruned, failed or diverged is counted and
 * said, never dropped. A diverged run is an outcome: an arm with one cannot be better or equivalent
 * on the strength of the seeds that survived, and an arm that diverged in every seed in which the
 * baseline finished is worse.
 *
 *   better, worse   adjusted p < 1 - level, and the difference may matter (not equivalent)
 *   equivalent      the difference lies within practical_delta (two one-sided tests), or every seed
 *                   gives the very same value
 *   inconclusive    neither; the sentence says what so many seeds could have found */
#ifndef LAB_VERDICT_H
#define LAB_VERDICT_H

#include "src/lab/results.h"
#include "src/stat/block.h"
#include "src/stat/mean.h"

enum verdict {
    VERDICT_NONE, /* no baseline was declared */
    VERDICT_BASELINE,
    VERDICT_BETTER,
    VERDICT_WORSE,
    VERDICT_EQUIVALENT,
    VERDICT_INCONCLUSIVE
};

const char *verdict_word(enum verdict v);

struct verdict_input {
    const char *metric;
    enum metric_goal goal;
    int arms, seeds, baseline;     /* baseline -1: none */
    const char *const *names;      /* [arms] */
    const double *value;           /* [arms][seeds]; read where the run is complete */
    const enum run_status *status; /* [arms][seeds] */
    double practical_delta, level; /* 0: none; 0: 0.95 */
    enum stat_block_method method;
};

struct arm_verdict {
    enum verdict verdict;
    struct stat_mean mean;     /* over the arm's complete runs */
    struct stat_contrast than; /* arm minus baseline */
    double wins;               /* of than.n pairs, ties as half */
    double sign_flip_p;        /* exact; at best 2^(1 - n) */
    int count[RUN_STATUS_COUNT];
    bool leading; /* the best mean, or not significantly worse than it */
    char sentence[640];
};

struct sweep_verdict {
    struct stat_block_fit fit;
    double level, detectable; /* the difference found with power 0.8; NaN without noise */
    char method[640];         /* how it was tested, as one would write it under a table */
    char warning[320];        /* "" or what to look at */
    int n_arms;
    struct arm_verdict *arms; /* [n_arms]; verdict_close */
};

/* E_MEMORY alone can fail. */
int verdict_open(struct sweep_verdict *v, const struct verdict_input *in, struct error *e);
void verdict_close(struct sweep_verdict *v);

#endif
