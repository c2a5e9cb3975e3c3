/* slopes.h -- ALiBi's slopes, for the encodings that start from them. */
#ifndef ROPE_SLOPES_H
#define ROPE_SLOPES_H

/* Slope of head h of `heads` (Press et al. 2021, arXiv:2108.12409, and its published code for head
 * counts that are not powers of two); positive. */
double alibi_slope(int head, int heads, double max_bias);

#endif
