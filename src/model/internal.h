/* internal.h -- what the files of src/model share. */
#ifndef MODEL_INTERNAL_H
#define MODEL_INTERNAL_H

#include "src/model/model.h"
#include "src/model/plan.h"

/* Where a layer's weights stand in the flat blocks (offsets in reals). wqkv: q, k, v rows one after
 * another; wgu: gate, up. */
struct layer_layout {
    size_t norm1, wqkv, q_norm, k_norm, wo, norm2, wgu, wd;
    size_t position[POSITION_ENTRIES]; /* learned parameters of each entry of the stack, in order */
};

struct layout {
    int n_tensors;
    struct tensor *tensor;
    struct layer_layout *layer;
    size_t embed, norm, head; /* head == embed when tied */
    size_t fixed;             /* what stands before this does not depend on the encoding */
    size_t reals;
};

int layout_make(struct layout *l, const struct model_config *c,
                const struct conf_variants *position, struct error *e);
void layout_free(struct layout *l);

/* What one layer leaves for its backward pass, or shares with all layers where it is computed
 * again. W = (H + 2 Hkv) D. */
struct layer_acts {
    real *x;    /* [N][C] block input */
    real *qkv;  /* [N][W] after QK-norm and, without a map, rotation */
    real *wide; /* [N][(H + Hkv) qk_width] q and k after map and rotation, where mapped */
    real *copy[ATTENTION_REGIONS]; /* q and k turned to other places; shaped as what they copy */
    real *qk_raw, *r_qk;           /* [N][(H + Hkv) D] before QK-norm; [N][H] then [N][Hkv] */
    real *o, *lse;                 /* [N][H D], [N][H] */
    real *row_scale, *content;     /* [N][H], where an encoding asks for them */
    real *x_mid;                   /* [N][C] after attention */
    real *gate_up;                 /* [chunk][2 F] */
};

/* The activations of one call, laid out for N tokens, for training or evaluation. */
struct acts {
    int tokens, chunk; /* N, and rows of the feed-forward block at a time */
    bool training;
    struct layer_acts *layer; /* [L + 1]; the last has only x: the input of the final norm */
    real *h, *r;              /* [N][C], [N]: normed input of the block at hand */
    real *act;                /* [chunk][F] */
    int32_t *begin_window, *begin_sliding;    /* [N] key_begin under windows; NULL without */
    real *d_wide, *d_copy[ATTENTION_REGIONS]; /* gradients of wide and copy */
    real *dx, *dh, *dqkv, *d_o, *d_act; /* backward: [N][C], [N][C], [N][W], [N][H D], [chunk][F] */
    real *drow_scale, *dcontent;        /* [N][H] */
    void *scratch;                      /* attention, cross-entropy, norms: one at a time */
};

/* One of the stacks of encodings that a model may be switched between. */
struct model_stack {
    struct conf_variants position;
    struct plan plan;
    struct layout layout;
};

struct model {
    struct model_config c;
    struct model_use use;
    int n_stacks, at_stack;
    struct model_stack *stack; /* [n_stacks] */
    /* Of the present stack; what they point to belongs to stack[at_stack]. */
    struct conf_variants position;
    struct layout layout;
    struct arena run, step;
    real *w, *g, *m[2];
    struct plan plan;
    struct layer_acts *layer_acts; /* [L + 1] */
    enum window_kind window;
    int window_width;
    int length; /* for length-dependent tables; 0: the longest row of each batch */
    const struct model_lens *lens; /* of evaluation passes; NULL: none */
};

/* stacks.c: every stack is made at set-up (the first is selected), so that a switch takes no memory.
 * tables: bytes of all tables. */
int stacks_open(struct model *m, const struct conf_variants *position, size_t *tables,
                struct error *e);
void stacks_close(struct model *m);
void stacks_select(struct model *m, int i);
/* Learned parameters of entry k of the present stack on a layer. */
int stacks_params(const struct model *m, int layer, int k);

/* Initialise parameter j of entry k of the present stack, from its own stream. */
void init_position(const struct model *m, int layer, int k, int j, uint64_t seed);

/* Tokens per call of model_train at most. */
static inline int model_train_tokens(const struct model *m)
{
    return m->use.train_tokens ? m->use.train_tokens : m->use.max_tokens;
}

static inline int qkv_width(const struct model_config *c)
{
    return (c->num_attention_heads + 2 * c->num_key_value_heads) * c->head_dim;
}

/* q and k as the products see them, or their gradients: part of qkv, or widened. */
struct qk {
    real *q, *k;
    int ld;
};

static inline struct qk qk_of(const struct model *m, int layer, real *qkv, real *wide)
{
    const struct plan_layer *p = &m->plan.layer[layer];
    const struct model_config *c = &m->c;
    real *at = p->map ? wide : qkv;
    return (struct qk){at, at ? at + c->num_attention_heads * p->qk_width : NULL,
                       p->map ? (c->num_attention_heads + c->num_key_value_heads) * p->qk_width
                              : qkv_width(c)};
}

enum { MAP_PARTS = 64 }; /* of the tokens, where a map's parameters learn */

/* Reals per token of `wide` and of one of the copies of a layer, largest over all layers for -1;
 * number of copies. */
struct qk_sizes {
    size_t wide, copy;
    int copies;
};
struct qk_sizes qk_sizes(const struct model *m, int layer);

/* Lay the activations of n tokens out in `a` (which may only measure). */
void acts_place(struct acts *x, struct arena *a, const struct model *m, int n, bool training);

/* Re-carve m->step for this batch, build tables and windows, and run everything up to the final
 * norm's output (x->h). */
void forward(struct model *m, const struct batch *b, bool training, struct acts *x);

/* Pieces that the backward pass runs again. layer_norm1: x->h, x->r from the block input. */
void layer_norm1(const struct model *m, int layer, const struct acts *x);
void layer_project(const struct model *m, int layer, const struct acts *x, const struct batch *b);
void layer_attend(const struct model *m, int layer, const struct acts *x, const struct batch *b);
void layer_mid(const struct model *m, int layer, const struct acts *x);
/* x->h, x->r from x_mid for rows [from, from + n), and gate_up of these rows if they were not kept.
 */
void layer_norm2(const struct model *m, int layer, const struct acts *x, int from, int n);
real *layer_gate_up(const struct model *m, int layer, const struct acts *x, int from, int n);

/* Tokens of q ([heads][head_dim], key false) or k from x (leading dimension ldx) to y. */
void layer_map(const struct model *m, int layer, bool key, int tokens, const real *x, int ldx,
               real *y, int ldy);

/* The attention of a layer over this batch, with every term of the encoding; y gives row_scale and
 * content. */
struct attention layer_attention(const struct model *m, int layer, const struct layer_acts *y,
                                 const int32_t *key_begin, const struct batch *b);
/* Bytes of scratch that it needs; also while memory is only measured, when y holds no arrays yet. */
size_t layer_attention_scratch(const struct model *m, int layer, struct attention a, bool backward);
const int32_t *layer_key_begin(const struct model *m, int layer, const struct acts *x);

/* Logits of `count` rows of the final norm's output: out [count][vocab]. */
void head_logits(const struct model *m, const real *h, int count, real *out);

/* x->dh holds the gradient of the final norm's output: run everything back and add to the
 * gradients. */
void backward(struct model *m, const struct batch *b, struct acts *x);

#endif
