/* nope.c -- no position encoding.
 *
 *   s_ij = scale q_i . k_j        (order is seen through the causal mask alone)
 *
 * Paper: Kazemnejad et al. 2023, arXiv:2305.19466. Deviation: none. In a stack with `layers:` it
 * says aloud which layers have nothing.
 * Laws: shift, no position. */
#include "src/model/position.h"

const struct position_type position_nope = {
    .v = {.name = "nope",
          .summary = "no position encoding: order comes from the causal mask",
          .paper = "arXiv:2305.19466"},
    .laws = LAW_SHIFT | LAW_NO_POSITION,
};
