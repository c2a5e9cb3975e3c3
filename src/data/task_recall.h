/* task_recall.h -- what the tasks of associative recall share: symbols, and where keys are asked.
 *
 * Keys are bytes from 128 on, values 192 .. 255; blanks stand between the questions. Private to
 * src/data/task_*.c. */
#ifndef DATA_TASK_RECALL_H
#define DATA_TASK_RECALL_H

#include "src/data/task.h"

enum { RECALL_SYMBOLS = 64, RECALL_KEY = 128, RECALL_VALUE = RECALL_KEY + RECALL_SYMBOLS };

/* The row of a schema that says the law below. */
#define RECALL_POWER(S) CONF_REAL(S, power, 0.01, 0.001, 100, "of the law of gaps")

/* One of the first `symbols` values. */
unsigned char recall_value(struct rng *rng, int symbols);

/* A free one of `slots` places behind the list, which is taken afterwards: place g, from 0 on, with
 * P(g) ~ (g + 1)^(power - 1). taken [slots]; one is free. */
int recall_place(struct rng *rng, bool *taken, int slots, double power);

#endif
