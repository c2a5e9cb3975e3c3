/* near_duplicates.c -- see near_duplicates.h. */
#include "src/data/near_duplicates.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { BANDS = 16, ROWS = SKETCH_BINS / BANDS, LIKE = 52 /* of 64 bins: 0.8 */ };
enum { CROWD = 256 }; /* on either side of a unit that are compared with it, in a bucket */

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

/* Documents with the same sketch are compared once. */
struct unit {
    const struct sketch *sketch;
    uint64_t present, twice; /* groups that have one, several */
    uint64_t like;           /* groups that have another unit like it */
    bool cut;                /* not compared with all of some bucket */
};

struct units {
    int64_t n;
    struct unit *v;
    int64_t *of; /* [documents] */
};

struct entry {
    uint64_t key;
    int64_t at;
};

static int by_key(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

static uint64_t hash_bins(uint64_t key, const struct sketch *s, int from, int n)
{
    for (int i = from; i < from + n; i++) key = (key ^ s->least[i]) * 0xBF58476D1CE4E5B9u;
    return key;
}

static void join(struct unit *u, int group)
{
    u->twice |= u->present & 1ull << group;
    u->present |= 1ull << group;
}

static void find_units(const struct near_duplicates *d, struct entry *v, struct units *u)
{
    for (int64_t i = 0; i < d->n; i++)
        v[i] = (struct entry){hash_bins(0, &d->sketch[i], 0, SKETCH_BINS), i};
    qsort(v, (size_t)d->n, sizeof *v, by_key);
    for (int64_t i = 0, first = 0; i < d->n; i++) {
        const struct sketch *own = &d->sketch[v[i].at];
        if (i && v[i].key != v[i - 1].key) first = u->n;
        int64_t k = first; /* units of this key: one, but for collisions */
        while (k < u->n && memcmp(u->v[k].sketch, own, sizeof *own) != 0) k++;
        if (k == u->n) u->v[u->n++] = (struct unit){.sketch = own};
        u->of[v[i].at] = k;
        join(&u->v[k], d->group[v[i].at]);
    }
}

static bool alike(const struct sketch *a, const struct sketch *b)
{
    int other = 0;
    for (int i = 0; i < SKETCH_BINS && other <= SKETCH_BINS - LIKE; i++)
        other += a->least[i] != b->least[i];
    return other <= SKETCH_BINS - LIKE;
}

/* Units v[0..n) agree in two bands. Each looks for one like it in every group that it knows of
 * none, among its neighbours in a bucket of thousands, as boilerplate fills: the time stays
 * linear. */
static void compare(struct units *u, const struct entry *v, int64_t n)
{
    uint64_t offered = 0;
    for (int64_t i = 0; i < n; i++) offered |= u->v[v[i].at].present;
    for (int64_t i = 0; i < n; i++) {
        struct unit *own = &u->v[v[i].at];
        const int64_t most = n - 1 < 2 * CROWD ? n - 1 : 2 * CROWD;
        for (int64_t k = 1; k <= most && offered & ~own->like; k++) {
            const int64_t j = (i + (k % 2 ? (k + 1) / 2 : n - k / 2)) % n;
            const struct unit *other = &u->v[v[j].at];
            if (other->present & ~own->like && alike(own->sketch, other->sketch))
                own->like |= other->present;
        }
        own->cut |= most < n - 1 && offered & ~own->like;
    }
}

/* Those that are alike differ in at most 12 bins, so at least 4 of their 16 bands are equal; of any
 * 4 bands two lie in the same third of them. So all pairs that are alike meet where two bands of a
 * third are equal, and few others do. */
static void compare_all(struct units *u, struct entry *v)
{
    static const int third[] = {0, 6, 11, BANDS};
    for (int t = 0; t < 3; t++)
        for (int a = third[t]; a < third[t + 1]; a++)
            for (int b = a + 1; b < third[t + 1]; b++) {
                for (int64_t i = 0; i < u->n; i++) {
                    const uint64_t key = hash_bins(1, u->v[i].sketch, a * ROWS, ROWS);
                    v[i] = (struct entry){hash_bins(key, u->v[i].sketch, b * ROWS, ROWS), i};
                }
                qsort(v, (size_t)u->n, sizeof *v, by_key);
                for (int64_t first = 0, last; first < u->n; first = last) {
                    for (last = first + 1; last < u->n && v[last].key == v[first].key;) last++;
                    if (last - first > 1) compare(u, v + first, last - first);
                }
            }
}

int near_count(const struct near_duplicates *d, int groups, int64_t *near, int64_t *cut,
               struct error *e)
{
    const size_t n = (size_t)d->n;
    struct entry *v = malloc((n + 1) * sizeof *v);
    struct units u = {.v = malloc((n + 1) * sizeof *u.v), .of = malloc((n + 1) * sizeof *u.of)};
    const bool done = v && u.v && u.of;
    if (done) {
        find_units(d, v, &u);
        compare_all(&u, v);
    }
    *cut = 0;
    for (size_t i = 0; done && i < n; i++) {
        const struct unit *own = &u.v[u.of[i]];
        const int group = d->group[i];
        *cut += own->cut;
        const uint64_t like =
            own->like | own->twice | (own->present & ~(1ull << group)); /* itself is no other */
        for (int g = 0; g < groups; g++) near[group * groups + g] += like >> g & 1;
    }
    free(v);
    free(u.v);
    free(u.of);
    return done ? OK
                : error_set(e, E_MEMORY, "no memory to compare %lld documents", (long long)d->n);
}
