/* level_label.h -- a parameter's value as tables and figures name it. */
#ifndef LAB_LEVEL_LABEL_H
#define LAB_LEVEL_LABEL_H

#include <stddef.h>

#include "src/lab/results.h"

/* "staged(lengths=64+256,at=0.5)" for {type: staged, lengths: [64, 256], at: [0.5]}, as arms are named;
 * other texts as they stand, "-" where the parameter is left out. */
void level_label(const struct lab_param *x, char *label, size_t size);

#endif
