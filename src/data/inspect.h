/* inspect.h -- what is in a corpus: counts, lengths, and how far apart its tokens stand.
 *
 * Two tokens of a document are a pair; a model learns from a distance only as often as pairs are
 * that far apart. Share of pairs farther than d, of documents of n tokens each:
 *   sum over documents of (n - d)(n - d - 1) / sum of n (n - 1),   terms of n > d alone. */
#ifndef DATA_INSPECT_H
#define DATA_INSPECT_H

#include "src/data/data.h"
#include "src/data/shard.h"

struct inspection {
    int64_t documents, empty, tokens; /* ends of documents not counted */
    int64_t shortest, median, longest;
    double bytes;
    int64_t class_documents[LENGTH_CLASSES], class_tokens[LENGTH_CLASSES]; /* [2^k, 2^(k+1)) */
    double beyond[LENGTH_CLASSES]; /* share of pairs farther than 2^k; NaN: there are no pairs */
};

/* Of one source, all splits together. */
int inspect_source(struct data *d, int source, struct inspection *out, struct error *e);

/* The text of some document, chosen by `number`, up to `most` bytes, into out; returns how many. */
size_t inspect_sample(struct data *d, int source, int64_t number, char *out, size_t most,
                      int64_t *document);

/* Hold the files of a prepared folder against the hashes of its manifest. E_FORMAT names the first
 * that differs. */
int inspect_verify(const char *folder, struct error *e);

#endif
