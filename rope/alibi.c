/* alibi.c -- attention with linear biases.
 *
 *   s_ij -= m_h |i - j|
 *   H = 2^k: m_h = 2^(-max_bias (h + 1) / H);  otherwise the slopes of the next lower power of two
 *   P, then every second one of the slopes of 2P
 *
 * Paper: Press et al. 2021, arXiv:2108.12409. Deviation: none.
 * Laws: shift, decay. */
#include <stdlib.h>

#include "rope/slopes.h"
#include "src/model/position.h"

struct alibi_opts {
    double max_bias;
};

static const struct conf_field alibi_fields[] = {
    CONF_REAL(struct alibi_opts, max_bias, 8, 0, 1024,
              "the smallest slope of 2^k heads is 2^-max_bias"),
    CONF_END,
};

static const struct conf_schema alibi_schema = {"alibi", sizeof(struct alibi_opts), alibi_fields};

static void alibi_bias(const struct position_at *at, const struct attention_tile *t, real *x)
{
    const struct alibi_opts *o = at->opts;
    const real slope = (real)alibi_slope(t->head, at->shape->heads, o->max_bias);
    for (int r = 0; r < t->rows; r++) {
        real *y = x + (size_t)r * t->ld;
        const int32_t i = t->q_position[r];
        for (int c = 0; c < t->cols; c++) y[c] -= slope * (real)abs(i - t->k_position[c]);
    }
}

const struct position_type position_alibi = {
    .v = {.name = "alibi",
          .summary = "linear biases: a fixed slope per head times the distance",
          .paper = "arXiv:2108.12409",
          .schema = &alibi_schema},
    .laws = LAW_SHIFT | LAW_DECAY,
    .bias = alibi_bias,
};
