/* tokenizer.h -- text becomes token ids and back.
 *
 * Bytes, or byte-level byte-pair encoding (Sennrich et al. 2016, arXiv 1508.07909; over bytes:
 * Radford et al. 2019) from
 *   - a Hugging Face tokenizer.json, or a folder that holds one,
 *   - a folder with GPT-2's vocab.bpe and encoder.json (or merges.txt and vocab.json),
 *   - a tiktoken file ("base64 rank" lines); its split is known by its number of tokens, or named
 *     behind an @: vocab.tiktoken@cl100k_base.
 * Any bytes are text, valid UTF-8 or not, and decoding gives them back. No token is added at the
 * ends of a text.
 *
 * Threading: a tokenizer is read only; an encoder belongs to one thread. */
#ifndef DATA_TOKENIZER_H
#define DATA_TOKENIZER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/error.h"

enum { TOKEN_TEXT_MAX = 512 }; /* bytes that one token can stand for */

struct tokenizer {
    char name[512];       /* "bytes", or where it was read from */
    char fingerprint[65]; /* "bytes", or SHA-256 (hex) of all that decides ids */
    const char *note;     /* what was assumed about the file; NULL: nothing */
    int vocab_size;       /* ids are [0, vocab_size), the end of a document included */
    int32_t end_of_document;
    bool cuts_at_spaces;     /* words end where a space stands between two letters: a text may be
                          * encoded in pieces that begin there */
    int32_t byte_token[256]; /* the token of each byte; -1: the vocabulary lacks it */
    char byte[256];          /* of bytes: what the ids stand for */
    struct vocabulary *vocabulary; /* NULL: bytes. The rest is of tokenizer*.c */
    struct splitter *splitter;
    struct kept_files *files;
};

/* NULL means bytes. E_USAGE if there is no such file; E_FORMAT, with the component's name, for one
 * that asks for what is not done here. */
int tokenizer_open(struct tokenizer **t, const char *name, struct error *e);
void tokenizer_close(struct tokenizer *t);
/* Write what the tokenizer was read from into a folder, where tokenizer_open finds it again; bytes
 * write nothing. */
int tokenizer_save(const struct tokenizer *t, const char *folder, struct error *e);
/* Whether a folder holds files of a tokenizer. */
bool tokenizer_in_folder(const char *folder);

/* The bytes of one token: *n of them, 0 for ids that stand for no text (no such id; the end of a
 * document, unless the vocabulary spells it). */
const char *tokenizer_text(const struct tokenizer *t, int32_t id, size_t *n);

/* An encoder's working memory: a cache of words, the state of the pattern matcher. */
struct encoder;
int encoder_open(struct encoder **c, const struct tokenizer *t, struct error *e);
void encoder_close(struct encoder *c);

/* Takes the ids of a text as they come, in pieces of a few thousand. */
typedef int encoder_sink(void *to, const int32_t *id, size_t n, struct error *e);

/* `special`: text that spells a special token becomes that token, as Hugging Face does with a
 * prompt; otherwise, as for documents, it is encoded like any other text, so that no document can
 * end another. E_FORMAT for a byte without a token. */
int encoder_run(struct encoder *c, const char *text, size_t n, bool special, encoder_sink *sink,
                void *to, struct error *e);

/* All ids of a text, special tokens included: malloc'ed (NULL for none), the caller frees. */
int tokenizer_encode(const struct tokenizer *t, const char *text, size_t n, int32_t **ids,
                     size_t *n_ids, struct error *e);

#endif
