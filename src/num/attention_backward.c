/* attention_backward.c -- a work item is a tile of keys of one key-value head; tiles of queries pass by.
 *
 *   P = exp(S - lse);  dV += P^T dO;  dP = dO V^T;  dS = P (dP - D), D_i = o_i . do_i
 *   dQ += dS K;  dK += dS^T Q        (scores held as S[query][key])
 *
 * The item owns dK and dV of its keys. dQ of a query tile is added to by several items: a ticket per (head, query tile) makes
 * them take turns in ascending order of keys, so the sum has one order for any number of threads. Items are handed out in
 * ascending order of keys, so whoever waits, waits for an item that is already running. */
#include <assert.h>
#include <math.h>
#include <omp.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "src/base/parallel.h"
#include "src/num/attention_tiles.h"

/* One thread's buffers. */
struct work {
    real *kt[ATTENTION_REGIONS], *vt; /* [qk_dim][KEYS], [v_dim][KEYS] */
    real *p, *ds, *part;              /* [QUERIES][KEYS]; part: one region's share */
    real *dk[ATTENTION_REGIONS], *dv; /* [KEYS][padded dims] */
    real *k,
        *dk_own; /* [KEYS][padded qk_dim], with rates: keys as the query tile sees them, and their gradient */
    real *x, *w, *raw; /* [QUERIES][KEYS]: a term, the product of the weights, scale * q . k */
    double *dparams;
};

struct pass {
    const struct attention *a;
    const struct attention_grads *g;
    struct rows q[ATTENTION_REGIONS], k[ATTENTION_REGIONS], v, d_o;
    const real *lse;
    real *d; /* [heads][N] */
    int32_t *centre;
    struct span *keys, *queries;
    int n_keys, n_queries;
    int *first_tile;             /* [N] of a segment's anchor: index of its first query tile */
    atomic_int *ticket;          /* [heads][query tiles] */
    atomic_int turn;             /* items whose parameter gradients have been added */
    real *dq[ATTENTION_REGIONS]; /* [N][heads][padded]: where dq cannot be written in place */
    ptrdiff_t lddq, step_dq;
    real *content_i, *content_j; /* [N][heads] */
    int n_params;
    struct work *work;
};

static int learned(const struct attention *a)
{
    int n = 0;
    for (int i = 0; i < a->n_bias; i++) n += a->bias[i].grad ? a->bias[i].n_params : 0;
    for (int i = 0; i < a->n_weight; i++) n += a->weight[i].grad ? a->weight[i].n_params : 0;
    return n;
}

/* dq cannot be added to in place: rows are padded or scaled, or a copy's first tile is not its own. */
static bool own_dq(const struct attention *a)
{
    return a->qk_dim % VEC || a->channel_rate || a->regions.n > 1;
}

static struct work place_work(const struct attention *a, struct carver *c)
{
    const int wide_k = vec_round(a->qk_dim), wide_v = vec_round(a->v_dim), tile = QUERIES * KEYS;
    const bool terms = has_terms(a), rates = a->channel_rate;
    struct work w = {.vt = CARVE(c, real, wide_v * KEYS),
                     .p = CARVE(c, real, tile),
                     .ds = CARVE(c, real, tile),
                     .part = CARVE(c, real, a->regions.n > 1 ? tile : 0),
                     .dv = CARVE(c, real, KEYS * wide_v),
                     .k = CARVE(c, real, rates ? KEYS * wide_k : 0),
                     .dk_own = CARVE(c, real, rates ? KEYS * wide_k : 0),
                     .x = CARVE(c, real, terms ? tile : 0),
                     .w = CARVE(c, real, terms ? tile : 0),
                     .raw = CARVE(c, real, terms ? tile : 0),
                     .dparams = CARVE(c, double, learned(a))};
    for (int m = 0; m < attention_copies(a); m++) {
        w.kt[m] = CARVE(c, real, wide_k * KEYS);
        w.dk[m] = CARVE(c, real, KEYS * wide_k);
    }
    return w;
}

