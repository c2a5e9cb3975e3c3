/* index_table.h -- answers of the index as tables. Close with table_close. */
#ifndef LAB_INDEX_TABLE_H
#define LAB_INDEX_TABLE_H

#include "src/lab/index.h"
#include "src/lab/table.h"

/* Any SELECT. */
int index_table_sql(struct table *t, struct run_index *x, const char *sql, struct error *e);

struct index_question {
    const char *where; /* NULL: all runs */
    const char *sort;  /* key, "-key" for descending; NULL: by name and id */
    const char *const *keys;
    int n_keys;
    bool changed; /* also every configuration key in which the runs of the answer differ */
};

/* id, name, status, step, tokens, then the keys asked for (the last part of a dotted key finds it).
 * E_USAGE: the condition cannot be read, or names a key that no run has. */
int index_table_runs(struct table *t, struct run_index *x, const struct index_question *q,
                     struct error *e);

#endif
