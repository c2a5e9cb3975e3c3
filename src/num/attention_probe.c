/* attention_probe.c -- see attention_probe.h. */
#include "src/num/attention_probe.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "src/num/attention_tiles.h"

enum { SPREAD = QUERIES + KEYS }; /* distances that one tile holds */

/* What one tile of queries has met so far, by lane; of one item. */
struct lanes {
    double mass[QUERIES], logit[QUERIES], distance[QUERIES], duplicate[QUERIES], induction[QUERIES];
    double sink[QUERIES];
    real top[QUERIES], top_key[QUERIES];
    real token[QUERIES], lse[QUERIES];
    int seen[QUERIES], duplicates[QUERIES], inductions[QUERIES];
};

struct probing {
    const struct attention *a;
    const struct attention_probe *p;
    const real *lse;
    struct lanes *lanes;          /* [items] */
    double *mass, *logit, *pairs; /* [items][longest], or NULL */
};

static size_t profile(const struct attention_probe *p)
{
    return p->mass ? (size_t)p->longest : 0;
}

static size_t place(struct probing *g, char *base)
{
    struct carver c = {base, 0};
    const size_t items = (size_t)g->p->segments * (size_t)g->a->heads, n = items * profile(g->p);
    g->lanes = CARVE(&c, struct lanes, items);
    g->mass = CARVE(&c, double, n);
    g->logit = CARVE(&c, double, n);
    g->pairs = CARVE(&c, double, n);
    return c.used;
}

size_t attention_probe_work(const struct attention *a, const struct attention_probe *p)
{
    struct probing g = {.a = a, .p = p};
    return place(&g, NULL);
}

static void begin_queries(const struct probing *g, struct lanes *l,
                          const struct attention_visited *v)
{
    memset(l, 0, sizeof *l);
    for (int r = 0; r < QUERIES; r++) {
        const int i = v->query + r;
        l->top[r] = -INFINITY;
        l->token[r] = r < v->queries ? (real)g->p->token[i] : -1;
        /* lanes beyond the tile see nothing; exp(-infinity - 0) is 0 */
        l->lse[r] = r < v->queries ? g->lse[(size_t)i * g->a->heads + v->head] : 0;
    }
}

/* The lanes of a tile: what each key adds, in vectors of queries. at [SPREAD] of mass and logit by
 * distance + KEYS - 1 - (distance of the tile's corner). */
static void add_tile(const struct probing *g, struct lanes *l, const struct attention_visited *v,
                     int anchor, real *mass_at, real *logit_at, real *pairs_at)
{
    const int lanes = vec_round(v->queries);
    const int32_t *token = g->p->token;
    for (int r = 0; r < lanes; r += VEC) {
        vec mass = vec_all(0), logit = mass, distance = mass, same = mass, after = mass;
        vec n = mass, n_same = mass, n_after = mass;
        vec top = vec_load(l->top + r), top_key = vec_load(l->top_key + r);
        const vec lse = vec_load(l->lse + r), mine = vec_load(l->token + r);
        const vec one = vec_all(1), zero = vec_all(0);
        vec query = zero;
        for (int k = 0; k < VEC; k++) query[k] = (real)(v->query + r + k);
        for (int j = 0; j < v->keys; j++) {
            const int key = v->key + j;
            const vec s = vec_load(v->s + j * QUERIES + r) * v->factor;
            const vec_int seen = s != -INFINITY;
            const vec a = vec_exp(s - lse), clean = vec_select(seen, s, zero),
                      count = vec_select(seen, one, zero);
            const vec apart = query - vec_all((real)key);
            mass += a;
            logit += a * clean;
            distance += a * apart;
            n += count;
            const vec_int is_same = mine == vec_all((real)token[key]);
            same += vec_select(is_same, a, zero);
            n_same += vec_select(is_same, count, zero);
            if (key > anchor) {
                const vec_int is_after = mine == vec_all((real)token[key - 1]);
                after += vec_select(is_after, a, zero);
                n_after += vec_select(is_after, count, zero);
            }
            const vec_int higher = s > top;
            top = vec_select(higher, s, top);
            top_key = vec_select(higher, vec_all((real)key), top_key);
            if (!mass_at) continue;
            const int at = r - j + KEYS - 1;
            vec_store(mass_at + at, vec_load(mass_at + at) + a);
            vec_store(logit_at + at, vec_load(logit_at + at) + clean);
            vec_store(pairs_at + at, vec_load(pairs_at + at) + count);
        }
        vec_store(l->top + r, top);
        vec_store(l->top_key + r, top_key);
        for (int k = 0; k < VEC; k++) {
            l->mass[r + k] += (double)mass[k];
            l->logit[r + k] += (double)logit[k];
            l->distance[r + k] += (double)distance[k];
            l->duplicate[r + k] += (double)same[k];
            l->induction[r + k] += (double)after[k];
            l->seen[r + k] += (int)n[k];
            l->duplicates[r + k] += (int)n_same[k];
            l->inductions[r + k] += (int)n_after[k];
        }
    }
}

