/* attention_forward.c -- a work item is a tile of queries of one head; keys pass by in tiles.
 *
 * Scores are held transposed, S[key][query]: the queries are the lanes of a vector, so the running maximum and sum of the
 * online softmax need no sums across lanes, and only the query tile is packed, once per item. */
#include <assert.h>
#include <math.h>
#include <omp.h>
#include <string.h>

#include "src/base/parallel.h"
#include "src/num/attention_tiles.h"

/* One thread's buffers. W = QUERIES rounded to vectors = QUERIES. */
struct work {
    real *q[ATTENTION_REGIONS]; /* [qk_dim][QUERIES] of each copy */
    real *s;                    /* [KEYS][QUERIES] */
    real *o;                    /* [QUERIES][padded v_dim] */
    real *k;                    /* [KEYS][padded qk_dim], with rates */
    real *x;                    /* [QUERIES][KEYS] a term */
    real *top, *sum;            /* [QUERIES] running maximum and sum */
    real *scale;                /* [QUERIES] factor of the old sums */
    real *query, *begin,
        *end; /* [QUERIES] index of the query; the keys it sees are in [begin, end) */
};

struct pass {
    const struct attention *a;
    struct rows q[ATTENTION_REGIONS], k[ATTENTION_REGIONS], v;
    int32_t *centre;
    struct span *tile;
    int tiles;
    struct work *work;
};

static void place(struct pass *p, const struct attention *a, struct carver *c, real **pad_q,
                  real **pad_k, real **pad_v)
{
    const int threads = parallel_threads(), wide_k = vec_round(a->qk_dim),
              wide_v = vec_round(a->v_dim);
    p->a = a;
    p->tile = CARVE(c, struct span, attention_spans(a));
    p->centre = CARVE(c, int32_t, a->channel_rate ? a->tokens : 0);
    *pad_q = CARVE(c, real, a->channel_rate ? attention_padding(a, a->heads, a->qk_dim, true) : 0);
    *pad_k =
        CARVE(c, real, a->channel_rate ? attention_padding(a, a->kv_heads, a->qk_dim, true) : 0);
    *pad_v = CARVE(c, real, attention_padding(a, a->kv_heads, a->v_dim, false));
    p->work = CARVE(c, struct work, threads);
    for (int t = 0; t < threads; t++) {
        struct work w = {.s = CARVE(c, real, KEYS * QUERIES),
                         .o = CARVE(c, real, QUERIES * wide_v),
                         .k = CARVE(c, real, a->channel_rate ? KEYS * wide_k : 0),
                         .x = CARVE(c, real, has_terms(a) || a->regions.n > 1 ? KEYS * QUERIES : 0),
                         .top = CARVE(c, real, QUERIES),
                         .sum = CARVE(c, real, QUERIES),
                         .scale = CARVE(c, real, QUERIES),
                         .query = CARVE(c, real, QUERIES),
                         .begin = CARVE(c, real, QUERIES),
                         .end = CARVE(c, real, QUERIES)};
        for (int r = 0; r < attention_copies(a); r++) w.q[r] = CARVE(c, real, wide_k * QUERIES);
        if (c->base) p->work[t] = w;
    }
}

size_t attention_forward_scratch(const struct attention *a)
{
    if (a->transform.apply) return attention_whole_scratch(a, false);
    struct carver c = {0};
    struct pass p;
    real *q, *k, *v;
    place(&p, a, &c, &q, &k, &v);
    return c.used;
}

/* Queries of the tile to columns; columns beyond the tile repeat nothing and are masked. */
static void load_queries(const struct pass *p, struct work *w, const struct span *t, int head)
{
    const struct attention *a = p->a;
    const int n = t->to - t->from;
    for (int m = 0; m < attention_copies(a); m++) {
        for (int r = 0; r < n; r++) {
            const real *x = row_of(&p->q[m], t->from + r, head);
            for (int c = 0; c < a->qk_dim; c++) w->q[m][c * QUERIES + r] = x[c];
        }
        for (int r = n; r < QUERIES; r++)
            for (int c = 0; c < a->qk_dim; c++) w->q[m][c * QUERIES + r] = 0;
    }
    for (int r = 0; r < QUERIES; r++) {
        w->query[r] = r < n ? (real)(t->from + r) : -1;
        w->top[r] = -INFINITY;
        w->sum[r] = 0;
    }
    memset(w->o, 0, (size_t)QUERIES * (size_t)vec_round(a->v_dim) * sizeof *w->o);
}

