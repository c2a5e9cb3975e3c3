/* acts.c -- where activations lie: one function, run to measure and run to place. */
#include "src/model/internal.h"
#include "src/num/cross_entropy.h"
#include "src/num/embed.h"
#include "src/num/norm.h"

enum { FFN_CHUNK = 2048 }; /* rows of the feed-forward block at a time where it is recomputed */

static size_t largest(size_t a, size_t b)
{
    return a > b ? a : b;
}

static size_t scratch_bytes(const struct model *m, const struct acts *x)
{
    const struct model_config *c = &m->c;
    const struct cross_entropy ce = {x->tokens, c->hidden_size, c->vocab_size,
                                     c->final_logit_softcapping, 0};
    size_t most = largest(cross_entropy_scratch(&ce), embed_scratch(x->tokens, c->vocab_size));
    most = largest(most, rmsnorm_scratch(c->hidden_size));
    most = largest(most, rmsnorm_scratch(c->head_dim));
    const struct batch none = {.tokens = x->tokens};
    for (int l = 0; l < c->num_hidden_layers; l++) {
        const struct attention a =
            layer_attention(m, l, &x->layer[l], layer_key_begin(m, l, x), &none);
        most = largest(most, layer_attention_scratch(m, l, a, x->training));
    }
    for (int l = 0; x->training && l < c->num_hidden_layers; l++) {
        const struct plan_layer *p = &m->plan.layer[l];
        if (p->map) most = largest(most, sizeof(double) * MAP_PARTS * (size_t)p->map->n_params);
        if (!p->learned) continue;
        const int pairs = m->plan.group[p->group].geometry.width / 2;
        most = largest(most, sizeof(double) * (size_t)c->num_attention_heads * (size_t)pairs *
                                 (size_t)(rotate_grad_parts(x->tokens) + 1));
    }
    return most;
}

struct qk_sizes qk_sizes(const struct model *m, int layer)
{
    const size_t heads = (size_t)(m->c.num_attention_heads + m->c.num_key_value_heads);
    struct qk_sizes most = {0};
    for (int l = layer < 0 ? 0 : layer; l < (layer < 0 ? m->c.num_hidden_layers : layer + 1); l++) {
        const struct plan_layer *p = &m->plan.layer[l];
        const size_t wide = p->map ? heads * (size_t)p->qk_width : 0,
                     copy = !p->region ? 0
                            : wide     ? wide
                                       : (size_t)qkv_width(&m->c);
        most.wide = largest(most.wide, wide);
        most.copy = largest(most.copy, copy);
        if (p->region && p->region->type->regions > most.copies)
            most.copies = p->region->type->regions;
    }
    return most;
}

/* The buffers that a level keeps per layer, or that all layers share: y is one or the other. */
static void place_projections(struct layer_acts *y, struct arena *a, const struct model *m,
                              size_t n, int layer)
{
    const struct model_config *c = &m->c;
    const size_t qk = (size_t)(c->num_attention_heads + c->num_key_value_heads);
    const struct qk_sizes sizes = qk_sizes(m, layer);
    y->qkv = ARENA_TAKE(a, real, n * (size_t)qkv_width(c));
    if (sizes.wide) y->wide = ARENA_TAKE(a, real, n * sizes.wide);
    for (int r = 1; r < sizes.copies; r++) y->copy[r] = ARENA_TAKE(a, real, n * sizes.copy);
    y->x_mid = ARENA_TAKE(a, real, n * (size_t)c->hidden_size);
    if (!c->qk_norm) return;
    y->qk_raw = ARENA_TAKE(a, real, n * qk * (size_t)c->head_dim);
    y->r_qk = ARENA_TAKE(a, real, n * qk);
}

static void place_attention(struct layer_acts *y, struct arena *a, const struct model *m, size_t n)
{
    const size_t heads = (size_t)m->c.num_attention_heads;
    y->o = ARENA_TAKE(a, real, n * heads * (size_t)m->c.head_dim);
    y->lse = ARENA_TAKE(a, real, n * heads);
}

