/* exact.h -- tests without a distribution, for pairs with the same seed.
 *
 * Exact tests cannot reach 0.05 with five seeds or fewer: the smallest two-sided p that n signs can
 * give is 2^(1-n). Say so rather than "not significant". Pure functions; any thread. */
#ifndef STAT_EXACT_H
#define STAT_EXACT_H

enum { STAT_EXACT_MOST = 24 };

/* Sign-flip (randomisation) test of differences d[n]: the share of the 2^n sign patterns whose
 * |sum| is at least that of the data. NaN for n < 1 or n > STAT_EXACT_MOST (16 million patterns,
 * where the t-test serves). O(2^n). */
double stat_sign_flip_p(const double *d, int n);

/* 2^(1-n): what the test above can reach at best. */
double stat_sign_flip_least(int n);

/* Two-sided binomial p of `wins` in n fair trials. */
double stat_sign_p(int wins, int n);

/* Wins of x over y, ties as half: how often x[i] < y[i] (sign -1: smaller wins) or > (+1). */
double stat_wins(const double *x, const double *y, int n, int sign);

#endif
