/* index.h -- an index of runs, for questions over thousands of them. The only user of SQLite.
 *
 * Files are the truth: DIR/index.sqlite is brought up to date from the run folders whenever it is
 * opened (a folder is read again when the size or time of one of its files changed), and can be
 * deleted at any time. A file that is no such index, or an older one, is built anew; where DIR
 * cannot be written, the index lives in memory. Tables:
 *
 *   runs(id, dir, name, status, step, tokens, total)
 *   facts(run, kind, key, text, number)    kind 'config', 'summary' or 'metadata'
 *
 * Threading: one thread per index; several processes may share the file. */
#ifndef LAB_INDEX_H
#define LAB_INDEX_H

#include "src/lab/where.h"

struct run_index;

/* Runs are the folders of DIR/runs if there is one (a sweep), else those of DIR, that hold a
 * config.yaml. *unreadable counts folders that could not be read; *why is the first one's message. */
int run_index_open(struct run_index **x, const char *dir, int *unreadable, struct error *why,
                   struct error *e);
void run_index_close(struct run_index *x);

/* A row of a result: texts[n], NULL for NULL; numeric[n]: the value is a number. Valid during the
 * call. */
typedef int index_row(void *data, int n, const char *const *texts, const int *numeric,
                      struct error *e);
/* Names of the columns, once, before the first row; may be NULL. */
typedef int index_head(void *data, int n, const char *const *names, struct error *e);

/* One SELECT over the index; anything that would write or reach other files is E_USAGE, as is a
 * mistake in it. */
int run_index_sql(struct run_index *x, const char *sql, index_head *head, index_row *row,
                  void *data, struct error *e);

/* "SELECT <columns> FROM runs WHERE <w> ORDER BY <order>"; w NULL: all; order NULL: by name and id.
 * E_USAGE if no run has a key that w names, with the nearest. */
int run_index_select(struct run_index *x, const char *columns, const struct where *w,
                     const char *order, index_row *row, void *data, struct error *e);

/* E_USAGE with the nearest key if there are runs, and none has this one. */
int run_index_check_key(struct run_index *x, const char *key, struct error *e);

#endif
