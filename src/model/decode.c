/* decode.c -- one token after another, with a cache.
 *
 * The cache keeps k before the rotation, v, the position id and the content bias, so that encodings
 * whose tables depend on the length decode exactly: every call rotates the cached keys by the
 * tables of the present length. Attention and products are the training kernels, so cached decoding
 * gives the logits of a full forward pass.                                  */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "src/model/internal.h"
#include "src/num/embed.h"
#include "src/num/matmul.h"
#include "src/num/norm.h"
#include "src/num/rotate.h"
#include "src/num/swiglu.h"

struct decoder {
    struct model *m;
    int capacity, length;
    struct arena memory;
    int32_t *anchor, *position, *begin; /* [capacity] */
    real **key, **value;                /* [L][capacity][Hkv D] */
    real **content, *row_scale;         /* [L][capacity][H], [capacity][H] */
    real *x, *h, *r, *r_qk;             /* [capacity] rows */
    real *qkv, *q, *o, *lse, *gate_up, *act;
    /* [capacity] rows, as the products see them, and where a copy stands elsewhere */
    real *turned_q[ATTENTION_REGIONS], *turned_k[ATTENTION_REGIONS];
    void *scratch;
};

static struct attention decoder_attention(const struct decoder *d, int layer, int tokens, int first)
{
    const struct plan_layer *p = &d->m->plan.layer[layer];
    const struct batch b = {.tokens = tokens, .anchor = d->anchor, .position = d->position};
    const struct layer_acts y = {.row_scale = p->row_scale ? d->row_scale : NULL,
                                 .content = d->content[layer]};
    struct attention a = layer_attention(d->m, layer, &y, d->begin, &b);
    a.first = first;
    return a;
}

static void decoder_place(struct decoder *d, struct arena *a)
{
    const struct model_config *c = &d->m->c;
    const size_t n = (size_t)d->capacity, heads = (size_t)c->num_attention_heads,
                 kv = (size_t)(c->num_key_value_heads * c->head_dim),
                 width = (size_t)c->hidden_size;
    const int layers = c->num_hidden_layers;
    d->anchor = ARENA_TAKE(a, int32_t, n);
    d->position = ARENA_TAKE(a, int32_t, n);
    d->begin = ARENA_TAKE(a, int32_t, n);
    for (int l = 0; l < layers; l++) {
        d->key[l] = ARENA_TAKE(a, real, n * kv);
        d->value[l] = ARENA_TAKE(a, real, n * kv);
        d->content[l] = d->m->plan.layer[l].content ? ARENA_TAKE(a, real, n * heads) : NULL;
    }
    d->row_scale = ARENA_TAKE(a, real, n * heads);
    d->x = ARENA_TAKE(a, real, n * width);
    d->h = ARENA_TAKE(a, real, n * width);
    d->r = ARENA_TAKE(a, real, n);
    d->r_qk = ARENA_TAKE(a, real, n * heads);
    d->qkv = ARENA_TAKE(a, real, n * (size_t)qkv_width(c));
    d->q = ARENA_TAKE(a, real, n * heads * (size_t)c->head_dim);
    const struct qk_sizes sizes = qk_sizes(d->m, -1);
    const size_t wide = sizes.wide ? sizes.wide : (size_t)qkv_width(c);
    for (int r = 0; r < (sizes.copies ? sizes.copies : 1); r++) {
        d->turned_q[r] = ARENA_TAKE(a, real, n * wide);
        d->turned_k[r] = ARENA_TAKE(a, real, n * wide);
    }
    d->o = ARENA_TAKE(a, real, n * heads * (size_t)c->head_dim);
    d->lse = ARENA_TAKE(a, real, n * heads);
    d->gate_up = ARENA_TAKE(a, real, n * 2 * (size_t)c->intermediate_size);
    d->act = ARENA_TAKE(a, real, n * (size_t)c->intermediate_size);
    size_t scratch = 0;
    for (int l = 0; l < layers; l++) {
        const struct attention t = decoder_attention(d, l, d->capacity, 0);
        const size_t bytes = layer_attention_scratch(d->m, l, t, false);
        if (bytes > scratch) scratch = bytes;
    }
    d->scratch = arena_take(a, scratch);
}

