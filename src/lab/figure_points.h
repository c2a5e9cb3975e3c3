/* figure_points.h -- measured points on their way to a figure: series x panel x position, with repeated
 * measurements (seeds) as mean and interval. A reference (chance, the best possible) is a series too, of
 * the key "reference", after the others. */
#ifndef LAB_FIGURE_POINTS_H
#define LAB_FIGURE_POINTS_H

#include "src/theory/result.h"

struct figure_point {
    int series, panel;
    double x, y, low, high; /* low, high NaN: no interval of its own */
};

struct figure_points {
    int n_series, n_panels, n, capacity;
    const char *series[RESULT_SERIES], *panel[8];
    bool reference[RESULT_SERIES]; /* a level to compare with: grey, one value a place */
    struct figure_point *point;
    struct result *out; /* keeps the names */
};

/* *p begins as {.out = an open result}. */
void figure_points_close(struct figure_points *p);
/* Index of a name, new or not; E_USAGE if there are too many. */
int figure_points_series(struct figure_points *p, const char *name, int *index, struct error *e);
int figure_points_panel(struct figure_points *p, const char *name, int *index, struct error *e);
void figure_points_add(struct figure_points *p, struct figure_point x);
/* A point of the reference of this name; a second one at its place changes nothing. */
int figure_points_reference(struct figure_points *p, const char *name, struct figure_point x,
                            struct error *e);

/* Fill p->out: the axis is every x in ascending order; a series has three fields a panel, mean and
 * the ends of the 95 % interval: Student's t over the values at the same x, or the point's own
 * interval where there is one value. Names end with "(n = ...)" where values repeat. Facts: panels,
 * panel_1 ... */
void figure_points_result(struct figure_points *p, const char *axis, const char *unit);

#endif
