/* buckets.h -- what curricula over power-of-two buckets share: options, counts, and the two ways of
 * putting the steps of a cycle in order.
 *
 * Every step trains one bucket: rows of 2^i tokens, from `min` to `max`. A stage is cut into
 * `cycles`; in each, bucket b gets its share of the steps (by largest remainder), so each cycle
 * holds the same mixture of lengths and a curriculum decides their order alone. With documents
 * decomposed into powers of two this is Dataset Decomposition (Pouransari et al. 2024,
 * arXiv:2405.13226); rows that are cut from one stream give the same order of lengths. */
#ifndef CURRICULUM_BUCKETS_H
#define CURRICULUM_BUCKETS_H

#include "src/data/length.h"

enum { BUCKETS = 24 };

struct buckets {
    int64_t min, max;
    int cycles;
    struct conf_reals shares;
};

#define BUCKETS_FIELDS                                                                             \
    CONF_SIZE(struct buckets, min, 256, 1, 1 << 24, "tokens of the shortest bucket"),              \
        CONF_SIZE(struct buckets, max, 8192, 1, 1 << 24,                                           \
                  "tokens of the longest bucket: min times a power of two"),                       \
        CONF_INT(struct buckets, cycles, 8, 1, 1 << 20,                                            \
                 "how often the stage sweeps all buckets; 1: once, short to long"),                \
        CONF_REALS(struct buckets, shares,                                                         \
                   "share of steps of each bucket, shortest first; default: equal")

int buckets_check(const char *name, const struct buckets *o, const struct length_clock *stage,
                  struct error *e);
void buckets_range(const void *opts, int64_t *least, int64_t *greatest);
int buckets_count(const struct buckets *o);

/* The cycle of a step: how many steps it has, which of them this is, how many each bucket gets. */
struct bucket_cycle {
    int64_t cycle, steps, index, of[BUCKETS];
    int n;
};
struct bucket_cycle buckets_cycle(const struct buckets *o, const struct length_clock *clock);

/* n into parts in proportion to weight, by largest remainder (ties to the earlier). */
void buckets_divide(int64_t n, int parts, const double *weight, int64_t *out);

/* Original rule: at each step a bucket is drawn with probability in proportion to its odds among
 * those that still have steps. Returns tokens. */
int64_t buckets_draw(const struct buckets *o, const struct length_clock *clock, const double *odds);

/* OLMo-core's rule: a cycle is cut into as many sub-cycles as there are buckets; bucket b spreads
 * its steps over them in proportion to odds(b, s), and a sub-cycle's steps are shuffled. Returns
 * tokens. */
int64_t buckets_spread(const struct buckets *o, const struct length_clock *clock,
                       double (*odds)(int b, int s, int n));
/* Row b of OLMo-core's linear odds: n - b, ..., n up to s = b, then n - 1 - b, ..., 1. */
double buckets_linear_odds(int b, int s, int n);

#endif
