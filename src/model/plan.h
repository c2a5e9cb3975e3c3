/* plan.h -- a stack of encodings, resolved: tables and terms that forward, backward and decoding
 * read.
 *
 * Layers with equal frequencies at every probed length share one table. Tables are rebuilt only
 * when the length that they were built for changes and some type of the stack depends on it, or
 * when larger position ids are needed.              */
#ifndef MODEL_PLAN_H
#define MODEL_PLAN_H

#include "src/base/arena.h"
#include "src/model/position.h"

/* One entry of the stack on one layer. */
struct plan_entry {
    const struct position_type *type; /* NULL: not on this layer */
    struct position_at at;
    int n_params;    /* scalars, all parameters together */
    double *dparams; /* [n_params] gradients of the present backward pass */
};

struct plan_layer {
    bool rotary;
    int group;               /* which table */
    int qk_width;            /* channels of a head of q and k, after the map */
    bool row_scale, content; /* some entry has the hook, and uses it */
    bool row_scale_learned;  /* some entry has its gradient */
    double softcap;          /* 0: none */
    const double *rate;      /* [head_dim] log-rate per channel, or NULL */
    /* The entry that has the hook, or NULL: a map of q and k, of relative positions, of rows of
     * logits; learned frequencies. */
    const struct plan_entry *map, *region, *transform, *learned;
    struct plan_entry entry[POSITION_ENTRIES];
};

struct plan_table {
    struct rotary_table table;
    real *cos, *sin;
};

struct plan_group {
    int layer; /* first layer of the group */
    int heads; /* tables of their own: 1 or all */
    int rows;  /* of the tables that are filled */
    struct rotary_geometry geometry;
    struct plan_table own;
    struct plan_table copy[ATTENTION_REGIONS][2]; /* from region 1 on: of q, of k */
};

struct plan {
    struct position_shape shape;
    int n_entries, n_groups;
    int positions;    /* rows of the tables */
    int built_length; /* 0: not built */
    int train_length;
    bool length_dependent;
    struct plan_layer *layer;
    struct plan_group *group;
    struct arena memory;
    const struct plan *from; /* frequencies are on the way from these; NULL: arrived */
    double ramp, built_ramp; /* share of the way */
    struct plan_still {
        int band, bands; /* band of how many does not turn: inv_freq 0; bands 0: all turn */
    } still, built_still;
    double *frequencies; /* work: [2][pairs] */
    double *place;       /* work: [positions], where positions are mapped */
};

/* Resolve the stack for a shape; max_length is the longest sequence ever. Fails with E_USAGE on a
 * stack that contradicts itself or a type that refuses the shape. bytes (may be NULL): what the
 * tables take. */
int plan_open(struct plan *p, const struct conf_variants *stack, const struct position_shape *shape,
              int train_length, int max_length, size_t *bytes, struct error *e);
void plan_close(struct plan *p);

/* Make the tables right for sequences of `length` and position ids below `rows`. refresh: learned
 * parameters may have changed since the last call. No allocation. */
void plan_build(struct plan *p, int length, int rows, bool refresh);

/* inv_freq (pairs values) and magnitude of a layer's head for a length; returns pairs, 0 if nothing
 * rotates. */
int plan_frequencies(const struct plan *p, int layer, int head, int length, double *inv_freq,
                     double *magnitude);

/* Plain rope's frequencies of a layer (its base, no scaling); returns pairs, 0 if nothing rotates. */
int plan_plain(const struct plan *p, int layer, double *inv_freq);

/* Name of a type of the stack that asks for a change of the frequencies, if the tables are plain rope
 * at every length up to max_length (probed at powers of two); NULL otherwise. */
const char *plan_scales_nothing(const struct plan *p, int max_length);

/* Whether an entry of the stack acts on a layer. What changes position ids or the embedding acts
 * once, before the first layer, and counts as the first layer's. */
bool position_on_layer(const struct conf_variant *entry, int layer);

/* Scalars of one entry's parameters on one layer. */
int position_scalars(const struct position_type *type, const void *opts,
                     const struct position_shape *shape);

#endif
