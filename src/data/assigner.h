/* assigner.h -- inside src/data: which cell (a source, or a length class of one) fills the next
 * slot, so that the drawn tokens follow the weights exactly.
 *
 * A slot is a document or a piece of one: its length d_i depends on the cell i that takes it. The
 * target of cell i at a prefix is A_i = sum over the slots so far of d w_i, and what it has drawn
 * is c_i. No randomness: |A_i - c_i| <= b = (1 - 1/(2k-2)) D, D the longest slot of any cell.
 *
 * Threading: pure. */
#ifndef DATA_ASSIGNER_H
#define DATA_ASSIGNER_H

#include <stdbool.h>
#include <stdint.h>

/* Weights w[k] in force from `ahead` tokens after the present slot begins, and for how many tokens
 * at most the caller may take them as constant (*span). false: not known, the last weights are
 * taken to go on. Called with ahead = 0 first, and then with the sum of the spans. */
typedef bool assign_ahead(void *context, int64_t ahead, double *w, int64_t *span);

/* The chairman rule, carried over to slots whose length depends on who takes them. Eligible is who
 * may take the slot without being overdrawn by more than b: x_i + d_i w_i - d_i >= -b, with x_i =
 * A_i - c_i; of these the one that would first be underdrawn by more than b if it were left alone.
 * Someone is always eligible: otherwise 0 = sum x_i < D (k-1) - k b <= 0. Underdrawn by more than b
 * is nobody if weights are known ahead or change slowly against a slot; that is a theorem for slots
 * of one length for all, and held on every random instance that was tried for others. Weights that
 * jump where nobody could know it (feedback) may exceed b for a while. Where the weight is 0 now,
 * a cell is taken only for what it is owed, and only if nobody else may take the slot.
 *   longest D; w [k] receives the present weights (sum 1); slot [k] tokens that the cell would
 *   fill, 0: it cannot; target [k] before this slot, drawn [k]; scratch [2 k]
 * Tijdeman 1980, The chairman assignment problem; Liu and Reis 2025, arXiv 2511.18546 (unequal
 * slots, weights that vary). */
int assign_slot(int k, int64_t longest, double *w, const int64_t *slot, const double *target,
                const int64_t *drawn, assign_ahead *ahead, void *context, double *scratch);

/* Enter that `chosen` takes `length` tokens. */
void assign_account(int k, const double *w, int64_t length, int chosen, double *target,
                    int64_t *drawn);

#endif
