/* rng.h -- named random streams.
 *
 * Every purpose has a stream of its own, derived from (seed, name): "init/model.norm.weight",
 * "mix", "documents", "position", "sample" ... A variant that draws more or less from its stream
 * disturbs no other stream, which is what makes the arms of an ablation paired. The generator is
 * xoshiro256++ (Blackman and Vigna 2019, arXiv 1805.01407), seeded by splitmix64 over the seed and
 * the FNV-1a hash of the name; its state is four words that a checkpoint stores as they are.
 *
 * Threading: a stream belongs to one thread at a time. */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

#include "src/base/real.h"

struct rng {
    uint64_t s[4];
};

struct rng rng_open(uint64_t seed, const char *name);

uint64_t rng_u64(struct rng *r);
/* Uniform in [0, 1), 53 bits. */
double rng_uniform(struct rng *r);
/* Unbiased in [0, n), n >= 1. */
uint64_t rng_below(struct rng *r, uint64_t n);
/* Standard normal (polar method, the second value is thrown away so that the state stays four
 * words). */
double rng_normal(struct rng *r);
/* Fill with mean + deviation * normal, in index order. */
void rng_fill_normal(struct rng *r, real *x, size_t n, double mean, double deviation);

/* Stateless keyed hash of a value: the same for the same (seed, name, value) anywhere. */
uint64_t rng_hash(uint64_t seed, const char *name, uint64_t value);
/* Keyed permutation of [0, n) (cycle-walking Feistel): where index i goes. Stateless, O(1) memory.
 * */
uint64_t rng_permute(uint64_t seed, const char *name, uint64_t i, uint64_t n);

#endif
