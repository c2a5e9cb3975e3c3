/* store_results.h -- a sweep's folder as results.h: what tables, verdicts and analyses read. */
#ifndef LAB_STORE_RESULTS_H
#define LAB_STORE_RESULTS_H

#include "src/lab/results.h"
#include "src/lab/store.h"
#include "src/lab/table.h"

struct store_results;

/* The runs of a store as they stand now; *r points into *own, which outlives it, as must the store.
 * E_FORMAT: a summary of a complete run cannot be read. */
int store_results_open(struct store_results **own, const struct store *s,
                       const struct lab_results **r, struct error *e);
void store_results_close(struct store_results *own);

/* One table as tables/<name>.* in all formats. */
int store_table_write(const struct store *s, const char *name, const struct table *t,
                      struct error *e);

/* tables/results.{md,tex,csv,json,txt} (arms against the baseline, with the columns asked for) and
 * tables/runs.{...} (one row a run) in the sweep's folder. Equal results give equal bytes. */
int store_tables_write(const struct store *s, const char *const *columns, int n, struct error *e);

#endif
