/* findings.h -- what an evaluation found: facts, scalars and tables, in the order they were added.
 *
 * Facts say how it was measured (the protocol, options, seeds), scalars are what curves over
 * training are drawn of, tables hold the rest. Writers give equal bytes for equal results. Nothing
 * here fails until findings_check: out of memory is remembered. Threading: one caller. */
#ifndef EVAL_FINDINGS_H
#define EVAL_FINDINGS_H

#include <stdbool.h>
#include <stdio.h>

#include "src/base/error.h"
#include "src/base/json.h"

struct findings_table;

struct findings_entry {
    char *name, *text; /* text NULL: the number counts */
    double number;
};

struct findings_entries {
    int n, capacity;
    struct findings_entry *v;
};

enum { FINDINGS_TABLES = 32 };

struct findings {
    struct findings_entries facts, scalars;
    int n_tables;
    struct findings_table *table[FINDINGS_TABLES];
    bool no_memory;
};

/* Findings begin as {0}. */
void findings_close(struct findings *r);
int findings_check(const struct findings *r, struct error *e);

void findings_fact(struct findings *r, const char *name, const char *fmt, ...) PRINTF(3, 4);
void findings_fact_number(struct findings *r, const char *name, double value);
void findings_scalar(struct findings *r, const char *name, double value);

/* A table; columns separated by blanks, more with findings_column. Never NULL. */
struct findings_table *findings_table(struct findings *r, const char *name, const char *columns);
void findings_column(struct findings *r, struct findings_table *t, const char *name);
/* The next cell, row by row. NaN: not known (null in JSON). */
void findings_number(struct findings *r, struct findings_table *t, double value);
void findings_text(struct findings *r, struct findings_table *t, const char *text);

/* Number of a scalar; NaN if there is none. */
double findings_value(const struct findings *r, const char *scalar);

/* Reading: the table of that name (NULL: none), its rows, and a cell: NaN or NULL where there is no
 * such column or it holds the other kind. */
const struct findings_table *findings_find(const struct findings *r, const char *name);
int findings_rows(const struct findings_table *t);
double findings_number_at(const struct findings_table *t, int row, const char *column);
const char *findings_text_at(const struct findings_table *t, int row, const char *column);

/* Members of the map that is open in o: "facts", "scalars", "tables" (an array of objects each). */
void findings_json(const struct findings *r, struct jsn_out *o);
/* "# name: value" lines of facts and scalars, then each table with a head line, numbers in full. */
void findings_tsv(const struct findings *r, FILE *f);
/* For reading: scalars and tables, aligned, numbers rounded. */
void findings_print(const struct findings *r, FILE *f);

#endif
