/* backward.c -- the adjoint of forward.c, block by block from the last. */
#include <string.h>

#include "src/model/internal.h"
#include "src/num/embed.h"
#include "src/num/matmul.h"
#include "src/num/norm.h"
#include "src/num/swiglu.h"

/* forward: out = x_mid + act Wd^T, act = silu(gate) up, [gate | up] = h Wgu^T, h = norm(x_mid)
 * dact = dx Wd;  dWd += dx^T act;  dh = dgu Wgu;  dWgu += dgu^T h;  dx += norm'(dh) */
static void ffn_back(struct model *m, int layer, struct acts *x)
{
    const struct layer_layout *w = &m->layout.layer[layer];
    const struct layer_acts *y = &x->layer[layer];
    const int width = m->c.hidden_size, f = m->c.intermediate_size;
    for (int from = 0; from < x->tokens; from += x->chunk) {
        const int n = x->tokens - from < x->chunk ? x->tokens - from : x->chunk;
        const size_t at = (size_t)from * (size_t)width;
        real *dx = x->dx + at, *h = x->h + at, *dh = x->dh + at;
        layer_norm2(m, layer, x, from, n);
        real *gate_up =
            m->c.recompute == RECOMPUTE_NONE ? y->gate_up : layer_gate_up(m, layer, x, from, n);
        matmul_nn(n, f, width, dx, width, m->w + w->wd, f, 0, x->d_act, f);
        swiglu_backward(gate_up, x->act, x->d_act, gate_up, n, f);
        matmul_tn(width, f, n, dx, width, x->act, f, 1, m->g + w->wd, f);
        matmul_tn(2 * f, width, n, gate_up, 2 * f, h, width, 1, m->g + w->wgu, width);
        matmul_nn(n, width, 2 * f, gate_up, 2 * f, m->w + w->wgu, width, 0, dh, width);
        rmsnorm_backward(dx, width, 1, m->g + w->norm2, dh, width, y->x_mid + at, width,
                         x->r + from, m->w + w->norm2, n, 1, width, x->scratch);
    }
}

static void attend_back(struct model *m, int layer, struct acts *x, const struct batch *b)
{
    const struct model_config *c = &m->c;
    const struct plan_layer *p = &m->plan.layer[layer];
    const struct layer_acts *y = &x->layer[layer];
    const int ld = qkv_width(c), q = c->num_attention_heads * c->head_dim,
              kv = c->num_key_value_heads * c->head_dim;
    const struct attention a = layer_attention(m, layer, y, layer_key_begin(m, layer, x), b);
    const struct qk at = qk_of(m, layer, y->qkv, y->wide), d = qk_of(m, layer, x->dqkv, x->d_wide);
    struct attention_grads g = {.dq = d.q,
                                .dk = d.k,
                                .dv = x->dqkv + q + kv,
                                .lddq = d.ld,
                                .lddk = d.ld,
                                .lddv = ld,
                                .drow_scale = p->row_scale_learned ? x->drow_scale : NULL,
                                .dcontent = p->content ? x->dcontent : NULL};
    for (int r = 1; r < a.regions.n; r++) {
        g.dq_copy[r] = x->d_copy[r];
        g.dk_copy[r] = x->d_copy[r] + c->num_attention_heads * p->qk_width;
    }
    attention_backward(&a, at.q, at.ld, at.k, at.ld, y->qkv + q + kv, ld, y->o, q, y->lse, x->d_o,
                       q, &g, x->scratch);
}

/* Gradients of learned frequencies, from rotated q and k and their gradients. */
static void learn_frequencies(struct model *m, int layer, struct acts *x, const struct batch *b)
{
    const struct plan_layer *p = &m->plan.layer[layer];
    const struct plan_group *g = &m->plan.group[p->group];
    const struct layer_acts *y = &x->layer[layer];
    const struct qk at = qk_of(m, layer, y->qkv, y->wide), d = qk_of(m, layer, x->dqkv, x->d_wide);
    const int heads = m->c.num_attention_heads, pairs = g->geometry.width / 2;
    double *dfreq = x->scratch, *part = dfreq + heads * pairs;
    memset(dfreq, 0, (size_t)(heads * pairs) * sizeof *dfreq);
    rotate_grad(at.q, d.q, at.ld, heads, p->qk_width, x->tokens, b->position, &g->own.table, part,
                dfreq);
    rotate_grad(at.k, d.k, at.ld, m->c.num_key_value_heads, p->qk_width, x->tokens, b->position,
                &g->own.table, part, dfreq);
    for (int h = 0; h < g->heads; h++)
        p->learned->type->inv_freq_grad(&p->learned->at, &g->geometry, h, dfreq + h * pairs,
                                        p->learned->dparams);
}

