/* power.h -- what so many seeds can detect.
 *
 * A shift is the true effect over the standard error of its estimate (the non-centrality of t).
 * Power counts rejections on both sides: P(|T'| > critical). Pure functions; any thread. */
#ifndef STAT_POWER_H
#define STAT_POWER_H

/* P(|Z + shift| > critical S), Z normal, S = chi_df / sqrt(df). */
double stat_power(double shift, double df, double critical);

/* The smallest shift that is detected with probability `power`. */
double stat_detectable_shift(double power, double df, double critical);

/* Paired t-test with n pairs: the smallest true mean difference, in standard deviations of the
 * differences, found with probability `power` by a test at alpha. NaN for n < 2. */
double stat_detectable_paired(int n, double alpha, double power);

/* The same of one arm of k against a baseline in a block design with n seeds (Dunnett), in standard
 * deviations of the residual noise of a run. */
double stat_detectable_block(int k, int n, double alpha, double power);

/* The fewest seeds, at most `most`, that detect `effect` (same unit) in the block design; 0: more
 * than `most`. */
int stat_seeds_needed(double effect, int k, double alpha, double power, int most);

/* Pairs needed to find P(A > B) = gamma (Noether 1987; Bouthillier et al. 2021, arXiv 2103.03098):
 * ((z_{1-alpha} + z_{power}) / (sqrt(6) (1/2 - gamma)))^2, not rounded. */
double stat_noether_pairs(double gamma, double alpha, double power);

#endif
