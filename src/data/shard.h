/* shard.h -- inside src/data: shards of tokens with an index of their documents.
 *
 * A shard is a file as llm.c reads it (256 int32 of header: 20240520, 1, tokens for 16-bit tokens;
 * 20240801, 7, tokens for 32-bit ones; then the tokens, little-endian), every document followed by
 * the end of a document. Beside it lies an index:
 *   "RWDOCIDX", u64 version 1, documents, tokens, bytes of text, three words of 0;
 *   for each document u64 end (tokens of the shard up to and with its end), u64 bytes of its text,
 *   u64 hash of its text (content_hash.h).
 * Threading: an open shard is read only. */
#ifndef DATA_SHARD_H
#define DATA_SHARD_H

#include "src/base/file.h"
#include "src/data/token_list.h"

enum {
    SHARD_HEADER = 1024, /* bytes */
    SHARD_INDEX_HEADER = 64,
    SHARD_TOKENS_MAX = 0x7FFFFFFF, /* the header's count is an int32 */
};

struct shard_document {
    uint64_t end, bytes, hash;
};

/* What the manifest says of a shard. */
struct shard_entry {
    char file[64], index[64]; /* names in the folder */
    int64_t documents, tokens, bytes;
    char sha256[65], index_sha256[65];
};

/* ---- writing: shard_write.c ---- */

struct shard_writer {
    struct file_out tokens;
    struct shard_document *document;
    size_t capacity;
    int64_t documents, count, bytes; /* tokens with ends of documents; bytes of text */
    int width;
};

int shard_writer_open(struct shard_writer *w, const char *folder, int number, int width,
                      struct error *e);
/* Some tokens of the document that is being written. E_USAGE beyond SHARD_TOKENS_MAX. */
int shard_writer_tokens(struct shard_writer *w, const struct token_list *tokens, struct error *e);
/* End it. */
int shard_writer_end(struct shard_writer *w, int32_t end_of_document, int64_t bytes, uint64_t hash,
                     struct error *e);
/* Write header and index, put both files in place, and say what they are. */
int shard_writer_commit(struct shard_writer *w, const char *folder, int number,
                        struct shard_entry *entry, struct error *e);
void shard_writer_abort(struct shard_writer *w);

/* ---- reading: shard.c ---- */

struct shard {
    struct file_map tokens, index;
    int width;
    int64_t documents, count;
    const void *token;                     /* [count] */
    const struct shard_document *document; /* [documents] */
};

/* E_FORMAT for a file that is not what its header says, or an index that does not fit: sizes,
 * ascending ends, an end of a document where each ends, ids below vocab_size. */
int shard_open(struct shard *s, const char *folder, const struct shard_entry *entry, int vocab_size,
               int32_t end_of_document, struct error *e);
void shard_close(struct shard *s);
/* First token of a document. */
static inline int64_t shard_begin(const struct shard *s, int64_t document)
{
    return document ? (int64_t)s->document[document - 1].end : 0;
}

/* The largest of n tokens, as unsigned. */
uint32_t tokens_largest(const void *v, int width, size_t n);

/* ---- manifest.json: manifest.c ---- */

enum { LENGTH_CLASSES = 40 }; /* documents of [2^k, 2^(k+1)) tokens, the end not counted */

struct manifest {
    char tokenizer[512], tokenizer_sha256[65]; /* its name, its fingerprint */
    int64_t vocab_size, end_of_document;
    char settings[65], content[33]; /* hashes: of all that decides the output; of what was read */
    bool complete;
    int64_t documents, tokens, bytes;              /* of all shards */
    int64_t consumed, empty, broken, invalid_utf8; /* documents of the input; see prepare.h */
    int64_t class_documents[LENGTH_CLASSES], class_tokens[LENGTH_CLASSES];
    int shards;
    struct shard_entry *shard;
};

int manifest_read(struct manifest *m, const char *folder, struct error *e);
int manifest_write(const struct manifest *m, const char *folder, struct error *e);
int manifest_add(struct manifest *m, const struct shard_entry *entry, struct error *e);
void manifest_close(struct manifest *m);
bool manifest_exists(const char *folder);
int length_class(int64_t tokens);

#endif