static void add(real *to, const real *from, int ld, int tokens, int width)
{
#pragma omp parallel for schedule(static)
    for (int i = 0; i < tokens; i++)
        for (int c = 0; c < width; c++) to[(size_t)i * ld + c] += from[(size_t)i * ld + c];
}

/* Back through the rotation of q and k, and of their copies, which came from the same. */
static void unturn(struct model *m, int layer, struct acts *x, const struct batch *b)
{
    const struct plan_layer *p = &m->plan.layer[layer];
    const struct plan_group *g = &m->plan.group[p->group];
    const struct qk d = qk_of(m, layer, x->dqkv, x->d_wide);
    const int heads = m->c.num_attention_heads, kv = m->c.num_key_value_heads, w = p->qk_width;
    if (p->learned) learn_frequencies(m, layer, x, b);
    rotate(d.q, d.ld, heads, w, x->tokens, b->position, &g->own.table, -1);
    rotate(d.k, d.ld, kv, w, x->tokens, b->position, &g->own.table, -1);
    for (int r = 1; p->region && r < p->region->type->regions; r++) {
        real *dk = x->d_copy[r] + heads * w;
        rotate(x->d_copy[r], d.ld, heads, w, x->tokens, b->position, &g->copy[r][0].table, -1);
        rotate(dk, d.ld, kv, w, x->tokens, b->position, &g->copy[r][1].table, -1);
        add(d.q, x->d_copy[r], d.ld, x->tokens, (heads + kv) * w);
    }
}

/* Back through the map of q and k: d_wide to dqkv. Fixed parts of the tokens sum the gradients of
 * the map's parameters, and are added in order. */
static void unmap(struct model *m, int layer, struct acts *x)
{
    const struct model_config *c = &m->c;
    const struct plan_entry *t = m->plan.layer[layer].map;
    const struct layer_acts *y = &x->layer[layer];
    const struct qk d = qk_of(m, layer, x->dqkv, x->d_wide);
    const int ld = qkv_width(c), q = c->num_attention_heads * c->head_dim, n = t->n_params;
    double *part = x->scratch;
    memset(part, 0, (size_t)MAP_PARTS * (size_t)n * sizeof *part);
#pragma omp parallel for schedule(static)
    for (int k = 0; k < MAP_PARTS; k++) {
        const int from = (int)((int64_t)x->tokens * k / MAP_PARTS),
                  tokens = (int)((int64_t)x->tokens * (k + 1) / MAP_PARTS) - from;
        real *to = x->dqkv + (size_t)from * ld;
        const real *at = y->qkv + (size_t)from * ld;
        const size_t wide = (size_t)from * d.ld;
        double *own = part + (size_t)k * n;
        t->type->qk_map_grad(&t->at, false, tokens, at, ld, d.q + wide, d.ld, to, ld, own);
        t->type->qk_map_grad(&t->at, true, tokens, at + q, ld, d.k + wide, d.ld, to + q, ld, own);
    }
    for (int k = 0; k < MAP_PARTS; k++)
        for (int i = 0; i < n; i++) t->dparams[i] += part[(size_t)k * n + i];
}

/* Back through rotation, map and QK-norm, to dqkv. */
static void unrotate(struct model *m, int layer, struct acts *x, const struct batch *b)
{
    const struct model_config *c = &m->c;
    const struct plan_layer *p = &m->plan.layer[layer];
    const struct layer_layout *w = &m->layout.layer[layer];
    const struct layer_acts *y = &x->layer[layer];
    const int d = c->head_dim, heads = c->num_attention_heads, kv = c->num_key_value_heads,
              ld = qkv_width(c), ld_raw = (heads + kv) * d;
    real *dq = x->dqkv, *dk = x->dqkv + heads * d;
    if (p->rotary) unturn(m, layer, x, b);
    if (p->map) unmap(m, layer, x);
    if (!c->qk_norm) return;
    rmsnorm_backward(dq, ld, 0, m->g + w->q_norm, dq, ld, y->qk_raw, ld_raw, y->r_qk,
                     m->w + w->q_norm, x->tokens, heads, d, x->scratch);
    rmsnorm_backward(dk, ld, 0, m->g + w->k_norm, dk, ld, y->qk_raw + heads * d, ld_raw,
                     y->r_qk + (size_t)x->tokens * heads, m->w + w->k_norm, x->tokens, kv, d,
                     x->scratch);
}