/* The terms of the logits, added to S[key][query]; a hook writes [query][key]. */
static void add_terms(const struct pass *p, struct work *w, const struct span *t, int head, int key,
                      int keys)
{
    const struct attention *a = p->a;
    const int n = t->to - t->from;
    const struct attention_tile tile = {head,
                                        n,
                                        keys,
                                        KEYS,
                                        a->position ? a->position + t->from : NULL,
                                        a->position ? a->position + key : NULL};
    real factor[QUERIES] = {0}; /* beyond the tile nothing is seen */
    for (int r = 0; r < n; r++)
        factor[r] =
            a->scale * (a->row_scale ? a->row_scale[(size_t)(t->from + r) * a->heads + head] : 1);
    for (int j = 0; j < keys; j++)
        for (int r = 0; r < vec_round(n); r++) w->s[j * QUERIES + r] *= factor[r];
    if (a->n_weight) {
        for (int i = 0; i < n * KEYS; i++) w->x[i] = 1;
        for (int i = 0; i < a->n_weight; i++) a->weight[i].fill(a->weight[i].self, &tile, w->x);
        for (int j = 0; j < keys; j++)
            for (int r = 0; r < n; r++) w->s[j * QUERIES + r] *= w->x[r * KEYS + j];
    }
    if (a->n_bias) {
        memset(w->x, 0, (size_t)n * KEYS * sizeof *w->x);
        for (int i = 0; i < a->n_bias; i++) a->bias[i].fill(a->bias[i].self, &tile, w->x);
        for (int j = 0; j < keys; j++)
            for (int r = 0; r < n; r++) w->s[j * QUERIES + r] += w->x[r * KEYS + j];
    }
    for (int r = 0; a->content && r < n; r++) {
        const real own = a->content[(size_t)(t->from + r) * a->heads + head];
        for (int j = 0; j < keys; j++)
            w->s[j * QUERIES + r] += own - a->content[(size_t)(key + j) * a->heads + head];
    }
    if (a->softcap > 0)
        for (int i = 0; i < keys * QUERIES; i += VEC)
            vec_store(w->s + i, vec_tanh(vec_load(w->s + i) / a->softcap) * a->softcap);
}

/* Scores of masked pairs become -infinity: key j is seen by query i iff begin_i <= j, j <= i, j < end_i. */
static void mask(struct work *w, int lanes, int key, int keys)
{
    for (int j = 0; j < keys; j++) {
        const vec index = vec_all((real)(key + j));
        for (int r = 0; r < lanes; r += VEC) {
            const vec_int seen = (vec_load(w->begin + r) <= index) &
                                 (index <= vec_load(w->query + r)) & (index < vec_load(w->end + r));
            real *s = w->s + j * QUERIES + r;
            vec_store(s, vec_select(seen, vec_load(s), vec_all(-INFINITY)));
        }
    }
}

/* Online softmax of one tile: S becomes exp(factor S - top), the old sums are scaled to the new top. */
static void soften(struct work *w, int lanes, int keys, real factor)
{
    for (int r = 0; r < lanes; r += VEC) {
        const vec before = vec_load(w->top + r);
        vec top = before, sum = vec_all(0);
        for (int j = 0; j < keys; j++)
            top = vec_max(vec_load(w->s + j * QUERIES + r) * factor, top);
        const vec shift = vec_select(top == -INFINITY, vec_all(0), top); /* nothing seen yet */
        for (int j = 0; j < keys; j++) {
            const vec e = vec_exp(vec_load(w->s + j * QUERIES + r) * factor - shift);
            vec_store(w->s + j * QUERIES + r, e);
            sum = sum + e;
        }
        const vec scale = vec_exp(before - shift);
        vec_store(w->top + r, top);
        vec_store(w->scale + r, scale);
        vec_store(w->sum + r, vec_load(w->sum + r) * scale + sum);
    }
}

static void rescale(struct work *w, int n, int wide)
{
    for (int r = 0; r < n; r++) {
        if (w->scale[r] == 1) continue;
        const vec f = vec_all(w->scale[r]);
        for (int c = 0; c < wide; c += VEC) {
            real *o = w->o + r * wide + c;
            vec_store(o, vec_load(o) * f);
        }
    }
}

