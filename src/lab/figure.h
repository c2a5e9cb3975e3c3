/* figure.h -- pictures: a table, a script that reads it, and what gnuplot draws from the two.
 *
 * draw writes NAME.tsv, NAME.gp, NAME.svg, NAME.pdf and NAME.png beside each other. The script is
 * whole (style included): `gnuplot NAME.gp` in that folder draws again after an edit. SVG and PNG
 * have the same bytes for the same table, gnuplot and fonts. */
#ifndef LAB_FIGURE_H
#define LAB_FIGURE_H

#include "src/base/conf.h"
#include "src/theory/result.h"

enum figure_source {
    FIGURE_ANALYSIS,
    FIGURE_EVAL,
    FIGURE_GRID,
    FIGURE_DOMAINS,
    FIGURE_METRICS,
    FIGURE_SPEED,
    FIGURE_SWEEP
};
/* How the axis is cut where it is longer than a picture can show. */
enum figure_grid {
    FIGURE_LINEAR,
    FIGURE_LOG,
    FIGURE_MEANS,     /* every field becomes three: mean, lowest and highest of each stretch */
    FIGURE_MEANS_LOG, /* the same over stretches that are equal in logarithms */
    FIGURE_ROWS       /* a row of the picture for each series, as high as they need */
};

struct figure_type {
    struct variant v;
    const char *script; /* text of plots/<name>.gp */
    enum figure_source source;
    const char *what;  /* ANALYSIS: its name, then arguments, separated by spaces */
    int width, height; /* millimetres */
    enum figure_grid grid;
};

/* Defined by figure_registry.c from figures.def. */
extern const struct conf_registry figure_registry;

/* Find by name; E_USAGE with the nearest name. */
int figure_find(const char *name, const struct figure_type **out, struct error *e);
/* The figure that draws an analysis; NULL if none does. */
const struct figure_type *figure_of_analysis(const char *analysis);

struct figure_options {
    const char *out;     /* path without suffix */
    const char *title;   /* NULL: none, as papers want it */
    double train;        /* training length to mark; 0: none */
    bool terminal;       /* draw with characters, to stdout, and write nothing */
    const char *formats; /* of "svg pdf png"; NULL: all */
    const char *source;  /* what made the table: a line of its head */
};

enum figure_outcome { FIGURE_DRAWN, FIGURE_NO_GNUPLOT };

/* What a figure shows: from sources (NULL-terminated), as its kind reads them. */
int figure_collect(const struct figure_type *f, int n, char *const *sources, struct result *out,
                   struct error *e);
/* Write and draw. E_USAGE if there is nothing to draw; without gnuplot the outcome says so. */
int figure_draw(const struct figure_type *f, const struct result *r, const struct figure_options *o,
                enum figure_outcome *outcome, struct error *e);

/* How messages begin of sources that hold more than a figure has room for. */
#define FIGURE_LIMIT "more than "

/* ---- its parts ---- */

/* Colour, dash and point of a series, the same for the same key in every figure. */
struct figure_style {
    const char *colour;
    int dash, point;
};
/* The kind that a word of a name stands for ("rope", "yarn factor=4"); NULL: none. */
const char *figure_key(const char *name);
void figure_styles(const struct result *r, struct figure_style out[RESULT_SERIES]);

/* The script: preamble with the table's shape, style, plots/<name>.gp. */
int figure_script(const struct figure_type *f, const struct result *r,
                  const struct figure_options *o, const char *name, FILE *out);
/* 'text' for gnuplot: single quotes doubled, control characters dropped. */
void figure_quote(FILE *out, const char *text);

/* A copy with at most about `points` values of the axis: the extremes of every stretch stay, or
 * (MEANS) each stretch becomes one point of three fields. */
void figure_thin(const struct result *r, enum figure_grid grid, int points, struct result *out);

/* gnuplot: $GNUPLOT or the one in PATH. */
bool figure_gnuplot(char *path, size_t size);
/* Run a script in its folder with terminal = svg | pdf | png | dumb; its messages go into e. */
int figure_run(const char *gnuplot, const char *folder, const char *script, const char *terminal,
               struct error *e);
/* The date that cairo writes into a PDF, made the same for all. */
int figure_undate(const char *pdf, struct error *e);

#endif
