/* source.h -- inside src/data: a numbered set of documents, each a text that is read in order.
 *
 * A document is a sequence of bytes (text files, generated records) or of tokens (encoded text,
 * shards); what the splits and streams do with it knows nothing of where it comes from.
 * Threading: a source is read only once opened; every reader belongs to one thread. */
#ifndef DATA_SOURCE_H
#define DATA_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/error.h"
#include "src/base/file.h"
#include "src/data/data.h"

/* A range of a document that belongs to one split. */
struct part {
    int64_t document, begin, end; /* bytes, or tokens of a source that holds tokens */
    int64_t first; /* tokens of the split before it, in the fixed order of evaluation */
    bool ends;     /* reaches the document's end: an end-of-document token follows */
};

struct part_list {
    int64_t n, tokens;
    struct part *v;
};

/* Where reading stands in a document. */
struct reader {
    int64_t document, offset; /* the next byte of the document's text */
    size_t raw;               /* the same place in the file, at a whole escape sequence */
    int skip;                 /* bytes of that sequence already read */
    unsigned char *scratch;   /* the type's scratch bytes */
};

struct source {
    const struct source_type *type;
    char name[256];
    double weight;
    int64_t documents; /* that are not empty */
    int64_t empty;     /* that were left out because they hold no text */
    /* [256] which bytes are targets (NULL: all, and the end of a document): generated records score
     * what has a known best loss. */
    const bool *scored;
    bool symbols;      /* bytes are symbols, not text: each is the token of its byte */
    bool end_unscored; /* the end of a document is no target */
    void *self;
    struct part_list split[SPLITS];
};

/* A source holds bytes, which are read with seek and read, or tokens; a length, an offset and a part
 * count the one or the other. */
struct source_type {
    void (*close)(void *self);
    int64_t (*length)(const void *self, int64_t document); /* at least 1 */
    uint64_t (*hash)(const void *self, int64_t document);  /* of the content */
    size_t scratch;                                        /* bytes that a reader needs */
    void (*seek)(const void *self, struct reader *r);      /* document and offset are set */
    void (*read)(const void *self, struct reader *r, unsigned char *out, size_t n);
    /* NULL: the source holds bytes. Tokens [at, at + n) of a document, some with TOKEN_UNSCORED;
     * any thread may ask. */
    void (*tokens)(const void *self, int64_t document, int64_t at, int64_t n, int32_t *out);
    /* Of the document that r was last sought in: for each byte whether it is no target. NULL, or
     * absent: see struct source.scored. */
    const unsigned char *(*unscored)(const void *self, const struct reader *r);
    void (*fingerprint)(const void *self, struct sha256 *h);
    /* Best possible loss of token `at` of a document for who sees `visible` tokens before it; NaN: no
     * target. `memory`: best_memory(self) bytes, zeroed at first, of one caller. NULL: not known. */
    size_t (*best_memory)(const void *self);
    double (*best_loss)(const void *self, void *memory, int64_t document, int64_t at,
                        int64_t visible);
};

/* Fill s->type, self, documents, empty, scored. */
int source_open_text(struct source *s, const struct source_config *c, struct error *e);
int source_open_generated(struct source *s, const struct source_config *c, uint64_t seed,
                          struct error *e);

int source_open_task(struct source *s, const struct source_config *c, uint64_t seed,
                     struct error *e);
int source_open_tuning(struct source *s, const struct source_config *c, uint64_t seed,
                       struct error *e);

/* Prepared corpora (folders with manifest.json), and shards of other programs (.bin, .npy): sources
 * of tokens. E_USAGE if they were made with another tokenizer. */
struct tokenizer;
int source_open_shards(struct source *s, const struct source_config *c, const struct tokenizer *t,
                       struct error *e);
int source_open_foreign(struct source *s, const struct source_config *c, const struct tokenizer *t,
                        struct error *e);
bool source_is_foreign(const char *path);

/* Turn an open source of bytes into one of tokens, kept in memory. */
int source_tokenize(struct source *s, const struct tokenizer *t, struct error *e);

int reader_open(struct reader *r, const struct source *s, struct error *e);
void reader_close(struct reader *r);
void reader_seek(struct reader *r, const struct source *s, int64_t document, int64_t offset);
void reader_read(struct reader *r, const struct source *s, unsigned char *out, size_t n);

/* Mean of the best losses over all targets of the parts for who sees `context` tokens before each;
 * NaN: not known. */
double source_best_loss(const struct source *s, const struct part_list *parts, int context);

/* Fill s->split. Shares are of documents, ranked by the hash of their content, so that equal
 * documents stay in one split; of a source with fewer than SPLIT_DOCUMENTS, end pieces of each
 * document: train, dev, test in this order. */
enum { SPLIT_DOCUMENTS = 20 };
int source_split(struct source *s, double dev_fraction, double test_fraction, struct error *e);
/* Cut the parts that train into pieces of `piece` tokens (bytes of a source that holds bytes,
 * within a UTF-8 character only where a piece is shorter than it): the same text without what is
 * farther away. Held-out text stays whole. */
int source_cut(struct source *s, int64_t piece, struct error *e);

#endif
