/* position.h -- the socket of rope/: what a position encoding may change, and when.
 *
 * A run's encoding is a stack of entries, each one type with options and a layer pattern. Every
 * hook transforms a neutral element in place; the core fills the neutral value, runs the stack in
 * order, stores the result in a plan that forward and backward both read. An absent hook is the
 * identity. Nothing in a hot loop asks which variant it serves, and a variant without learned
 * parameters needs no backward code.
 *
 *   hook        neutral value            composition  when
 *   ids         0, 1, 2 ... per document composed     per batch, from the stream "position"
 *   geometry    half, 0, head_dim, width last wins    set-up (rotary types only)
 *   inv_freq    rope_theta^(-2i/width)   in place     set-up; when length, stage or layer changes
 *   magnitude   1                        multiply     with the tables (scales cos and sin)
 *   table       cos, sin of one position in place     with the tables (mixing of frequencies)
 *   log_rate    0 per pair               add          q_i k_j gets exp(rate (p_i - p_j))
 *   qk_map      identity                 one only     per batch, before the rotation; may widen q and k
 *   region      0: i - j                 one only     which places q and k of a pair are turned to
 *   row_scale   1                        multiply     per batch; logits of row i of a head
 *   bias        0                        add          concurrently, per (head, tile)
 *   weight      1                        multiply     the same, before the biases
 *   content     0                        add          logit += c_i - c_j, c from the normed input
 *   transform   identity                 one only     whole rows of logits, all heads (slower)
 *   softcap     none                     one only     caps the finished logits
 *   embed       0                        add          per batch: added to the token embedding
 *
 * Rotation is on for a layer iff some entry of the stack there is rotary (has rope_theta); two
 * rotary entries on one layer are an error. Hooks get `struct position_at`; they are pure functions
 * of it and of their arguments, and may run concurrently. Learned parameters are declared by
 * `params`; the core allocates, initialises (each from its own random stream), optimises, clamps
 * and saves them; gradients go to `dparams`, in double, laid out as the parameters are.       */
#ifndef MODEL_POSITION_H
#define MODEL_POSITION_H

#include <stdbool.h>
#include <stdint.h>

#include "src/base/conf.h"
#include "src/base/error.h"
#include "src/base/real.h"
#include "src/base/rng.h"
#include "src/num/attention.h"
#include "src/num/rotate.h"

enum { POSITION_PARAMS = 4, POSITION_ENTRIES = 8 };

/* What a type promises; the law suite holds it to that. */
enum position_law {
    LAW_SHIFT = 1,         /* logits unchanged when all positions move by the same amount */
    LAW_NORM = 2,          /* rotation keeps the norm of q and k */
    LAW_IDENTITY_AT_1 = 4, /* factor 1 gives plain rope bit for bit */
    LAW_LENGTH_DEPENDENT =
        8,          /* tables depend on the present length: earlier rows change when it grows */
    LAW_DECAY = 16, /* the bias never increases with distance */
    LAW_NO_POSITION = 32, /* attention ignores positions altogether */
};

struct position_shape {
    int layers, heads, kv_heads, head_dim, hidden_size;
};

/* Where a hook is asked. */
struct position_at {
    const void *opts;
    const struct position_shape *shape;
    int layer;
    int length;       /* longest sequence that the tables are built for now */
    int train_length; /* longest row that the run trains at */
    const real
        *param[POSITION_PARAMS]; /* learned parameters of this layer, in the order of `params`;
                                    NULL where frequencies are asked for before there is a model */
};

struct rotary_geometry {
    enum rotary_layout layout;
    int start, width; /* channels [start, start + width) rotate, width even */
    int denominator;  /* of the exponent: theta^(-2i / denominator) */
};

/* First pair of a band, where `pairs` are cut into `bands` of neighbours. */
static inline int rotary_band(int pairs, int bands, int band)
{
    return (int)((int64_t)band * pairs / bands);
}

struct position_param {
    const char *name; /* checkpoint: model.layers.N.position.<type>.<name> */
    int n_dims;
    int64_t shape[2];
    enum {
        POSITION_INIT_CONSTANT,
        POSITION_INIT_NORMAL,
        POSITION_INIT_UNIFORM,
        POSITION_INIT_CUSTOM
    } init;
    double a, b;     /* constant a; normal mean a, deviation b; uniform [a, b) */
    double lr_mult;  /* 0 means 1 */
    bool decay;      /* weight decay applies */
    double min, max; /* clamp after each step; both 0: none */
};

struct position_type {
    struct variant v; /* first: name, aliases, summary, paper, schema */
    unsigned laws;
    const char *cost; /* what a training step costs beside rope's, where it is more than a bias's */
    bool scales; /* asks for a change of frequencies: an error if the tables are plain rope at every
                    length of the run */

    /* Refuse a geometry before any memory is taken; the message says what would be valid. */
    int (*check)(const void *opts, const struct position_shape *shape, struct error *e);

    /* ids[n] of one document (or row), in place. */
    void (*ids)(const struct position_at *at, struct rng *rng, int32_t *ids, int n);
    bool ids_in_training_only; /* evaluation keeps the plain ids */
    /* Largest id that `ids` can give for rows of `length`, plus 1; absent: length. */
    int (*id_bound)(const struct position_at *at, int length);
    /* Positions that it has something of its own for; training on longer rows is refused. NULL: any
     * number. */
    int (*positions)(const void *opts);

