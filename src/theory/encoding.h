/* encoding.h -- a stack of position encodings as a function of the distance, without a model.
 *
 *   s(m) = weight(m) * row_scale * scale * C(m) + bias(m),   q = k = ones, one layer, one head
 *   s(m) = cap tanh(s(m) / cap)                                   where the stack caps its logits
 *   C(m) = magnitude^2 * sum_i 2 cos(r(m) w_i) e^(rate_i m) + (channels that do not rotate)
 *   r(m) = m, or what a map of relative positions makes of it (ReRoPE, Self-Extend ...)
 *   Where q and k are mapped before they rotate (PoPE), pair i has even_i cos - odd_i sin for 2 cos.
 *
 * seen from the last row of `length` tokens: the query stands at length - 1, the key at
 * length - 1 - m. Learned parameters have the values that training starts from (stream
 * "init/<tensor>", the given seed). What depends on the content of the tokens (forgetting gates and
 * the like) has no curve: `content` says that it was left out. */
#ifndef THEORY_ENCODING_H
#define THEORY_ENCODING_H

#include "src/model/plan.h"
#include "src/theory/result.h"

/* How an analysis is told which encodings to compare, and for which shape. */
struct encoding_opts {
    struct conf_variants position; /* n 0: compare */
    struct conf_list compare;      /* of struct named_position */
    int head_dim, length;
    int train_length; /* 0: length */
    int num_attention_heads, layer, head;
    int64_t seed;
};

struct named_position {
    const char *name;
    struct conf_variants position;
};
extern const struct conf_schema named_position_schema;

/* clang-format off */
#define ENCODING_ROWS(S, length_default)                                                           \
    {"position", CONF_KIND_VARIANTS, offsetof(S, encoding.position), 0, 0, 0, 0, 0, 0, 0,          \
     &position_registry, "one encoding or a stack"},                                               \
    {"compare", CONF_KIND_LIST, offsetof(S, encoding.compare), CONF_NAMED, 0, 0, 0, 0, 0,          \
     &named_position_schema, 0, "several: {name: encoding or stack, ...}"},                        \
    {"head_dim", CONF_KIND_INT, offsetof(S, encoding.head_dim), 0, 128, 2, 1024, 0, 0, 0, 0,       \
     "channels of a head"},                                                                        \
    {"length", CONF_KIND_INT, offsetof(S, encoding.length), 0, length_default, 1, 1 << 24, 0, 0,   \
     0, 0, "tokens of the row"},                                                                   \
    {"train_length", CONF_KIND_INT, offsetof(S, encoding.train_length), 0, 0, 0, 1 << 24, 0, 0, 0, \
     0, "longest row of training; 0: length"},                                                     \
    {"num_attention_heads", CONF_KIND_INT, offsetof(S, encoding.num_attention_heads), 0, 8, 1,     \
     1024, 0, 0, 0, 0, "heads (slopes and other values per head)"},                                \
    {"layer", CONF_KIND_INT, offsetof(S, encoding.layer), 0, 0, 0, 1023, 0, 0, 0, 0,               \
     "which layer, for stacks with `layers`"},                                                     \
    {"head", CONF_KIND_INT, offsetof(S, encoding.head), 0, 0, 0, 1023, 0, 0, 0, 0, "which head"},  \
    {"seed", CONF_KIND_SIZE, offsetof(S, encoding.seed), 0, 1, 0, 9e15, 0, 0, 0, 0,                \
     "of initial values of what is learned"}
/* clang-format on */

struct encoding {
    const char *name, *key; /* key: type of the first entry, "abf" for rope with another base */
    const struct conf_variants *stack;
    struct plan plan;
    struct rotary_geometry geometry;
    int layer, head, length;
    int pairs;                      /* 0: nothing rotates */
    double *inv_freq, *rate;        /* [pairs] */
    double magnitude, rope_theta;   /* rope_theta NaN: nothing rotates */
    double row_scale;               /* of the last row */
    bool plain;                     /* rotates, and as plain rope does at every length */
    bool content;                   /* some entry depends on the content of the tokens */
    bool mapped;                    /* q and k are mapped before they rotate */
    double *even, *odd;             /* [pairs] what q = k = ones give a pair, see above */
    double fixed, softcap;          /* product of the channels that do not rotate; 0: no cap */
    const struct plan_entry *mover; /* maps relative positions; NULL: none */
    bool custom;                    /* tables that mix frequencies */
    real *param;                    /* initial values */
    struct position_shape shape;
};

/* Resolve a stack for a row of `length`. E_USAGE where the plan refuses it. */
int encoding_open(struct encoding *x, const char *name, const struct conf_variants *stack,
                  const struct encoding_opts *o, int length, struct error *e);
void encoding_close(struct encoding *x);

/* For each encoding that the options name, resolved for o->length: add a series with its name and
 * key, and let `fill` do the rest. */
typedef int encoding_fill(const struct encoding *x, const void *opts, struct result *out,
                          struct result_series *s, struct error *e);
int encoding_each(const struct encoding_opts *o, encoding_fill *fill, const void *opts,
                  struct result *out, struct error *e);

/* C(m) for m = 0 ... n - 1, n <= length. */
void encoding_products(const struct encoding *x, int n, double *c);
/* bias(m) and weight(m) of the head; either may be NULL. */
void encoding_terms(const struct encoding *x, int n, double *bias, double *weight);
/* s(m) with the given scale. */
int encoding_scores(const struct encoding *x, int n, double scale, double *s, struct error *e);

#endif
