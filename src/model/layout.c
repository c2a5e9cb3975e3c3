/* layout.c -- every tensor is named once, and has its place in the flat blocks. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "src/model/internal.h"

enum { ALIGN = 16 }; /* reals: products start on a cache line; q, k, v and gate, up stay adjacent */

static void align(struct layout *l)
{
    l->reals = (l->reals + ALIGN - 1) / ALIGN * ALIGN;
}

/* Append a tensor; rows 0 makes it one-dimensional. Returns its offset. */
PRINTF(4, 5)
static size_t add(struct layout *l, int64_t rows, int64_t columns, const char *fmt, ...)
{
    struct tensor *t = &l->tensor[l->n_tensors++];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(t->name, sizeof t->name, fmt, ap);
    va_end(ap);
    t->n_dims = rows ? 2 : 1;
    t->shape[0] = rows ? rows : columns;
    t->shape[1] = rows ? columns : 1;
    t->count = (size_t)(t->shape[0] * t->shape[1]);
    t->offset = l->reals;
    t->decay = rows > 0;
    t->lr_mult = 1;
    l->reals += t->count;
    return t->offset;
}

static size_t add_position(struct layout *l, const struct conf_variant *v, int layer,
                           const struct position_shape *shape)
{
    const struct position_type *type = (const struct position_type *)v->type;
    struct position_param param[POSITION_PARAMS];
    const int n =
        type->params && position_on_layer(v, layer) ? type->params(v->opts, shape, param) : 0;
    align(l);
    const size_t first = l->reals;
    for (int k = 0; k < n; k++) {
        add(l, param[k].n_dims > 1 ? param[k].shape[0] : 0,
            param[k].n_dims > 1 ? param[k].shape[1] : param[k].shape[0],
            "model.layers.%d.position.%s.%s", layer, type->v.name, param[k].name);
        struct tensor *t = &l->tensor[l->n_tensors - 1];
        t->decay = param[k].decay;
        t->lr_mult = param[k].lr_mult > 0 ? param[k].lr_mult : 1;
        t->min = param[k].min;
        t->max = param[k].max;
    }
    return first;
}

static void add_layer(struct layout *l, const struct model_config *c, int i)
{
    struct layer_layout *y = &l->layer[i];
    const int64_t width = c->hidden_size, d = c->head_dim, q = c->num_attention_heads * d,
                  kv = c->num_key_value_heads * d, f = c->intermediate_size;
    align(l);
    y->norm1 = add(l, 0, width, "model.layers.%d.input_layernorm.weight", i);
    align(l);
    y->wqkv = add(l, q, width, "model.layers.%d.self_attn.q_proj.weight", i);
    add(l, kv, width, "model.layers.%d.self_attn.k_proj.weight", i);
    add(l, kv, width, "model.layers.%d.self_attn.v_proj.weight", i);
    align(l);
    if (c->qk_norm) {
        y->q_norm = add(l, 0, d, "model.layers.%d.self_attn.q_norm.weight", i);
        y->k_norm = add(l, 0, d, "model.layers.%d.self_attn.k_norm.weight", i);
        align(l);
    }
    y->wo = add(l, width, q, "model.layers.%d.self_attn.o_proj.weight", i);
    align(l);
    y->norm2 = add(l, 0, width, "model.layers.%d.post_attention_layernorm.weight", i);
    align(l);
    y->wgu = add(l, f, width, "model.layers.%d.mlp.gate_proj.weight", i);
    add(l, f, width, "model.layers.%d.mlp.up_proj.weight", i);
    align(l);
    y->wd = add(l, width, f, "model.layers.%d.mlp.down_proj.weight", i);
}

int layout_make(struct layout *l, const struct model_config *c,
                const struct conf_variants *position, struct error *e)
{
    const size_t per_layer = 11 + POSITION_ENTRIES * POSITION_PARAMS;
    *l = (struct layout){0};
    l->tensor = calloc((size_t)c->num_hidden_layers * per_layer + 3, sizeof *l->tensor);
    l->layer = calloc((size_t)c->num_hidden_layers, sizeof *l->layer);
    if (!l->tensor || !l->layer) {
        layout_free(l);
        return error_set(e, E_MEMORY, "no memory for the list of tensors");
    }
    l->embed = add(l, c->vocab_size, c->hidden_size, "model.embed_tokens.weight");
    for (int i = 0; i < c->num_hidden_layers; i++) add_layer(l, c, i);
    align(l);
    l->norm = add(l, 0, c->hidden_size, "model.norm.weight");
    align(l);
    l->head =
        c->tie_word_embeddings ? l->embed : add(l, c->vocab_size, c->hidden_size, "lm_head.weight");
    align(l);
    l->fixed = l->reals;
    const struct position_shape shape = model_position_shape(c);
    for (int i = 0; i < c->num_hidden_layers; i++)
        for (int k = 0; k < position->n; k++)
            l->layer[i].position[k] = add_position(l, &position->v[k], i, &shape);
    align(l);
    return OK;
}

void layout_free(struct layout *l)
{
    free(l->tensor);
    free(l->layer);
    *l = (struct layout){0};
}
