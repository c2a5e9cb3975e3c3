/* flops.h -- how much work training is: the one home of every count.
 *
 * Counts are of training: forward and backward, multiply and add counted apart, three times the
 * forward pass. L layers, h hidden size, s row length, N parameters that stand in products (the
 * output head included, also when tied), H D the width of all heads.
 *
 *   paper        72 L h^2 (1 + s / (6 h))    per token: 12 h^2 parameters a layer, every query sees
 *                all s keys, no head. Korthikanti et al. 2022, arXiv:2205.05198, without its
 *                vocabulary term; it reproduces Table 10 of Xiong et al. 2023, arXiv:2309.16039, to
 *                every digit printed (32 layers, h 4096, 10^5 steps of 2^22 tokens).
 *   paper_causal 72 L h^2 (1 + s / (12 h))   the same with the keys that a causal mask lets through
 *   causal       6 N + 12 L H D v            per token, v: mean number of visible keys, s / 2 under
 *                a causal mask, less under windows
 *   exact        6 N n + 12 H D sum over layers and queries of the keys that each query sees,
 *                itself included: rows, documents and windows as they fell in a batch of n tokens
 * Recomputation (`recompute:`) is never counted: it is work, but not of the model. */
#ifndef MODEL_FLOPS_H
#define MODEL_FLOPS_H

#include "src/model/config.h"
#include "src/num/batch.h"

/* Per token. */
double flops_paper(double layers, double hidden, double length);
double flops_paper_causal(double layers, double hidden, double length);

/* Mean number of keys that a token of a causal row of `length` tokens sees, as length / 2 (a token
 * counts itself half); a window of `width` tokens cuts it. */
double flops_visible(int length, enum window_kind kind, int width);

/* Per token of rows of `length`, under a window of all layers (WINDOW_NONE: none) on top of the
 * model's own sliding_window. c is resolved. */
double flops_causal(const struct model_config *c, int length, enum window_kind kind, int width);

/* Of a whole batch. c is resolved. */
double flops_exact(const struct model_config *c, const struct batch *b, enum window_kind kind,
                   int width);

#endif
