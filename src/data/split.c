/* split.c -- which documents train, which are held out. See source.h. */
#include <math.h>
#include <stdlib.h>

#include "src/data/source.h"

struct ranked {
    uint64_t hash;
    int64_t document;
};

static int by_hash(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->hash != y->hash) return x->hash < y->hash ? -1 : 1;
    return (x->document > y->document) - (x->document < y->document);
}

static int reserve(struct part_list *l, int64_t n, const struct source *s, struct error *e)
{
    l->v = malloc((size_t)(n ? n : 1) * sizeof *l->v);
    return l->v ? OK : error_set(e, E_MEMORY, "no memory to split source '%s'", s->name);
}

static void add(struct part_list *l, int64_t document, int64_t begin, int64_t end, bool ends)
{
    if (end <= begin) return;
    l->v[l->n++] = (struct part){document, begin, end, l->tokens, ends};
    l->tokens += end - begin + ends;
}

/* At least one document where a share is asked for; never a border between documents of equal
 * content. */
static int64_t border(const struct ranked *r, int64_t n, int64_t from, double fraction)
{
    int64_t to = from + (int64_t)llround(fraction * (double)n);
    if (fraction > 0 && to == from) to++;
    if (to > n) to = n;
    while (to > from && to < n && r[to].hash == r[to - 1].hash) to++;
    return to;
}

static int split_documents(struct source *s, double dev, double test, struct error *e)
{
    const int64_t n = s->documents;
    struct ranked *r = malloc((size_t)n * sizeof *r);
    if (!r) return error_set(e, E_MEMORY, "no memory to split source '%s'", s->name);
    for (int64_t i = 0; i < n; i++) r[i] = (struct ranked){s->type->hash(s->self, i), i};
    qsort(r, (size_t)n, sizeof *r, by_hash);
    const int64_t test_end = border(r, n, 0, test), dev_end = border(r, n, test_end, dev);
    const int64_t begin[SPLITS] = {dev_end, test_end, 0}, end[SPLITS] = {n, dev_end, test_end};
    int status = OK;
    for (int k = 0; k < SPLITS && !status; k++) {
        status = reserve(&s->split[k], end[k] - begin[k], s, e);
        for (int64_t i = begin[k]; i < end[k] && !status; i++)
            add(&s->split[k], r[i].document, 0, s->type->length(s->self, r[i].document), true);
    }
    free(r);
    return status;
}

/* The nearest place at or before `at` where no UTF-8 character is cut; bytes that are not UTF-8
 * are cut anywhere. */
static int64_t character_start(struct reader *r, const struct source *s, int64_t document,
                               int64_t at)
{
    const int64_t length = s->type->length(s->self, document);
    if (at <= 0 || at >= length || s->type->tokens) return at;
    unsigned char byte;
    for (int64_t back = 0; back < 4 && back <= at; back++) {
        reader_seek(r, s, document, at - back);
        reader_read(r, s, &byte, 1);
        if ((byte & 0xC0) != 0x80) return at - back;
    }
    return at;
}

static int split_ends(struct source *s, double dev, double test, struct error *e)
{
    for (int k = 0; k < SPLITS; k++) TRY(reserve(&s->split[k], s->documents, s, e));
    struct reader r;
    TRY(reader_open(&r, s, e));
    for (int64_t i = 0; i < s->documents; i++) {
        const int64_t length = s->type->length(s->self, i);
        const double train = 1 - dev - test;
        int64_t a = (int64_t)floor((double)length * train + 1e-9);
        int64_t b = (int64_t)floor((double)length * (train + dev) + 1e-9);
        if (test <= 0) b = length;
        if (dev <= 0) a = b;
        a = character_start(&r, s, i, a);
        b = character_start(&r, s, i, b);
        add(&s->split[SPLIT_TRAIN], i, 0, a, a == length);
        add(&s->split[SPLIT_DEV], i, a, b, b == length);
        add(&s->split[SPLIT_TEST], i, b, length, true);
    }
    reader_close(&r);
    return OK;
}

int source_split(struct source *s, double dev_fraction, double test_fraction, struct error *e)
{
    if (s->documents >= SPLIT_DOCUMENTS)
        TRY(split_documents(s, dev_fraction, test_fraction, e));
    else
        TRY(split_ends(s, dev_fraction, test_fraction, e));
    if (s->split[SPLIT_TRAIN].tokens) return OK;
    return error_set(e, E_USAGE,
                     "source '%s': nothing is left to train on (%lld documents, dev_fraction %g, "
                     "test_fraction %g)",
                     s->name, (long long)s->documents, dev_fraction, test_fraction);
}

int source_cut(struct source *s, int64_t piece, struct error *e)
{
    struct part_list whole = s->split[SPLIT_TRAIN], *l = &s->split[SPLIT_TRAIN];
    struct reader r;
    int64_t n = 0;
    for (int64_t i = 0; i < whole.n; i++) n += (whole.v[i].end - whole.v[i].begin) / piece + 1;
    *l = (struct part_list){0};
    int status = reserve(l, 2 * n, s, e);
    if (!status) status = reader_open(&r, s, e);
    if (status) {
        free(whole.v);
        return status;
    }
    for (int64_t i = 0; i < whole.n; i++) {
        const struct part *p = &whole.v[i];
        for (int64_t at = p->begin, next; at < p->end; at = next) {
            next = at + piece < p->end ? character_start(&r, s, p->document, at + piece) : p->end;
            if (next <= at) next = p->end - at < piece ? p->end : at + piece;
            add(l, p->document, at, next, p->ends && next == p->end);
        }
    }
    reader_close(&r);
    free(whole.v);
    return OK;
}
