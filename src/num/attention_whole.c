/* attention_whole.c -- attention whose logits are transformed a whole row at a time.
 *
 *   y = T(x + b),  x = scale row_scale_i (q_i . k_j) prod weight,  b = sum bias + content_i - content_j
 *   P = softmax(y),  O = P V;  dV += P^T dO,  dy = P (dO V^T - D),  (dx, db) = T'(dy)
 *
 * A transform wants every key of a query and all heads at once. So blocks of ROWS queries go by one
 * after another, with all their logits in memory: [ROWS][heads][keys], linear in the length. The
 * threads work on one block together; every sum has one owner, which adds in the order of the
 * blocks, so bits do not depend on the number of threads.
 *
 * Columns of a block: the keys of the shared prefix, then up to a whole vector of nothing, then the
 * keys from `key` to the last query. Where a row sees nothing its logits are -infinity. */
#include <assert.h>
#include <math.h>
#include <omp.h>
#include <string.h>

#include "src/base/parallel.h"
#include "src/num/attention_tiles.h"
#include "src/num/vmath.h"

enum { ROWS = 32, PART = 8 }; /* queries of a block; of a product of one head */

/* One thread's buffers. */
struct work {
    real *kt, *vt; /* [dim][KEYS] */
    real *tile;    /* [ROWS][KEYS] the product of the weights, or one of them */
    real *out;     /* [PART][padded dim] */
    real *row, *q; /* [heads + 1][ld] for the transform; [heads][qk_dim] the query */
};

struct whole {
    const struct attention *a;
    const struct attention_grads *g;
    struct rows q, k, v, d_o;
    const real *o, *lse;
    int ldo, tiles;
    int ld; /* columns */
    struct span *tile;
    real *raw, *x, *b, *y; /* [ROWS][heads][ld]: q . k, its scaled form, biases, logits or P */
    real *dy, *dx, *db;    /* the same, backward; dy is dP first */
    real *dq;              /* [ROWS][heads][qk_dim] of the transform */
    real *dk, *dv;         /* [N][kv_heads][padded dim] */
    double *row_params;    /* [ROWS][n] the transform's gradients by row of the block */
    double *head_params;   /* [heads][m] those of the terms by head */
    int n_row, n_head;
    struct work *work;
};

/* Queries [from, to) and their columns. */
struct block {
    int from, to, prefix, n_prefix, key, own, cols;
    int tiles_prefix, tiles; /* of KEYS columns */
};

static int term_params(const struct attention *a)
{
    int n = 0;
    for (int i = 0; i < a->n_bias; i++) n += a->bias[i].grad ? a->bias[i].n_params : 0;
    for (int i = 0; i < a->n_weight; i++) n += a->weight[i].grad ? a->weight[i].n_params : 0;
    return n;
}

struct pads {
    real *q, *k, *v, *d_o;
};

static void place(struct whole *p, const struct attention *a, struct carver *c, struct pads *pad,
                  bool backward)
{
    const int threads = parallel_threads(), wide_k = vec_round(a->qk_dim),
              wide_v = vec_round(a->v_dim), longest = a->longest ? a->longest : a->tokens;
    const size_t n = (size_t)a->tokens, kv = (size_t)a->kv_heads;
    p->a = a;
    p->ld = vec_round(longest) + VEC;
    const size_t all = (size_t)ROWS * (size_t)a->heads * (size_t)p->ld;
    p->tile = CARVE(c, struct span, attention_spans(a));
    real **const forward[] = {&p->raw, &p->x, &p->b, &p->y};
    for (int i = 0; i < 4; i++) *forward[i] = CARVE(c, real, all);
    pad->v = CARVE(c, real, attention_padding(a, a->kv_heads, a->v_dim, false));
    p->work = CARVE(c, struct work, threads);
    for (int t = 0; t < threads; t++) {
        const struct work w = {.kt = CARVE(c, real, wide_k * KEYS),
                               .vt = CARVE(c, real, backward ? wide_v * KEYS : 0),
                               .tile = CARVE(c, real, ROWS * KEYS),
                               .out = CARVE(c, real, PART * (wide_k > wide_v ? wide_k : wide_v)),
                               .row = CARVE(c, real, (size_t)(a->heads + 1) * (size_t)p->ld),
                               .q = CARVE(c, real, a->heads * a->qk_dim)};
        if (c->base) p->work[t] = w;
    }
    if (!backward) return;
    real **const gradients[] = {&p->dy, &p->dx, &p->db};
    for (int i = 0; i < 3; i++) *gradients[i] = CARVE(c, real, all);
    p->dq = CARVE(c, real, ROWS * a->heads * a->qk_dim);
    p->dk = CARVE(c, real, n * kv * (size_t)wide_k);
    p->dv = CARVE(c, real, n * kv * (size_t)wide_v);
    pad->q = CARVE(c, real, attention_padding(a, a->heads, a->qk_dim, false));
    pad->k = CARVE(c, real, attention_padding(a, a->kv_heads, a->qk_dim, false));
    pad->d_o = CARVE(c, real, attention_padding(a, a->heads, a->v_dim, false));
    p->n_row = a->transform.n_params;
    p->n_head = term_params(a);
    p->row_params = CARVE(c, double, (size_t)ROWS *(size_t)p->n_row);
    p->head_params = CARVE(c, double, (size_t)a->heads *(size_t)p->n_head);
}

