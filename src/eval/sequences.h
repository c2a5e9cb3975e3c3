/* sequences.h -- whole sequences for probes: pieces of held-out documents, and random blocks said
 * again and again. The same for every model with the same tokens. */
#ifndef EVAL_SEQUENCES_H
#define EVAL_SEQUENCES_H

#include "src/eval/task.h"

/* Up to `count` pieces of `length` tokens, each of one document of the source: token [count][length],
 * *n how many. length at least CHUNK_TOKENS. Too short documents: *n is 0. */
int sequences_text(const struct eval_at *at, int source, int length, int count, int32_t *token,
                   int *n, struct error *e);
/* Repetitions of a block of min(length / 2, vocab) different tokens until `length`; each of the count
 * sequences has a block of its own. Returns the length of the block. */
int sequences_repeated(uint64_t seed, int vocab, int length, int count, int32_t *token);

#endif
