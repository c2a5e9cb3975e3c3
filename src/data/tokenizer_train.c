/* tokenizer_train.c -- the merges: see tokenizer_train.h.
 *
 * Each different word is a row of ids. A table holds, for each pair of adjacent ids, how often it
 * occurs and in which words; a heap, with entries that may be out of date, gives the commonest. A
 * merge rewrites the words that hold the pair and corrects the counts of the pairs beside it, so
 * the work is that of what changes. */
#include "src/data/tokenizer_train.h"

#include <stdlib.h>
#include <string.h>

enum { BYTES = 256, FIRST_BLOCK = 16 << 20 };

#define NO_PAIR UINT64_MAX

struct row {
    int32_t *id;
    uint32_t n;
    int64_t count;
};

struct pair {
    uint64_t key; /* left << 32 | right */
    int64_t count;
    uint32_t *row; /* rows that hold it, or held it */
    uint32_t n, room;
};

struct candidate {
    int64_t count;
    uint64_t key;
};

struct learner {
    struct row *row;
    size_t rows;
    int32_t *ids; /* of all rows */
    struct pair *pair;
    size_t slots, used;
    struct candidate *heap;
    size_t n_heap, heap_room;
    struct bpe_merges merges;
    int tokens;
    char **text; /* [tokens] bytes of each, to see when two merges spell the same token */
    uint32_t *length;
};

/* ---- pairs ---- */

static uint64_t key_of(int32_t left, int32_t right)
{
    return (uint64_t)(uint32_t)left << 32 | (uint32_t)right;
}

static struct pair *slot_of(const struct learner *l, uint64_t key)
{
    const uint64_t h = key * 0x9E3779B97F4A7C15u;
    for (size_t i = (size_t)(h >> 24);; i++) {
        struct pair *p = &l->pair[i & (l->slots - 1)];
        if (p->key == key || p->key == NO_PAIR) return p;
    }
}

static int grow(struct learner *l, struct error *e)
{
    const size_t old = l->slots;
    struct pair *before = l->pair;
    const size_t slots = old ? 2 * old : 1 << 16;
    struct pair *more = calloc(slots, sizeof *more);
    if (!more) return error_set(e, E_MEMORY, "no memory for %zu pairs", slots);
    l->pair = more;
    l->slots = slots;
    for (size_t i = 0; i < slots; i++) more[i].key = NO_PAIR;
    for (size_t i = 0; i < old; i++)
        if (before[i].key != NO_PAIR) *slot_of(l, before[i].key) = before[i];
    free(before);
    return OK;
}

/* Change a pair's count; one that becomes commoner remembers the row. */
static int change(struct learner *l, uint64_t key, int64_t by, uint32_t row, struct error *e)
{
    if (2 * (l->used + 1) > l->slots) TRY(grow(l, e));
    struct pair *p = slot_of(l, key);
    if (p->key == NO_PAIR) {
        p->key = key;
        l->used++;
    }
    p->count += by;
    if (by < 0 || (p->n && p->row[p->n - 1] == row)) return OK;
    if (p->n == p->room) {
        const uint32_t room = p->room ? 2 * p->room : 4;
        uint32_t *more = realloc(p->row, room * sizeof *more);
        if (!more) return error_set(e, E_MEMORY, "no memory for the rows of a pair");
        p->row = more;
        p->room = room;
    }
    p->row[p->n++] = row;
    return OK;
}

/* ---- the heap: the commonest first, of equals the smaller ids ---- */

static bool before(const struct candidate *a, const struct candidate *b)
{
    return a->count != b->count ? a->count > b->count : a->key < b->key;
}

static int push(struct learner *l, struct candidate x, struct error *e)
{
    if (l->n_heap == l->heap_room) {
        const size_t room = l->heap_room ? 2 * l->heap_room : 1 << 14;
        struct candidate *more = realloc(l->heap, room * sizeof *more);
        if (!more) return error_set(e, E_MEMORY, "no memory for %zu pairs", room);
        l->heap = more;
        l->heap_room = room;
    }
    size_t i = l->n_heap++;
    for (; i > 0 && before(&x, &l->heap[(i - 1) / 2]); i = (i - 1) / 2)
        l->heap[i] = l->heap[(i - 1) / 2];
    l->heap[i] = x;
    return OK;
}

static struct candidate pop(struct learner *l)
{
    const struct candidate top = l->heap[0], x = l->heap[--l->n_heap];
    size_t i = 0;
    for (size_t k; (k = 2 * i + 1) < l->n_heap; i = k) {
        if (k + 1 < l->n_heap && before(&l->heap[k + 1], &l->heap[k])) k++;
        if (!before(&l->heap[k], &x)) break;
        l->heap[i] = l->heap[k];
    }
    l->heap[i] = x;
    return top;
}

