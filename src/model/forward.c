/* forward.c -- the blocks, one after another. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "src/model/internal.h"
#include "src/num/embed.h"
#include "src/num/matmul.h"
#include "src/num/norm.h"
#include "src/num/swiglu.h"

static void copy(real *to, const real *from, size_t n)
{
#pragma omp parallel for schedule(static) if (n > 65536)
    for (int part = 0; part < 64; part++) {
        const size_t a = n * (size_t)part / 64, b = n * (size_t)(part + 1) / 64;
        memcpy(to + a, from + a, (b - a) * sizeof *to);
    }
}

/* ---- the terms of the encoding, as attention sees them ---- */

static void fill_bias(const void *self, const struct attention_tile *t, real *x)
{
    const struct plan_entry *y = self;
    y->type->bias(&y->at, t, x);
}

static void grad_bias(const void *self, const struct attention_tile *t, const real *dx,
                      double *dparams)
{
    const struct plan_entry *y = self;
    y->type->bias_grad(&y->at, t, dx, dparams);
}

static void fill_weight(const void *self, const struct attention_tile *t, real *x)
{
    const struct plan_entry *y = self;
    y->type->weight(&y->at, t, x);
}

static void grad_weight(const void *self, const struct attention_tile *t, const real *dx,
                        double *dparams)
{
    const struct plan_entry *y = self;
    y->type->weight_grad(&y->at, t, dx, dparams);
}

static int region_of(const void *self, int32_t q, int32_t k)
{
    const struct plan_entry *y = self;
    return y->type->region(&y->at, q, k);
}

static void apply_transform(const void *self, const struct attention_row *row, const real *x,
                            const real *b, real *y)
{
    const struct plan_entry *t = self;
    t->type->transform(&t->at, row, x, b, y);
}

static void grad_transform(const void *self, const struct attention_row *row, const real *x,
                           const real *b, const real *dy, real *dx, real *db, real *dq,
                           double *dparams)
{
    const struct plan_entry *t = self;
    t->type->transform_grad(&t->at, row, x, b, dy, dx, db, dq, dparams);
}

size_t layer_attention_scratch(const struct model *m, int layer, struct attention a, bool backward)
{
    static const real some; /* whether these arrays are there decides, not where they are */
    if (m->plan.layer[layer].row_scale) a.row_scale = &some;
    if (m->plan.layer[layer].content) a.content = &some;
    return attention_scratch(&a, backward);
}

const int32_t *layer_key_begin(const struct model *m, int layer, const struct acts *x)
{
    if (m->c.sliding_window && conf_layers_has(&m->c.sliding_window_layers, layer))
        return x->begin_sliding;
    return m->window == WINDOW_NONE ? NULL : x->begin_window;
}

struct attention layer_attention(const struct model *m, int layer, const struct layer_acts *y,
                                 const int32_t *key_begin, const struct batch *b)
{
    const struct model_config *c = &m->c;
    const struct plan_layer *p = &m->plan.layer[layer];
    struct attention a = {.tokens = b->tokens,
                          .heads = c->num_attention_heads,
                          .kv_heads = c->num_key_value_heads,
                          .qk_dim = p->qk_width,
                          .v_dim = c->head_dim,
                          .scale = (real)(1 / sqrt((double)c->head_dim)),
                          .softcap =
                              (real)(p->softcap > 0 ? p->softcap : c->attn_logit_softcapping),
                          .anchor = b->anchor,
                          .key_begin = key_begin,
                          .prefix_begin = b->prefix_begin,
                          .prefix_end = b->prefix_end,
                          .position = b->position,
                          .row_scale = y->row_scale,
                          .content = y->content,
                          .channel_rate = p->rate,
                          .longest = b->tokens < m->use.max_length ? b->tokens : m->use.max_length};
    if (p->region)
        a.regions = (struct attention_regions){
            .n = p->region->type->regions, .of = region_of, .self = p->region};
    for (int r = 1; p->region && r < a.regions.n && y->copy[r]; r++) {
        a.regions.q[r] = y->copy[r];
        a.regions.k[r] = y->copy[r] + c->num_attention_heads * p->qk_width;
    }
    if (p->transform)
        a.transform = (struct attention_transform){apply_transform, grad_transform, p->transform,
                                                   p->transform->n_params, p->transform->dparams};
    for (int k = 0; k < m->plan.n_entries; k++) {
        const struct plan_entry *t = &p->entry[k];
        if (t->type && t->type->bias) {
            assert(a.n_bias < ATTENTION_TERMS);
            a.bias[a.n_bias++] = (struct attention_term){
                fill_bias, t->type->bias_grad ? grad_bias : NULL, t, t->n_params, t->dparams};
        }
        if (t->type && t->type->weight) {
            assert(a.n_weight < ATTENTION_TERMS);
            a.weight[a.n_weight++] = (struct attention_term){
                fill_weight, t->type->weight_grad ? grad_weight : NULL, t, t->n_params, t->dparams};
        }
    }
    return a;
}