size_t attention_whole_scratch(const struct attention *a, bool backward)
{
    struct carver c = {0};
    struct whole p = {0};
    struct pads pad;
    place(&p, a, &c, &pad, backward);
    return c.used;
}

static int tiles_of(int keys)
{
    return (keys + KEYS - 1) / KEYS;
}

static struct block block_of(const struct whole *p, int index)
{
    const struct attention *a = p->a;
    const struct span *t = &p->tile[index];
    const int anchor = a->anchor[t->from], first = first_keys(a)[t->from];
    struct block b = {.from = t->from, .to = t->to};
    if (a->prefix_begin) {
        b.prefix = a->prefix_begin[t->from];
        b.n_prefix = a->prefix_end[t->from] - b.prefix;
    }
    b.key = anchor + (first - anchor) / KEYS * KEYS;
    b.own = vec_round(b.n_prefix);
    b.cols = b.own + t->to - b.key;
    b.tiles_prefix = tiles_of(b.n_prefix);
    b.tiles = b.tiles_prefix + tiles_of(t->to - b.key);
    assert(vec_round(b.cols) <= p->ld);
    return b;
}

/* Columns [*col, + returned) of tile t of a block are the keys from *key on. */
static int keys_of_tile(const struct block *b, int t, int *key, int *col)
{
    const bool own = t >= b->tiles_prefix;
    const int at = (own ? t - b->tiles_prefix : t) * KEYS,
              left = (own ? b->to - b->key : b->n_prefix) - at;
    *key = (own ? b->key : b->prefix) + at;
    *col = (own ? b->own : 0) + at;
    return left < KEYS ? left : KEYS;
}

/* Element (row, head, column 0) of an array of the block. */
static size_t row_at(const struct whole *p, int r, int head)
{
    return ((size_t)r * (size_t)p->a->heads + (size_t)head) * (size_t)p->ld;
}

static struct attention_tile tile_at(const struct whole *p, const struct block *b, int head,
                                     int key, int n, int ld)
{
    const struct attention *a = p->a;
    return (struct attention_tile){head,
                                   b->to - b->from,
                                   n,
                                   ld,
                                   a->position ? a->position + b->from : NULL,
                                   a->position ? a->position + key : NULL};
}

/* w->tile = product of the weights but `without` */
static void fill_weights(const struct whole *p, struct work *w, const struct block *b, int head,
                         int key, int n, int without)
{
    const struct attention_tile t = tile_at(p, b, head, key, n, KEYS);
    for (int i = 0; i < ROWS * KEYS; i++) w->tile[i] = 1;
    for (int i = 0; i < p->a->n_weight; i++)
        if (i != without) p->a->weight[i].fill(p->a->weight[i].self, &t, w->tile);
}

