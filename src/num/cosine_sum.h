/* cosine_sum.h -- what a rotary encoding makes of equal keys at distance m.
 *
 *   B(m) = sum_i cos(m theta_i)
 *
 * For independent components of mean mu and variance s^2, a key k* = q + noise and a random key k:
 * E[q R_m k*] - E[q R_m k] = 2 s^2 B(m) (Men et al. 2024, arXiv:2405.14591). Where B(m) < 0, the
 * model prefers a random key to a similar one; a base is sound for a length L if B(m) >= 0 for all
 * m < L. Pure functions, double; no allocation. */
#ifndef NUM_COSINE_SUM_H
#define NUM_COSINE_SUM_H

#include <stdint.h>

enum { COSINE_PAIRS = 1024 };

double cosine_sum(const double *inv_freq, int pairs, double m);

/* B(0) ... B(n - 1) into out, by rotation with an exact restart every 64 steps (error below
 * 1e-12). */
void cosine_sums(const double *inv_freq, int pairs, int64_t n, double *out);

/* The first m in [0, limit) with B(m) < 0; limit if there is none. pairs <= COSINE_PAIRS. */
int64_t cosine_sum_first_negative(const double *inv_freq, int pairs, int64_t limit);

/* The smallest base b whose B(m) >= 0 for all m < length, theta_i = b^(-2i/head_dim): a scan from 2
 * by steps of `step` (0.0005: half a per mille), its first pass refined by bisection. The sound
 * bases are no interval; *largest_failing (may be NULL) is the largest base of the grid that fails.
 * Infinite if no base up to max_base passes. head_dim even, <= 2 * COSINE_PAIRS. Parallel inside.
 */
double cosine_sum_base_bound(int head_dim, int64_t length, double step, double max_base,
                             double *largest_failing);

#endif