/* ---- one block ---- */

void layer_norm1(const struct model *m, int layer, const struct acts *x)
{
    const int width = m->c.hidden_size;
    rmsnorm(x->h, width, x->r, x->layer[layer].x, width, m->w + m->layout.layer[layer].norm1,
            x->tokens, 1, width, m->c.rms_norm_eps);
}

static void qk_norm(const struct model *m, int layer, const struct acts *x)
{
    const struct model_config *c = &m->c;
    const struct layer_acts *y = &x->layer[layer];
    const struct layer_layout *w = &m->layout.layer[layer];
    const int d = c->head_dim, heads = c->num_attention_heads, kv = c->num_key_value_heads,
              ld = qkv_width(c), ld_raw = (heads + kv) * d;
#pragma omp parallel for schedule(static)
    for (int i = 0; i < x->tokens; i++)
        memcpy(y->qk_raw + (size_t)i * ld_raw, y->qkv + (size_t)i * ld,
               (size_t)ld_raw * sizeof(real));
    rmsnorm(y->qkv, ld, y->r_qk, y->qk_raw, ld_raw, m->w + w->q_norm, x->tokens, heads, d,
            c->rms_norm_eps);
    rmsnorm(y->qkv + heads * d, ld, y->r_qk + (size_t)x->tokens * heads, y->qk_raw + heads * d,
            ld_raw, m->w + w->k_norm, x->tokens, kv, d, c->rms_norm_eps);
}

/* row_scale [N][H]: the product of the stack's factors; visible keys counted from the layer's own
 * range. */
static void fill_row_scale(const struct model *m, int layer, const struct acts *x,
                           const struct batch *b)
{
    const struct plan_layer *p = &m->plan.layer[layer];
    const int heads = m->c.num_attention_heads;
    const int32_t *begin = layer_key_begin(m, layer, x);
    if (!begin) begin = b->anchor;
#pragma omp parallel for schedule(static)
    for (int i = 0; i < b->tokens; i++) {
        const int prefix = b->prefix_begin ? b->prefix_end[i] - b->prefix_begin[i] : 0;
        for (int h = 0; h < heads; h++) {
            double f = 1;
            for (int k = 0; k < m->plan.n_entries; k++)
                if (p->entry[k].type && p->entry[k].type->row_scale)
                    f *= p->entry[k].type->row_scale(&p->entry[k].at, h, b->position[i],
                                                     i - begin[i] + 1 + prefix);
            x->layer[layer].row_scale[(size_t)i * heads + h] = (real)f;
        }
    }
}

static void fill_content(const struct model *m, int layer, const struct acts *x,
                         const struct batch *b)
{
    const struct plan_layer *p = &m->plan.layer[layer];
    real *c = x->layer[layer].content;
    memset(c, 0, (size_t)b->tokens * (size_t)m->c.num_attention_heads * sizeof *c);
    for (int k = 0; k < m->plan.n_entries; k++)
        if (p->entry[k].type && p->entry[k].type->content)
            p->entry[k].type->content(&p->entry[k].at, x->h, b->anchor, b->tokens, c);
    /* A branch's sums begin at its anchor: they go on from the end of the prefix that it sees. */
    const int heads = m->c.num_attention_heads;
    for (int i = 0; b->prefix_begin && i < b->tokens; i++) {
        if (b->prefix_end[i] <= b->prefix_begin[i]) continue;
        const real *last = c + (size_t)(b->prefix_end[i] - 1) * (size_t)heads;
        for (int h = 0; h < heads; h++) c[(size_t)i * (size_t)heads + (size_t)h] += last[h];
    }
}

enum { MAP_TOKENS = 64 }; /* at a time */

