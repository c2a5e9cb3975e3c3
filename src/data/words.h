/* words.h -- inside src/data: documents as words, whatever they are stored as.
 *
 * A word is a run of letters, digits and bytes beyond ASCII; letters of ASCII count as small ones. */
#ifndef DATA_WORDS_H
#define DATA_WORDS_H

#include "src/data/data.h"

enum { WORDS_MAX = 64 };

/* Call take(context, word) for every n words in a row of document k of a split, word [n] their
 * hashes. */
int words_read(struct data *d, int source, enum split split, int64_t k, int n,
               void (*take)(void *context, const uint64_t *word), void *context, struct error *e);
/* One hash of n words, never 0. */
uint64_t words_hash(const uint64_t *word, int n);

#endif
