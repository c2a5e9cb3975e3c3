/* factorial.h -- main effects and interactions of a full grid of arms, with seeds as blocks.
 *
 * Every combination of the factors' levels is one arm and every arm has every seed, so effects are
 * orthogonal: the effect of a level is the mean of its arms minus the grand mean, an interaction
 * what two factors do beyond the sum of theirs. Noise is the residual of arm + seed, on
 * (arms - 1)(seeds - 1) degrees of freedom; F = (SS / df) / noise^2. Pure functions; any thread. */
#ifndef STAT_FACTORIAL_H
#define STAT_FACTORIAL_H

#include <stdbool.h>

#include "src/base/error.h"

struct stat_factorial {
    int arms, seeds, factors;
    const int *levels; /* [factors], how many each has */
    const int *level;  /* [arms][factors], 0 <= level < levels[factor] */
    const double *y;   /* [arms][seeds], no gaps */
};

/* Is every combination there exactly once? */
bool stat_is_full_grid(const struct stat_factorial *f);

/* sd of a run beside arm and seed, and its degrees of freedom; NaN with one seed. */
int stat_factorial_noise(const struct stat_factorial *f, double *noise, double *df,
                         struct error *e);

struct stat_effect {
    double df, f, p; /* of the factor or the pair; NaN without noise */
    double share;    /* of the arms' sum of squares about the grand mean, 0..1 */
};

/* effect[levels[factor]] and half-widths of one effect: level mean minus grand mean, t interval.
 * half may be the same for all levels, as every level has equally many arms. */
struct stat_effect stat_main_effect(const struct stat_factorial *f, int factor, double noise,
                                    double noise_df, double level, double *effect, double *half);

/* Two factors; effect[levels[a]][levels[b]] beyond both main effects. */
struct stat_effect stat_interaction(const struct stat_factorial *f, int a, int b, double noise,
                                    double noise_df, double *effect);

#endif
