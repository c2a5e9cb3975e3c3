/* contrast.h -- a claim about the arms of a sweep, and what the seeds say to it.
 *
 * A contrast is a signed sum of arms, "switch20 - constant" or "0.5 a + 0.5 b - c" (signs stand
 * between blanks; a number before a name is its weight); the metric is such a sum of columns
 * (column.h). It is computed seed by seed, over the seeds in which every arm of it is complete, less
 * `than`; the interval is Student's t over seeds. A claim says where the contrast should lie:
 *
 *   below, above          agrees: the interval lies on that side of 0; disagrees: on the other
 *   not_above, not_below  agrees: the one-sided interval ends before the margin; disagrees: the
 *                         interval lies on the wrong side of 0
 *   equal                 disagrees: the interval leaves 0 out
 *
 * In all of them `equivalent` comes first: two one-sided tests put the contrast within the margin
 * (Schuirmann 1987), so that a real difference too small to matter is none. Else: undecided; so is
 * every claim about an arm that diverged in some seed, which the surviving seeds say nothing of.
 * `family`: how many claims share the error; each gets (1 - level) / family (Bonferroni). */
#ifndef LAB_CONTRAST_H
#define LAB_CONTRAST_H

#include "src/lab/results.h"

/* X-macro: enumerator, word. */
#define CLAIM_EXPECTS(X)                                                                           \
    X(BELOW, "below")                                                                              \
    X(ABOVE, "above")                                                                              \
    X(NOT_ABOVE, "not_above")                                                                      \
    X(NOT_BELOW, "not_below")                                                                      \
    X(EQUAL, "equal")

enum claim_expect {
#define X(name, word) EXPECT_##name,
    CLAIM_EXPECTS(X)
#undef X
        EXPECT_COUNT
};

enum claim_verdict { CLAIM_UNDECIDED, CLAIM_AGREES, CLAIM_DISAGREES, CLAIM_EQUIVALENT };

/* EXPECT_COUNT: no such word. */
enum claim_expect claim_expect_of(const char *word);
const char *claim_verdict_word(enum claim_verdict v);

struct contrast_claim {
    const char *contrast, *metric;
    enum claim_expect expect;
    double than;
    double margin; /* differences below it do not matter; 0: none, nothing is equivalent */
    double level;  /* of the two-sided interval, before `family` */
    int family;
};

struct contrast_answer {
    int n, missing;         /* seeds that count, and that lack an arm or its value */
    int diverged;           /* seeds of `missing` in which an arm diverged */
    double mean, low, high; /* at the corrected level; NaN bounds: fewer than two seeds */
    enum claim_verdict verdict;
};

/* E_USAGE: an arm or a column that is not there, with the nearest name. */
int contrast_answer(struct contrast_answer *a, const struct lab_results *r,
                    const struct contrast_claim *claim, struct error *e);

/* The decision alone, from values of one contrast, less `than` already. */
enum claim_verdict claim_decide(const double *x, int n, const struct contrast_claim *claim,
                                double *mean, double *low, double *high);

#endif