    /* rotary: rope_theta of this entry; its presence makes the entry rotary. */
    double (*rope_theta)(const void *opts);
    void (*geometry)(const void *opts, const struct position_shape *shape,
                     struct rotary_geometry *g);
    /* inv_freq[pairs] of one head, in place; pairs = g->width / 2. */
    void (*inv_freq)(const struct position_at *at, const struct rotary_geometry *g, int head,
                     double *inv_freq);
    /* Learned frequencies: the tables are made anew whenever the parameters may have changed.
     * dfreq [pairs] of one head: gradient of what inv_freq gave. Adds to dparams. */
    void (*inv_freq_grad)(const struct position_at *at, const struct rotary_geometry *g, int head,
                          const double *dfreq, double *dparams);
    void (*magnitude)(const struct position_at *at, double *magnitude);
    bool (*per_head)(const void *opts); /* inv_freq or table differ from head to head */
    /* w: the frequencies that cos and sin were made of. */
    void (*table)(const struct position_at *at, int head, int pairs, const double *w, double *cos,
                  double *sin);
    void (*log_rate)(const struct position_at *at, const struct rotary_geometry *g, double *rate);

    /* Channels of a head of q and k after the map; absent: no map. */
    int (*qk_width)(const void *opts, const struct position_shape *shape);
    /* Tokens of q (key false) or k, x [tokens][heads][head_dim] to y [tokens][heads][width], with
     * leading dimensions; heads are the query heads or the key-value heads. Called concurrently on
     * different tokens. The adjoint overwrites dx and adds to dparams. */
    void (*qk_map)(const struct position_at *at, bool key, int tokens, const real *x, int ldx,
                   real *y, int ldy);
    void (*qk_map_grad)(const struct position_at *at, bool key, int tokens, const real *x, int ldx,
                        const real *dy, int lddy, real *dx, int lddx, double *dparams);

    /* A piecewise map of the relative position. region: which of `regions` rules (at most
     * ATTENTION_REGIONS, 0 is plain) the pair of ids follows; it never falls with q and never rises
     * with k. place: where rule 1, 2 ... puts q or k of that id. */
    int regions;
    int (*region)(const struct position_at *at, int32_t q, int32_t k);
    double (*place)(const struct position_at *at, int region, bool key, int32_t id);

    /* As struct attention_transform (attention.h). */
    void (*transform)(const struct position_at *at, const struct attention_row *row, const real *x,
                      const real *b, real *y);
    void (*transform_grad)(const struct position_at *at, const struct attention_row *row,
                           const real *x, const real *b, const real *dy, real *dx, real *db,
                           real *dq, double *dparams);

    double (*softcap)(const void *opts); /* the cap */

    /* visible: keys that the row sees. Returns the factor. The adjoint adds d *
     * d(factor)/d(parameters). */
    double (*row_scale)(const struct position_at *at, int head, int32_t position, int visible);
    bool (*scales_rows)(const void *opts); /* false: row_scale is 1; absent: it may be anything */
    void (*row_scale_grad)(const struct position_at *at, int head, int32_t position, int visible,
                           double d, double *dparams);

    void (*bias)(const struct position_at *at, const struct attention_tile *t, real *x);
    void (*bias_grad)(const struct position_at *at, const struct attention_tile *t, const real *dx,
                      double *dparams);
    void (*weight)(const struct position_at *at, const struct attention_tile *t, real *x);
    void (*weight_grad)(const struct position_at *at, const struct attention_tile *t,
                        const real *dx, double *dparams);

    /* x [tokens][hidden_size] (normed input of the layer), anchor as in batch.h; c [tokens][heads]
     * += own, where own is a sum over the tokens from the anchor to the row (so that a cache can go
     * on from its last sum). The adjoint adds to dx and dparams. Serial callers; parallel inside if
     * worthwhile. */
    void (*content)(const struct position_at *at, const real *x, const int32_t *anchor, int tokens,
                    real *c);
    void (*content_grad)(const struct position_at *at, const real *x, const int32_t *anchor,
                         int tokens, const real *dc, real *dx, double *dparams);

    /* x [tokens][hidden_size] += own (asked for layer 0 alone; params as of layer 0). */
    void (*embed)(const struct position_at *at, const int32_t *position, int tokens, real *x);
    void (*embed_grad)(const struct position_at *at, const int32_t *position, int tokens,
                       const real *dx, double *dparams);

    /* Fill out[POSITION_PARAMS], return how many per layer. */
    int (*params)(const void *opts, const struct position_shape *shape, struct position_param *out);
    /* POSITION_INIT_CUSTOM: fill the values of parameter k of one layer. */
    void (*init)(const void *opts, const struct position_shape *shape, int layer, int k,
                 struct rng *rng, real *x);
};

/* "shift, norm", "bias, params": the laws that a type declares and the hooks that it has, "none" if
 * there are none. */
void position_laws(const struct position_type *t, char *out, size_t size);
void position_hooks(const struct position_type *t, char *out, size_t size);

/* Defined by rope/registry.c from rope/encodings.def. */
extern const struct position_type *const position_types[]; /* NULL-terminated */
extern const struct conf_registry position_registry;

#endif