/* raw, x, b of one head over a tile of columns */
static void score(const struct whole *p, struct work *w, const struct block *b, int head, int key,
                  int col, int n)
{
    const struct attention *a = p->a;
    const int rows = b->to - b->from, step = a->heads * p->ld;
    tile_multiply(rows, vec_round(n), a->qk_dim, row_of(&p->q, b->from, head), p->q.ld, 1, w->kt,
                  KEYS, 0, p->raw + row_at(p, 0, head) + col, step);
    if (a->n_weight) fill_weights(p, w, b, head, key, n, -1);
    for (int r = 0; r < rows; r++) {
        const size_t at = row_at(p, r, head) + (size_t)col,
                     i = (size_t)(b->from + r) * (size_t)a->heads + (size_t)head;
        const real own = a->scale * (a->row_scale ? a->row_scale[i] : 1);
        for (int j = 0; j < n; j++) {
            p->x[at + j] = p->raw[at + j] * own * (a->n_weight ? w->tile[r * KEYS + j] : 1);
            p->b[at + j] =
                a->content ? a->content[i] - a->content[(size_t)(key + j) * a->heads + head] : 0;
        }
    }
    const struct attention_tile t = tile_at(p, b, head, key, n, step);
    for (int i = 0; i < a->n_bias; i++)
        a->bias[i].fill(a->bias[i].self, &t, p->b + row_at(p, 0, head) + col);
}

/* Item: a tile of keys of one key-value head. Backward also dP = dO V^T. */
static void score_item(const struct whole *p, struct work *w, const struct block *b, int item)
{
    const struct attention *a = p->a;
    const int kv = item % a->kv_heads, group = a->heads / a->kv_heads, rows = b->to - b->from;
    int key, col;
    const int n = keys_of_tile(b, item / a->kv_heads, &key, &col);
    attention_transpose(w->kt, row_of(&p->k, key, kv), p->k.ld, n, a->qk_dim);
    if (p->dy) attention_transpose(w->vt, row_of(&p->v, key, kv), p->v.ld, n, a->v_dim);
    for (int h = kv * group; h < (kv + 1) * group; h++) {
        score(p, w, b, h, key, col, n);
        if (p->dy)
            tile_multiply(rows, vec_round(n), a->v_dim, row_of(&p->d_o, b->from, h), p->d_o.ld, 1,
                          w->vt, KEYS, 0, p->dy + row_at(p, 0, h) + col, a->heads * p->ld);
    }
}

/* Columns that a row sees: [from, prefix) and [begin, end). */
struct seen {
    int from, prefix, begin, end;
};

static struct seen seen_by(const struct whole *p, const struct block *b, int r)
{
    const int i = b->from + r, begin = b->own + first_keys(p->a)[i] - b->key;
    return (struct seen){b->n_prefix ? 0 : begin, b->n_prefix, begin, b->own + i - b->key + 1};
}

/* x outside of what the row sees, between its first and last column. */
static void set_gap(const struct seen *s, real *x, real value)
{
    for (int c = s->prefix > s->from ? s->prefix : s->from; c < s->begin; c++) x[c] = value;
}

static struct attention_row row_of_block(const struct whole *p, const struct work *w,
                                         const struct block *b, const struct seen *s, int r)
{
    const struct attention *a = p->a;
    for (int h = 0; h < a->heads; h++)
        memcpy(w->q + h * a->qk_dim, row_of(&p->q, b->from + r, h),
               (size_t)a->qk_dim * sizeof(real));
    return (struct attention_row){a->heads, s->end - s->from, a->qk_dim, (size_t)p->ld, w->q,
                                  w->row};
}

/* y = T(x + b), capped; -infinity where the row sees nothing. */
static void transform_row(const struct whole *p, const struct attention_row *row,
                          const struct seen *s, int r)
{
    const struct attention *a = p->a;
    const size_t first = row_at(p, r, 0) + (size_t)s->from;
    for (int h = 0; h < a->heads; h++) {
        const size_t at = row_at(p, r, h);
        set_gap(s, p->x + at, -INFINITY);
        set_gap(s, p->b + at, 0);
        for (int c = s->from; c < s->end; c++) p->y[at + c] = p->x[at + c] + p->b[at + c];
    }
    a->transform.apply(a->transform.self, row, p->x + first, p->b + first, p->y + first);
    for (int h = 0; h < a->heads; h++) {
        real *y = p->y + row_at(p, r, h);
        if (a->softcap > 0)
            for (int c = s->from; c < s->end; c++)
                y[c] = a->softcap * (real)tanh((double)(y[c] / a->softcap));
        set_gap(s, y, -INFINITY);
    }
}