/* d(row scale) to the learned parameters of each factor: d f_k = d * prod of the others. */
static void row_scale_back(struct model *m, int layer, const struct acts *x, const struct batch *b)
{
    const struct plan_layer *p = &m->plan.layer[layer];
    const int heads = m->c.num_attention_heads;
    const int32_t *begin = layer_key_begin(m, layer, x);
    if (!begin) begin = b->anchor;
    for (int k = 0; k < m->plan.n_entries; k++) {
        const struct plan_entry *y = &p->entry[k];
        if (!y->type || !y->type->row_scale_grad) continue;
        for (int i = 0; i < b->tokens; i++)
            for (int h = 0; h < heads; h++) {
                const size_t at = (size_t)i * heads + h;
                const int visible = i - begin[i] + 1;
                const double own = y->type->row_scale(&y->at, h, b->position[i], visible);
                const double others = own != 0 ? x->layer[layer].row_scale[at] / own : 0;
                y->type->row_scale_grad(&y->at, h, b->position[i], visible,
                                        x->drow_scale[at] * others, y->dparams);
            }
    }
}

static void position_gradients(struct model *m, int layer)
{
    const struct plan_layer *p = &m->plan.layer[layer];
    for (int k = 0; k < m->plan.n_entries; k++) {
        const struct plan_entry *y = &p->entry[k];
        if (!y->type || !y->n_params) continue;
        real *g = m->g + m->layout.layer[layer].position[k];
        for (int i = 0; i < y->n_params; i++) g[i] += (real)y->dparams[i];
        memset(y->dparams, 0, (size_t)y->n_params * sizeof *y->dparams);
    }
}

/* forward: x_mid = x + attention(rotate(norm?(h Wqkv^T))) Wo^T, h = norm(x) */
static void block_back(struct model *m, int layer, struct acts *x, const struct batch *b)
{
    const struct model_config *c = &m->c;
    const struct plan_layer *p = &m->plan.layer[layer];
    const struct layer_layout *w = &m->layout.layer[layer];
    const struct layer_acts *y = &x->layer[layer];
    const int width = c->hidden_size, ld = qkv_width(c), q = c->num_attention_heads * c->head_dim;
    if (c->recompute >= RECOMPUTE_LINEAR) layer_project(m, layer, x, b);
    if (c->recompute >= RECOMPUTE_LAYER) layer_attend(m, layer, x, b);
    if (c->recompute >= RECOMPUTE_LINEAR) layer_mid(m, layer, x);
    ffn_back(m, layer, x);
    matmul_nn(x->tokens, q, width, x->dx, width, m->w + w->wo, q, 0, x->d_o, q);
    matmul_tn(width, q, x->tokens, x->dx, width, y->o, q, 1, m->g + w->wo, q);
    attend_back(m, layer, x, b);
    if (p->row_scale_learned) row_scale_back(m, layer, x, b);
    unrotate(m, layer, x, b);
    layer_norm1(m, layer, x);
    matmul_tn(ld, width, x->tokens, x->dqkv, ld, x->h, width, 1, m->g + w->wqkv, width);
    matmul_nn(x->tokens, width, ld, x->dqkv, ld, m->w + w->wqkv, width, 0, x->dh, width);
    for (int k = 0; k < m->plan.n_entries; k++)
        if (p->entry[k].type && p->entry[k].type->content_grad)
            p->entry[k].type->content_grad(&p->entry[k].at, x->h, b->anchor, b->tokens, x->dcontent,
                                           x->dh, p->entry[k].dparams);
    rmsnorm_backward(x->dx, width, 1, m->g + w->norm1, x->dh, width, y->x, width, x->r,
                     m->w + w->norm1, x->tokens, 1, width, x->scratch);
}

void backward(struct model *m, const struct batch *b, struct acts *x)
{
    const struct model_config *c = &m->c;
    const int width = c->hidden_size;
    rmsnorm_backward(x->dx, width, 0, m->g + m->layout.norm, x->dh, width,
                     x->layer[c->num_hidden_layers].x, width, x->r, m->w + m->layout.norm,
                     b->tokens, 1, width, x->scratch);
    for (int l = c->num_hidden_layers - 1; l >= 0; l--) {
        block_back(m, l, x, b);
        if (l > 0) position_gradients(m, l);
    }
    for (int k = 0; k < m->plan.n_entries; k++) {
        const struct plan_entry *y = &m->plan.layer[0].entry[k];
        if (y->type && y->type->embed_grad)
            y->type->embed_grad(&y->at, b->position, b->tokens, x->dx, y->dparams);
    }
    position_gradients(m, 0);
    embed_backward(m->g + m->layout.embed, x->dx, b->token, b->tokens, width, c->vocab_size,
                   x->scratch);
}
