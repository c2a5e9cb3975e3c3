/* tokenizer_internal.h -- what tokenizer*.c share: vocabulary, merges, added tokens, splits.
 *
 * Threading: built by one thread, then read only. */
#ifndef DATA_TOKENIZER_INTERNAL_H
#define DATA_TOKENIZER_INTERNAL_H

#include "src/base/file.h"
#include "src/data/tokenizer.h"

/* ---- vocabulary: tokenizer_vocabulary.c ---- */

/* Two adjacent tokens that may become one; the smallest rank first. */
struct merge {
    uint64_t pair; /* left << 32 | right; NO_PAIR: the slot is empty */
    int32_t rank, id;
};

/* Tokens that are looked for in the text itself, before anything else. */
struct added_token {
    const char *text;
    size_t n;
    int32_t id;
    bool special, normalized;
    bool takes_left, takes_right; /* the white space beside it belongs to it */
};

struct vocabulary {
    int n;                 /* ids are [0, n) */
    uint32_t *at, *length; /* [n] in `text`; length 0: no such token */
    char *text;
    size_t used, capacity;
    int32_t *find; /* hash table of ids by text; -1: empty */
    size_t find_mask;
    struct merge *merge; /* hash table by pair */
    size_t merge_mask, merges;
    struct added_token *added;
    int n_added;
    bool whole_words; /* a word that is a token is that token, whatever the merges say */
    bool nfc;         /* text is brought into normal form C first */
    struct sha256 identity;
};

/* Ids below n, with room for `merges` merges. */
int vocabulary_open(struct vocabulary **v, int n, size_t merges, struct error *e);
/* Make room for as many merges, before the first. */
int vocabulary_reserve_merges(struct vocabulary *v, size_t merges, struct error *e);
void vocabulary_close(struct vocabulary *v);
/* E_FORMAT: an id that is out of range or taken, a text that is taken, empty or too long. `name` is
 * the file. `model`: words may become it, so vocabulary_find knows it; else it is an added token,
 * which may have the text of another. */
int vocabulary_add(struct vocabulary *v, const char *name, int32_t id, const char *text, size_t n,
                   bool model, struct error *e);
int32_t vocabulary_find(const struct vocabulary *v, const char *text, size_t n); /* or -1 */
/* A later merge of the same pair takes the place of the earlier one. */
void vocabulary_merge(struct vocabulary *v, int32_t left, int32_t right, int32_t rank, int32_t id);
const struct merge *vocabulary_pair(const struct vocabulary *v, int32_t left,
                                    int32_t right); /* or NULL */
int vocabulary_add_special(struct vocabulary *v, struct added_token token, struct error *e);

/* The next added token of the given kind at or after `from`, and its place, [at, end); NULL if
 * there is none. */
struct added_place {
    size_t at, end;
};
const struct added_token *added_find(const struct vocabulary *v, const char *text, size_t n,
                                     size_t from, bool normalized, bool special,
                                     struct added_place *place);

/* Bytes <-> the printable characters that byte-level vocabularies spell them with (GPT-2): 188
 * bytes stand for themselves, the other 68 for U+0100 onwards. */
enum { BYTE_LEVEL_MAX = 2 }; /* bytes of UTF-8 that one byte becomes */
int byte_level_put(unsigned char byte, char out[BYTE_LEVEL_MAX]); /* returns how many */
/* Decode a spelled token into out (at least n bytes); -1 if a character stands for no byte. */
int byte_level_read(const char *text, size_t n, char *out);

/* ---- splits: tokenizer_split.c ---- */

enum split_syntax {
    SPLIT_LITERAL, /* the string itself */
    SPLIT_ONIG,    /* Hugging Face: Oniguruma, Ruby syntax */
    SPLIT_RUST,    /* tiktoken: fancy-regex */
};

extern const char split_gpt2[], split_cl100k[], split_o200k[], split_llama3[], split_qwen2[];

struct splitter;
int splitter_open(struct splitter **s, struct error *e);
void splitter_close(struct splitter *s);
/* Add a stage: every match is a piece, and what lies between matches is too. */
int splitter_add(struct splitter *s, const char *pattern, size_t n, enum split_syntax syntax,
                 const char *name, struct error *e);
/* Add a stage that puts a space before a piece that begins with none. */
int splitter_add_space(struct splitter *s, struct error *e);

/* SHA-256 (hex) of all stages. */
void splitter_identity(const struct splitter *s, char hex[65]);

struct split_state;
int split_state_open(struct split_state **w, const struct splitter *s, struct error *e);
void split_state_close(struct split_state *w);
typedef int split_piece(void *to, const char *text, size_t n, struct error *e);
int split_run(struct split_state *w, const char *text, size_t n, split_piece *piece, void *to,
              struct error *e);

/* ---- normal form C: tokenizer_nfc.c ---- */

/* *out is malloc'ed if the text changes, else NULL. Bytes that are not UTF-8 stay. */
int nfc_normalize(const char *text, size_t n, char **out, size_t *n_out, struct error *e);

/* ---- files: tokenizer_json.c, tokenizer_files.c ---- */

struct kept_file {
    char name[64]; /* in the folder that tokenizer_save writes */
    char *data;
    size_t n;
};

struct kept_files {
    struct kept_file file[2];
};

int tokenizer_read_json(struct tokenizer *t, const char *path, struct error *e);
int tokenizer_read_gpt2(struct tokenizer *t, const char *merges, const char *vocabulary,
                        struct error *e);
int tokenizer_read_tiktoken(struct tokenizer *t, const char *path, const char *encoding,
                            struct error *e);
/* The names of tiktoken's encodings, NULL behind the last. */
const char *tiktoken_encoding(int i);
/* Read a file and keep it for tokenizer_save; the data live as long as the tokenizer. */
int tokenizer_keep(struct tokenizer *t, int slot, const char *path, const char *name,
                   const char **data, size_t *n, struct error *e);
/* Once vocabulary and splits are there: the end of a document, tokens of bytes, fingerprint. */
int tokenizer_finish(struct tokenizer *t, struct error *e);

#endif
