/* column.h -- a column of a table as an expression over what a run recorded.
 *
 *   test/loss                  the last value (summary.json, else the last line that has it)
 *   last|first|min|max|avg eval/loss     over metrics.jsonl
 *   min eval/loss as best      with a heading of its own
 *   step, tokens               where the run is
 *   rope_theta                 a parameter of the sweep */
#ifndef LAB_COLUMN_H
#define LAB_COLUMN_H

#include "src/lab/results.h"

enum column_fold { FOLD_LAST, FOLD_FIRST, FOLD_MIN, FOLD_MAX, FOLD_AVG };

struct column {
    enum column_fold fold;
    char key[128];
    char title[160];
};

/* E_USAGE: not of the form above. */
int column_parse(struct column *c, const char *text, struct error *e);

/* NaN: the run has no such value. E_IO, E_FORMAT: its metrics.jsonl cannot be read. */
int column_value(const struct column *c, const struct lab_run *run, double *out, struct error *e);

/* Values of every run, out[n_arms * n_seeds]; E_USAGE if runs have values but none has this one,
 * with the nearest name. */
int column_values(const struct column *c, const struct lab_results *r, double *out,
                  struct error *e);

#endif
