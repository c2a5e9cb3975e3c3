/* tokenizer_words.c -- count the words of a corpus, on all threads. See tokenizer_train.h. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/parallel.h"
#include "src/data/tokenizer_internal.h"
#include "src/data/tokenizer_train.h"

enum { LONGEST = 4096 }; /* bytes of a word that is learned from */

struct entry {
    size_t at; /* of the text, in the table's bytes */
    uint32_t n, hash;
    int64_t count; /* 0: the slot is empty */
};

struct table {
    struct entry *slot;
    size_t slots, used;
    char *text;
    size_t n, room;
};

struct counter_thread {
    struct table table;
    struct split_state *split;
    struct corpus_text text;
};

struct word_counter {
    struct splitter *splitter;
    int threads;
    struct counter_thread *thread;
};

static const struct {
    const char *name, *pattern;
} splits[] = {
    {"gpt2", split_gpt2}, {"llama3", split_llama3}, {"qwen2", split_qwen2}, {"o200k", split_o200k}};

static int find_split(const char *name, const char **pattern, struct error *e)
{
    for (size_t i = 0; i < sizeof splits / sizeof *splits; i++) {
        *pattern = splits[i].pattern;
        if (!name || !strcmp(name, splits[i].name)) return OK;
    }
    return error_set(e, E_USAGE, "unknown split '%s'; valid: gpt2, llama3, qwen2, o200k", name);
}

int word_counter_open(struct word_counter **out, const char *split, struct error *e)
{
    const char *pattern;
    *out = NULL;
    TRY(find_split(split, &pattern, e));
    struct word_counter *w = calloc(1, sizeof *w);
    const int threads = parallel_threads();
    if (w) w->thread = calloc((size_t)threads, sizeof *w->thread);
    int status = w && w->thread ? OK : error_set(e, E_MEMORY, "no memory to count words");
    if (!status) status = splitter_open(&w->splitter, e);
    if (!status)
        status = splitter_add(w->splitter, pattern, strlen(pattern), SPLIT_ONIG, "split", e);
    for (; !status && w->threads < threads; w->threads++)
        status = split_state_open(&w->thread[w->threads].split, w->splitter, e);
    if (status)
        word_counter_close(w);
    else
        *out = w;
    return status;
}

void word_counter_close(struct word_counter *w)
{
    for (int i = 0; w && i < w->threads; i++) {
        split_state_close(w->thread[i].split);
        free(w->thread[i].table.slot);
        free(w->thread[i].table.text);
        free(w->thread[i].text.v);
    }
    if (!w) return;
    splitter_close(w->splitter);
    free(w->thread);
    free(w);
}

/* ---- a table of words ---- */

static uint32_t hash(const char *text, size_t n)
{
    uint64_t h = n;
    for (size_t i = 0; i < n; i++) h = (h ^ (unsigned char)text[i]) * 0x100000001B3u;
    h *= 0x9E3779B97F4A7C15u;
    return (uint32_t)(h >> 32);
}

static struct entry *find(const struct table *t, const char *text, size_t n, uint32_t h)
{
    for (size_t i = h;; i++) {
        struct entry *s = &t->slot[i & (t->slots - 1)];
        if (!s->count || (s->hash == h && s->n == n && !memcmp(t->text + s->at, text, n))) return s;
    }
}

static int grow(struct table *t, struct error *e)
{
    const size_t slots = t->slots ? 2 * t->slots : 1 << 14, old = t->slots;
    struct entry *before = t->slot;
    t->slot = calloc(slots, sizeof *t->slot);
    if (!t->slot) {
        t->slot = before;
        return error_set(e, E_MEMORY, "no memory for %zu different words", slots);
    }
    t->slots = slots;
    for (size_t i = 0; i < old; i++)
        if (before[i].count)
            *find(t, t->text + before[i].at, before[i].n, before[i].hash) = before[i];
    free(before);
    return OK;
}

static int count(struct table *t, const char *text, size_t n, int64_t times, struct error *e)
{
    if (2 * (t->used + 1) > t->slots) TRY(grow(t, e));
    const uint32_t h = hash(text, n);
    struct entry *s = find(t, text, n, h);
    if (!s->count) {
        if (t->room - t->n < n) {
            const size_t room = 2 * t->room + n + (1 << 16);
            char *more = realloc(t->text, room);
            if (!more) return error_set(e, E_MEMORY, "no memory for %zu different words", t->used);
            t->text = more;
            t->room = room;
        }
        memcpy(t->text + t->n, text, n);
        *s = (struct entry){t->n, (uint32_t)n, h, 0};
        t->n += n;
        t->used++;
    }
    s->count += times;
    return OK;
}

static int count_word(void *to, const char *text, size_t n, struct error *e)
{
    return n <= LONGEST ? count(to, text, n, 1, e) : OK;
}

static int count_document(struct counter_thread *t, const struct corpus *c,
                          const struct corpus_block *b, int64_t i, struct error *e)
{
    TRY(corpus_text(c, b, i, &t->text, e));
    return split_run(t->split, t->text.v, t->text.n, count_word, &t->table, e);
}

int word_counter_add(struct word_counter *w, const struct corpus *c, const struct corpus_block *b,
                     struct error *e)
{
    int64_t failed = b->n;
    int status = OK;
    atomic_int next = 0;
#pragma omp parallel num_threads(w->threads)
    {
        struct counter_thread *t = &w->thread[atomic_fetch_add(&next, 1)];
        struct error why;
#pragma omp for schedule(dynamic, 1)
        for (int64_t i = 0; i < b->n; i++) {
            const int s = count_document(t, c, b, i, &why);
            if (!s) continue;
#pragma omp critical(word_counter)
            if (i < failed) {
                failed = i;
                status = s;
                if (e) *e = why;
            }
        }
    }
    return status;
}

static int bytewise(const void *a, const void *b)
{
    const struct word *x = a, *y = b;
    const int order = memcmp(x->text, y->text, x->n < y->n ? x->n : y->n);
    return order ? order : (x->n > y->n) - (x->n < y->n);
}

int word_counter_words(struct word_counter *w, struct word **out, size_t *n, struct error *e)
{
    struct table *all = &w->thread[0].table;
    *out = NULL;
    *n = 0;
    for (int k = 1; k < w->threads; k++) {
        const struct table *t = &w->thread[k].table;
        for (size_t i = 0; i < t->slots; i++)
            if (t->slot[i].count)
                TRY(count(all, t->text + t->slot[i].at, t->slot[i].n, t->slot[i].count, e));
    }
    *out = malloc((all->used + 1) * sizeof **out);
    if (!*out) return error_set(e, E_MEMORY, "no memory for %zu different words", all->used);
    for (size_t i = 0; i < all->slots; i++)
        if (all->slot[i].count)
            (*out)[(*n)++] =
                (struct word){all->text + all->slot[i].at, all->slot[i].n, all->slot[i].count};
    if (*n) qsort(*out, *n, sizeof **out, bytewise);
    return OK;
}