struct pads {
    real *q[ATTENTION_REGIONS], *k[ATTENTION_REGIONS], *v, *d_o;
};

static void place(struct pass *p, const struct attention *a, struct carver *c, struct pads *pad)
{
    const size_t n = (size_t)a->tokens, heads = (size_t)a->heads;
    const int threads = parallel_threads();
    const bool rate = a->channel_rate;
    p->a = a;
    p->keys = CARVE(c, struct span, attention_spans(a));
    p->queries = CARVE(c, struct span, attention_spans(a));
    p->first_tile = CARVE(c, int, n);
    p->ticket = CARVE(c, atomic_int, heads * attention_spans(a));
    p->d = CARVE(c, real, n * heads);
    p->centre = CARVE(c, int32_t, rate ? n : 0);
    for (int m = 0; m < attention_copies(a); m++) {
        pad->q[m] = CARVE(c, real, attention_padding(a, a->heads, a->qk_dim, rate));
        pad->k[m] = CARVE(c, real, attention_padding(a, a->kv_heads, a->qk_dim, rate));
        p->dq[m] = CARVE(c, real, own_dq(a) ? n * heads * (size_t)vec_round(a->qk_dim) : 0);
    }
    pad->v = CARVE(c, real, attention_padding(a, a->kv_heads, a->v_dim, false));
    pad->d_o = CARVE(c, real, attention_padding(a, a->heads, a->v_dim, false));
    p->content_i = CARVE(c, real, a->content ? n * heads : 0);
    p->content_j = CARVE(c, real, a->content ? n * heads : 0);
    p->n_params = learned(a);
    p->work = CARVE(c, struct work, threads);
    for (int t = 0; t < threads; t++) {
        const struct work w = place_work(a, c);
        if (c->base) p->work[t] = w;
    }
}

size_t attention_scratch(const struct attention *a, bool backward)
{
    struct carver c = {0};
    struct pass p;
    struct pads pad;
    const size_t forward = attention_forward_scratch(a);
    if (!backward) return forward;
    if (a->transform.apply) return attention_whole_scratch(a, true);
    place(&p, a, &c, &pad);
    return c.used > forward ? c.used : forward;
}

/* D_i = o_i . do_i, [head][token] */
static void fill_d(const struct pass *p, const real *o, int ldo, const real *d_o, int lddo)
{
    const struct attention *a = p->a;
#pragma omp parallel for schedule(static)
    for (int i = 0; i < a->tokens; i++)
        for (int h = 0; h < a->heads; h++) {
            const real *x = o + (size_t)i * ldo + h * a->v_dim,
                       *y = d_o + (size_t)i * lddo + h * a->v_dim;
            double s = 0;
            for (int c = 0; c < a->v_dim; c++) s += (double)x[c] * y[c];
            p->d[(size_t)h * a->tokens + i] = (real)s;
        }
}

/* The pair of tiles at hand. */
struct meeting {
    const struct span *q, *k;
    int head, kv, tile;    /* tile: index of the query tile */
    int rows, cols, lanes; /* queries, keys, keys rounded to vectors */
    int low, high, turn;   /* copies of q and k in use; whose turn to add to dq */
};

static struct attention_tile tile_of(const struct attention *a, const struct meeting *m)
{
    return (struct attention_tile){m->head,
                                   m->rows,
                                   m->cols,
                                   KEYS,
                                   a->position ? a->position + m->q->from : NULL,
                                   a->position ? a->position + m->k->from : NULL};
}

