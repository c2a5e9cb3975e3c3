/* cross_entropy.h -- the loss over the vocabulary, in chunks of tokens, with the gradient made in
 * the forward pass.
 *
 *   z = h W^T;  z = cap tanh(z / cap) if cap > 0
 *   loss_i = lse(z_i) - z_i[target_i] + z_loss lse(z_i)^2
 *   total = sum_i weight_i loss_i
 *
 * h [N][width] (leading dimension width), W [vocab][width]. A chunk of logits lives in scratch and
 * is overwritten by its gradient; no tokens x vocabulary array exists. Tokens without target
 * (NO_TARGET) or of weight 0 cost nothing in the loss. Sums over tokens in double in token order:
 * bits do not depend on the threads. Parallel; cannot fail. */
#ifndef NUM_CROSS_ENTROPY_H
#define NUM_CROSS_ENTROPY_H

#include <stddef.h>
#include <stdint.h>

#include "src/base/real.h"

struct cross_entropy {
    int tokens, width, vocab;
    double softcap, z_loss; /* 0: none */
};

size_t cross_entropy_scratch(const struct cross_entropy *c); /* bytes, 64-byte aligned */

/* Returns sum_i weight_i (lse_i - z_i[target_i]), without the z-loss. token_loss [N] (or NULL): the
 * unweighted lse_i - z_i[target_i], also where the weight is 0; 0 without target. If dh is not
 * NULL: dh [N][width] is overwritten by, and dw [vocab][width] is added to with, `scale` *
 * d(total)/d(h, W). dh may be h. */
double cross_entropy(const struct cross_entropy *c, const real *h, const real *w,
                     const int32_t *target, const real *weight, double scale, real *token_loss,
                     real *dh, real *dw, void *scratch);

#endif