/* S[key][query] = q . k of the tile, each element of the copy that its positions ask for. */
static void multiply(const struct pass *p, struct work *w, const struct span *t, int kv, int key,
                     int keys, int lanes)
{
    const struct attention *a = p->a;
    const struct span span = {key, key + keys};
    int low = 0, high = 0;
    if (a->regions.n > 1) attention_region_span(a, t, &span, &low, &high);
    for (int m = low; m <= high; m++) {
        tile_multiply(keys, lanes, a->qk_dim, row_of(&p->k[m], key, kv), p->k[m].ld, 1, w->q[m],
                      QUERIES, 0, m == low ? w->s : w->x, QUERIES);
        for (int r = 0; m > low && r < t->to - t->from; r++)
            for (int j = 0; j < keys; j++)
                if (a->regions.of(a->regions.self, a->position[t->from + r],
                                  a->position[key + j]) == m)
                    w->s[j * QUERIES + r] = w->x[j * QUERIES + r];
    }
}

/* S: logits of keys [key, key + keys) for the queries of tile t, still to be scaled where there are
 * no terms. */
static void scores(const struct pass *p, struct work *w, const struct span *t, int head, int key,
                   int keys, bool edge)
{
    const struct attention *a = p->a;
    const int n = t->to - t->from, kv = head / (a->heads / a->kv_heads), lanes = vec_round(n);
    if (p->centre) {
        attention_recentre(a, &p->k[0], kv, key, keys, p->centre[t->from], p->centre, w->k);
        tile_multiply(keys, lanes, a->qk_dim, w->k, vec_round(a->qk_dim), 1, w->q[0], QUERIES, 0,
                      w->s, QUERIES);
    } else {
        multiply(p, w, t, kv, key, keys, lanes);
    }
    if (has_terms(a)) add_terms(p, w, t, head, key, keys);
    if (edge || n < lanes) mask(w, lanes, key, keys);
}

/* Keys [key, key + keys) for the queries of tile t. */
static void meet(const struct pass *p, struct work *w, const struct span *t, int head, int key,
                 int keys, bool edge)
{
    const struct attention *a = p->a;
    const int n = t->to - t->from, kv = head / (a->heads / a->kv_heads),
              wide_v = vec_round(a->v_dim);
    scores(p, w, t, head, key, keys, edge);
    soften(w, vec_round(n), keys, has_terms(a) ? 1 : a->scale);
    rescale(w, n, wide_v);
    tile_multiply(n, wide_v, keys, w->s, 1, QUERIES, row_of(&p->v, key, kv), p->v.ld, 1, w->o,
                  wide_v);
}

static void meet_prefix(const struct pass *p, struct work *w, const struct span *t, int head)
{
    const struct attention *a = p->a;
    int from = a->prefix_begin[t->from], to = a->prefix_end[t->from];
    for (int r = 0; r < QUERIES; r++) {
        const int i = t->from + r;
        w->begin[r] = i < t->to ? (real)a->prefix_begin[i] : 0;
        w->end[r] = i < t->to ? (real)a->prefix_end[i] : 0;
        if (i < t->to && a->prefix_begin[i] < from) from = a->prefix_begin[i];
        if (i < t->to && a->prefix_end[i] > to) to = a->prefix_end[i];
    }
    for (int key = from; key < to; key += KEYS)
        meet(p, w, t, head, key, to - key < KEYS ? to - key : KEYS, true);
}

/* Sets the visible keys of tile t in its own segment; returns the first tile of keys. */
static int own_range(const struct attention *a, struct work *w, const struct span *t)
{
    const int32_t *begin = first_keys(a);
    const int anchor = a->anchor[t->from];
    for (int r = 0; r < QUERIES; r++) {
        w->begin[r] = t->from + r < t->to ? (real)begin[t->from + r] : 0;
        w->end[r] = (real)t->to;
    }
    return anchor + (begin[t->from] - anchor) / KEYS * KEYS;
}

static bool own_edge(const struct attention *a, const struct span *t, int key, int keys)
{
    return key + keys > t->from || first_keys(a)[t->to - 1] > key;
}

static void meet_own(const struct pass *p, struct work *w, const struct span *t, int head)
{
    for (int key = own_range(p->a, w, t); key < t->to; key += KEYS) {
        const int keys = t->to - key < KEYS ? t->to - key : KEYS;
        meet(p, w, t, head, key, keys, own_edge(p->a, t, key, keys));
    }
}

