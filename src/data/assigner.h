/* assigner.h -- inside src/data: which source fills the next slot, so that the drawn tokens follow
 * the weights exactly.
 *
 * With slots j = 1, 2 ... of d_j tokens and weights w_i(j), the target of source i is A_i(j) =
 * sum_{m<=j} d_m w_i(m) and what it has drawn is c_i. No randomness: |A_i - c_i| stays within about
 * one slot at every prefix.
 *
 * Threading: pure. */
#ifndef DATA_ASSIGNER_H
#define DATA_ASSIGNER_H

#include <stdbool.h>
#include <stdint.h>

/* Weights and length of the slot that is `ahead` slots after the present one (0: the present one);
 * false: not known. */
typedef bool assign_ahead(void *context, int64_t ahead, double *w, int64_t *length);

/* Slots whose length does not depend on the source, with weights known ahead: the chairman rule.
 * Eligible is who may take the slot without being overdrawn by more than b = (1 - 1/(2k-2)) D, D
 * the longest slot; of these the one that would first be underdrawn by more than b. Then |A_i(j) -
 * c_i| <= b for every source and prefix.
 *   target [k] before this slot, drawn [k]; scratch [3 k]
 * Tijdeman 1980, The chairman assignment problem; Liu and Reis 2025, arXiv 2511.18546 (unequal
 * slots, weights that vary).
 */
int assign_deadline(int k, int64_t longest, const double *target, const int64_t *drawn,
                    assign_ahead *ahead, void *context, double *scratch);

/* Slots whose length depends on who takes them (whole documents), or weights that are not known
 * ahead: the largest deficit in the middle of the slot, x_i + d_i w_i - d_i / 2 with x_i = A_i -
 * c_i. It is the steepest descent of sum x_i^2 per token (up to d_i sum w^2 / 2); for equal slots
 * it is the largest deficit with the present slot counted in. A source of weight 0 is never taken.
 *   w [k] sum 1, slot [k] tokens that the source would fill */
int assign_deficit(int k, const double *w, const int64_t *slot, const double *target,
                   const int64_t *drawn);

/* Enter that `chosen` takes `length` tokens. */
void assign_account(int k, const double *w, int64_t length, int chosen, double *target,
                    int64_t *drawn);

#endif
