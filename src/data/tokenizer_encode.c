/* tokenizer_encode.c -- text to ids: added tokens, words, merges.
 *
 * A word begins as the tokens of its bytes; the adjacent pair of the smallest rank, the leftmost of
 * equals, becomes one token until no pair is in the table (Sennrich et al. 2016). Short words scan
 * an array; long ones keep the pairs in a heap, n log n. Natural text repeats its words, so a cache
 * of the last word of each hash answers most of them; what it holds never changes an id. */
#include <stdlib.h>
#include <string.h>

#include "src/data/tokenizer_internal.h"

enum {
    SHORT = 64,         /* bytes of a word that is merged by scanning */
    WORD_MAX = 8 << 20, /* bytes of a word at all: memory is 44 bytes for each */
    OUT = 4096,         /* ids given to the sink at a time */
    CACHE_BITS = 15,
    KEY = 24, /* bytes of a word that is cached; with 9 ids a slot is one cache line */
    VALUE = 9,
};

struct slot {
    char key[KEY];
    int32_t id[VALUE];
    uint8_t n_key, n;
    uint8_t unused[2];
};

struct link {
    int32_t id, before, next; /* of the word's present tokens; next is the index, -1 at the end */
};

struct candidate {
    int32_t rank, at, left, right; /* the tokens that it was made for */
};

struct encoder {
    const struct tokenizer *t;
    const struct vocabulary *v;
    struct split_state *split;
    struct slot *cache;
    struct link *link;
    struct candidate *heap;
    size_t room, n_heap;
    encoder_sink *sink;
    void *to;
    int n_out;
    int32_t out[OUT];
    int32_t word[SHORT];
};

int encoder_open(struct encoder **out, const struct tokenizer *t, struct error *e)
{
    struct encoder *c = *out = calloc(1, sizeof *c);
    if (!c) return error_set(e, E_MEMORY, "no memory for an encoder");
    c->t = t;
    c->v = t->vocabulary;
    int status = OK;
    if (c->v) {
        c->cache = aligned_alloc(64, sizeof *c->cache << CACHE_BITS);
        if (c->cache) memset(c->cache, 0, sizeof *c->cache << CACHE_BITS);
        status = c->cache ? split_state_open(&c->split, t->splitter, e)
                          : error_set(e, E_MEMORY, "no memory for an encoder");
    }
    if (!status) return OK;
    encoder_close(c);
    *out = NULL;
    return status;
}

void encoder_close(struct encoder *c)
{
    if (!c) return;
    split_state_close(c->split);
    free(c->cache);
    free(c->link);
    free(c->heap);
    free(c);
}

static int flush(struct encoder *c, struct error *e)
{
    const size_t n = (size_t)c->n_out;
    c->n_out = 0;
    return n ? c->sink(c->to, c->out, n, e) : OK;
}

static int put(struct encoder *c, int32_t id, struct error *e)
{
    if (c->n_out == OUT) TRY(flush(c, e));
    c->out[c->n_out++] = id;
    return OK;
}

static int no_token(const struct encoder *c, unsigned char byte, struct error *e)
{
    return error_set(e, E_FORMAT, "byte 0x%02X has no token in '%s'", byte, c->t->name);
}

/* ---- merges ---- */

/* Tokens of a short word in c->word; how many. */
static int merge_short(struct encoder *c, const char *text, int n)
{
    int32_t *id = c->word, rank[SHORT], made[SHORT];
    for (int i = 0; i < n; i++) id[i] = c->t->byte_token[(unsigned char)text[i]];
    for (int i = 0; i + 1 < n; i++) {
        const struct merge *m = vocabulary_pair(c->v, id[i], id[i + 1]);
        rank[i] = m ? m->rank : INT32_MAX;
        made[i] = m ? m->id : -1;
    }
    for (;;) {
        int best = 0;
        if (n < 2) return n;
        for (int i = 1; i + 1 < n; i++)
            if (rank[i] < rank[best]) best = i;
        if (rank[best] == INT32_MAX) return n;
        id[best] = made[best];
        n--;
        memmove(id + best + 1, id + best + 2, (size_t)(n - best - 1) * sizeof *id);
        if (best + 1 < n) {
            memmove(rank + best + 1, rank + best + 2, (size_t)(n - best - 1) * sizeof *rank);
            memmove(made + best + 1, made + best + 2, (size_t)(n - best - 1) * sizeof *made);
        }
        for (int i = best > 0 ? best - 1 : 0; i <= best && i + 1 < n; i++) {
            const struct merge *m = vocabulary_pair(c->v, id[i], id[i + 1]);
            rank[i] = m ? m->rank : INT32_MAX;
            made[i] = m ? m->id : -1;
        }
    }
}

