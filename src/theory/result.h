/* result.h -- what an analysis finds: one axis, and series of values over it.
 *
 *   axis     distance | pair | length ...            (n = 0: none, the series are rows of a table)
 *   series   a name, facts (scalars) and fields (arrays over the axis, each with a unit)
 *
 * The same result is printed as JSON or TSV, drawn as a figure, and read by tests. Memory belongs
 * to the result; a result that finds no memory aborts, as configurations do. */
#ifndef THEORY_RESULT_H
#define THEORY_RESULT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "src/base/json.h"

enum { RESULT_FIELDS = 24, RESULT_FACTS = 24, RESULT_SERIES = 64 };

struct result_field {
    const char *name, *unit; /* unit "": a pure number */
    int64_t n;
    double *v; /* not finite: no value */
};

struct result_fact {
    const char *name;
    enum { FACT_REAL, FACT_INT, FACT_BOOL, FACT_TEXT } kind;
    double v;
    const char *text;
};

struct result_series {
    const char *name;
    const char *key; /* of what kind it is, so that figures colour equal kinds alike; or NULL */
    int n_fields, n_facts;
    struct result_field field[RESULT_FIELDS];
    struct result_fact fact[RESULT_FACTS];
};

struct result {
    const char *analysis;
    struct result_field axis;
    int n_facts, n_series;
    struct result_fact fact[RESULT_FACTS]; /* of the analysis as a whole */
    struct result_series series[RESULT_SERIES];
    bool flat; /* a single series stands at the top of the JSON object */
    struct result_memory *memory;
};

void result_open(struct result *r, const char *analysis);
void result_close(struct result *r);
void *result_take(struct result *r, size_t bytes); /* zeroed */
char *result_text(struct result *r, const char *fmt, ...) PRINTF(2, 3);

/* The axis: n values, 0 ... n - 1 to begin with. */
double *result_axis(struct result *r, const char *name, const char *unit, int64_t n);
/* Names are copied. Asserts that there is room. */
struct result_series *result_add(struct result *r, const char *name);
double *result_field(struct result *r, struct result_series *s, const char *name, const char *unit,
                     int64_t n);
/* s NULL: of the analysis as a whole. A fact that is not finite prints as null. */
void result_real(struct result *r, struct result_series *s, const char *name, double v);
void result_int(struct result *r, struct result_series *s, const char *name, int64_t v);
void result_bool(struct result *r, struct result_series *s, const char *name, bool v);
void result_fact_text(struct result *r, struct result_series *s, const char *name,
                      const char *text);

/* Look up, for tests and figures; NULL or NaN if absent. */
const struct result_series *result_find(const struct result *r, const char *series);
const double *result_values(const struct result_series *s, const char *field);
double result_value(const struct result_series *s, const char *fact);

/* {facts, "<axis>": [...], "series": [{"name", facts, "<field>": [...]}]} */
void result_json(const struct result *r, struct jsn_out *o);
/* Facts as lines "# series<TAB>fact<TAB>value", then a line of names and a line for each value of
 * the axis; without an axis a line for each series. What is not finite is empty. With `nan`, for
 * gnuplot: it is "nan", and numbers have seven digits. */
void result_tsv(const struct result *r, FILE *f, bool nan);

#endif
