/* attention_tiles.h -- what the forward and the backward pass of attention share.
 *
 * A segment is a maximal run of tokens with equal anchor. Tiles of queries and of keys are laid from the anchor, so what a
 * document computes does not depend on where it stands in the batch. */
#ifndef NUM_ATTENTION_TILES_H
#define NUM_ATTENTION_TILES_H

#include "src/num/attention.h"
#include "src/num/tile.h"

/* Queries and keys per tile. KEYS is a multiple of QUERIES. */
enum { QUERIES = 64, KEYS = 128, MAX_DIM = 1024 };

/* Carves the caller's scratch; base NULL only measures. */
struct carver {
    char *base;
    size_t used;
};

static inline void *carve(struct carver *c, size_t bytes)
{
    const size_t from = c->used;
    c->used += (bytes + 63) / 64 * 64;
    return c->base ? c->base + from : NULL;
}

#define CARVE(c, type, count) ((type *)carve((c), sizeof(type) * (size_t)(count)))

/* Rows of one head: element (token, head, channel) at x[token * ld + head * step + channel]. Readable for whole vectors. */
struct rows {
    const real *x;
    ptrdiff_t ld, step;
};

static inline const real *row_of(const struct rows *r, int token, int head)
{
    return r->x + token * r->ld + head * r->step;
}

struct span {
    int from, to;
};

/* Cut every segment into tiles of `size` from its anchor; tiles that end at or before `first` are left out, one across it
 * begins there. out has room for attention_spans(). Returns how many. */
int attention_cut(const struct attention *a, int size, int first, struct span *out);
/* At most so many tiles of any size can there be for this many tokens. */
size_t attention_spans(const struct attention *a);

/* Rows of tokens `from` .. N-1 (x is the row of token `from`), readable for whole vectors: a padded copy where dim is not a
 * multiple of VEC, x itself otherwise. sign not 0: always a copy, channel c times exp(sign rate_c (position - centre)). `to`
 * has attention_padding() reals. */
struct rows attention_rows(const struct attention *a, int from, const real *x, int ld, int heads,
                           int dim, int sign, const int32_t *centre, real *to);
size_t attention_padding(const struct attention *a, int heads, int dim, bool rate);

/* centre_j: position of the first token of j's tile of QUERIES (laid from the anchor). */
void attention_centres(const struct attention *a, int32_t *centre);
/* out[n][padded dim] = rows [from, from + n) times exp(rate_c (centre - centre_j)): keys as queries around `centre` see them. */
void attention_recentre(const struct attention *a, const struct rows *k, int head, int from, int n,
                        int32_t centre, const int32_t *centres, real *out);

size_t attention_forward_scratch(const struct attention *a);

/* A tile of finished logits of one head: key key + j, query query + r at factor * s[j * QUERIES + r],
 * -infinity where it is not seen; lanes beyond `queries` see nothing. */
struct attention_visited {
    int item; /* segment * heads + head */
    int head, query, queries, key, keys;
    bool first, last; /* tile of keys of this tile of queries */
    real factor;
    const real *s;
};
typedef void attention_visitor(void *self, const struct attention_visited *v);

/* Shows every tile that attention_forward would compute of the queries' own range (not of a prefix):
 * one segment and head after another, concurrently; within one in ascending order of queries, then of
 * keys. No transforms. */
void attention_visit(const struct attention *a, const real *q, int ldq, const real *k, int ldk,
                     int segments, const struct span *segment, attention_visitor *visit, void *self,
                     void *scratch);

/* With a transform: attention_whole.c. */
size_t attention_whole_scratch(const struct attention *a, bool backward);
void attention_whole_forward(const struct attention *a, const real *q, int ldq, const real *k,
                             int ldk, const real *v, int ldv, real *o, int ldo, real *lse,
                             void *scratch);
void attention_whole_backward(const struct attention *a, const real *q, int ldq, const real *k,
                              int ldk, const real *v, int ldv, const real *o, int ldo,
                              const real *lse, const real *d_o, int lddo,
                              const struct attention_grads *g, void *scratch);

/* n rows of a head to columns: out[dim][KEYS], zeros beyond n. */
void attention_transpose(real *out, const real *x, ptrdiff_t ld, int n, int dim);

/* Copies of q and k that the pairs of a tile use: [*low, *high]. */
void attention_region_span(const struct attention *a, const struct span *q, const struct span *k,
                           int *low, int *high);

static inline int attention_copies(const struct attention *a)
{
    return a->regions.n > 1 ? a->regions.n : 1;
}

static inline const int32_t *first_keys(const struct attention *a)
{
    return a->key_begin ? a->key_begin : a->anchor;
}

static inline bool has_terms(const struct attention *a)
{
    return a->n_bias || a->n_weight || a->content || a->row_scale || a->softcap > 0;
}

#endif
