/* chunks.h -- which held-out tokens are scored where only a sample can be: runs of CHUNK_TOKENS
 * tokens, each with at least `context` tokens of its document before it.
 *
 * With CHUNK_DOCUMENTS long enough documents or more, a cluster is a document; with fewer, blocks of
 * CHUNK_BLOCK tokens with gaps between them. The sample is the same for every model and every
 * context up to `context`. */
#ifndef EVAL_CHUNKS_H
#define EVAL_CHUNKS_H

#include "src/data/data.h"

enum { CHUNK_TOKENS = 64, CHUNK_DOCUMENTS = 20, CHUNK_BLOCK = 8192, CHUNK_GAP = 1024 };

struct chunk {
    int64_t document, at; /* of the split; first token that is scored */
    int cluster;
};

struct chunks {
    int n, clusters;
    int64_t documents; /* that are long enough */
    bool blocks;       /* clusters are blocks */
    struct chunk *v;
};

/* `count` chunks of a source, spread evenly over its clusters; n 0: no document is long enough. */
int chunks_open(struct chunks *c, const struct data *d, int source, enum split split, int context,
                int count, uint64_t seed, struct error *e);
void chunks_close(struct chunks *c);
/* Tokens of the longest document of a source. */
int64_t chunks_longest(const struct data *d, int source, enum split split);

#endif
