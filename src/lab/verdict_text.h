/* verdict_text.h -- the words of a verdict. Private to verdict*.c. */
#ifndef LAB_VERDICT_TEXT_H
#define LAB_VERDICT_TEXT_H

#include "src/lab/verdict.h"

/* The arm gives the baseline's value in every seed that both have (two or more). y: [arms][seeds],
 * NaN where no run is complete. */
bool verdict_identical(const struct verdict_input *in, const double *y, int arm,
                       const struct arm_verdict *v);

void verdict_sentence(const struct verdict_input *in, struct sweep_verdict *v, const double *y,
                      int arm);
void verdict_method(const struct verdict_input *in, struct sweep_verdict *v);

#endif
