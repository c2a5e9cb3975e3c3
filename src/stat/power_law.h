/* power_law.h -- loss against context: L(c) = (alpha / c)^beta + gamma.
 *
 * The form of Xiong et al. 2023 (arXiv 2309.16039, section 3.1). Fitted as A exp(-beta u) + gamma,
 * u = ln c - mean ln c: A, the reducible loss at the geometric-mean context, is well determined
 * where alpha = c_mean A^(1/beta) hardly is. For a fixed beta the model is linear in A and gamma
 * (variable projection, Golub and Pereyra 1973), so the search is over beta alone, in
 * [STAT_BETA_LEAST, STAT_BETA_MOST], needs no starting point and cannot fail. A and gamma are held
 * at 0 or above.
 *
 * Intervals: by profile where the points are independent; where all contexts were measured on the
 * same documents their errors are dependent, profiles for gamma cover 20 to 30 % instead of 95 %, and
 * documents (and seeds) must be resampled: power_law_bootstrap. Deterministic; any thread. */
#ifndef STAT_POWER_LAW_H
#define STAT_POWER_LAW_H

#include <stdbool.h>

#include "src/base/error.h"
#include "src/stat/bootstrap.h"

#define STAT_BETA_LEAST 0.003
#define STAT_BETA_MOST 4.0

struct power_law_points {
    int n;
    const double *c, *loss; /* [n]: contexts > 0 in any order, repeats allowed; nats per token */
    const double *weight;   /* [n], > 0, inverse variances up to a factor; NULL: all 1 */
};

struct power_law {
    int n;
    double a, beta, gamma;
    double center;      /* mean of ln c */
    double sse;         /* weighted sum of squared residuals */
    bool gamma_at_zero; /* held at its bound: the data do not show an irreducible part */
    bool beta_at_edge;  /* held at an end of the search: no power law in this range */
};

/* E_USAGE: fewer than five distinct contexts, a range below a factor of four, values that are not
 * finite or not positive. */
int power_law_fit(const struct power_law_points *p, struct power_law *out, struct error *e);

/* Robust: minimises the sum of Huber's function of ln L(c) - ln loss (Hoffmann et al. 2022, arXiv
 * 2203.15556, approach 3), by reweighting from the fit above. delta > 0 is the threshold (1e-3
 * there); 0 takes 1.345 * 1.4826 * the median absolute residual. Weights must be NULL; losses > 0. */
int power_law_fit_huber(const struct power_law_points *p, double delta, struct power_law *out,
                        struct error *e);

double power_law_at(const struct power_law *f, double c);
double power_law_alpha(const struct power_law *f);

enum power_law_parameter { POWER_LAW_A, POWER_LAW_BETA, POWER_LAW_GAMMA };

/* Profile-likelihood interval for independent points:
 * { v : SSE(v) <= SSE (1 + F_{1, n-3}(level) / (n - 3)) }.
 * An open end is 0 or INFINITY. The fit must come from power_law_fit on the same points. */
int power_law_profile(const struct power_law_points *p, const struct power_law *f,
                      enum power_law_parameter which, double level, struct stat_interval *out,
                      struct error *e);

/* Losses of S seeds on D documents at C contexts, as sums over tokens. */
struct power_law_documents {
    int contexts, documents, seeds;
    const double *c;     /* [C] */
    const double *sum;   /* [S][D][C] loss summed over the scored tokens */
    const double *count; /* [D][C] how many those are; 0: not scored at this context */
};

struct power_law_intervals {
    struct power_law fit; /* to all documents and seeds */
    struct stat_interval a, beta, gamma, alpha;
};

/* Percentile intervals from `replicates` (1000 or more) resamples of documents, and of seeds if
 * there are several, each refitted. */
int power_law_bootstrap(const struct power_law_documents *d, int replicates, uint64_t seed,
                        double level, struct power_law_intervals *out, struct error *e);

/* Is there a power law at all? AICc (Hurvich and Tsai 1989; the noise counts as a parameter) of a
 * constant, of gamma = 0, and of the full form: the smallest describes the points best; INFINITY
 * with too few points. extrapolation: the fit without the largest context, there, minus the loss. */
struct power_law_models {
    double constant, pure, full;
    double extrapolation; /* NaN if the rest is too little to fit */
};
int power_law_compare(const struct power_law_points *p, struct power_law_models *out,
                      struct error *e);

#endif