static void clear_outside(const struct block *b, const struct seen *s, real *x)
{
    for (int c = 0; c < s->from; c++) x[c] = 0;
    for (int c = s->end; c < vec_round(b->cols); c++) x[c] = 0;
}

/* ---- forward ---- */

static void soften_row(const struct whole *p, const struct work *w, const struct block *b, int r,
                       real *lse)
{
    const struct attention *a = p->a;
    const struct seen s = seen_by(p, b, r);
    const struct attention_row row = row_of_block(p, w, b, &s, r);
    transform_row(p, &row, &s, r);
    for (int h = 0; h < a->heads; h++) {
        real *y = p->y + row_at(p, r, h);
        const int n = s.end - s.from;
        const real top = vmax(y + s.from, n), sum = vexp_sum(y + s.from, y + s.from, top, n);
        for (int c = s.from; c < s.end; c++) y[c] /= sum;
        clear_outside(b, &s, y);
        lse[(size_t)(b->from + r - a->first) * (size_t)a->heads + (size_t)h] =
            (real)(top + log((double)sum));
    }
}

/* out[rows][wide] = A[rows][columns of the block] times rows of x (keys): the two runs of keys. */
static void multiply_keys(const struct whole *p, const struct block *b, const real *a, int rows,
                          const struct rows *x, int kv, int wide, real *out)
{
    const int step = p->a->heads * p->ld;
    if (b->n_prefix)
        tile_multiply(rows, wide, b->n_prefix, a, step, 1, row_of(x, b->prefix, kv), x->ld, 0, out,
                      wide);
    tile_multiply(rows, wide, b->to - b->key, a + b->own, step, 1, row_of(x, b->key, kv), x->ld,
                  b->n_prefix > 0, out, wide);
}

static int parts(const struct block *b)
{
    return (b->to - b->from + PART - 1) / PART;
}

/* Item: PART rows of one head. */
static void output_item(const struct whole *p, const struct work *w, const struct block *b,
                        int item, real *o, int ldo)
{
    const struct attention *a = p->a;
    const int head = item % a->heads, from = item / a->heads * PART, left = b->to - b->from - from,
              rows = left < PART ? left : PART, wide = vec_round(a->v_dim);
    multiply_keys(p, b, p->y + row_at(p, from, head), rows, &p->v, head / (a->heads / a->kv_heads),
                  wide, w->out);
    for (int r = 0; r < rows; r++)
        memcpy(o + (ptrdiff_t)(b->from + from + r - a->first) * ldo + head * a->v_dim,
               w->out + r * wide, (size_t)a->v_dim * sizeof *o);
}

void attention_whole_forward(const struct attention *a, const real *q, int ldq, const real *k,
                             int ldk, const real *v, int ldv, real *o, int ldo, real *lse,
                             void *scratch)
{
    assert(!a->channel_rate && a->regions.n < 2);
    struct carver carver = {scratch, 0};
    struct whole p = {0};
    struct pads pad;
    place(&p, a, &carver, &pad, false);
    p.q = (struct rows){q - (ptrdiff_t)a->first * ldq, ldq, a->qk_dim};
    p.k = (struct rows){k, ldk, a->qk_dim};
    p.v = attention_rows(a, 0, v, ldv, a->kv_heads, a->v_dim, 0, NULL, pad.v);
    p.tiles = attention_cut(a, ROWS, a->first, p.tile);
#pragma omp parallel
    for (int t = 0; t < p.tiles; t++) {
        struct work *w = &p.work[omp_get_thread_num()];
        const struct block b = block_of(&p, t);
#pragma omp for schedule(static)
        for (int i = 0; i < b.tiles * a->kv_heads; i++) score_item(&p, w, &b, i);
#pragma omp for schedule(static)
        for (int r = 0; r < b.to - b.from; r++) soften_row(&p, w, &b, r, lse);
#pragma omp for schedule(static)
        for (int i = 0; i < parts(&b) * a->heads; i++) output_item(&p, w, &b, i, o, ldo);
    }
}