int decoder_open(struct decoder **out, struct model *m, int max_length, struct error *e)
{
    const size_t layers = (size_t)m->c.num_hidden_layers;
    assert(max_length <= m->use.max_length);
    struct decoder *d = *out = calloc(1, sizeof *d);
    if (d) {
        *d = (struct decoder){.m = m, .capacity = max_length};
        d->key = calloc(layers, sizeof *d->key);
        d->value = calloc(layers, sizeof *d->value);
        d->content = calloc(layers, sizeof *d->content);
    }
    if (!d || !d->key || !d->value || !d->content) {
        decoder_close(d);
        return error_set(e, E_MEMORY, "no memory for a decoder");
    }
    struct arena measure = ARENA_MEASURE;
    decoder_place(d, &measure);
    const int status = arena_open(&d->memory, measure.used, e);
    if (status) {
        decoder_close(d);
        *out = NULL;
        return status;
    }
    decoder_place(d, &d->memory);
    return OK;
}

void decoder_close(struct decoder *d)
{
    if (!d) return;
    arena_close(&d->memory);
    free(d->key);
    free(d->value);
    free(d->content);
    free(d);
}

void decoder_reset(struct decoder *d)
{
    d->length = 0;
}

int decoder_length(const struct decoder *d)
{
    return d->length;
}

/* q of the n new tokens to d->q, k and v appended to the cache; k is not rotated yet. */
static void project(struct decoder *d, int layer, int n)
{
    const struct model *m = d->m;
    const struct model_config *c = &m->c;
    const struct layer_layout *w = &m->layout.layer[layer];
    const int width = c->hidden_size, ld = qkv_width(c), heads = c->num_attention_heads,
              dim = c->head_dim, q = heads * dim, kv = c->num_key_value_heads * dim;
    rmsnorm(d->h, width, d->r, d->x, width, m->w + w->norm1, n, 1, width, c->rms_norm_eps);
    matmul_nt(n, ld, width, d->h, width, m->w + w->wqkv, width, 0, d->qkv, ld);
    if (c->qk_norm) {
        rmsnorm(d->qkv, ld, d->r_qk, d->qkv, ld, m->w + w->q_norm, n, heads, dim, c->rms_norm_eps);
        rmsnorm(d->qkv + q, ld, d->r_qk, d->qkv + q, ld, m->w + w->k_norm, n,
                c->num_key_value_heads, dim, c->rms_norm_eps);
    }
    for (int i = 0; i < n; i++) {
        const real *row = d->qkv + (size_t)i * ld;
        const size_t at = (size_t)(d->length + i) * kv;
        memcpy(d->q + (size_t)i * q, row, (size_t)q * sizeof *row);
        memcpy(d->key[layer] + at, row + q, (size_t)kv * sizeof *row);
        memcpy(d->value[layer] + at, row + q + kv, (size_t)kv * sizeof *row);
    }
}

/* The terms that belong to rows: content bias continues the sum of the cached tokens; row scale of
 * the new rows. */
static void row_terms(struct decoder *d, int layer, int n)
{
    const struct plan_layer *p = &d->m->plan.layer[layer];
    const int heads = d->m->c.num_attention_heads, from = d->length;
    if (p->content) {
        real *c = d->content[layer] + (size_t)from * heads;
        memset(c, 0, (size_t)n * (size_t)heads * sizeof *c);
        /* the new tokens as a run of their own, then shifted by the last cached sum */
        for (int k = 0; k < d->m->plan.n_entries; k++)
            if (p->entry[k].type && p->entry[k].type->content)
                p->entry[k].type->content(&p->entry[k].at, d->h, d->anchor, n, c);
        for (int i = 0; from > 0 && i < n; i++)
            for (int h = 0; h < heads; h++) c[i * heads + h] += c[h - heads];
    }
    for (int i = 0; p->row_scale && i < n; i++)
        for (int h = 0; h < heads; h++) {
            double f = 1;
            for (int k = 0; k < d->m->plan.n_entries; k++)
                if (p->entry[k].type && p->entry[k].type->row_scale)
                    f *= p->entry[k].type->row_scale(&p->entry[k].at, h, from + i,
                                                     from + i - d->begin[from + i] + 1);
            d->row_scale[(size_t)(from + i) * heads + h] = (real)f;
        }
}

static void fill_window(struct decoder *d, int layer, int total)
{
    const struct model_config *c = &d->m->c;
    const bool sliding = c->sliding_window && conf_layers_has(&c->sliding_window_layers, layer);
    for (int i = 0; i < total; i++) {
        int begin = 0;
        if (sliding && i - c->sliding_window + 1 > begin) begin = i - c->sliding_window + 1;
        if (d->m->window == WINDOW_SLIDING && i - d->m->window_width + 1 > begin)
            begin = i - d->m->window_width + 1;
        if (d->m->window == WINDOW_BLOCK && i - i % d->m->window_width > begin)
            begin = i - i % d->m->window_width;
        d->begin[i] = begin;
    }
}

