/* clustered.h -- documents whose losses at several contexts depend on each other, as real ones do:
 * a level of the document's own, how much it gains from context, and noise at every context. */
#ifndef TESTS_STAT_CLUSTERED_H
#define TESTS_STAT_CLUSTERED_H

#include "src/stat/power_law.h"
#include "tests/testing.h"

enum { CONTEXTS = 8, MOST_DOCUMENTS = 400, MOST_SEEDS = 5 };

struct clustered {
    double c[CONTEXTS], sum[MOST_SEEDS * MOST_DOCUMENTS * CONTEXTS],
        count[MOST_DOCUMENTS * CONTEXTS];
};

/* beta 0.45, gamma 1.56, alpha 25.4; contexts 64 ... 8192. */
static inline struct power_law_documents cluster(struct clustered *x, struct rng *r, int documents,
                                                 int seeds)
{
    for (int j = 0; j < CONTEXTS; j++) x->c[j] = ldexp(1, 6 + j);
    for (int d = 0; d < documents; d++) {
        const double level = 0.3 * rng_normal(r), gain = exp(0.3 * rng_normal(r) - 0.045),
                     tokens = 200 + (double)rng_below(r, 400);
        for (int j = 0; j < CONTEXTS; j++) {
            const double noise = 0.02 * rng_normal(r);
            const double loss = gain * pow(25.4 / x->c[j], 0.45) + 1.56 + level + noise;
            x->count[d * CONTEXTS + j] = tokens;
            for (int s = 0; s < seeds; s++)
                x->sum[(s * documents + d) * CONTEXTS + j] =
                    tokens * (loss + (seeds > 1 ? 0.005 * rng_normal(r) : 0));
        }
    }
    return (struct power_law_documents){CONTEXTS, documents, seeds, x->c, x->sum, x->count};
}

#endif
