/* figure_sources.h -- readers of measured figures: what `ropewalk eval` wrote, and what runs logged.
 *
 * A source is a path, or NAME=PATH where NAME is the series it belongs to. Sources of one name are
 * replicates. Without a name: the run's own name, or the file's. */
#ifndef LAB_FIGURE_SOURCES_H
#define LAB_FIGURE_SOURCES_H

#include "src/lab/figure.h"

/* Files of `ropewalk eval --json` or --out, or folders that hold them (RUN/eval). f->what: words
 * table=NAME x=COLUMN y=COLUMN|* [split=COLUMN] [low=COLUMN high=COLUMN] [tasks] [series=COLUMN]
 * [reference=COLUMN] [only=TASK] [fit] [positive].
 *   y=a,b      a panel each; y=*: a panel for each other column
 *   split      a panel for each value of a column
 *   tasks      a panel for each task
 *   series     a curve for each word of a column
 *   reference  a grey curve of that column
 *   fit        facts alpha_K, beta_K, gamma_K of the power law in panel K
 *   positive   rows with y > 0 alone
 * Arguments task=NAME and kind=NAME leave out the others. */
int figure_from_eval(const struct figure_type *f, int n, char *const *sources, struct result *out,
                     struct error *e);
/* The same files. f->what: table=NAME column=COLUMN row=COLUMN|#N|@task value=COLUMN,...
 * [panel=COLUMN,...] [label=COLUMN]; a series for each source and task, or source and value, or
 * source and values of the panel's columns; fields column, row (places), value and count of a cell.
 *   label      rows are named by its mean */
int figure_from_grid(const struct figure_type *f, int n, char *const *sources, struct result *out,
                     struct error *e);
/* Run folders, or folders of run folders. f->what: the metrics, a panel each; an argument
 * metrics=a,b changes them. */
int figure_from_metrics(const struct figure_type *f, int n, char *const *sources,
                        struct result *out, struct error *e);

/* The loss of each domain at short and long positions, against the first source's: tables by_position
 * of loss_by_position. A series for each other source and domain; fields delta and half (95 %, paired
 * by the order of the files; NaN with one) over the ranges of positions that the fact range_names
 * lists. */
int figure_from_domains(const struct figure_type *f, int n, char *const *sources,
                        struct result *out, struct error *e);
/* Run folders, or folders of run folders: median tokens a second of the steps of all runs of a name
 * at each row length, with the quartiles. */
int figure_from_speed(const struct figure_type *f, int n, char *const *sources, struct result *out,
                      struct error *e);

/* Each run of a source: the folder itself, those in it, or in its folder `runs`. given: NAME, or "". */
typedef int figure_run_reader(void *to, const char *run, const char *given, struct error *e);
int figure_each_run(const char *source, figure_run_reader *read, void *to, struct error *e);

struct lab_results;
/* Values of two columns, a point a run, a series an arm; facts pearson, spearman, runs. */
int figure_sweep_scatter(const struct lab_results *r, const char *x, const char *y,
                         struct result *out, struct error *e);

/* One sweep's folder; f->what: forest, factors, curve, tuning (of the runs in its folder tune), grid or
 * scatter (with x=COLUMN, y=COLUMN). */
int figure_from_sweep(const struct figure_type *f, int n, char *const *sources, struct result *out,
                      struct error *e);

/* Split NAME=PATH; *name NULL: none was given. */
void figure_source_name(const char *source, char name[256], const char **path);
/* The name that a run's folder has in its summary.json; its last part where there is none. */
void figure_run_name(const char *folder, char name[256]);

#endif