/* S in w->p from raw products: terms added in the order of the forward pass. */
static void add_terms(const struct pass *p, struct work *w, const struct meeting *m)
{
    const struct attention *a = p->a;
    const struct attention_tile tile = tile_of(a, m);
    const int size = m->rows * KEYS;
    if (a->n_weight) {
        for (int i = 0; i < size; i++) w->w[i] = 1;
        for (int i = 0; i < a->n_weight; i++) a->weight[i].fill(a->weight[i].self, &tile, w->w);
    }
    if (a->n_bias) {
        memset(w->x, 0, (size_t)size * sizeof *w->x);
        for (int i = 0; i < a->n_bias; i++) a->bias[i].fill(a->bias[i].self, &tile, w->x);
    }
    for (int r = 0; r < m->rows; r++) {
        const size_t row = (size_t)(m->q->from + r) * a->heads + m->head;
        const real own = a->row_scale ? a->row_scale[row] : 1;
        real *s = w->p + r * KEYS, *raw = w->raw + r * KEYS;
        for (int j = 0; j < m->cols; j++) {
            raw[j] = s[j];
            s[j] *= a->scale * own;
        }
        for (int j = 0; a->n_weight && j < m->cols; j++) s[j] *= w->w[r * KEYS + j];
        for (int j = 0; a->n_bias && j < m->cols; j++) s[j] += w->x[r * KEYS + j];
        for (int j = 0; a->content && j < m->cols; j++)
            s[j] += a->content[row] - a->content[(size_t)(m->k->from + j) * a->heads + m->head];
        for (int j = 0; a->softcap > 0 && j < m->lanes; j += VEC)
            vec_store(s + j, vec_tanh(vec_load(s + j) / a->softcap) * a->softcap);
    }
}

/* P = exp(factor S - lse), 0 where masked; dS = P (dP - D) */
static void probabilities(const struct pass *p, struct work *w, const struct meeting *m,
                          real factor)
{
    const struct attention *a = p->a;
    const int32_t *begin = first_keys(a);
    const real cap = a->softcap;
    for (int r = 0; r < m->rows; r++) {
        const int i = m->q->from + r;
        const real lse = p->lse[(size_t)i * a->heads + m->head];
        const vec d = vec_all(p->d[(size_t)m->head * a->tokens + i]);
        /* keys seen: [low, high) of this tile's columns */
        const int low = begin[i] - m->k->from,
                  high = i + 1 - m->k->from < m->cols ? i + 1 - m->k->from : m->cols;
        for (int j = 0; j < m->lanes; j += VEC) {
            real *s = w->p + r * KEYS + j, *ds = w->ds + r * KEYS + j;
            const vec logit = vec_load(s);
            vec e = vec_exp(logit * factor - lse);
            if (j < low || j + VEC > high) {
                for (int c = 0; c < VEC; c++)
                    if (j + c < low || j + c >= high) e[c] = 0;
            }
            vec g = e * (vec_load(ds) - d);
            if (cap > 0) g = g * (1 - (logit / cap) * (logit / cap));
            if (cap > 0 && (j < low || j + VEC > high))
                for (int c = 0; c < VEC; c++)
                    if (j + c < low || j + c >= high) g[c] = 0;
            vec_store(s, e);
            vec_store(ds, g);
        }
    }
}

/* dS is the gradient of the finished logits: hand it to the terms, and turn it into that of q . k. The row sums
 * (row_scale, content_i) are added to by several key tiles: called in the ticket's turn. */