/* ---- backward ---- */

/* y = P, dy = gradient of the transform's output; then dx, db, and what the transform adds. */
static void back_row(const struct whole *p, const struct work *w, const struct block *b, int r)
{
    const struct attention *a = p->a;
    const struct seen s = seen_by(p, b, r);
    const struct attention_row row = row_of_block(p, w, b, &s, r);
    const size_t i = (size_t)(b->from + r), first = row_at(p, r, 0) + (size_t)s.from;
    real *dq = p->dq + r * a->heads * a->qk_dim;
    transform_row(p, &row, &s, r);
    for (int h = 0; h < a->heads; h++) {
        const size_t at = row_at(p, r, h);
        const real *o = p->o + (ptrdiff_t)i * p->ldo + h * a->v_dim,
                   *d_o = row_of(&p->d_o, (int)i, h),
                   lse = p->lse[i * (size_t)a->heads + (size_t)h];
        real *y = p->y + at, *dy = p->dy + at;
        double d = 0;
        for (int c = 0; c < a->v_dim; c++) d += (double)o[c] * d_o[c];
        for (int c = s.from; a->softcap > 0 && c < s.end; c++) {
            const real t = y[c] / a->softcap;
            p->dx[at + (size_t)c] = t * t < 1 ? 1 - t * t : 0; /* also where the gap is -infinity */
        }
        vexp(y + s.from, y + s.from, lse, s.end - s.from);
        set_gap(&s, dy, 0);
        for (int c = s.from; c < s.end; c++) {
            dy[c] = y[c] * (dy[c] - (real)d);
            if (a->softcap > 0) dy[c] *= p->dx[at + (size_t)c];
        }
        clear_outside(b, &s, y);
        clear_outside(b, &s, dy);
        memcpy(p->dx + at, dy, (size_t)vec_round(b->cols) * sizeof *dy);
        memcpy(p->db + at, dy, (size_t)vec_round(b->cols) * sizeof *dy);
    }
    memset(dq, 0, (size_t)(a->heads * a->qk_dim) * sizeof *dq);
    a->transform.grad(a->transform.self, &row, p->x + first, p->b + first, p->dy + first,
                      p->dx + first, p->db + first, dq,
                      p->n_row ? p->row_params + (size_t)r * (size_t)p->n_row : NULL);
    for (int h = 0; h < a->heads; h++) {
        set_gap(&s, p->dx + row_at(p, r, h), 0);
        set_gap(&s, p->db + row_at(p, r, h), 0);
    }
}

/* The weights' share of one tile of a head: their gradients, then dx times the weights. */
static void back_weights(const struct whole *p, struct work *w, const struct block *b, int head,
                         int key, int col, int n, double *dparams)
{
    const struct attention *a = p->a;
    const struct attention_tile t = tile_at(p, b, head, key, n, KEYS);
    for (int k = 0; k < a->n_weight; k++) {
        if (!a->weight[k].grad) continue;
        fill_weights(p, w, b, head, key, n, k);
        for (int r = 0; r < t.rows; r++) {
            const size_t at = row_at(p, r, head) + (size_t)col;
            const real own =
                a->scale *
                (a->row_scale ? a->row_scale[(size_t)(b->from + r) * a->heads + (size_t)head] : 1);
            for (int j = 0; j < n; j++)
                w->tile[r * KEYS + j] *= p->dx[at + j] * p->raw[at + j] * own;
        }
        a->weight[k].grad(a->weight[k].self, &t, w->tile, dparams);
        dparams += a->weight[k].n_params;
    }
    fill_weights(p, w, b, head, key, n, -1);
    for (int r = 0; r < t.rows; r++)
        for (int j = 0; j < n; j++)
            p->dx[row_at(p, r, head) + (size_t)(col + j)] *= w->tile[r * KEYS + j];
}

static void back_content(const struct whole *p, const struct block *b, int head, int key, int col,
                         int n)
{
    const int heads = p->a->heads;
    for (int r = 0; r < b->to - b->from; r++) {
        const real *db = p->db + row_at(p, r, head) + col;
        real sum = 0;
        for (int j = 0; j < n; j++) {
            sum += db[j];
            p->g->dcontent[(size_t)(key + j) * heads + head] -= db[j];
        }
        p->g->dcontent[(size_t)(b->from + r) * heads + head] += sum;
    }
}

