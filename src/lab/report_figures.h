/* report_figures.h -- the figures of a report: drawn into the sweep's folder, put into the page. */
#ifndef LAB_REPORT_FIGURES_H
#define LAB_REPORT_FIGURES_H

#include "src/lab/figure.h"
#include "src/lab/results.h"
#include "src/lab/store.h"

struct report_page {
    FILE *f;
    const struct store *s;
    const struct lab_results *r;
    enum figure_outcome outcome; /* of the last figure */
    bool *shown;                 /* [arms] in figures of curves */
};

/* Draw figure `name` from the sweep (sources NULL) or from sources, and put it into the page. What
 * has nothing to show is left out. */
int report_figure(struct report_page *p, const char *name, int n, char *const *sources,
                  const char *alt, struct error *e);

/* "arm=folder" of every run of the arms shown that has the file (metrics.jsonl, eval), in the order of the plan; how
 * many. The words belong to the caller (free each, and the array). */
int report_sources(const struct report_page *p, const char *file, char ***sources, struct error *e);

/* A section on the fits of loss by context, if some run has one (report_fits.c). */
int report_fits(struct report_page *p, int n, char *const *sources, struct error *e);

#endif
