/* prepare.h -- text becomes shards of tokens, once for many runs.
 *
 * Streaming: memory is that of a block of text (16 MiB) and its tokens, or of the longest document
 * of .jsonl; a long .txt is encoded in pieces. Documents are encoded on all threads and written in
 * the order of the input, so the bytes of the shards do not depend on the number of threads. A
 * shard ends with the document that reaches its size. Each finished shard is recorded in
 * manifest.json: after a kill the same command reads the input again up to there, holds it against
 * a hash of what was read, and goes on. */
#ifndef DATA_PREPARE_H
#define DATA_PREPARE_H

#include "src/data/shard.h"

struct prepare_options {
    const char *out; /* folder */
    int paths;
    const char *const *path; /* see corpus.h */
    const char *field;       /* of .jsonl; NULL: "text" */
    const char *tokenizer;   /* NULL: bytes */
    int64_t shard_tokens;    /* a shard that has reached this is closed */
    int64_t block;           /* bytes of text at a time; 0: 16 MiB. Decides no byte of a shard */
    bool fresh;              /* throw away what is there */
    bool skip_broken;        /* count lines that cannot be read, instead of stopping */
    void (*progress)(void *data, double done, double total); /* bytes of files; or NULL */
    void (*note)(void *data, const char *text);              /* or NULL */
    void *data;
};

/* E_FORMAT, with file and line, for text that cannot be read; E_USAGE for a folder that holds
 * another preparation. *m is what manifest.json says; the caller closes it. */
int prepare_run(const struct prepare_options *o, struct manifest *m, struct error *e);

#endif