static void back_terms(const struct pass *p, struct work *w, const struct meeting *m)
{
    const struct attention *a = p->a;
    const struct attention_tile tile = tile_of(a, m);
    double *dparams = w->dparams;
    for (int b = 0; b < a->n_bias; b++) {
        if (!a->bias[b].grad) continue;
        a->bias[b].grad(a->bias[b].self, &tile, w->ds, dparams);
        dparams += a->bias[b].n_params;
    }
    for (int r = 0; a->content && r < m->rows; r++) {
        const size_t row = (size_t)(m->q->from + r) * a->heads + m->head;
        real sum = 0;
        for (int j = 0; j < m->cols; j++) {
            sum += w->ds[r * KEYS + j];
            p->content_j[(size_t)(m->k->from + j) * a->heads + m->head] += w->ds[r * KEYS + j];
        }
        p->content_i[row] += sum;
    }
    for (int b = 0; b < a->n_weight; b++) {
        if (!a->weight[b].grad) continue;
        for (int i = 0; i < m->rows * KEYS; i++) w->x[i] = 1;
        for (int o = 0; o < a->n_weight; o++)
            if (o != b) a->weight[o].fill(a->weight[o].self, &tile, w->x);
        for (int r = 0; r < m->rows; r++) {
            const size_t row = (size_t)(m->q->from + r) * a->heads + m->head;
            const real own = a->scale * (a->row_scale ? a->row_scale[row] : 1);
            for (int j = 0; j < m->cols; j++) {
                const int at = r * KEYS + j;
                w->x[at] *= w->ds[at] * w->raw[at] * own;
            }
        }
        a->weight[b].grad(a->weight[b].self, &tile, w->x, dparams);
        dparams += a->weight[b].n_params;
    }
    for (int r = 0; r < m->rows; r++) {
        const size_t row = (size_t)(m->q->from + r) * a->heads + m->head;
        const real own = a->row_scale ? a->row_scale[row] : 1;
        real *ds = w->ds + r * KEYS, sum = 0;
        for (int j = 0; a->n_weight && j < m->cols; j++) ds[j] *= w->w[r * KEYS + j];
        for (int j = 0; p->g->drow_scale && j < m->cols; j++)
            sum += ds[j] * w->raw[r * KEYS + j] * a->scale;
        if (p->g->drow_scale) p->g->drow_scale[row] += sum;
        for (int j = 0; a->row_scale && j < m->cols; j++) ds[j] *= own;
    }
}

/* Which key tile of a query tile's own list this is: the turn of its additions. */
static int turn_of(const struct attention *a, const struct meeting *m)
{
    const int anchor = a->anchor[m->q->from];
    return (m->k->from - anchor) / KEYS - (first_keys(a)[m->q->from] - anchor) / KEYS;
}

static void wait_for(atomic_int *ticket, int value)
{
    for (int spin = 0; atomic_load_explicit(ticket, memory_order_acquire) != value; spin++)
        if (spin > 200) sched_yield();
}

/* dQ of the query tile += dS K, in turn */
static void add_dq(const struct pass *p, const real *ds, int copy, const struct meeting *m,
                   const real *k, ptrdiff_t ldk, bool fresh)
{
    real *dq = p->dq[copy] + m->q->from * p->lddq + m->head * p->step_dq;
    tile_multiply(m->rows, vec_round(p->a->qk_dim), m->cols, ds, KEYS, 1, k, ldk, !fresh, dq,
                  p->lddq);
}

/* The elements of `from` whose positions ask for a copy; 0 (or what is there) elsewhere. */
static void pick(const struct attention *a, const struct meeting *m, int copy, const real *from,
                 bool clear, real *to)
{
    for (int r = 0; r < m->rows; r++)
        for (int j = 0; j < m->cols; j++) {
            const int at = r * KEYS + j;
            if (a->regions.of(a->regions.self, a->position[m->q->from + r],
                              a->position[m->k->from + j]) == copy)
                to[at] = from[at];
            else if (clear)
                to[at] = 0;
        }
}

/* Raw products into w->p, each element of the copy that it asks for. */
static void multiply(const struct pass *p, struct work *w, const struct meeting *m)
{
    for (int c = m->low; c <= m->high; c++) {
        tile_multiply(m->rows, m->lanes, p->a->qk_dim, row_of(&p->q[c], m->q->from, m->head),
                      p->q[c].ld, 1, w->kt[c], KEYS, 0, c == m->low ? w->p : w->part, KEYS);
        if (c > m->low) pick(p->a, m, c, w->part, false, w->p);
    }
}

