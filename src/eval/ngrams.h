/* ngrams.h -- which tokens complete an n-gram that their sequence has said before. */
#ifndef EVAL_NGRAMS_H
#define EVAL_NGRAMS_H

#include "src/data/data.h"

/* gap[count * length]: of each token of token[count][length], tokens since the n-gram that ends with
 * it last ended in the same sequence; 0 if it did not, or if the first train_tokens tokens of the
 * source's training split hold it more than `rare` times. n-grams are told apart by 64-bit hashes. */
int ngram_gaps(struct data *d, int source, int n, int rare, int64_t train_tokens,
               const int32_t *token, int count, int length, int32_t *gap, struct error *e);

#endif
