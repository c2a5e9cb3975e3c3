/* quantile.h -- from a number in (0, 1) to a draw, and points that fill a cube evenly.
 *
 * A draw by quantile is a function of the number alone, so that point i of a random search does not
 * depend on the points before it. Pure functions; any thread. */
#ifndef STAT_QUANTILE_H
#define STAT_QUANTILE_H

double quantile_normal(double u);                   /* mean 0, deviation 1 */
double quantile_beta(double u, double a, double b); /* a, b > 0 */

enum { SOBOL_DIMENSIONS = 40 };

/* Point i (from 0) of the Sobol sequence (Sobol 1967; direction numbers of Bratley and Fox 1988) in
 * the open unit cube. dimensions <= SOBOL_DIMENSIONS. */
void quantile_sobol(int i, int dimensions, double *u);

#endif
