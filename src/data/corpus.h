/* corpus.h -- inside src/data: the documents of many files, one block after the other.
 *
 * Files are .txt (a document each) or .jsonl (a document a line, in one field), either packed by
 * gzip or Zstandard; paths may be globs and folders (all such files below, in bytewise order of
 * their paths); "-" is standard input, lines of JSON if its first byte is {, else one text. Memory
 * is that of a block, or of the longest document. A block's raw documents are unpacked by any
 * number of threads at a time. */
#ifndef DATA_CORPUS_H
#define DATA_CORPUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/error.h"

struct corpus_document {
    size_t at, n; /* in the block: a text, or a line of JSON */
    int file, line;
    bool json;
    bool continues; /* a piece of a long text: the next document goes on with it */
};

struct corpus_block {
    int64_t n;
    struct corpus_document *document; /* [n] */
    unsigned char *bytes;
};

struct corpus;
/* E_USAGE for a path that gives no file. `field` may be NULL: "text". `cut`: long texts come in
 * pieces of a megabyte that begin with a space between two letters; otherwise whole. */
int corpus_open(struct corpus **c, int paths, const char *const *path, const char *field, bool cut,
                struct error *e);
void corpus_close(struct corpus *c);
int corpus_files(const struct corpus *c);
const char *corpus_file(const struct corpus *c, int file);
/* The next documents, about `bytes` of them; n is 0 at the end. The block is the corpus's own and
 * good until the next call. */
int corpus_next(struct corpus *c, size_t bytes, const struct corpus_block **b, struct error *e);
/* Bytes of the files read so far, and in all (0: not known, standard input). */
void corpus_progress(const struct corpus *c, double *done, double *total);

/* A thread's unpacked text. */
struct corpus_text {
    char *v;
    size_t n, capacity;
};
/* The text of a document into t->v[0..n). E_FORMAT with file, line and column. */
int corpus_text(const struct corpus *c, const struct corpus_block *b, int64_t i,
                struct corpus_text *t, struct error *e);

#endif
