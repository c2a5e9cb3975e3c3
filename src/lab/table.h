/* table.h -- a table of words and of numbers with their uncertainty, and the four formats that
 * show the same numbers.
 *
 * Markdown, LaTeX (booktabs) and plain text print "mean ± half" rounded by round.h; CSV has the same
 * rounded numbers in two columns (NAME and "NAME half"); JSON has the full precision and, beside it,
 * the text that the others print. Cells hold copies; table_close frees all. */
#ifndef LAB_TABLE_H
#define LAB_TABLE_H

#include <stdbool.h>
#include <stdio.h>

#include "src/base/error.h"

#define TABLE_FORMATS(X)                                                                           \
    X(TEXT, "text") X(MARKDOWN, "md") X(LATEX, "tex") X(CSV, "csv") X(JSON, "json")
enum table_format {
#define X(name, word) TABLE_##name,
    TABLE_FORMATS(X)
#undef X
        TABLE_FORMAT_COUNT
};

/* "md" ... ; TABLE_FORMAT_COUNT: no such word. Words are also the files' endings. */
enum table_format table_format_of(const char *word);
const char *table_format_word(enum table_format f);

/* How a cell is rounded: by its half-width (4 decimals without one), or not at all (CSV in full,
 * text with six digits). */
enum { TABLE_BY_HALF = -1, TABLE_FULL = -2 };

struct table_cell {
    char *text;         /* words; NULL: a number */
    double value, half; /* half NaN: none */
    int decimals;       /* or one of the two below */
    bool strong;        /* bold: leading */
};

struct table_column {
    char *title;
    bool numeric; /* right-aligned */
    bool spread;  /* has half-widths: two columns in CSV */
};

struct table {
    char *title;
    int n_columns, n_rows, n_notes;
    struct table_column *columns;
    struct table_cell *cells; /* [n_rows][n_columns] */
    char **notes;             /* lines below the table */
};

/* An empty table of this shape: all cells words, "". */
int table_open(struct table *t, const char *title, int n_rows, int n_columns, struct error *e);
void table_close(struct table *t);
int table_heading(struct table *t, int column, const char *title, bool numeric, bool spread,
                  struct error *e);
int table_words(struct table *t, int row, int column, const char *text, struct error *e);
void table_number(struct table *t, int row, int column, double value, double half, int decimals);
int table_note(struct table *t, const char *text, struct error *e);

/* What a cell reads in text formats: "3.412 ± 0.012", "0.3", "-". At least 256 bytes for numbers;
 * words are returned as they are. */
const char *table_cell_text(const struct table_cell *c, char *space);

/* The cell's value or half, v, as all formats round it; at least 64 bytes. */
char *table_rounded(char *text, const struct table_cell *c, double v);

/* Notes included. The stream's errors are the caller's to check. */
void table_write(FILE *f, const struct table *t, enum table_format format);

#endif
