/* figure_reading.h -- rows of tables that evaluations wrote, from files and from the folders of runs.
 * Private to the readers of figures. */
#ifndef LAB_FIGURE_READING_H
#define LAB_FIGURE_READING_H

#include "src/base/json.h"
#include "src/theory/result.h"

typedef int figure_row_reader(void *to, const char *series, const char *task, const jsn *row,
                              struct error *e);

/* Every table of a name in every source, row by row to `read`. */
struct figure_reading {
    const char *table, *only_task, *only_kind; /* NULL: all */
    figure_row_reader *read;
    void *to;
    int rows;
    double train; /* training length; NaN: not said */
};

/* Arguments task=NAME and kind=NAME (a word of the column `kind` or `source`) leave out the rest. The
 * fact train_length goes into out. E_USAGE: a source without such a row. */
int figure_read(int n, char *const *sources, struct figure_reading *r, struct result *out,
                struct error *e);

/* Each line of RUN/NAME (metrics.jsonl, timing.jsonl), in order; one that is not ended yet is left out.
 * E_FORMAT: a line is no JSON. */
typedef void figure_line_reader(void *to, const jsn *line);
int figure_each_line(const char *run, const char *name, figure_line_reader *read, void *to,
                     struct error *e);

/* A number, or the last one of a range "64-127"; NaN otherwise. */
double figure_number(const jsn *v);
/* By name, or "#3": the third, whatever its name. */
double figure_cell(const jsn *row, const char *column);

#endif