/* The commonest pair whose count is up to date; false if there is none left. */
static int best_pair(struct learner *l, struct candidate *best, bool *found, struct error *e)
{
    for (*found = false; l->n_heap && !*found;) {
        *best = pop(l);
        const int64_t count = slot_of(l, best->key)->count;
        *found = count == best->count && count > 0;
        if (!*found && count > 0) TRY(push(l, (struct candidate){count, best->key}, e));
    }
    return OK;
}

/* ---- merging ---- */

struct touched {
    uint64_t *key;
    size_t n, room;
};

static int touch(struct touched *t, uint64_t key, struct error *e)
{
    if (t->n && t->key[t->n - 1] == key) return OK;
    if (t->n == t->room) {
        const size_t room = t->room ? 2 * t->room : 256;
        uint64_t *more = realloc(t->key, room * sizeof *more);
        if (!more) return error_set(e, E_MEMORY, "no memory for %zu pairs", room);
        t->key = more;
        t->room = room;
    }
    t->key[t->n++] = key;
    return OK;
}

static int merge_row(struct learner *l, uint32_t row, int32_t left, int32_t right, int32_t made,
                     struct touched *t, struct error *e)
{
    struct row *r = &l->row[row];
    int32_t *id = r->id;
    uint32_t n = 0;
    for (uint32_t i = 0; i < r->n; i++) {
        const bool match = id[i] == left && i + 1 < r->n && id[i + 1] == right;
        if (!match) {
            id[n++] = id[i];
            continue;
        }
        if (n) {
            TRY(change(l, key_of(id[n - 1], left), -r->count, row, e));
            TRY(change(l, key_of(id[n - 1], made), r->count, row, e));
            TRY(touch(t, key_of(id[n - 1], made), e));
        }
        id[n++] = made;
        i++;
        if (i + 1 == r->n) continue;
        TRY(change(l, key_of(right, id[i + 1]), -r->count, row, e));
        TRY(change(l, key_of(made, id[i + 1]), r->count, row, e));
        TRY(touch(t, key_of(made, id[i + 1]), e));
    }
    r->n = n;
    return OK;
}

