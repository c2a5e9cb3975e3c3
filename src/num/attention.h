/* attention.h -- blocked causal attention, forward and backward, without a T x T array.
 *
 *   s_ij  = scale * row_scale_i * (q_i . k_j)
 *           (with rates: channel c of the product times exp(rate_c (p_i - p_j)))
 *           (with regions: q and k of the copy that (p_i, p_j) asks for)
 *   s_ij  = s_ij * prod weight_ij + sum bias_ij + content_i - content_j
 *   s_i   = transform(s_i)                             of a whole row, all heads together
 *   s_ij  = softcap * tanh(s_ij / softcap)             if softcap > 0
 *   o_i   = sum_j softmax_j(s_ij) v_j,  j in [prefix_begin_i, prefix_end_i) and [key_begin_i, i]
 *
 * Online softmax over tiles (Rabe and Staats 2021, arXiv 2112.05682; Dao et al. 2022, arXiv
 * 2205.14135); the backward pass recomputes the tile from the log-sum-exp. Tiles of queries and
 * keys are laid from anchor_i, so that a document's bits do not depend on what is packed before it;
 * tiles that nobody sees are skipped. Query head h uses key-value head h / (heads / kv_heads). Bits
 * do not depend on the number of threads: the forward pass owns a query tile per work item; the
 * backward pass owns a key tile, and adds to dq in ascending order of key tiles.
 *
 * A transform needs whole rows of logits: then a block of queries has all its keys at once, in memory
 * that grows linearly with the longest segment (attention_whole.c; slower).
 *
 * Shapes: q [N][heads * qk_dim], k [N][kv_heads * qk_dim], v [N][kv_heads * v_dim], o [N][heads *
 * v_dim], each with a leading dimension (elements from token to token); lse [N][heads]. No aliasing
 * between inputs and outputs. Parallel inside; call from serial code; cannot fail. Memory:
 * `scratch` of attention_scratch() bytes, 64-byte aligned. */
#ifndef NUM_ATTENTION_H
#define NUM_ATTENTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/real.h"

/* A rectangle of logits of one head: rows are queries, columns are keys. */
struct attention_tile {
    int head, rows, cols, ld;  /* element (r, c) at [r * ld + c] */
    const int32_t *q_position; /* [rows] position ids */
    const int32_t *k_position; /* [cols] */
};

/* One additive bias or multiplicative weight of the logits. fill is called concurrently on
 * different tiles. */
struct attention_term {
    /* bias: x += b; weight: x *= w (x starts at 1) */
    void (*fill)(const void *self, const struct attention_tile *t, real *x);
    /* dparams[n_params] += d(loss)/d(parameter) from dx over this tile (masked elements are 0);
     * NULL if nothing is learned */
    void (*grad)(const void *self, const struct attention_tile *t, const real *dx, double *dparams);
    const void *self;
    int n_params;
    double
        *dparams; /* [n_params]: where the backward pass adds the sum over tiles, in index order */
};

/* A piecewise map of the relative position: which rotated copy of q and k a pair of positions uses.
 * Copy 0 are the q and k of the call. */
enum { ATTENTION_REGIONS = 3 };
struct attention_regions {
    int n; /* 0 or 1: no map */
    /* In [0, n); never falls when q rises, never rises when k rises. Concurrent. */
    int (*of)(const void *self, int32_t q, int32_t k);
    const void *self;
    const real *q[ATTENTION_REGIONS], *k[ATTENTION_REGIONS]; /* from 1 on; strides of q and k */
};

/* One query, all heads, and every key that it sees, the query itself last. */
struct attention_row {
    int heads, keys, qk_dim;
    size_t ld;     /* head h's logits are at [h * ld], [keys] */
    const real *q; /* [heads][qk_dim] as the product saw it */
    real *work;    /* [heads + 1][ld] to write on */
};

/* y = T(x + b): x are the scaled products, b the biases. Logits of -infinity are keys that are not
 * seen, and have no gradient. Called concurrently on different rows. */
struct attention_transform {
    /* y holds x + b; in place */
    void (*apply)(const void *self, const struct attention_row *r, const real *x, const real *b,
                  real *y);
    /* dx and db hold dy; add what the transform changes. dq [heads][qk_dim] and dparams [n_params]
     * are added to. */
    void (*grad)(const void *self, const struct attention_row *r, const real *x, const real *b,
                 const real *dy, real *dx, real *db, real *dq, double *dparams);
    const void *self;
    int n_params;
    double *dparams; /* as in struct attention_term */
};

enum { ATTENTION_TERMS = 4 };

struct attention {
    int tokens; /* N: keys */
    /* First query: queries are tokens first .. N-1, and row 0 of q, o, lse is token `first`. 0 in
     * training. */
    int first;
    int heads, kv_heads, qk_dim, v_dim;
    real scale, softcap;   /* softcap 0: none */
    const int32_t *anchor; /* [N] see batch.h */
    const int32_t
        *key_begin; /* [N] >= anchor; NULL: anchor. Not decreasing within a run of equal anchor. */
    const int32_t *prefix_begin, *prefix_end; /* [N] or NULL; forward only */
    const int32_t *position;                  /* [N] position ids, for terms and rates */
    const real *row_scale;                    /* [N][heads] or NULL */
    const real *content;                      /* [N][heads] or NULL */
    const double *channel_rate; /* [qk_dim] log-rate per position and channel (xPos), or NULL */
    int n_bias, n_weight;
    struct attention_term bias[ATTENTION_TERMS], weight[ATTENTION_TERMS];
    struct attention_regions regions;     /* not together with rates */
    struct attention_transform transform; /* apply NULL: none; not together with rates, regions */
    int longest; /* tokens of the longest segment at most (for a transform's memory); 0: tokens */
};

size_t attention_scratch(const struct attention *a, bool backward);

void attention_forward(const struct attention *a, const real *q, int ldq, const real *k, int ldk,
                       const real *v, int ldv, real *o, int ldo, real *lse, void *scratch);

struct attention_grads {
    real *dq, *dk, *dv; /* overwritten; leading dimensions below */
    int lddq, lddk, lddv;
    real *dq_copy[ATTENTION_REGIONS], *dk_copy[ATTENTION_REGIONS]; /* from 1 on; strides as above */
    real *drow_scale; /* [N][heads] overwritten, or NULL */
    real *dcontent;   /* [N][heads] overwritten, or NULL */
};

void attention_backward(const struct attention *a, const real *q, int ldq, const real *k, int ldk,
                        const real *v, int ldv, const real *o, int ldo, const real *lse,
                        const real *d_o, int lddo, const struct attention_grads *g, void *scratch);

#endif
