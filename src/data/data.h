/* data.h -- sources of documents as token streams, split into train, dev and test.
 *
 * A source is text files (a glob; each file is a document), .jsonl (field `text`, each line a
 * document), or a generator. Files are memory-mapped and tokenised where they are read, never
 * loaded whole. Splits: by keyed hash of documents; of a source with fewer than 20 documents,
 * separate end pieces of each document. Order of documents within an epoch: a stateless keyed
 * permutation of (seed, source, epoch), independent of threads, batch size and length. Every
 * document comes once per epoch.
 *
 * Threading: one caller. */
#ifndef DATA_DATA_H
#define DATA_DATA_H

#include <stdint.h>

#include "src/base/conf.h"
#include "src/base/error.h"
#include "src/data/length.h"
#include "src/data/mixer.h"
#include "src/num/batch.h"

enum split { SPLIT_TRAIN, SPLIT_DEV, SPLIT_TEST, SPLITS };

struct source_config {
    const char *name;         /* default: the path's last part, or the generator's name */
    struct conf_strings path; /* files or globs: .txt (a document each) or .jsonl (one a line) */
    const char *field;        /* of .jsonl; default "text" */
    const char *generate;     /* "copy_lag" or "keyed_records", instead of a path */
    int64_t tokens;           /* how much to generate */
    double weight;
};

enum packing { PACK_CONCAT };

struct packing_config {
    int type;             /* PACK_CONCAT */
    bool document_mask;   /* no attention across documents */
    bool reset_positions; /* position ids restart at each document */
};

struct data_config {
    /* of struct source_config; none: the default data, half copy_lag and half keyed_records */
    struct conf_list sources;
    const char *tokenizer; /* "bytes" (the default) */
    struct conf_variant mixer;
    struct packing_config packing;
    double dev_fraction, test_fraction; /* of documents (or of each long document) */
};

extern const struct conf_schema data_schema;

struct data;

/* Open all sources, index their documents, split them. Errors name file and line (of .jsonl). */
int data_open(struct data **d, const struct data_config *c, uint64_t seed, struct error *e);
void data_close(struct data *d);
int data_vocab_size(const struct data *d); /* bytes: 257 = 256 bytes + end of document */
int data_sources(const struct data *d, const struct mixer_source **sources);
/* Tokens of a source in a split. */
int64_t data_tokens(const struct data *d, int source, enum split split);
/* SHA-256 (hex) over tokenizer, paths' contents and generator parameters: part of a run's identity.
 * */
const char *data_fingerprint(const struct data *d);
/* Bytes of text per token of a source (1 for bytes): turns nats per token into bits per byte. */
double data_bytes_per_token(const struct data *d, int source, enum split split);
/* Token ids <-> text. encode: malloc'ed ids, caller frees. decode: bytes of one id into out
 * (returns how many, at most 512). */
int data_encode(const struct data *d, const char *text, size_t n, int32_t **ids, size_t *n_ids,
                struct error *e);
int data_decode(const struct data *d, int32_t id, char *out);

/* A batch's memory: arrays for `tokens` tokens, owned. */
int batch_open(struct batch *b, int tokens, struct error *e);
void batch_close(struct batch *b);

/* The training stream: draws documents by the mixer's weights with the token-exact rule, packs
 * them, cuts rows. */
struct stream;
int stream_open(struct stream **s, struct data *d, const struct conf_variant *mixer,
                int longest_row, uint64_t seed, struct error *e);
void stream_close(struct stream *s);
/* Replace the mixer (stage change); cursors and deficits stay. */
int stream_set_mixer(struct stream *s, const struct conf_variant *mixer, struct error *e);
/* The next `tokens` tokens in rows of `length` (the last may be short). The stream of tokens is the
 * same whatever the length and the batch: rows are cut from it. */
int stream_next(struct stream *s, const struct data_clock *clock, int tokens, int length,
                struct batch *b, struct error *e);
/* Tell the mixer the losses of the batch: token_loss [tokens]. */
void stream_feedback(struct stream *s, const struct data_clock *clock, const struct batch *b,
                     const real *token_loss);
void stream_eval_feedback(struct stream *s, const struct data_clock *clock, const double *loss);
/* Per source: tokens drawn so far, epochs begun, present weight. */
void stream_counts(const struct stream *s, int64_t *tokens, double *epochs, double *weights);
/* State as bytes (cursors, deficits, mixer state, the open document): flat, versioned; load refuses
 * another layout. */
size_t stream_state_size(const struct stream *s);
void stream_save(const struct stream *s, void *state);
int stream_load(struct stream *s, const void *state, size_t size, struct error *e);

/* Held-out rows: source's documents of a split in a fixed order, cut to rows of `length` (documents
 * are not mixed in a row unless they are shorter; packed as in training), at most `max_tokens` in
 * all. *cursor starts at 0; the call fills up to b's `tokens` capacity given, and leaves b->tokens
 * 0 when there is no more. */
int data_eval_next(struct data *d, int source, enum split split, int length, int tokens,
                   int64_t max_tokens, int64_t *cursor, struct batch *b, struct error *e);

/* Best possible loss per target (nats) of a generated source with `context` tokens of left context,
 * where it is known; NaN otherwise. */
double data_best_loss(const struct data *d, int source, enum split split, int context);

#endif