static bool before(const struct candidate *a, const struct candidate *b)
{
    return a->rank != b->rank ? a->rank < b->rank : a->at < b->at;
}

static void heap_push(struct encoder *c, int32_t at)
{
    const int32_t next = c->link[at].next;
    if (next < 0) return;
    const struct merge *m = vocabulary_pair(c->v, c->link[at].id, c->link[next].id);
    if (!m) return;
    const struct candidate x = {m->rank, at, c->link[at].id, c->link[next].id};
    size_t i = c->n_heap++;
    for (; i > 0 && before(&x, &c->heap[(i - 1) / 2]); i = (i - 1) / 2)
        c->heap[i] = c->heap[(i - 1) / 2];
    c->heap[i] = x;
}

static struct candidate heap_pop(struct encoder *c)
{
    const struct candidate top = c->heap[0], x = c->heap[--c->n_heap];
    size_t i = 0;
    for (size_t k; (k = 2 * i + 1) < c->n_heap; i = k) {
        if (k + 1 < c->n_heap && before(&c->heap[k + 1], &c->heap[k])) k++;
        if (!before(&c->heap[k], &x)) break;
        c->heap[i] = c->heap[k];
    }
    c->heap[i] = x;
    return top;
}

static int reserve(struct encoder *c, size_t n, struct error *e)
{
    if (n > WORD_MAX)
        return error_set(e, E_FORMAT,
                         "%zu bytes without a place to cut them are no word: at most %d are merged",
                         n, WORD_MAX);
    if (n <= c->room) return OK;
    free(c->link);
    free(c->heap);
    c->room = 0;
    c->link = malloc(n * sizeof *c->link);
    c->heap = malloc(2 * n * sizeof *c->heap); /* n pairs; a merge takes one and adds two */
    if (!c->link || !c->heap) return error_set(e, E_MEMORY, "no memory for a word of %zu bytes", n);
    c->room = n;
    return OK;
}

static int merge_long(struct encoder *c, const char *text, size_t n, struct error *e)
{
    TRY(reserve(c, n, e));
    struct link *link = c->link;
    c->n_heap = 0;
    for (size_t i = 0; i < n; i++)
        link[i] = (struct link){c->t->byte_token[(unsigned char)text[i]], (int32_t)i - 1,
                                i + 1 < n ? (int32_t)i + 1 : -1};
    for (size_t i = 0; i < n; i++) heap_push(c, (int32_t)i);
    while (c->n_heap) {
        const struct candidate x = heap_pop(c);
        const int32_t next = link[x.at].next;
        if (link[x.at].id != x.left || next < 0 || link[next].id != x.right) continue;
        link[x.at].id = vocabulary_pair(c->v, x.left, x.right)->id;
        link[x.at].next = link[next].next;
        link[next].id = -1;
        if (link[x.at].next >= 0) link[link[x.at].next].before = x.at;
        heap_push(c, x.at);
        if (link[x.at].before >= 0) heap_push(c, link[x.at].before);
    }
    for (int32_t i = 0; i >= 0; i = link[i].next) TRY(put(c, link[i].id, e));
    return OK;
}

/* ---- words ---- */

static struct slot *slot_of(struct encoder *c, const char *text, size_t n)
{
    uint64_t a = 0, b = 0, d = 0;
    memcpy(&a, text, n < 8 ? n : 8);
    if (n > 8) memcpy(&b, text + 8, n < 16 ? n - 8 : 8);
    if (n > 16) memcpy(&d, text + 16, n - 16);
    uint64_t h = (a ^ n << 59) * 0x9E3779B97F4A7C15u;
    h = (h ^ h >> 32 ^ b) * 0xD6E8FEB86659FD93u;
    h = (h ^ h >> 32 ^ d) * 0x9E3779B97F4A7C15u;
    return &c->cache[h >> (64 - CACHE_BITS)];
}

