/* attention_probe.h -- what the heads attend to, summed while the logits pass by in tiles.
 *
 * With a_ij = exp(s_ij - lse_i), s and lse as in attention.h, rows i and keys j of one segment,
 * counted from its first token:
 *
 *   distance    sum_j a_ij (i - j)          away        the same, without key 0, renormalised
 *   entropy     -sum_j a_ij ln a_ij         relative    entropy / ln(keys that i sees), i > 0
 *   sink        a_i0                        self        a_ii
 *   previous    a_i,i-1, i > 0              top         (i - argmax_j a_ij) / (i + 1)
 *   duplicate   sum of a_ij over j < i with the token of i
 *   induction   sum of a_ij over 0 < j <= i whose token before is the token of i
 *   ..._uniform what attention that is uniform over the visible keys would give
 *
 * and by distance m: mass (sum of a_i,i-m), logit (sum of s_i,i-m), pairs. Nothing of size T x T
 * exists; memory is linear in the tokens. Sums over keys of a tile in single precision, all others in
 * double, in a fixed order: bits do not depend on the threads. */
#ifndef NUM_ATTENTION_PROBE_H
#define NUM_ATTENTION_PROBE_H

#include "src/num/attention.h"

/* Sums over the rows of one head and segment. */
struct attention_sums {
    double rows;
    double distance, away, entropy, relative, sink, self, previous, top, top_first, max_logit;
    double duplicate, induction, duplicate_uniform, induction_uniform;
    double duplicate_rows, induction_rows; /* that have such keys */
};

struct attention_segment {
    int from, to;
};

struct attention_probe {
    const int32_t *token; /* [N] */
    int segments;
    const struct attention_segment *segment; /* [segments], from anchors */
    struct attention_sums *sums;             /* [segments][heads], overwritten */
    /* [heads][longest] each, added to; longest: tokens of the longest segment at least. NULL: none */
    double *mass, *logit, *pairs;
    int longest;
    int32_t *top; /* [N][heads] key with the largest logit, as an index of the batch; NULL: none */
};

/* Bytes of work beside attention_scratch(). */
size_t attention_probe_work(const struct attention *a, const struct attention_probe *p);

/* q, k and lse as attention_forward had them. No transforms, no prefixes. Parallel; cannot fail. */
void attention_probe(const struct attention *a, const real *q, int ldq, const real *k, int ldk,
                     const real *lse, const struct attention_probe *p, void *scratch, void *work);

#endif
