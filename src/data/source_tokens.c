/* source_tokens.c -- a source of text becomes one of tokens, encoded once and kept in memory.
 *
 * Documents keep their order and the hash of their text, so that they fall into the same splits
 * whatever the tokenizer. Corpora that are large or used often are better prepared as shards. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/data/internal.h"
#include "src/data/token_list.h"

enum { BLOCK_BYTES = 32 << 20, BLOCK_DOCUMENTS = 65536 };

struct tokenized {
    const struct source_type *type; /* of the text */
    void *self;
    struct token_list tokens;
    int64_t *start; /* [documents + 1] in tokens */
};

static void tokenized_close(void *self)
{
    struct tokenized *t = self;
    t->type->close(t->self);
    token_list_close(&t->tokens);
    free(t->start);
    free(t);
}

static int64_t tokenized_length(const void *self, int64_t document)
{
    const struct tokenized *t = self;
    return t->start[document + 1] - t->start[document];
}

static uint64_t tokenized_hash(const void *self, int64_t document)
{
    const struct tokenized *t = self;
    return t->type->hash(t->self, document);
}

static void tokenized_tokens(const void *self, int64_t document, int64_t at, int64_t n,
                             int32_t *out)
{
    const struct tokenized *t = self;
    tokens_read(t->tokens.v, t->tokens.width, (size_t)(t->start[document] + at), (size_t)n, out);
}

static void tokenized_fingerprint(const void *self, struct sha256 *h)
{
    const struct tokenized *t = self;
    t->type->fingerprint(t->self, h);
}

static const struct source_type tokenized_type = {
    .close = tokenized_close,
    .length = tokenized_length,
    .hash = tokenized_hash,
    .tokens = tokenized_tokens,
    .fingerprint = tokenized_fingerprint,
};

/* ---- encoding ---- */

struct hand {
    struct reader reader;
    unsigned char *text;
    size_t size;
};

struct work {
    const struct source *s;
    const struct tokenizer *t;
    struct hand *hand; /* [threads] */
    int64_t first;     /* document 0 of the block */
};

static int give_text(void *self, int thread, int64_t i, const char **text, size_t *n,
                     struct error *e)
{
    struct work *w = self;
    struct hand *h = &w->hand[thread];
    const int64_t document = w->first + i;
    *n = (size_t)w->s->type->length(w->s->self, document);
    if (h->size < *n) {
        free(h->text);
        h->size = 0;
        h->text = malloc(*n);
        if (!h->text) return error_set(e, E_MEMORY, "no memory for a document of %zu bytes", *n);
        h->size = *n;
    }
    reader_seek(&h->reader, w->s, document, 0);
    reader_read(&h->reader, w->s, h->text, *n);
    *text = (const char *)h->text;
    return OK;
}

static void name_document(void *self, int64_t i, char *out, size_t size)
{
    const struct work *w = self;
    snprintf(out, size, "document %lld", (long long)(w->first + i));
}

/* A token is a target if one of its bytes is. */
static int mark_unscored(void *self, int thread, int64_t i, struct token_list *tokens,
                         struct error *e)
{
    struct work *w = self;
    struct hand *h = &w->hand[thread];
    const int64_t document = w->first + i;
    reader_seek(&h->reader, w->s, document, 0);
    const unsigned char *unscored = w->s->type->unscored(w->s->self, &h->reader);
    const size_t length = (size_t)w->s->type->length(w->s->self, document);
    size_t at = 0;
    for (size_t k = 0; unscored && k < tokens->n; k++) {
        int32_t *id = token_list_wide(tokens) + k;
        size_t n;
        bool target = false;
        tokenizer_text(w->t, *id, &n);
        if (at + n > length) break;
        for (size_t b = 0; b < n; b++) target |= !unscored[at + b];
        if (!target) *id |= TOKEN_UNSCORED;
        at += n;
    }
    if (!unscored || at == length) return OK;
    return error_set(
        e, E_FORMAT,
        "source '%s': tokenizer '%s' changes its text, whose targets are known by byte", w->s->name,
        w->t->name);
}

static int encode_block(struct encode_pool *p, struct work *w, struct tokenized *out, int64_t n,
                        struct error *e)
{
    struct token_list *list = calloc((size_t)n, sizeof *list);
    if (!list) return error_set(e, E_MEMORY, "no memory for %lld documents", (long long)n);
    for (int64_t i = 0; i < n; i++) list[i].width = out->tokens.width;
    const struct encode_source from = {w, give_text, name_document,
                                       w->s->type->unscored ? mark_unscored : NULL};
    int status = encode_pool_run(p, &from, n, list, e);
    for (int64_t i = 0; i < n; i++) {
        if (!status) status = token_list_append_list(&out->tokens, &list[i], e);
        out->start[w->first + i + 1] = (int64_t)out->tokens.n;
        token_list_close(&list[i]);
    }
    free(list);
    return status;
}

static int encode_all(struct encode_pool *p, struct work *w, struct tokenized *out, struct error *e)
{
    const struct source *s = w->s;
    while (w->first < s->documents) {
        int64_t bytes = 0, n = 0;
        while (w->first + n < s->documents && bytes < BLOCK_BYTES && n < BLOCK_DOCUMENTS)
            bytes += s->type->length(s->self, w->first + n++);
        TRY(encode_block(p, w, out, n, e));
        w->first += n;
    }
    return OK;
}

static int tokenize(struct tokenized *out, const struct source *s, const struct tokenizer *t,
                    struct error *e)
{
    struct encode_pool *p;
    TRY(encode_pool_open(&p, t, e));
    const int threads = encode_pool_threads(p);
    struct work w = {.s = s, .t = t, .hand = calloc((size_t)threads, sizeof *w.hand)};
    out->tokens.width = s->type->unscored ? 4 : token_width(t->vocab_size);
    out->start = calloc((size_t)s->documents + 1, sizeof *out->start);
    int status = w.hand && out->start
                     ? OK
                     : error_set(e, E_MEMORY, "no memory to encode source '%s'", s->name);
    for (int i = 0; i < threads && !status; i++) status = reader_open(&w.hand[i].reader, s, e);
    if (!status) status = encode_all(p, &w, out, e);
    for (int i = 0; w.hand && i < threads; i++) {
        reader_close(&w.hand[i].reader);
        free(w.hand[i].text);
    }
    free(w.hand);
    encode_pool_close(p);
    return status;
}

int source_tokenize(struct source *s, const struct tokenizer *t, struct error *e)
{
    struct tokenized *out = calloc(1, sizeof *out);
    if (!out) return error_set(e, E_MEMORY, "no memory for source '%s'", s->name);
    out->type = s->type;
    out->self = s->self;
    const int status = tokenize(out, s, t, e);
    if (status) {
        token_list_close(&out->tokens);
        free(out->start);
        free(out);
        return error_wrap(e, "source '%s'", s->name);
    }
    s->type = &tokenized_type;
    s->self = out;
    return OK;
}
