/* dunnett.h -- many arms against one baseline.
 *
 * Dunnett (1955): T_1..T_k are the t statistics of k arms against one common baseline on df degrees
 * of freedom; any two of them have the correlation rho, 1/2 when every arm has as many runs as the
 * baseline. With Z, S independent, Z normal and S = chi_df / sqrt(df),
 *
 *   P(max |T_i| <= t) = E_S E_Z [Phi((sqrt(rho) Z + t S) / sqrt(1 - rho))
 *                              - Phi((sqrt(rho) Z - t S) / sqrt(1 - rho))]^k
 *
 * by fixed nodes (error below 1e-8). For unequal correlations the smallest is safe (Sidak 1968).
 * Arguments: t >= 0, k >= 1, 1 <= df < infinity, 0 <= rho < 1; others give NaN. Pure functions; any thread. */
#ifndef STAT_DUNNETT_H
#define STAT_DUNNETT_H

double stat_dunnett_cdf(double t, int k, double df, double rho);

/* Two-sided adjusted p of one of the k statistics. */
double stat_dunnett_p(double t, int k, double df, double rho);

/* t with stat_dunnett_cdf(t) = level. */
double stat_dunnett_critical(double level, int k, double df, double rho);

#endif
