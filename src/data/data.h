/* data.h -- sources of documents as token streams, split into train, dev and test.
 *
 * A source is text files (a glob; each file is a document), .jsonl (field `text`, each line a
 * document), shards of tokens (prepare.h, source_foreign.c), or a generator. Files are
 * memory-mapped; bytes are tokens where they are read, any other tokenizer encodes the text of a
 * source once, into memory. Splits: documents ranked by the hash of their content, whatever the seed, so that
 * equal documents stay in one split and a test document of one run is no training document of
 * another; of a source with fewer than 20 documents, separate end pieces of each document (train,
 * dev, test in this order). Every document ends with an end-of-document token. Order of documents
 * within an epoch: a stateless keyed permutation of (seed, source, epoch), independent of threads,
 * batch size and length. Every document comes once per epoch.
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

/* Records of a prompt and an answer, of a file or made from documents: src/data/source_tuning.c. */
enum tuning_loss { TUNING_LOSS_ANSWER, TUNING_LOSS_ALL };

struct tuning_config {
    struct conf_strings pairs, documents;
    const char *prompt, *answer;
    int length, chunk, loss;
};

struct source_config {
    const char *name; /* default: the path's last part, or the generator's name */
    /* files or globs: .txt (a document each) or .jsonl (one a line), tokens as .bin and .npy
     * (source_foreign.c); or prepared folders (prepare.h) */
    struct conf_strings path;
    const char *field;           /* of .jsonl; default "text" */
    const char *generate;        /* "copy_lag" ... (records.h), instead of a path */
    struct conf_variant task;    /* a retrieval task (src/data/task.h), instead of a path */
    struct tuning_config tuning; /* prompts and answers, instead of a path */
    int64_t tokens;              /* how much to generate */
    double weight;
    double max_epochs; /* cap on repeats; 0: none */
    int64_t piece;     /* training documents are cut into pieces of so much; 0: whole */
};

/* How documents fill rows. Concat joins them and cuts; power_of_two cuts the same stream into rows
 * of powers of two that hold one document each (Pouransari et al. 2024, arXiv 2405.13226); pad
 * gives each document a row and best_fit fills rows by best-fit decreasing within a step (Ding et
 * al. 2024, arXiv 2404.10830), both with padding where nothing fits; decompose cuts each document
 * once into powers of two, whatever the present row, and fills rows from the pool of their
 * length. */
enum packing { PACK_CONCAT, PACK_POWER_OF_TWO, PACK_PAD, PACK_BEST_FIT, PACK_DECOMPOSE };
/* Documents longer than a row, under pad and best_fit: the rest goes to other rows, or is lost (and
 * counted). */
enum long_documents { LONG_FRAGMENT, LONG_TRUNCATE };
/* Is the first token of a document a target (of the end of the one before)? */
enum first_token { FIRST_AUTO, FIRST_PREDICT, FIRST_DROP }; /* auto: unless document_mask */
/* Sequence: every document of a batch has the same weight in the loss, every target within it too
 * (Bai et al. 2024, LongAlign, arXiv 2401.18058). */
enum loss_weighting { WEIGH_TOKENS, WEIGH_SEQUENCES };

struct packing_config {
    int type;             /* enum packing */
    bool document_mask;   /* no attention across documents */
    bool reset_positions; /* position ids restart at each document */
    int long_documents, first_token, loss;
    int shortest; /* piece of decompose */
};

struct data_config {
    /* of struct source_config; none: the default data, five generators in equal parts */
    struct conf_list sources;
    const char *tokenizer; /* "bytes" (the default), or a file or folder: src/data/tokenizer.h */
    struct conf_variant mixer;
    struct packing_config packing;
    double dev_fraction, test_fraction; /* of documents (or of each long document) */
    struct conf_reals length_classes;   /* edges in tokens, rising; none: one class */
};

extern const struct conf_schema data_schema;

struct data;

/* Open all sources, index their documents, split them. Errors name file and line (of .jsonl). The
 * seed is that of generated documents; nothing else depends on it. */
int data_open(struct data **d, const struct data_config *c, uint64_t seed, struct error *e);
void data_close(struct data *d);
int data_vocab_size(const struct data *d); /* bytes: 257 = 256 bytes + end of document */
int data_sources(const struct data *d, const struct mixer_source **sources);
/* Length classes of training documents: how many, their edges, and the cells [sources][classes].
 * Any of the pointers may be NULL. */
int data_classes(const struct data *d, const int64_t **edge, const struct mixer_cell **cell);
/* "0-1023", "1024-": the tokens of a class's documents. */
void data_class_label(const struct data *d, int length_class, char *label, size_t size);
/* Tokens of a source in a split. */
int64_t data_tokens(const struct data *d, int source, enum split split);
/* Documents of a source that were left out because they hold no text. */
int64_t data_empty_documents(const struct data *d, int source);
/* SHA-256 (hex) over tokenizer, paths' contents and generator parameters: part of a
 * run's identity. Read on the first call, all files whole. */
const char *data_fingerprint(const struct data *d);
/* Bytes of text per token of a source (1 for bytes): turns nats per token into bits per byte. */
double data_bytes_per_token(const struct data *d, int source, enum split split);
/* The tokenizer, which the data own. */
struct tokenizer;
const struct tokenizer *data_tokenizer(const struct data *d);
/* Token ids <-> text. encode: malloc'ed ids, caller frees. decode: bytes of one id into out
 * (returns how many, at most 512; 0 for the end of a document). */
