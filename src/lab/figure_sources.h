/* figure_sources.h -- readers of measured figures: what `ropewalk eval` wrote, and what runs logged.
 *
 * A source is a path, or NAME=PATH where NAME is the series it belongs to. Sources of one name are
 * replicates. Without a name: the run's own name, or the file's. */
#ifndef LAB_FIGURE_SOURCES_H
#define LAB_FIGURE_SOURCES_H

#include "src/lab/figure.h"

/* Files of `ropewalk eval --json` or --out, or folders that hold them (RUN/eval). f->what: words
 * table=NAME x=COLUMN y=COLUMN|* [split=COLUMN] [low=COLUMN high=COLUMN] [tasks]. y=*: a panel for
 * each other column; split: a panel for each value of a column; tasks: a panel for each task. Arguments
 * task=NAME and kind=NAME leave out the others. */
int figure_from_eval(const struct figure_type *f, int n, char *const *sources, struct result *out,
                     struct error *e);
/* The same files. f->what: table=NAME column=COLUMN row=COLUMN|#N|@task value=COLUMN,...; a series for each
 * source and task, or source and value; fields column, row (places), value and count of a cell. */
int figure_from_grid(const struct figure_type *f, int n, char *const *sources, struct result *out,
                     struct error *e);
/* Run folders, or folders of run folders. f->what: the metrics, a panel each; an argument
 * metrics=a,b changes them. */
int figure_from_metrics(const struct figure_type *f, int n, char *const *sources,
                        struct result *out, struct error *e);

/* One sweep's folder; f->what: forest, factors, curve or grid. */
int figure_from_sweep(const struct figure_type *f, int n, char *const *sources, struct result *out,
                      struct error *e);

/* Split NAME=PATH; *name NULL: none was given. */
void figure_source_name(const char *source, char name[256], const char **path);
/* The name that a run's folder has in its summary.json; its last part where there is none. */
void figure_run_name(const char *folder, char name[256]);

#endif