/* dQ and dK of every copy of the tile; rows of dq are clear before the first. */
static void back_copies(const struct pass *p, struct work *w, const struct meeting *m, bool dq)
{
    const int wide_k = vec_round(p->a->qk_dim);
    for (int c = m->low; c <= m->high; c++) {
        const real *ds = w->ds;
        if (m->low < m->high) {
            pick(p->a, m, c, w->ds, true, w->part);
            ds = w->part;
        }
        if (dq)
            add_dq(p, ds, c, m, row_of(&p->k[c], m->k->from, m->kv), p->k[c].ld,
                   p->a->regions.n < 2 && m->turn == 0);
        else
            tile_multiply(m->cols, wide_k, m->rows, ds, 1, KEYS,
                          row_of(&p->q[c], m->q->from, m->head), p->q[c].ld, 1, w->dk[c], wide_k);
    }
}

/* The tile's keys as the query tile sees them, where rates apply. */
static void recentre(const struct pass *p, struct work *w, const struct meeting *m)
{
    const struct attention *a = p->a;
    const int wide_k = vec_round(a->qk_dim);
    attention_recentre(a, &p->k[0], m->kv, m->k->from, m->cols, p->centre[m->q->from], p->centre,
                       w->k);
    attention_transpose(w->kt[0], w->k, wide_k, m->cols, a->qk_dim);
}

/* d(key as seen here) goes back to the stored key by the same factors. */
static void back_recentred(const struct pass *p, struct work *w, const struct meeting *m)
{
    const struct attention *a = p->a;
    const int wide_k = vec_round(a->qk_dim);
    tile_multiply(m->cols, wide_k, m->rows, w->ds, 1, KEYS, row_of(&p->q[0], m->q->from, m->head),
                  p->q[0].ld, 0, w->dk_own, wide_k);
    real factor[MAX_DIM];
    for (int j = 0; j < m->cols; j++) {
        const int32_t centre = p->centre[m->k->from + j];
        if (j == 0 || centre != p->centre[m->k->from + j - 1])
            for (int c = 0; c < a->qk_dim; c++)
                factor[c] = (real)exp(a->channel_rate[c] * (p->centre[m->q->from] - centre));
        for (int c = 0; c < a->qk_dim; c++)
            w->dk[0][j * wide_k + c] += w->dk_own[j * wide_k + c] * factor[c];
    }
}

static void meet(const struct pass *p, struct work *w, struct meeting *m)
{
    const struct attention *a = p->a;
    const int wide_v = vec_round(a->v_dim);
    const bool terms = has_terms(a);
    const real *d_o = row_of(&p->d_o, m->q->from, m->head);
    if (p->centre) recentre(p, w, m);
    if (a->regions.n > 1) attention_region_span(a, m->q, m->k, &m->low, &m->high);
    multiply(p, w, m);
    if (terms) add_terms(p, w, m);
    tile_multiply(m->rows, m->lanes, a->v_dim, d_o, p->d_o.ld, 1, w->vt, KEYS, 0, w->ds, KEYS);
    probabilities(p, w, m, terms ? 1 : a->scale);
    tile_multiply(m->cols, wide_v, m->rows, w->p, 1, KEYS, d_o, p->d_o.ld, 1, w->dv, wide_v);
    atomic_int *ticket = &p->ticket[(size_t)m->head * p->n_queries + m->tile];
    m->turn = turn_of(a, m);
    wait_for(ticket, m->turn);
    if (terms) back_terms(p, w, m);
    for (int r = 0; r < m->rows; r++)
        for (int j = 0; j < m->lanes; j += VEC) {
            real *ds = w->ds + r * KEYS + j;
            vec_store(ds, vec_load(ds) * a->scale);
        }
    if (p->centre)
        add_dq(p, w->ds, 0, m, w->k, vec_round(a->qk_dim), m->turn == 0);
    else
        back_copies(p, w, m, true);
    atomic_store_explicit(ticket, m->turn + 1, memory_order_release);
    if (p->centre)
        back_recentred(p, w, m);
    else
        back_copies(p, w, m, false);
}

