/* mean.h -- means, differences, and how far they may be off.
 *
 * With the three to ten seeds of an ablation the right interval for a mean is Student's t; a
 * percentile bootstrap of three values covers 73 % where it says 95 %. Levels are two-sided, 0.95
 * for 95 %; half is the half-width of the interval at that level. Where there is no interval (one
 * value, or no spread at all) half, sd and p are NaN, never 0. Pure functions; any thread. */
#ifndef STAT_MEAN_H
#define STAT_MEAN_H

struct stat_mean {
    int n;
    double mean, sd, half; /* sd with n - 1 */
};

/* Of x[n]; n 0 gives a NaN mean. */
struct stat_mean stat_mean(const double *x, int n, double level);

/* x - y: estimate, standard error, degrees of freedom, two-sided p. */
struct stat_difference {
    int n; /* pairs, or the smaller sample */
    double delta, se, df, t, p, half;
};

/* From an estimate and its standard error on df degrees of freedom (INFINITY: normal). */
struct stat_difference stat_difference(double delta, double se, double df, double level);

/* Pairs x[i] - y[i], same seed: the paired t-test. */
struct stat_difference stat_paired(const double *x, const double *y, int n, double level);

/* Samples with other seeds: Welch's test, its degrees of freedom by Satterthwaite. */
struct stat_difference stat_welch(const double *x, int nx, const double *y, int ny, double level);

/* Effect size of pairs, mean over standard deviation, with Hedges' small-sample factor
 * 1 - 3 / (4 df - 1). */
double stat_effect_size(const struct stat_difference *paired);

/* Pearson's correlation; NaN without spread. Pairing pays when it is above
 * stat_pairing_threshold(n): 1 - (t_{2n-2} / t_{n-1})^2, both at the level. */
double stat_correlation(const double *x, const double *y, int n);
double stat_pairing_threshold(int n, double level);
/* Spearman's: Pearson's of the ranks, equal values sharing the mean of theirs. n at most
 * STAT_RANKS; NaN above, and without spread. */
enum { STAT_RANKS = 4096 };
double stat_rank_correlation(const double *x, const double *y, int n);

/* Two one-sided tests (Schuirmann 1987): the larger p of delta <= -margin and delta >= margin.
 * Below alpha: equivalent within the margin, which is the same as the 1 - 2 alpha interval lying
 * inside (-margin, margin). margin <= 0 or no standard error: NaN. */
double stat_equivalence_p(double delta, double se, double df, double margin);

/* Ratio of positive pairs x[i] / y[i]: geometric mean and an interval, by t on logarithms. */
struct stat_ratio {
    double ratio, low, high;
};
struct stat_ratio stat_ratio(const double *x, const double *y, int n, double level);

/* Critical value and two-sided p of Student's t (df INFINITY: normal). */
double stat_t_critical(double level, double df);
double stat_t_p(double t, double df);

/* Degrees of freedom of a + b, two independent squared errors on df_a and df_b of them
 * (Satterthwaite 1946). */
double stat_satterthwaite(double a, double df_a, double b, double df_b);

#endif
