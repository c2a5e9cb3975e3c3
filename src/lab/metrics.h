/* metrics.h -- the lines of a run's metrics.jsonl. */
#ifndef LAB_METRICS_H
#define LAB_METRICS_H

#include "src/base/json.h"

/* Called per line in order; a status other than OK ends the walk and is returned. */
typedef int metrics_visit(void *data, const struct jsn_doc *line, struct error *e);

/* Every whole line of dir/metrics.jsonl that contains `word` ("" or NULL: all). A torn last line, as
 * a killed run leaves it, is left out; no file is no line. Memory: one line beside the file's map.
 * E_FORMAT: a whole line is not JSON, with its number. */
int metrics_walk(const char *dir, const char *word, metrics_visit *visit, void *data,
                 struct error *e);

#endif
