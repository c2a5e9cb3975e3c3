/* token_list.h -- inside src/data: the tokens of documents, two or four bytes each, and how many
 * documents are encoded at a time.
 *
 * Threading: a list belongs to one thread; a pool is run by one caller, on all threads. What it
 * gives does not depend on how many there are. */
#ifndef DATA_TOKEN_LIST_H
#define DATA_TOKEN_LIST_H

#include "src/data/tokenizer.h"

struct token_list {
    void *v;
    size_t n, capacity;
    int width; /* bytes a token: 2 (unsigned) or 4 */
};

/* Two bytes where every id fits. */
int token_width(int vocab_size);
/* An encoder_sink. */
int token_list_append(void *list, const int32_t *id, size_t n, struct error *e);
int token_list_append_list(struct token_list *list, const struct token_list *more, struct error *e);
void token_list_close(struct token_list *list);

/* Widen n tokens that lie at v. */
void tokens_read(const void *v, int width, size_t at, size_t n, int32_t *out);
/* Put the bit of another id into token i of a list of width 4. */
static inline int32_t *token_list_wide(const struct token_list *list)
{
    return list->v;
}

struct encode_pool;
int encode_pool_open(struct encode_pool **p, const struct tokenizer *t, struct error *e);
void encode_pool_close(struct encode_pool *p);
int encode_pool_threads(const struct encode_pool *p);

/* What the pool asks of its documents; both are called on many threads, `thread` numbers them. */
struct encode_source {
    void *self;
    /* The text of document i, good until the thread asks for another. */
    int (*text)(void *self, int thread, int64_t i, const char **text, size_t *n, struct error *e);
    /* What to call it where its text cannot be encoded: "file:3: error" or the like. */
    void (*name)(void *self, int64_t i, char *out, size_t size);
    /* Its tokens are there; or NULL. */
    int (*done)(void *self, int thread, int64_t i, struct token_list *tokens, struct error *e);
};

/* Encode documents [0, n) into out[0..n), each without an end of document. Of several failures the
 * one of the first document is reported. */
int encode_pool_run(struct encode_pool *p, const struct encode_source *from, int64_t n,
                    struct token_list *out, struct error *e);

#endif
