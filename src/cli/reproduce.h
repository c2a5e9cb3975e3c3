/* reproduce.h -- the tables of verdicts that experiments leave. */
#ifndef CLI_REPRODUCE_H
#define CLI_REPRODUCE_H

#include <stdbool.h>

#include "src/base/error.h"

/* The head of the table that `verdicts_print` adds rows to, on stdout. */
void verdicts_head(bool markdown);
/* Rows of OUT/verdicts.tsv, checked: a header that names the columns, as many cells in every row.
 * `name` is the first cell of each. E_FORMAT with file and line. */
int verdicts_print(const char *name, const char *out, bool markdown, struct error *e);

#endif