/* All queries that see the keys of one tile, for every query head of the key-value head. */
static void item(const struct pass *p, struct work *w, const struct span *k, int kv)
{
    const struct attention *a = p->a;
    const int wide_k = vec_round(a->qk_dim), wide_v = vec_round(a->v_dim),
              group = a->heads / a->kv_heads, cols = k->to - k->from, anchor = a->anchor[k->from];
    for (int m = 0; !p->centre && m < attention_copies(a); m++)
        attention_transpose(w->kt[m], row_of(&p->k[m], k->from, kv), p->k[m].ld, cols, a->qk_dim);
    attention_transpose(w->vt, row_of(&p->v, k->from, kv), p->v.ld, cols, a->v_dim);
    for (int m = 0; m < attention_copies(a); m++)
        memset(w->dk[m], 0, (size_t)KEYS * (size_t)wide_k * sizeof *w->dk[m]);
    memset(w->dv, 0, (size_t)KEYS * (size_t)wide_v * sizeof *w->dv);
    for (int t = p->first_tile[anchor] + (k->from - anchor) / QUERIES; t < p->n_queries; t++) {
        const struct span *q = &p->queries[t];
        if (a->anchor[q->from] != anchor || first_keys(a)[q->from] >= k->to) break;
        for (int h = kv * group; h < (kv + 1) * group; h++) {
            struct meeting m = {q, k, h, kv, t, q->to - q->from, cols, vec_round(cols), 0, 0, 0};
            meet(p, w, &m);
        }
    }
    for (int j = 0; j < cols; j++) {
        const ptrdiff_t row = (ptrdiff_t)(k->from + j) * p->g->lddk + kv * a->qk_dim;
        real *dk = p->g->dk + row;
        real *dv = p->g->dv + (ptrdiff_t)(k->from + j) * p->g->lddv + kv * a->v_dim;
        memcpy(dk, w->dk[0] + j * wide_k, (size_t)a->qk_dim * sizeof *dk);
        memcpy(dv, w->dv + j * wide_v, (size_t)a->v_dim * sizeof *dv);
        for (int m = 1; m < attention_copies(a); m++)
            memcpy(p->g->dk_copy[m] + row, w->dk[m] + j * wide_k, (size_t)a->qk_dim * sizeof *dk);
        for (int c = 0; p->centre && c < a->qk_dim; c++)
            dk[c] = (real)(dk[c] * exp(-a->channel_rate[c] *
                                       (a->position[k->from + j] - p->centre[k->from + j])));
    }
}

/* Parameter gradients of the items are added in the order of the items. */
static void add_parameters(struct pass *p, struct work *w, int index)
{
    const struct attention *a = p->a;
    wait_for(&p->turn, index);
    const double *from = w->dparams;
    for (int i = 0; i < a->n_bias + a->n_weight; i++) {
        const struct attention_term *t = i < a->n_bias ? &a->bias[i] : &a->weight[i - a->n_bias];
        if (!t->grad) continue;
        for (int k = 0; k < t->n_params; k++) t->dparams[k] += from[k];
        from += t->n_params;
    }
    memset(w->dparams, 0, (size_t)p->n_params * sizeof *w->dparams);
    atomic_store_explicit(&p->turn, index + 1, memory_order_release);
}

/* What could not be written in place: dq of padded or re-centred rows, the content bias's two halves. */
static void finish(const struct pass *p)
{
    const struct attention *a = p->a;
    const int heads = a->heads;
#pragma omp parallel for schedule(static)
    for (int i = 0; i < a->tokens; i++)
        for (int h = 0; h < heads; h++) {
            const size_t at = (size_t)i * heads + h;
            if (p->g->dcontent) p->g->dcontent[at] = p->content_i[at] - p->content_j[at];
            if (!own_dq(a)) continue;
            const ptrdiff_t from = (ptrdiff_t)i * p->lddq + h * p->step_dq,
                            to = (ptrdiff_t)i * p->g->lddq + h * a->qk_dim;
            real *dq = p->g->dq + to;
            for (int m = 0; m < attention_copies(a); m++)
                memcpy(m ? p->g->dq_copy[m] + to : dq, p->dq[m] + from,
                       (size_t)a->qk_dim * sizeof *dq);
            for (int c = 0; p->centre && c < a->qk_dim; c++)
                dq[c] = (real)(dq[c] * exp(a->channel_rate[c] * (a->position[i] - p->centre[i])));
        }
}

