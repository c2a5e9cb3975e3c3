/* multiple.h -- many tests at once.
 *
 * m counts the p-values that are numbers; a NaN (no test was possible) stays NaN. out may be p.
 * O(m^2), which is nothing for the arms of a sweep. Pure functions; any thread. */
#ifndef STAT_MULTIPLE_H
#define STAT_MULTIPLE_H

/* Holm (1979), any dependence, family-wise error: the i-th smallest p becomes
 * max over j <= i of min(1, (m - j + 1) p_j). */
void stat_holm(const double *p, int n, double *out);

/* Benjamini and Hochberg (1995), false discovery rate, for exploration:
 * min over j >= i of min(1, m p_j / j). */
void stat_benjamini_hochberg(const double *p, int n, double *out);

#endif