/* Cached k and new q, mapped, in turned_*[0], and what the copies of the layer are to be. */
static void gather(struct decoder *d, int layer, int n, int total)
{
    const struct model *m = d->m;
    const struct plan_layer *p = &m->plan.layer[layer];
    const int heads = m->c.num_attention_heads, kv = m->c.num_key_value_heads, dim = m->c.head_dim,
              w = p->qk_width;
    if (p->map) {
        layer_map(m, layer, false, n, d->q, heads * dim, d->turned_q[0], heads * w);
        layer_map(m, layer, true, total, d->key[layer], kv * dim, d->turned_k[0], kv * w);
    } else {
        memcpy(d->turned_q[0], d->q, (size_t)n * (size_t)(heads * dim) * sizeof(real));
        memcpy(d->turned_k[0], d->key[layer], (size_t)total * (size_t)(kv * dim) * sizeof(real));
    }
    for (int r = 1; p->region && r < p->region->type->regions; r++) {
        memcpy(d->turned_q[r], d->turned_q[0], (size_t)n * (size_t)(heads * w) * sizeof(real));
        memcpy(d->turned_k[r], d->turned_k[0], (size_t)total * (size_t)(kv * w) * sizeof(real));
    }
}

static void attend(struct decoder *d, int layer, int n)
{
    const struct model *m = d->m;
    const struct model_config *c = &m->c;
    const struct plan_layer *p = &m->plan.layer[layer];
    const int heads = c->num_attention_heads, kv = c->num_key_value_heads, w = p->qk_width,
              v = kv * c->head_dim, total = d->length + n,
              copies = p->region ? p->region->type->regions : 1;
    struct attention a = decoder_attention(d, layer, total, d->length);
    gather(d, layer, n, total);
    for (int r = 0; p->rotary && r < copies; r++) {
        const struct plan_group *g = &m->plan.group[p->group];
        rotate(d->turned_k[r], kv * w, kv, w, total, d->position,
               r ? &g->copy[r][1].table : &g->own.table, 1);
        rotate(d->turned_q[r], heads * w, heads, w, n, d->position + d->length,
               r ? &g->copy[r][0].table : &g->own.table, 1);
        a.regions.q[r] = d->turned_q[r];
        a.regions.k[r] = d->turned_k[r];
    }
    attention_forward(&a, d->turned_q[0], heads * w, d->turned_k[0], kv * w, d->value[layer], v,
                      d->o, heads * c->head_dim, d->lse, d->scratch);
}

static void block(struct decoder *d, int layer, int n)
{
    const struct model *m = d->m;
    const struct model_config *c = &m->c;
    const struct layer_layout *w = &m->layout.layer[layer];
    const int width = c->hidden_size, f = c->intermediate_size,
              q = c->num_attention_heads * c->head_dim;
    fill_window(d, layer, d->length + n);
    project(d, layer, n);
    row_terms(d, layer, n);
    attend(d, layer, n);
    matmul_nt(n, width, q, d->o, q, m->w + w->wo, q, 1, d->x, width);
    rmsnorm(d->h, width, d->r, d->x, width, m->w + w->norm2, n, 1, width, c->rms_norm_eps);
    matmul_nt(n, 2 * f, width, d->h, width, m->w + w->wgu, width, 0, d->gate_up, 2 * f);
    swiglu(d->act, d->gate_up, n, f);
    matmul_nt(n, width, f, d->act, f, m->w + w->wd, f, 1, d->x, width);
}

void decoder_feed(struct decoder *d, const int32_t *token, int n, real *logits)
{
    struct model *m = d->m;
    const struct model_config *c = &m->c;
    const int width = c->hidden_size;
    assert(n > 0 && d->length + n <= d->capacity);
    for (int i = d->length; i < d->length + n; i++) {
        d->anchor[i] = 0;
        d->position[i] = i;
    }
    plan_build(&m->plan, m->length ? m->length : d->length + n, d->length + n, d->length == 0);
    embed(d->x, m->w + m->layout.embed, token, n, width);
    for (int k = 0; k < m->plan.n_entries; k++) {
        const struct plan_entry *y = &m->plan.layer[0].entry[k];
        if (y->type && y->type->embed) y->type->embed(&y->at, d->position + d->length, n, d->x);
    }
    for (int l = 0; l < c->num_hidden_layers; l++) block(d, l, n);
    rmsnorm(d->h, width, d->r, d->x, width, m->w + m->layout.norm, n, 1, width, c->rms_norm_eps);
    head_logits(m, d->h + (size_t)(n - 1) * (size_t)width, 1, logits);
    d->length += n;
}
