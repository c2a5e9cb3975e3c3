/* report.h -- a sweep as one HTML file: verdicts, tables, figures, what failed, cost, how to repeat it.
 *
 * The file needs no network and no script; figures are drawn into the sweep's folder `figures` and
 * stand in the page as data images, each with the table behind it. Equal results give equal bytes: no
 * clock is in it. */
#ifndef LAB_REPORT_H
#define LAB_REPORT_H

#include "src/lab/figure.h"
#include "src/lab/store.h"

struct report_options {
    const char *out;  /* NULL: <sweep>/report.html */
    bool anonymous;   /* no paths, hosts and processors: for double-blind review */
    const char *file; /* what to type after `sweep run` to repeat it; NULL: the sweep's own file */
};

/* *outcome: whether gnuplot was there. path: where it was written. */
int report_write(const struct store *s, const struct report_options *o,
                 enum figure_outcome *outcome, char path[4400], struct error *e);

#endif
