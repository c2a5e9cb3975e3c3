/* attention_pool.h -- attention matrices in small: the largest weight of each block of them.
 *
 *   out[h][i][j] = max a_qk over queries q of block i, keys k of block j,  a_qk = exp(s_qk - lse_q)
 *
 * Tokens [from, to) are cut into `cells` blocks, token t into block (t - from) cells / (to - from).
 * Seen in tiles as they pass by: nothing of size T x T exists. */
#ifndef NUM_ATTENTION_POOL_H
#define NUM_ATTENTION_POOL_H

#include "src/num/attention.h"

/* q, k and lse as attention_forward had them; [from, to) is one run of tokens with equal anchor.
 * out [heads][cells][cells] is overwritten; scratch of attention_scratch() bytes. No transforms, no
 * prefixes. Parallel; cannot fail. */
void attention_pool(const struct attention *a, const real *q, int ldq, const real *k, int ldk,
                    const real *lse, int from, int to, int cells, float *out, void *scratch);

#endif
