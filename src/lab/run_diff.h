/* run_diff.h -- what two runs differ in: configuration, results, surroundings, and from which line
 * on their metrics part. */
#ifndef LAB_RUN_DIFF_H
#define LAB_RUN_DIFF_H

#include "src/lab/run_record.h"
#include "src/lab/table.h"

/* Rows (part, key, A, B) of every fact that is not the same, and notes: how many facts agree, and
 * where metrics.jsonl differs first (equal runs have equal bytes). Close with table_close. */
int run_diff(struct table *t, const struct run_record *a, const struct run_record *b,
             struct error *e);

#endif
