/* leakage.c -- see leakage.h. */
#include "src/data/leakage.h"

#include <stdlib.h>
#include <string.h>

#include "src/data/near_duplicates.h"
#include "src/data/words.h"

/* Which groups have an n-gram: open addressing, key 0 is free. */
struct seen {
    uint64_t mask; /* slots - 1 */
    int64_t n;
    uint64_t *key, *groups;
};

static int seen_open(struct seen *s, uint64_t slots, struct error *e)
{
    *s = (struct seen){.mask = slots - 1};
    s->key = calloc(slots, sizeof *s->key);
    s->groups = calloc(slots, sizeof *s->groups);
    if (s->key && s->groups) return OK;
    return error_set(e, E_MEMORY, "no memory for %llu n-grams", (unsigned long long)slots);
}

static void seen_close(struct seen *s)
{
    free(s->key);
    free(s->groups);
}

static uint64_t find(const struct seen *s, uint64_t key)
{
    uint64_t i = key & s->mask;
    while (s->key[i] && s->key[i] != key) i = (i + 1) & s->mask;
    return i;
}

static int grow(struct seen *s, struct error *e)
{
    struct seen more;
    const int status = seen_open(&more, 2 * (s->mask + 1), e);
    for (uint64_t i = 0; !status && i <= s->mask; i++) {
        if (!s->key[i]) continue;
        const uint64_t to = find(&more, s->key[i]);
        more.key[to] = s->key[i];
        more.groups[to] = s->groups[i];
    }
    more.n = s->n;
    seen_close(status ? &more : s);
    if (!status) *s = more;
    return status;
}

static int enter(struct seen *s, uint64_t key, int group, struct error *e)
{
    if ((uint64_t)s->n * 4 > (s->mask + 1) * 3) TRY(grow(s, e));
    const uint64_t i = find(s, key);
    s->n += !s->key[i];
    s->key[i] = key;
    s->groups[i] |= 1ull << group;
    return OK;
}

/* ---- one document ---- */

struct pass {
    struct leakage *l;
    struct seen seen;
    bool counting; /* the second time over */
    int group;
    uint64_t shared; /* groups that the present document shares an n-gram with */
    struct sketch sketch;
    struct error *e;
    int status;
};

static void take_gram(void *context, const uint64_t *word)
{
    struct pass *p = context;
    struct leakage *l = p->l;
    const uint64_t gram = words_hash(word, l->words);
    if (gram % (uint64_t)l->kept_one_in || p->status) return;
    if (!p->counting) {
        l->grams[p->group]++;
        p->status = enter(&p->seen, gram, p->group, p->e);
        return;
    }
    const uint64_t groups = p->seen.groups[find(&p->seen, gram)];
    p->shared |= groups;
    for (int g = 0; g < l->groups; g++)
        l->shared_grams[p->group * l->groups + g] += groups >> g & 1;
}

static void take_shingle(void *context, const uint64_t *word)
{
    struct pass *p = context;
    sketch_add(&p->sketch, words_hash(word, SHINGLE));
}

static int go_over(struct pass *p, struct data *d, struct near_duplicates *near, struct error *e)
{
    struct leakage *l = p->l;
    for (p->group = 0; p->group < l->groups; p->group++) {
        const int source = p->group / SPLITS;
        const enum split split = (enum split)(p->group % SPLITS);
        const int64_t n = data_documents(d, source, split);
        for (int64_t k = 0; k < n; k++) {
            p->shared = 0;
            sketch_clear(&p->sketch);
            TRY(words_read(d, source, split, k, l->words, take_gram, p, e));
            TRY(p->status);
            if (p->counting) {
                for (int g = 0; g < l->groups; g++)
                    l->shared_documents[p->group * l->groups + g] += p->shared >> g & 1;
                continue;
            }
            l->documents[p->group]++;
            TRY(words_read(d, source, split, k, SHINGLE, take_shingle, p, e));
            TRY(near_add(near, &p->sketch, p->group, e));
        }
    }
    return OK;
}

/* ---- all of it ---- */

static int allocate(struct leakage *l, struct error *e)
{
    const size_t n = (size_t)l->groups;
    l->documents = calloc(n, sizeof *l->documents);
    l->grams = calloc(n, sizeof *l->grams);
    l->shared_documents = calloc(n * n, sizeof *l->shared_documents);
    l->shared_grams = calloc(n * n, sizeof *l->shared_grams);
    l->near = calloc(n * n, sizeof *l->near);
    if (l->documents && l->grams && l->shared_documents && l->shared_grams && l->near) return OK;
    return error_set(e, E_MEMORY, "no memory for a table of %d groups", l->groups);
}

static int measure(struct pass *p, struct data *d, struct near_duplicates *near, struct error *e)
{
    TRY(seen_open(&p->seen, 1 << 16, e));
    TRY(go_over(p, d, near, e));
    p->counting = true;
    TRY(go_over(p, d, near, e));
    return near_count(near, p->l->groups, p->l->near, &p->l->near_cut, e);
}

int leakage_measure(struct leakage *l, struct data *d, int words, int64_t max_grams,
                    struct error *e)
{
    const struct mixer_source *source;
    int64_t tokens = 0;
    *l = (struct leakage){.groups = data_sources(d, &source) * SPLITS, .words = words};
    if (l->groups > LEAKAGE_GROUPS)
        return error_set(e, E_USAGE, "%d sources: leakage is measured between at most %d",
                         l->groups / SPLITS, LEAKAGE_GROUPS / SPLITS);
    for (int g = 0; g < l->groups; g++)
        tokens += data_tokens(d, g / SPLITS, (enum split)(g % SPLITS));
    /* there are at most as many n-grams as tokens: about one in five bytes */
    l->kept_one_in = 1 + tokens / 4 / max_grams;
    TRY(allocate(l, e));
    struct pass p = {.l = l, .e = e};
    struct near_duplicates near = {0};
    const int status = measure(&p, d, &near, e);
    seen_close(&p.seen);
    near_close(&near);
    return status;
}

void leakage_close(struct leakage *l)
{
    free(l->documents);
    free(l->grams);
    free(l->shared_documents);
    free(l->shared_grams);
    free(l->near);
    *l = (struct leakage){0};
}
