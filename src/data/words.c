/* words.c -- see words.h. */
#include "src/data/words.h"

#include <ctype.h>
#include <string.h>

#include "src/data/internal.h"

enum { PIECE = 4096 };

static const uint64_t basis = 0xCBF29CE484222325u, prime = 0x100000001B3u; /* FNV-1a */

struct window {
    int n, have; /* words asked for; in the ring */
    uint64_t word[WORDS_MAX];
    uint64_t h; /* of the word that is being read; 0: none */
    void (*take)(void *context, const uint64_t *word);
    void *context;
};

static void end_word(struct window *w)
{
    if (!w->h) return;
    if (w->have == w->n)
        memmove(w->word, w->word + 1, (size_t)(w->n - 1) * sizeof *w->word);
    else
        w->have++;
    w->word[w->have - 1] = w->h;
    w->h = 0;
    if (w->have == w->n) w->take(w->context, w->word);
}

static void add_bytes(struct window *w, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const unsigned char c = (unsigned char)text[i];
        if (c < 128 && !isalnum(c)) {
            end_word(w);
            continue;
        }
        if (!w->h) w->h = basis;
        w->h = (w->h ^ (uint64_t)(c < 128 ? tolower(c) : c)) * prime;
    }
}

int words_read(struct data *d, int source, enum split split, int64_t k, int n,
               void (*take)(void *context, const uint64_t *word), void *context, struct error *e)
{
    struct window w = {.n = n, .take = take, .context = context};
    if (n < 1 || n > WORDS_MAX)
        return error_set(e, E_USAGE, "n-grams of %d words: 1 to %d are possible", n, WORDS_MAX);
    const int64_t tokens = data_document_tokens(d, source, split, k);
    for (int64_t at = 0; at < tokens;) {
        int32_t token[PIECE];
        const int take_now = tokens - at < PIECE ? (int)(tokens - at) : PIECE;
        data_document_read(d, source, split, k, at, take_now, token, NULL);
        for (int i = 0; i < take_now; i++) {
            size_t bytes;
            const char *text = tokenizer_text(d->tokenizer, token[i], &bytes);
            if (token[i] != d->tokenizer->end_of_document) add_bytes(&w, text, bytes);
        }
        at += take_now;
    }
    end_word(&w);
    return OK;
}

uint64_t words_hash(const uint64_t *word, int n)
{
    uint64_t h = basis;
    for (int i = 0; i < n; i++) {
        h = (h ^ word[i]) * 0x9E3779B97F4A7C15u;
        h ^= h >> 31;
    }
    h *= 0xBF58476D1CE4E5B9u;
    h ^= h >> 29;
    return h ? h : 1;
}