static int encode_word(void *to, const char *text, size_t n, struct error *e)
{
    struct encoder *c = to;
    struct slot *slot = n <= KEY ? slot_of(c, text, n) : NULL;
    if (slot && slot->n_key == n && !memcmp(slot->key, text, n)) {
        if (c->n_out + slot->n > OUT) TRY(flush(c, e));
        for (int i = 0; i < slot->n; i++) c->out[c->n_out + i] = slot->id[i];
        c->n_out += slot->n;
        return OK;
    }
    for (size_t i = 0; i < n; i++)
        if (c->t->byte_token[(unsigned char)text[i]] < 0)
            return no_token(c, (unsigned char)text[i], e);
    const int32_t whole =
        c->v->whole_words && n <= TOKEN_TEXT_MAX ? vocabulary_find(c->v, text, n) : -1;
    if (whole < 0 && n > SHORT) return merge_long(c, text, n, e);
    int count = 1;
    if (whole >= 0)
        c->word[0] = whole;
    else
        count = merge_short(c, text, (int)n);
    if (slot && count <= VALUE) {
        memcpy(slot->key, text, n);
        memcpy(slot->id, c->word, (size_t)count * sizeof *c->word);
        slot->n_key = (uint8_t)n;
        slot->n = (uint8_t)count;
    }
    for (int i = 0; i < count; i++) TRY(put(c, c->word[i], e));
    return OK;
}

static int encode_bytes(struct encoder *c, const char *text, size_t n, struct error *e)
{
    for (size_t i = 0; i < n; i++) TRY(put(c, (unsigned char)text[i], e));
    return OK;
}

/* Text between added tokens of the second kind. */
static int encode_text(struct encoder *c, const char *text, size_t n, bool special, struct error *e)
{
    for (size_t at = 0;;) {
        struct added_place place;
        const struct added_token *a = added_find(c->v, text, n, at, true, special, &place);
        const size_t end = a ? place.at : n;
        TRY(split_run(c->split, text + at, end - at, encode_word, c, e));
        if (!a) return OK;
        TRY(put(c, a->id, e));
        at = place.end;
    }
}

static int encode_normalized(struct encoder *c, const char *text, size_t n, bool special,
                             struct error *e)
{
    char *changed = NULL;
    size_t size = n;
    if (c->v->nfc) TRY(nfc_normalize(text, n, &changed, &size, e));
    const int status = encode_text(c, changed ? changed : text, size, special, e);
    free(changed);
    return status;
}

int encoder_run(struct encoder *c, const char *text, size_t n, bool special, encoder_sink *sink,
                void *to, struct error *e)
{
    c->sink = sink;
    c->to = to;
    c->n_out = 0;
    if (!c->v) {
        TRY(encode_bytes(c, text, n, e));
        return flush(c, e);
    }
    for (size_t at = 0;;) {
        struct added_place place;
        const struct added_token *a = added_find(c->v, text, n, at, false, special, &place);
        const size_t end = a ? place.at : n;
        if (end > at) TRY(encode_normalized(c, text + at, end - at, special, e));
        if (!a) return flush(c, e);
        TRY(put(c, a->id, e));
        at = place.end;
    }
}

struct list {
    int32_t *id;
    size_t n, capacity;
};

static int append(void *to, const int32_t *id, size_t n, struct error *e)
{
    struct list *l = to;
    if (l->capacity - l->n < n) {
        const size_t capacity = 2 * l->capacity + n;
        int32_t *more = realloc(l->id, capacity * sizeof *more);
        if (!more) return error_set(e, E_MEMORY, "no memory for %zu token ids", capacity);
        l->id = more;
        l->capacity = capacity;
    }
    memcpy(l->id + l->n, id, n * sizeof *id);
    l->n += n;
    return OK;
}

int tokenizer_encode(const struct tokenizer *t, const char *text, size_t n, int32_t **ids,
                     size_t *n_ids, struct error *e)
{
    struct encoder *c;
    struct list l = {0};
    *ids = NULL;
    *n_ids = 0;
    TRY(encoder_open(&c, t, e));
    const int status = encoder_run(c, text, n, true, append, &l, e);
    encoder_close(c);
    if (status) {
        free(l.id);
        return status;
    }
    *ids = l.id;
    *n_ids = l.n;
    return OK;
}