/* Item: one head. Everything that sums over keys in order; dx becomes the gradient of q . k. */
static void back_head(const struct whole *p, struct work *w, const struct block *b, int head)
{
    const struct attention *a = p->a;
    for (int t = 0; t < b->tiles; t++) {
        int key, col;
        const int n = keys_of_tile(b, t, &key, &col);
        const struct attention_tile tile = tile_at(p, b, head, key, n, a->heads * p->ld);
        double *dparams = p->head_params + (size_t)head * (size_t)p->n_head;
        for (int k = 0; k < a->n_bias; k++) {
            if (!a->bias[k].grad) continue;
            a->bias[k].grad(a->bias[k].self, &tile, p->db + row_at(p, 0, head) + col, dparams);
            dparams += a->bias[k].n_params;
        }
        if (a->n_weight) back_weights(p, w, b, head, key, col, n, dparams);
        if (p->g->dcontent) back_content(p, b, head, key, col, n);
    }
    for (int r = 0; r < b->to - b->from; r++) {
        const size_t i = (size_t)(b->from + r) * (size_t)a->heads + (size_t)head,
                     at = row_at(p, r, head);
        const real own = a->scale * (a->row_scale ? a->row_scale[i] : 1);
        real sum = 0;
        for (int c = 0; p->g->drow_scale && c < b->cols; c++)
            sum += p->dx[at + c] * p->raw[at + c] * a->scale;
        if (p->g->drow_scale) p->g->drow_scale[i] = sum;
        for (int c = 0; c < b->cols; c++) p->dx[at + c] *= own;
    }
}

/* Item: a tile of keys of one key-value head: dK += dS^T Q, dV += P^T dO. */
static void back_keys(const struct whole *p, const struct block *b, int item)
{
    const struct attention *a = p->a;
    const int kv = item % a->kv_heads, group = a->heads / a->kv_heads, rows = b->to - b->from,
              wide_k = vec_round(a->qk_dim), wide_v = vec_round(a->v_dim), step = a->heads * p->ld;
    int key, col;
    const int n = keys_of_tile(b, item / a->kv_heads, &key, &col);
    real *dk = p->dk + ((size_t)key * a->kv_heads + kv) * wide_k,
         *dv = p->dv + ((size_t)key * a->kv_heads + kv) * wide_v;
    for (int h = kv * group; h < (kv + 1) * group; h++) {
        const size_t at = row_at(p, 0, h) + (size_t)col;
        tile_multiply(n, wide_k, rows, p->dx + at, 1, step, row_of(&p->q, b->from, h), p->q.ld, 1,
                      dk, (ptrdiff_t)a->kv_heads * wide_k);
        tile_multiply(n, wide_v, rows, p->y + at, 1, step, row_of(&p->d_o, b->from, h), p->d_o.ld,
                      1, dv, (ptrdiff_t)a->kv_heads * wide_v);
    }
}

/* Item: PART rows of one head: dQ = dS K + the transform's own. */
static void back_queries(const struct whole *p, const struct work *w, const struct block *b,
                         int item)
{
    const struct attention *a = p->a;
    const int head = item % a->heads, from = item / a->heads * PART, left = b->to - b->from - from,
              rows = left < PART ? left : PART, wide = vec_round(a->qk_dim);
    multiply_keys(p, b, p->dx + row_at(p, from, head), rows, &p->k, head / (a->heads / a->kv_heads),
                  wide, w->out);
    for (int r = 0; r < rows; r++) {
        const real *own = p->dq + ((from + r) * a->heads + head) * a->qk_dim;
        real *dq = p->g->dq + (ptrdiff_t)(b->from + from + r) * p->g->lddq + head * a->qk_dim;
        for (int c = 0; c < a->qk_dim; c++) dq[c] = w->out[r * wide + c] + own[c];
    }
}