int data_encode(const struct data *d, const char *text, size_t n, int32_t **ids, size_t *n_ids,
                struct error *e);
int data_decode(const struct data *d, int32_t id, char *out);

/* A batch's memory: arrays for `tokens` tokens, owned. */
int batch_open(struct batch *b, int tokens, struct error *e);
void batch_close(struct batch *b);

/* The training stream: draws documents of cells by the mixer's weights with the token-exact rule,
 * packs them, cuts rows. */
struct stream;
int stream_open(struct stream **s, struct data *d, const struct conf_variant *mixer,
                int longest_row, uint64_t seed, struct error *e);
void stream_close(struct stream *s);
/* What it draws from. */
const struct data *stream_data(const struct stream *s);
/* Replace the mixer (stage change); cursors and deficits stay. */
int stream_set_mixer(struct stream *s, const struct conf_variant *mixer, struct error *e);
/* The next `tokens` tokens in rows of `length` (the last may be short; power_of_two: of at most
 * `length`). Under concat and power_of_two the stream of tokens is the same whatever the length and
 * the batch: rows are cut from it. Under pad and best_fit the documents are drawn in the same
 * order, none is lost (but what long_documents: truncate counts) and none comes twice, and rows may
 * end in padding (length_class NO_CLASS). Under decompose each row is a piece of `length` tokens,
 * the first of those that wait; shorter rests than `shortest` are dropped and counted.
 * E_USAGE: every source has reached its max_epochs; decompose: no document has such a piece. */
int stream_next(struct stream *s, const struct data_clock *clock, int tokens, int length,
                struct batch *b, struct error *e);
/* Enter the batch just trained, token_loss [tokens]: what stream_counts tells. It may hold less than
 * what stream_next gave out, if rows were cut since: the rest counts as dropped. */
void stream_add_losses(struct stream *s, const struct batch *b, const real *token_loss);
/* Tell the mixer of them. */
void stream_feedback(struct stream *s, const struct data_clock *clock);
/* Losses of the same batch under the mixer's reference model, reference_loss [tokens]. */
void stream_excess_feedback(struct stream *s, const struct data_clock *clock, const struct batch *b,
                            const real *token_loss, const real *reference_loss);
void stream_eval_feedback(struct stream *s, const struct data_clock *clock, const double *loss);

/* What a source, or one length class of it, has had so far. */
struct mix_count {
    int64_t tokens;  /* in the batches entered, padding not counted */
    int64_t trained; /* of them, those with a target */
    int64_t dropped; /* cut off by packing or by shorter rows, never trained */
    int64_t waiting; /* drawn, and in no batch yet: whole pieces that wait for a row */
    int64_t padded;  /* padding behind its documents */
    double epochs;   /* tokens / tokens of the training split */
    double weight;   /* at the last slot drawn */
    double loss;     /* of the last batch: sum over its targets */
    int64_t targets;
};

/* count [sources], cell [sources][classes]; either may be NULL. */
void stream_counts(const struct stream *s, struct mix_count *count, struct mix_count *cell);
/* State as bytes (cursors, deficits, mixer state, the open document): flat, versioned; load refuses
 * another layout. */
size_t stream_state_size(const struct stream *s);
void stream_save(const struct stream *s, void *state);
int stream_load(struct stream *s, const void *state, size_t size, struct error *e);

/* Held-out rows: the source's documents of a split in a fixed order, packed as in training and cut
 * to rows of `length`; at most `max_tokens` in all. The tokens are the same whatever the length.
 * *cursor (tokens given so far) starts at 0; a call fills whole rows up to `tokens`, which b holds,
 * and leaves b->tokens 0 when there is no more. E_USAGE if a row does not fit. */
int data_eval_next(struct data *d, int source, enum split split, int length, int tokens,
                   int64_t max_tokens, int64_t *cursor, struct batch *b, struct error *e);

/* Held-out documents one by one, in the order of data_eval_next: how many a split has (of a source
 * with few documents: end pieces of them), tokens of one with its end, and the number of the document
 * that it is of. */
int64_t data_documents(const struct data *d, int source, enum split split);
int64_t data_document_tokens(const struct data *d, int source, enum split split, int64_t k);
int64_t data_document_of(const struct data *d, int source, enum split split, int64_t k);
/* The one that token `at` of the split's fixed order stands in. */
int64_t data_document_at(const struct data *d, int source, enum split split, int64_t at);
/* Tokens [at, at + n) of it; target (or NULL): the same, NO_TARGET where a token is never scored. */
void data_document_read(struct data *d, int source, enum split split, int64_t k, int64_t at, int n,
                        int32_t *token, int32_t *target);
int32_t data_end_of_document(const struct data *d);
/* The token of each byte; -1: the vocabulary lacks it. */
const int32_t *data_byte_tokens(const struct data *d);

/* Best possible mean loss (nats) over all targets of a generated source's split, for a model that
 * sees the last `context` tokens of the document before each target; NaN where it is not known. Of
 * copy_lag and keyed_records it is a count (src/data/records.h), of markov and dyck the law itself, of
 * tree exact inference (their files say how). Where a source scores only some tokens, markers, keys
 * and ends of documents have NO_TARGET before them in every batch. */
double data_best_loss(const struct data *d, int source, enum split split, int context);
/* The same target by target: best [n] of tokens from, from + 1 ... of data_eval_next in rows of
 * `length`, each with what its row shows of its document; NaN: no target, or not known. */
int data_best_losses(const struct data *d, int source, enum split split, int length, int64_t from,
                     int n, double *best, struct error *e);

#endif