static void prepare(struct pass *p)
{
    const struct attention *a = p->a;
    const size_t rows = (size_t)a->tokens * (size_t)a->heads;
    p->n_keys = attention_cut(a, KEYS, 0, p->keys);
    p->n_queries = attention_cut(a, QUERIES, 0, p->queries);
    for (int t = p->n_queries - 1; t >= 0; t--) p->first_tile[a->anchor[p->queries[t].from]] = t;
    for (size_t i = 0; i < (size_t)a->heads * (size_t)p->n_queries; i++)
        atomic_init(&p->ticket[i], 0);
    atomic_init(&p->turn, 0);
    if (p->g->drow_scale) memset(p->g->drow_scale, 0, rows * sizeof(real));
    if (a->content) memset(p->content_i, 0, rows * sizeof(real));
    if (a->content) memset(p->content_j, 0, rows * sizeof(real));
    for (int m = 0; a->regions.n > 1 && m < a->regions.n; m++) /* not every tile meets every copy */
        memset(p->dq[m], 0, rows * (size_t)vec_round(a->qk_dim) * sizeof(real));
    for (int t = 0; t < parallel_threads() && p->n_params; t++)
        memset(p->work[t].dparams, 0, (size_t)p->n_params * sizeof(double));
}

void attention_backward(const struct attention *a, const real *q, int ldq, const real *k, int ldk,
                        const real *v, int ldv, const real *o, int ldo, const real *lse,
                        const real *d_o, int lddo, const struct attention_grads *g, void *scratch)
{
    assert(a->first == 0 && !a->prefix_begin && "the backward pass is for training batches");
    if (a->transform.apply) {
        attention_whole_backward(a, q, ldq, k, ldk, v, ldv, o, ldo, lse, d_o, lddo, g, scratch);
        return;
    }
    struct carver carver = {scratch, 0};
    struct pass p = {.g = g, .lse = lse};
    struct pads pad;
    const int sign = a->channel_rate ? 1 : 0;
    place(&p, a, &carver, &pad);
    if (sign)
        attention_centres(a, p.centre);
    else
        p.centre = NULL;
    for (int m = 0; m < attention_copies(a); m++) {
        p.q[m] = attention_rows(a, 0, m ? a->regions.q[m] : q, ldq, a->heads, a->qk_dim, sign,
                                p.centre, pad.q[m]);
        p.k[m] = attention_rows(a, 0, m ? a->regions.k[m] : k, ldk, a->kv_heads, a->qk_dim, -sign,
                                p.centre, pad.k[m]);
    }
    p.v = attention_rows(a, 0, v, ldv, a->kv_heads, a->v_dim, 0, NULL, pad.v);
    p.d_o = attention_rows(a, 0, d_o, lddo, a->heads, a->v_dim, 0, NULL, pad.d_o);
    p.lddq = own_dq(a) ? (ptrdiff_t)a->heads * vec_round(a->qk_dim) : g->lddq;
    p.step_dq = own_dq(a) ? vec_round(a->qk_dim) : a->qk_dim;
    if (!own_dq(a)) p.dq[0] = g->dq;
    prepare(&p);
    fill_d(&p, o, ldo, d_o, lddo);
    const int items = p.n_keys * a->kv_heads;
    atomic_int next;
    atomic_init(&next, 0);
#pragma omp parallel
    for (;;) {
        const int i = atomic_fetch_add_explicit(&next, 1, memory_order_relaxed);
        if (i >= items) break;
        struct work *w = &p.work[omp_get_thread_num()];
        item(&p, w, &p.keys[i / a->kv_heads], i % a->kv_heads);
        if (p.n_params) add_parameters(&p, w, i);
    }
    if (own_dq(a) || g->dcontent) finish(&p);
}