static void store(const struct pass *p, const struct work *w, const struct span *t, int head,
                  real *o, int ldo, real *lse)
{
    const struct attention *a = p->a;
    const int wide = vec_round(a->v_dim);
    for (int r = 0; r < t->to - t->from; r++) {
        const int row = t->from + r - a->first;
        const real sum = w->sum[r], inverse = sum > 0 ? 1 / sum : 0;
        real *out = o + (size_t)row * ldo + (size_t)head * a->v_dim;
        for (int c = 0; c < a->v_dim; c++) out[c] = w->o[r * wide + c] * inverse;
        lse[(size_t)row * a->heads + head] =
            sum > 0 ? (real)(w->top[r] + log((double)sum)) : -INFINITY;
    }
}

/* All but the values; returns their place. */
static real *open_pass(struct pass *p, const struct attention *a, const real *q, int ldq,
                       const real *k, int ldk, void *scratch)
{
    struct carver carver = {scratch, 0};
    real *pad_q, *pad_k, *pad_v;
    place(p, a, &carver, &pad_q, &pad_k, &pad_v);
    for (int m = 0; m < attention_copies(a); m++) {
        p->q[m] =
            (struct rows){(m ? a->regions.q[m] : q) - (ptrdiff_t)a->first * ldq, ldq, a->qk_dim};
        p->k[m] = (struct rows){m ? a->regions.k[m] : k, ldk, a->qk_dim};
    }
    if (!a->channel_rate) {
        p->centre = NULL;
        return pad_v;
    }
    attention_centres(a, p->centre);
    p->q[0] = attention_rows(a, a->first, q, ldq, a->heads, a->qk_dim, 1, p->centre, pad_q);
    p->k[0] = attention_rows(a, 0, k, ldk, a->kv_heads, a->qk_dim, -1, p->centre, pad_k);
    return pad_v;
}

void attention_forward(const struct attention *a, const real *q, int ldq, const real *k, int ldk,
                       const real *v, int ldv, real *o, int ldo, real *lse, void *scratch)
{
    if (a->transform.apply) {
        attention_whole_forward(a, q, ldq, k, ldk, v, ldv, o, ldo, lse, scratch);
        return;
    }
    struct pass p;
    real *pad_v = open_pass(&p, a, q, ldq, k, ldk, scratch);
    p.v = attention_rows(a, 0, v, ldv, a->kv_heads, a->v_dim, 0, NULL, pad_v);
    p.tiles = attention_cut(a, QUERIES, a->first, p.tile);
    const int items = p.tiles * a->heads;
    /* late tiles see the most keys: they go first, so that no thread is left with a long one */
#pragma omp parallel for schedule(dynamic, 1)
    for (int i = 0; i < items; i++) {
        struct work *w = &p.work[omp_get_thread_num()];
        const struct span *t = &p.tile[p.tiles - 1 - i / a->heads];
        const int head = i % a->heads;
        load_queries(&p, w, t, head);
        if (a->prefix_begin) meet_prefix(&p, w, t, head);
        meet_own(&p, w, t, head);
        store(&p, w, t, head, o, ldo, lse);
    }
}

void attention_visit(const struct attention *a, const real *q, int ldq, const real *k, int ldk,
                     int segments, const struct span *segment, attention_visitor *visit, void *self,
                     void *scratch)
{
    struct pass p;
    assert(!a->transform.apply && !a->first);
    open_pass(&p, a, q, ldq, k, ldk, scratch);
#pragma omp parallel for schedule(dynamic, 1)
    for (int item = 0; item < segments * a->heads; item++) {
        struct work *w = &p.work[omp_get_thread_num()];
        const struct span *s = &segment[item / a->heads];
        const int head = item % a->heads;
        for (int from = s->from; from < s->to; from += QUERIES) {
            const struct span t = {from, from + QUERIES < s->to ? from + QUERIES : s->to};
            load_queries(&p, w, &t, head);
            for (int key = own_range(a, w, &t), first = key; key < t.to; key += KEYS) {
                const int keys = t.to - key < KEYS ? t.to - key : KEYS;
                scores(&p, w, &t, head, key, keys, own_edge(a, &t, key, keys));
                const struct attention_visited v = {.item = item,
                                                    .head = head,
                                                    .query = t.from,
                                                    .queries = t.to - t.from,
                                                    .key = key,
                                                    .keys = keys,
                                                    .first = key == first,
                                                    .last = key + keys >= t.to,
                                                    .factor = has_terms(a) ? 1 : a->scale,
                                                    .s = w->s};
                visit(self, &v);
            }
        }
    }
}