static void place_layers(struct acts *x, struct arena *a, const struct model *m)
{
    const struct model_config *c = &m->c;
    const size_t n = (size_t)x->tokens, heads = (size_t)c->num_attention_heads,
                 gate_up = (size_t)x->chunk * 2 * (size_t)c->intermediate_size;
    const bool keep_ffn = x->training && c->recompute == RECOMPUTE_NONE,
               keep_projections = x->training && c->recompute <= RECOMPUTE_FFN,
               keep_attention = x->training && c->recompute <= RECOMPUTE_LINEAR;
    struct layer_acts shared = {0};
    if (!keep_projections) place_projections(&shared, a, m, n, -1);
    if (!keep_attention) place_attention(&shared, a, m, n);
    if (!keep_ffn) shared.gate_up = ARENA_TAKE(a, real, gate_up);
    real *turn[2] = {NULL, NULL}; /* evaluation: block inputs alternate between two buffers */
    for (int i = 0; i < 2 && !x->training; i++)
        turn[i] = ARENA_TAKE(a, real, n * (size_t)c->hidden_size);
    for (int l = 0; l <= c->num_hidden_layers; l++) {
        struct layer_acts y = shared;
        y.x = x->training ? ARENA_TAKE(a, real, n * (size_t)c->hidden_size) : turn[l % 2];
        if (l < c->num_hidden_layers) {
            if (keep_projections) place_projections(&y, a, m, n, l);
            if (keep_attention) place_attention(&y, a, m, n);
            if (keep_ffn) y.gate_up = ARENA_TAKE(a, real, gate_up);
            if (m->plan.layer[l].row_scale) y.row_scale = ARENA_TAKE(a, real, n * heads);
            if (m->plan.layer[l].content) y.content = ARENA_TAKE(a, real, n * heads);
        }
        x->layer[l] = y;
    }
}

void acts_place(struct acts *x, struct arena *a, const struct model *m, int tokens, bool training)
{
    const struct model_config *c = &m->c;
    const bool whole = training && c->recompute == RECOMPUTE_NONE;
    *x = (struct acts){.tokens = tokens,
                       .chunk = whole || tokens < FFN_CHUNK ? tokens : FFN_CHUNK,
                       .training = training,
                       .layer = m->layer_acts};
    const size_t n = (size_t)tokens, width = (size_t)c->hidden_size,
                 q = (size_t)c->num_attention_heads * (size_t)c->head_dim,
                 ffn = (size_t)x->chunk * (size_t)c->intermediate_size;
    place_layers(x, a, m);
    x->h = ARENA_TAKE(a, real, n * width);
    x->r = ARENA_TAKE(a, real, n);
    x->act = ARENA_TAKE(a, real, ffn);
    x->begin_window = ARENA_TAKE(a, int32_t, n);
    x->begin_sliding = ARENA_TAKE(a, int32_t, n);
    x->dh = ARENA_TAKE(a, real, n * width);
    if (training) {
        x->dx = ARENA_TAKE(a, real, n * width);
        const struct qk_sizes sizes = qk_sizes(m, -1);
        if (sizes.wide) x->d_wide = ARENA_TAKE(a, real, n * sizes.wide);
        for (int r = 1; r < sizes.copies; r++) x->d_copy[r] = ARENA_TAKE(a, real, n * sizes.copy);
        x->dqkv = ARENA_TAKE(a, real, n * (size_t)qkv_width(c));
        x->d_o = ARENA_TAKE(a, real, n * q);
        x->d_act = ARENA_TAKE(a, real, ffn);
        x->drow_scale = ARENA_TAKE(a, real, n * (size_t)c->num_attention_heads);
        x->dcontent = ARENA_TAKE(a, real, n * (size_t)c->num_attention_heads);
    }
    x->scratch = arena_take(a, scratch_bytes(m, x));
}