static void prepare(struct whole *p)
{
    const struct attention *a = p->a;
    const size_t n = (size_t)a->tokens, kv = n * (size_t)a->kv_heads, rows = n * (size_t)a->heads;
    memset(p->dk, 0, kv * (size_t)vec_round(a->qk_dim) * sizeof *p->dk);
    memset(p->dv, 0, kv * (size_t)vec_round(a->v_dim) * sizeof *p->dv);
    memset(p->row_params, 0, (size_t)ROWS * (size_t)p->n_row * sizeof(double));
    memset(p->head_params, 0, (size_t)a->heads * (size_t)p->n_head * sizeof(double));
    if (p->g->dcontent) memset(p->g->dcontent, 0, rows * sizeof(real));
}

/* dK and dV to where they belong; the gradients of the parameters in the order of rows and heads. */
static void finish(const struct whole *p)
{
    const struct attention *a = p->a;
    const int wide_k = vec_round(a->qk_dim), wide_v = vec_round(a->v_dim);
#pragma omp parallel for schedule(static)
    for (int i = 0; i < a->tokens; i++)
        for (int h = 0; h < a->kv_heads; h++) {
            const size_t at = (size_t)i * (size_t)a->kv_heads + (size_t)h;
            memcpy(p->g->dk + (ptrdiff_t)i * p->g->lddk + h * a->qk_dim,
                   p->dk + at * (size_t)wide_k, (size_t)a->qk_dim * sizeof(real));
            memcpy(p->g->dv + (ptrdiff_t)i * p->g->lddv + h * a->v_dim, p->dv + at * (size_t)wide_v,
                   (size_t)a->v_dim * sizeof(real));
        }
    for (int r = 0; r < ROWS; r++)
        for (int k = 0; k < p->n_row; k++)
            a->transform.dparams[k] += p->row_params[(size_t)r * (size_t)p->n_row + (size_t)k];
    for (int h = 0; h < a->heads; h++) {
        const double *from = p->head_params + (size_t)h * (size_t)p->n_head;
        for (int i = 0; i < a->n_bias + a->n_weight; i++) {
            const struct attention_term *t =
                i < a->n_bias ? &a->bias[i] : &a->weight[i - a->n_bias];
            if (!t->grad) continue;
            for (int k = 0; k < t->n_params; k++) t->dparams[k] += from[k];
            from += t->n_params;
        }
    }
}

void attention_whole_backward(const struct attention *a, const real *q, int ldq, const real *k,
                              int ldk, const real *v, int ldv, const real *o, int ldo,
                              const real *lse, const real *d_o, int lddo,
                              const struct attention_grads *g, void *scratch)
{
    struct carver carver = {scratch, 0};
    struct whole p = {.g = g, .o = o, .ldo = ldo, .lse = lse};
    struct pads pad;
    place(&p, a, &carver, &pad, true);
    p.q = attention_rows(a, 0, q, ldq, a->heads, a->qk_dim, 0, NULL, pad.q);
    p.k = attention_rows(a, 0, k, ldk, a->kv_heads, a->qk_dim, 0, NULL, pad.k);
    p.v = attention_rows(a, 0, v, ldv, a->kv_heads, a->v_dim, 0, NULL, pad.v);
    p.d_o = attention_rows(a, 0, d_o, lddo, a->heads, a->v_dim, 0, NULL, pad.d_o);
    p.tiles = attention_cut(a, ROWS, 0, p.tile);
    prepare(&p);
#pragma omp parallel
    for (int t = 0; t < p.tiles; t++) {
        struct work *w = &p.work[omp_get_thread_num()];
        const struct block b = block_of(&p, t);
        const int items = b.tiles * a->kv_heads;
#pragma omp for schedule(static)
        for (int i = 0; i < items; i++) score_item(&p, w, &b, i);
#pragma omp for schedule(static)
        for (int r = 0; r < b.to - b.from; r++) back_row(&p, w, &b, r);
#pragma omp for schedule(static)
        for (int h = 0; h < a->heads; h++) back_head(&p, w, &b, h);
#pragma omp for schedule(static) nowait
        for (int i = 0; i < items; i++) back_keys(&p, &b, i);
#pragma omp for schedule(static)
        for (int i = 0; i < parts(&b) * a->heads; i++) back_queries(&p, w, &b, i);
    }
    finish(&p);
}