void layer_map(const struct model *m, int layer, bool key, int tokens, const real *x, int ldx,
               real *y, int ldy)
{
    const struct plan_entry *t = m->plan.layer[layer].map;
#pragma omp parallel for schedule(static) if (tokens > MAP_TOKENS)
    for (int i = 0; i < tokens; i += MAP_TOKENS)
        t->type->qk_map(&t->at, key, tokens - i < MAP_TOKENS ? tokens - i : MAP_TOKENS,
                        x + (size_t)i * ldx, ldx, y + (size_t)i * ldy, ldy);
}

/* Turn q and k to their places, and their copies to other places. */
static void turn(const struct model *m, int layer, const struct acts *x, const struct batch *b)
{
    const struct model_config *c = &m->c;
    const struct plan_layer *p = &m->plan.layer[layer];
    const struct plan_group *g = &m->plan.group[p->group];
    const struct layer_acts *y = &x->layer[layer];
    const struct qk to = qk_of(m, layer, y->qkv, y->wide);
    const int heads = c->num_attention_heads, kv = c->num_key_value_heads, d = p->qk_width;
    for (int r = 1; p->region && r < p->region->type->regions; r++) {
        real *k = y->copy[r] + heads * d;
        copy(y->copy[r], to.q, (size_t)x->tokens * (size_t)to.ld);
        rotate(y->copy[r], to.ld, heads, d, x->tokens, b->position, &g->copy[r][0].table, 1);
        rotate(k, to.ld, kv, d, x->tokens, b->position, &g->copy[r][1].table, 1);
    }
    rotate(to.q, to.ld, heads, d, x->tokens, b->position, &g->own.table, 1);
    rotate(to.k, to.ld, kv, d, x->tokens, b->position, &g->own.table, 1);
}

void layer_project(const struct model *m, int layer, const struct acts *x, const struct batch *b)
{
    const struct model_config *c = &m->c;
    const struct plan_layer *p = &m->plan.layer[layer];
    const struct layer_acts *y = &x->layer[layer];
    const int width = c->hidden_size, ld = qkv_width(c);
    layer_norm1(m, layer, x);
    matmul_nt(x->tokens, ld, width, x->h, width, m->w + m->layout.layer[layer].wqkv, width, 0,
              y->qkv, ld);
    if (p->content) fill_content(m, layer, x, b);
    if (p->row_scale) fill_row_scale(m, layer, x, b);
    if (c->qk_norm) qk_norm(m, layer, x);
    if (p->map) {
        const struct qk to = qk_of(m, layer, y->qkv, y->wide);
        layer_map(m, layer, false, x->tokens, y->qkv, ld, to.q, to.ld);
        layer_map(m, layer, true, x->tokens, y->qkv + c->num_attention_heads * c->head_dim, ld,
                  to.k, to.ld);
    }
    if (p->rotary) turn(m, layer, x, b);
}

void layer_attend(const struct model *m, int layer, const struct acts *x, const struct batch *b)
{
    const struct model_config *c = &m->c;
    const struct layer_acts *y = &x->layer[layer];
    const struct qk at = qk_of(m, layer, y->qkv, y->wide);
    const int ld = qkv_width(c), q = c->num_attention_heads * c->head_dim,
              kv = c->num_key_value_heads * c->head_dim;
    const struct attention a = layer_attention(m, layer, y, layer_key_begin(m, layer, x), b);
    const struct model_lens *lens = x->training ? NULL : m->lens;
    const struct model_layer_view view = {.layer = layer,
                                          .batch = b,
                                          .attention = &a,
                                          .q = at.q,
                                          .k = at.k,
                                          .v = y->qkv + q + kv,
                                          .o = y->o,
                                          .ld = at.ld,
                                          .ldv = ld,
                                          .ldo = q,
                                          .lse = y->lse,
                                          .scratch = x->scratch};
    if (lens && lens->project) lens->project(lens->self, &view);
    attention_forward(&a, at.q, at.ld, at.k, at.ld, y->qkv + q + kv, ld, y->o, q, y->lse,
                      x->scratch);
    if (lens && lens->attend) lens->attend(lens->self, &view);
}

/* x_mid = x + o Wo^T */
void layer_mid(const struct model *m, int layer, const struct acts *x)
{
    const struct layer_acts *y = &x->layer[layer];
    const int width = m->c.hidden_size, q = m->c.num_attention_heads * m->c.head_dim;
    copy(y->x_mid, y->x, (size_t)x->tokens * (size_t)width);
    matmul_nt(x->tokens, width, q, y->o, q, m->w + m->layout.layer[layer].wo, q, 1, y->x_mid,
              width);
}