/* Distances of the tile into the item's profile. */
static void add_profile(const struct probing *g, const struct attention_visited *v,
                        const real *mass_at, const real *logit_at, const real *pairs_at)
{
    const size_t from = (size_t)v->item * (size_t)g->p->longest;
    const int corner = v->query - v->key - (KEYS - 1);
    for (int i = 0; i < SPREAD - 1; i++) {
        const int m = corner + i;
        if (m < 0 || m >= g->p->longest) continue;
        g->mass[from + (size_t)m] += (double)mass_at[i];
        g->logit[from + (size_t)m] += (double)logit_at[i];
        g->pairs[from + (size_t)m] += (double)pairs_at[i];
    }
}

static double weight(const struct attention_visited *v, const struct lanes *l, int key, int r)
{
    return exp((double)(v->s[(key - v->key) * QUERIES + r] * v->factor) - (double)l->lse[r]);
}

/* Single keys: the first of the segment, the query itself, the one before. */
static void add_single(const struct probing *g, struct lanes *l, const struct attention_visited *v,
                       int anchor, struct attention_sums *sums)
{
    const int end = v->key + v->keys;
    (void)g;
    for (int r = 0; r < v->queries; r++) {
        const int i = v->query + r;
        if (anchor >= v->key && anchor < end) l->sink[r] = weight(v, l, anchor, r);
        if (i >= v->key && i < end) {
            const double self = weight(v, l, i, r);
            sums->self += self;
            l->duplicate[r] -= self; /* its own token is no duplicate */
            l->duplicates[r]--;
        }
        if (i - 1 >= v->key && i - 1 < end && i > anchor) sums->previous += weight(v, l, i - 1, r);
    }
}

static void end_queries(const struct probing *g, const struct lanes *l,
                        const struct attention_visited *v, int anchor, struct attention_sums *sums)
{
    for (int r = 0; r < v->queries; r++) {
        const int i = v->query + r - anchor, seen = l->seen[r];
        const double entropy = (double)l->lse[r] - l->logit[r] / l->mass[r];
        const int top = (int)l->top_key[r];
        sums->rows++;
        sums->distance += l->distance[r] / l->mass[r];
        sums->entropy += entropy;
        sums->relative += seen > 1 ? entropy / log(seen) : 0;
        sums->sink += l->sink[r];
        sums->away += l->mass[r] - l->sink[r] > 1e-12
                          ? (l->distance[r] - l->sink[r] * i) / (l->mass[r] - l->sink[r])
                          : 0;
        sums->top += (double)(v->query + r - top) / (i + 1);
        sums->top_first += top == anchor;
        sums->max_logit += (double)l->top[r];
        sums->duplicate += l->duplicate[r];
        sums->induction += l->induction[r];
        sums->duplicate_uniform += (double)l->duplicates[r] / seen;
        sums->induction_uniform += (double)l->inductions[r] / seen;
        sums->duplicate_rows += l->duplicates[r] > 0;
        sums->induction_rows += l->inductions[r] > 0;
        if (g->p->top) g->p->top[(size_t)(v->query + r) * (size_t)g->a->heads + v->head] = top;
    }
}

static void visit(void *self, const struct attention_visited *v)
{
    const struct probing *g = self;
    struct lanes *l = &g->lanes[v->item];
    struct attention_sums *sums = &g->p->sums[v->item];
    const int anchor = g->p->segment[v->item / g->a->heads].from;
    real mass_at[SPREAD + VEC] = {0}, logit_at[SPREAD + VEC] = {0}, pairs_at[SPREAD + VEC] = {0};
    const bool profiled = g->p->mass != NULL;
    if (v->first) begin_queries(g, l, v);
    add_tile(g, l, v, anchor, profiled ? mass_at : NULL, logit_at, pairs_at);
    if (profiled) add_profile(g, v, mass_at, logit_at, pairs_at);
    add_single(g, l, v, anchor, sums);
    if (v->last) end_queries(g, l, v, anchor, sums);
}

/* Items in their order, one head at a time. */
static void sum_profiles(const struct probing *g)
{
    const int heads = g->a->heads;
    const size_t n = (size_t)g->p->longest;
#pragma omp parallel for schedule(static)
    for (int h = 0; h < heads; h++)
        for (int s = 0; s < g->p->segments; s++) {
            const size_t from = ((size_t)s * (size_t)heads + (size_t)h) * n, to = (size_t)h * n;
            for (size_t m = 0; m < n; m++) {
                g->p->mass[to + m] += g->mass[from + m];
                g->p->logit[to + m] += g->logit[from + m];
                g->p->pairs[to + m] += g->pairs[from + m];
            }
        }
}

void attention_probe(const struct attention *a, const real *q, int ldq, const real *k, int ldk,
                     const real *lse, const struct attention_probe *p, void *scratch, void *work)
{
    struct probing g = {.a = a, .p = p, .lse = lse};
    const size_t items = (size_t)p->segments * (size_t)a->heads, n = items * profile(p);
    place(&g, work);
    memset(p->sums, 0, items * sizeof *p->sums);
    if (n) {
        memset(g.mass, 0, n * sizeof *g.mass);
        memset(g.logit, 0, n * sizeof *g.logit);
        memset(g.pairs, 0, n * sizeof *g.pairs);
    }
    static_assert(sizeof(struct attention_segment) == sizeof(struct span), "both are from, to");
    attention_visit(a, q, ldq, k, ldk, p->segments, (const struct span *)p->segment, visit, &g,
                    scratch);
    if (n) sum_profiles(&g);
}