static int by_key(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* The id of the token that two make: a new one, unless other merges spell it already. */
static int new_token(struct learner *l, int32_t left, int32_t right, int32_t *made, struct error *e)
{
    const uint32_t n = l->length[left] + l->length[right];
    char *text = malloc(n);
    if (!text) return error_set(e, E_MEMORY, "no memory for a token");
    memcpy(text, l->text[left], l->length[left]);
    memcpy(text + l->length[left], l->text[right], l->length[right]);
    for (*made = BYTES + 1; *made < l->tokens; ++*made)
        if (l->length[*made] == n && !memcmp(l->text[*made], text, n)) break;
    if (*made < l->tokens) {
        free(text);
        return OK;
    }
    l->text[l->tokens] = text;
    l->length[l->tokens++] = n;
    return OK;
}

static int merge(struct learner *l, uint64_t key, struct touched *t, struct error *e)
{
    const int32_t left = (int32_t)(key >> 32), right = (int32_t)(uint32_t)key;
    int32_t made = 0;
    TRY(new_token(l, left, right, &made, e));
    l->merges.pair[l->merges.n][0] = left;
    l->merges.pair[l->merges.n][1] = right;
    l->merges.id[l->merges.n++] = made;
    struct pair *p = slot_of(l, key);
    uint32_t *row = p->row;
    const uint32_t n = p->n;
    p->row = NULL;
    p->n = p->room = 0;
    p->count = 0;
    t->n = 0;
    int status = OK;
    for (uint32_t i = 0; i < n && !status; i++)
        status = merge_row(l, row[i], left, right, made, t, e);
    free(row);
    TRY(status);
    slot_of(l, key)->count = 0; /* "aaa" takes from the pair that is gone */
    if (t->n) qsort(t->key, t->n, sizeof *t->key, by_key);
    for (size_t i = 0; i < t->n; i++) {
        const int64_t count = slot_of(l, t->key[i])->count;
        if ((i && t->key[i] == t->key[i - 1]) || count <= 0) continue;
        TRY(push(l, (struct candidate){count, t->key[i]}, e));
    }
    return OK;
}

/* ---- from words to merges ---- */

static int make_rows(struct learner *l, const struct word *w, size_t n, struct error *e)
{
    size_t total = 0;
    int32_t of_byte[BYTES];
    for (int32_t id = 1; id <= BYTES; id++) of_byte[bpe_byte(id)] = id;
    for (size_t i = 0; i < n; i++) total += w[i].n;
    l->row = malloc((n + 1) * sizeof *l->row);
    l->ids = malloc((total + 1) * sizeof *l->ids);
    if (!l->row || !l->ids) return error_set(e, E_MEMORY, "no memory for %zu words", n);
    int32_t *id = l->ids;
    for (l->rows = 0; l->rows < n; l->rows++) {
        const struct word *x = &w[l->rows];
        l->row[l->rows] = (struct row){id, x->n, x->count};
        for (uint32_t k = 0; k < x->n; k++) *id++ = of_byte[(unsigned char)x->text[k]];
    }
    for (size_t i = 0; i < n; i++)
        for (uint32_t k = 0; k + 1 < l->row[i].n; k++)
            TRY(change(l, key_of(l->row[i].id[k], l->row[i].id[k + 1]), l->row[i].count,
                       (uint32_t)i, e));
    for (size_t i = 0; i < l->slots; i++)
        if (l->pair[i].key != NO_PAIR)
            TRY(push(l, (struct candidate){l->pair[i].count, l->pair[i].key}, e));
    return OK;
}

static int make_tokens(struct learner *l, int vocab_size, struct error *e)
{
    const size_t n = (size_t)vocab_size + 1;
    l->text = calloc(n, sizeof *l->text);
    l->length = calloc(n, sizeof *l->length);
    l->merges.pair = malloc(n * 2 * sizeof *l->merges.pair);
    l->merges.id = malloc(n * 2 * sizeof *l->merges.id);
    if (!l->text || !l->length || !l->merges.pair || !l->merges.id)
        return error_set(e, E_MEMORY, "no memory for a vocabulary of %d", vocab_size);
    for (l->tokens = 1; l->tokens <= BYTES; l->tokens++) {
        char *text = malloc(1);
        if (!text) return error_set(e, E_MEMORY, "no memory for a vocabulary of %d", vocab_size);
        *text = (char)bpe_byte(l->tokens);
        l->text[l->tokens] = text;
        l->length[l->tokens] = 1;
    }
    return OK;
}

static int learn(struct learner *l, const struct bpe_options *o, bpe_progress *progress, void *data,
                 struct error *e)
{
    struct touched t = {0};
    int status = OK;
    while (l->tokens < o->vocab_size && l->merges.n < 2 * o->vocab_size && !status) {
        struct candidate best;
        bool found;
        status = best_pair(l, &best, &found, e);
        if (status || !found || best.count < o->min_count) break;
        status = merge(l, best.key, &t, e);
        if (progress) progress(data, l->tokens, o->vocab_size, "tokens");
    }
    free(t.key);
    return status;
}

static void learner_close(struct learner *l)
{
    for (size_t i = 0; i < l->slots; i++) free(l->pair[i].row);
    for (int i = 0; l->text && i < l->tokens; i++) free(l->text[i]);
    free(l->row);
    free(l->ids);
    free(l->pair);
    free(l->heap);
    free(l->text);
    free(l->length);
    free(l->merges.pair);
    free(l->merges.id);
}

static int count_words(struct corpus *c, struct word_counter *w, struct bpe_report *r,
                       bpe_progress *progress, void *data, struct error *e)
{
    const struct corpus_block *b;
    for (;;) {
        double done, total;
        TRY(corpus_next(c, FIRST_BLOCK, &b, e));
        if (!b->n) return OK;
        TRY(word_counter_add(w, c, b, e));
        for (int64_t i = 0; i < b->n; i++) r->documents += !b->document[i].continues;
        corpus_progress(c, &done, &total);
        if (progress) progress(data, done, total, "B");
    }
}

int bpe_train(struct corpus *c, const struct bpe_options *o, const char *path,
              struct bpe_report *report, bpe_progress *progress, void *data, struct error *e)
{
    struct word_counter *w;
    struct word *word = NULL;
    struct learner l = {0};
    size_t n = 0;
    *report = (struct bpe_report){0};
    if (o->vocab_size <= BYTES)
        return error_set(e, E_USAGE,
                         "a vocabulary of %d is less than the 256 bytes and the end of "
                         "a document",
                         o->vocab_size);
    TRY(word_counter_open(&w, o->split, e));
    int status = count_words(c, w, report, progress, data, e);
    if (!status) status = word_counter_words(w, &word, &n, e);
    for (size_t i = 0; i < n; i++) {
        report->words += word[i].count;
        report->bytes += word[i].count * word[i].n;
    }
    report->different_words = (int64_t)n;
    if (!status) status = make_tokens(&l, o->vocab_size, e);
    if (!status) status = make_rows(&l, word, n, e);
    if (!status) status = learn(&l, o, progress, data, e);
    if (!status) status = bpe_write(path, o->split, l.tokens, &l.merges, e);
    report->vocab_size = l.tokens;
    learner_close(&l);
    free(word);
    word_counter_close(w);
    return status;
}