void layer_norm2(const struct model *m, int layer, const struct acts *x, int from, int n)
{
    const int width = m->c.hidden_size;
    const size_t at = (size_t)from * (size_t)width;
    rmsnorm(x->h + at, width, x->r + from, x->layer[layer].x_mid + at, width,
            m->w + m->layout.layer[layer].norm2, n, 1, width, m->c.rms_norm_eps);
}

real *layer_gate_up(const struct model *m, int layer, const struct acts *x, int from, int n)
{
    const int width = m->c.hidden_size, f = m->c.intermediate_size;
    real *gate_up = x->layer[layer].gate_up;
    matmul_nt(n, 2 * f, width, x->h + (size_t)from * (size_t)width, width,
              m->w + m->layout.layer[layer].wgu, width, 0, gate_up, 2 * f);
    return gate_up;
}

/* x_next = x_mid + swiglu(h Wgu^T) Wd^T, a chunk of rows at a time */
static void layer_ffn(const struct model *m, int layer, const struct acts *x)
{
    const int width = m->c.hidden_size, f = m->c.intermediate_size;
    real *out = x->layer[layer + 1].x;
    copy(out, x->layer[layer].x_mid, (size_t)x->tokens * (size_t)width);
    for (int from = 0; from < x->tokens; from += x->chunk) {
        const int n = x->tokens - from < x->chunk ? x->tokens - from : x->chunk;
        layer_norm2(m, layer, x, from, n);
        swiglu(x->act, layer_gate_up(m, layer, x, from, n), n, f);
        matmul_nt(n, width, f, x->act, f, m->w + m->layout.layer[layer].wd, f, 1,
                  out + (size_t)from * (size_t)width, width);
    }
}

/* ---- the whole ---- */

static int longest_row(const struct batch *b)
{
    int longest = 0;
    for (int r = 0; r < b->rows; r++)
        if (b->row_start[r + 1] - b->row_start[r] > longest)
            longest = b->row_start[r + 1] - b->row_start[r];
    return longest;
}

static int largest_position(const struct batch *b)
{
    int largest = 0;
    for (int i = 0; i < b->tokens; i++)
        if (b->position[i] > largest) largest = b->position[i];
    return largest;
}

static int latest(int a, int b)
{
    return a > b ? a : b;
}

/* First visible key under the windows: sliding counts back from the query, blocks count from the
 * row. */
static void fill_windows(const struct model *m, const struct batch *b, const struct acts *x)
{
    for (int r = 0; r < b->rows; r++)
        for (int i = b->row_start[r]; i < b->row_start[r + 1]; i++) {
            int begin = b->anchor[i];
            if (m->window == WINDOW_SLIDING) begin = latest(begin, i - m->window_width + 1);
            if (m->window == WINDOW_BLOCK)
                begin = latest(begin, i - (i - b->row_start[r]) % m->window_width);
            x->begin_window[i] = begin;
            x->begin_sliding[i] =
                m->c.sliding_window ? latest(begin, i - m->c.sliding_window + 1) : begin;
        }
}

void forward(struct model *m, const struct batch *b, bool training, struct acts *x)
{
    const struct model_config *c = &m->c;
    assert(b->tokens > 0 && b->tokens <= (training ? model_train_tokens(m) : m->use.max_tokens));
    arena_reset(&m->step);
    acts_place(x, &m->step, m, b->tokens, training);
    plan_build(&m->plan, m->length ? m->length : longest_row(b), largest_position(b) + 1, true);
    fill_windows(m, b, x);
    embed(x->layer[0].x, m->w + m->layout.embed, b->token, b->tokens, c->hidden_size);
    for (int k = 0; k < m->plan.n_entries; k++) {
        const struct plan_entry *y = &m->plan.layer[0].entry[k];
        if (y->type && y->type->embed)
            y->type->embed(&y->at, b->position, b->tokens, x->layer[0].x);
    }
    for (int l = 0; l < c->num_hidden_layers; l++) {
        layer_project(m, l, x, b);
        layer_attend(m, l, x, b);
        layer_mid(m, l, x);
        layer_ffn(m, l, x);
    }
    rmsnorm(x->h, c->hidden_size, x->r, x->layer[c->num_hidden_layers].x, c->hidden_size,
            m->w + m->layout.norm, b->tokens, 1, c->hidden_size, c->rms_norm_eps);
}
