/* rope.c -- rotary position embedding.
 *
 *   w_i = rope_theta^(-2i/d),  pair i of q and k at position p turns by p w_i
 *   d = int(partial_rotary_factor * head_dim); the other channels pass through
 *
 * Paper: Su et al. 2021, arXiv:2104.09864. A larger rope_theta is the paper's "adjusted base
 * frequency" (Xiong et al. 2023, arXiv:2309.16039): alias abf. Deviation: none.
 * Laws: shift, norm. */
#include "rope/frequency.h"

struct rope_opts {
    struct rotary_opts rotary;
};

static const struct conf_field rope_fields[] = {
    ROTARY_ROWS(struct rope_opts, 10000, 1),
    CONF_END,
};

static const struct conf_schema rope_schema = {"rope", sizeof(struct rope_opts), rope_fields};

const struct position_type position_rope = {
    .v = {.name = "rope",
          .aliases = (const char *const[]){"abf", NULL},
          .summary = "rotary embedding; a larger rope_theta is ABF",
          .paper = "arXiv:2104.09864",
          .schema = &rope_schema},
    .laws = LAW_SHIFT | LAW_NORM,
    .check = rotary_check,
    ROTARY_HOOKS,
};
