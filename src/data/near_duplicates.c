/* near_duplicates.c -- see near_duplicates.h. */
#include "src/data/near_duplicates.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { BANDS = 16, ROWS = SKETCH_BINS / BANDS, LIKE = 52 /* of 64 bins: 0.8 */, SAMPLES = 8 };

void sketch_clear(struct sketch *s)
{
    memset(s, 0xFF, sizeof *s);
}

void sketch_add(struct sketch *s, uint64_t hash)
{
    uint64_t *least = &s->least[hash >> 58];
    if (hash < *least) *least = hash;
}

/* An empty bin takes the value of the next one that is not, marked by how far it was (Shrivastava
 * and Li 2014): two documents still agree in it with the probability of their similarity. */
static bool fill(struct sketch *s)
{
    const struct sketch from = *s;
    for (int i = 0; i < SKETCH_BINS; i++) {
        int away = 0;
        while (away < SKETCH_BINS && from.least[(i + away) % SKETCH_BINS] == UINT64_MAX) away++;
        if (away == SKETCH_BINS) return false;
        s->least[i] = from.least[(i + away) % SKETCH_BINS] + (uint64_t)away * 0x9E3779B97F4A7C15u;
    }
    return true;
}

int near_add(struct near_duplicates *d, const struct sketch *s, int group, struct error *e)
{
    struct sketch whole = *s;
    if (!fill(&whole)) return OK;
    if (d->n == d->capacity) {
        const int64_t capacity = d->capacity ? 2 * d->capacity : 256;
        struct sketch *sketch = realloc(d->sketch, (size_t)capacity * sizeof *sketch);
        if (sketch) d->sketch = sketch;
        int *groups = realloc(d->group, (size_t)capacity * sizeof *groups);
        if (groups) d->group = groups;
        if (!sketch || !groups) return error_set(e, E_MEMORY, "no memory for near duplicates");
        d->capacity = capacity;
    }
    d->sketch[d->n] = whole;
    d->group[d->n++] = group;
    return OK;
}

void near_close(struct near_duplicates *d)
{
    free(d->sketch);
    free(d->group);
}

struct entry {
    uint64_t key;
    int64_t document;
};

static int by_key(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return (x->document > y->document) - (x->document < y->document);
}

static bool alike(const struct sketch *a, const struct sketch *b)
{
    int same = 0;
    for (int i = 0; i < SKETCH_BINS; i++) same += a->least[i] == b->least[i];
    return same >= LIKE;
}

/* Documents [first, last) agree in a band. Each is held against the first few of every group: enough
 * to know whether it has one like it there, without all pairs of a text that stands everywhere. */
static void compare(const struct near_duplicates *d, const struct entry *v, int64_t first,
                    int64_t last, int groups, uint64_t *like)
{
    for (int g = 0; g < groups; g++) {
        int64_t sample[SAMPLES];
        int n = 0;
        for (int64_t i = first; i < last && n < SAMPLES; i++)
            if (d->group[v[i].document] == g) sample[n++] = v[i].document;
        for (int64_t i = first; i < last && n; i++) {
            const int64_t own = v[i].document;
            for (int k = 0; k < n && !(like[own] >> g & 1); k++)
                if (sample[k] != own && alike(&d->sketch[own], &d->sketch[sample[k]]))
                    like[own] |= 1ull << g;
        }
    }
}

int near_count(const struct near_duplicates *d, int groups, int64_t *near, struct error *e)
{
    const size_t n = (size_t)d->n;
    struct entry *v = malloc((n + 1) * sizeof *v);
    uint64_t *like = calloc(n + 1, sizeof *like);
    for (int band = 0; v && like && band < BANDS; band++) {
        for (size_t i = 0; i < n; i++) {
            uint64_t key = (uint64_t)band;
            for (int r = 0; r < ROWS; r++)
                key = (key ^ d->sketch[i].least[band * ROWS + r]) * 0xBF58476D1CE4E5B9u;
            v[i] = (struct entry){key, (int64_t)i};
        }
        qsort(v, n, sizeof *v, by_key);
        for (size_t first = 0, last; first < n; first = last) {
            for (last = first + 1; last < n && v[last].key == v[first].key;) last++;
            if (last - first > 1) compare(d, v, (int64_t)first, (int64_t)last, groups, like);
        }
    }
    for (size_t i = 0; like && i < n; i++)
        for (int g = 0; g < groups; g++) near[d->group[i] * groups + g] += like[i] >> g & 1;
    const bool done = v && like;
    free(v);
    free(like);
    return done ? OK
                : error_set(e, E_MEMORY, "no memory to compare %lld documents", (long long)d->n);
}
