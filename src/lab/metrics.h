/* metrics.h -- the lines of a run's metrics.jsonl. */
#ifndef LAB_METRICS_H
#define LAB_METRICS_H

#include "src/base/json.h"

/* Every whole line of dir/metrics.jsonl that contains `word` (jsn_lines); no file is no line. */
int metrics_walk(const char *dir, const char *word, jsn_line_visit *visit, void *data,
                 struct error *e);

/* The last whole line of metrics.jsonl that contains `word`, if there is one. */
int metrics_last(const char *dir, const char *word, jsn_line_visit *visit, void *data,
                 struct error *e);

/* The same over another file of lines of the run: timing.jsonl, attempts.jsonl. */
int metrics_walk_file(const char *dir, const char *name, const char *word, jsn_line_visit *visit,
                      void *data, struct error *e);

/* Every number of a line but step and tokens, in its order; a list gives KEY/00, KEY/01 ...; null,
 * which stands for what is not finite, is NaN. Words are left out. */
typedef int metrics_number(void *data, const char *key, double value, struct error *e);
int metrics_numbers(const jsn *line, metrics_number *visit, void *data, struct error *e);

#endif
