/* frequency.h -- what all rotary encodings share: their base, layout and width.
 *
 * The options of a rotary type begin with `struct rotary_opts rotary`, its rows with
 * ROTARY_ROWS(struct, default theta, default share), its hooks with ROTARY_HOOKS. Pair i of d
 * rotated channels turns by w_i = rope_theta^(-2i/d) per position; the core fills that in, and a
 * type's inv_freq hook changes it in place. All functions are pure and may run concurrently. */
#ifndef ROPE_FREQUENCY_H
#define ROPE_FREQUENCY_H

#include "src/model/position.h"

struct rotary_opts {
    double rope_theta;
    int layout; /* enum rotary_layout */
    double partial_rotary_factor;
};

extern const char *const rotary_layout_names[];

/* clang-format off */
#define ROTARY_ROWS(S, theta, share)                                                               \
    {"rope_theta", CONF_KIND_REAL, offsetof(S, rotary.rope_theta), 0, theta, 2, 1e15, 0, 0, 0, 0,  \
     "base of the wavelengths"},                                                                   \
    {"layout", CONF_KIND_ENUM, offsetof(S, rotary.layout), 0, ROTARY_HALF, 0, 0, 0,                \
     rotary_layout_names, 0, 0,                                                                    \
     "channels of a pair: (i, i + d/2) as in Hugging Face, or (2i, 2i + 1) as in Meta's models"},  \
    {"partial_rotary_factor", CONF_KIND_REAL, offsetof(S, rotary.partial_rotary_factor), 0, share, \
     0, 1, 0, 0, 0, 0, "share of a head's channels that rotates"}
#define ORIGINAL_ROW(S)                                                                            \
    CONF_INT(S, original_max_position_embeddings, 0, 0, 1 << 30,                                   \
             "training length L that the formula starts from; 0: the run's longest training row")
#define ROTARY_HOOKS .rope_theta = rotary_theta, .geometry = rotary_geometry
/* clang-format on */

/* The hooks. `opts` begins with a struct rotary_opts; rotary_dim = int(partial_rotary_factor *
 * head_dim). */
double rotary_theta(const void *opts);
void rotary_geometry(const void *opts, const struct position_shape *shape,
                     struct rotary_geometry *g);
/* Refuses an odd or empty rotary_dim. */
int rotary_check(const void *opts, const struct position_shape *shape, struct error *e);

/* w_i = theta^(-2i/denominator), to the bit what the core fills in. */
void rotary_frequencies(double theta, const struct rotary_geometry *g, double *inv_freq);
/* The NTK-aware base b' = theta * ratio^(d / (d - 2)): the last pair slows down by `ratio`, the
 * first keeps its speed. d > 2. */
double rotary_ntk_theta(double theta, double ratio, int d);
/* The length L of a formula: the option, or the run's training length where the option is 0. */
double original_length(int option, const struct position_at *at);
/* Index (real) of the pair that turns `turns` times within `length` positions. */
double rotary_pair_of_turns(double turns, double length, double theta, int denominator);
/* Refuses a rotary_dim of 2 besides what rotary_check refuses. */
int rotary_ntk_check(const void *opts, const struct position_shape *shape, struct error *e);

#endif
