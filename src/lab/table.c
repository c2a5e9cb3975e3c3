/* table.c -- see table.h: the table itself; table_write.c prints it. */
#include "src/lab/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/lab/round.h"

static const char *const formats[] = {
#define X(name, word) word,
    TABLE_FORMATS(X)
#undef X
};

enum table_format table_format_of(const char *word)
{
    for (int i = 0; i < TABLE_FORMAT_COUNT; i++)
        if (strcmp(formats[i], word) == 0) return (enum table_format)i;
    return TABLE_FORMAT_COUNT;
}

const char *table_format_word(enum table_format f)
{
    return formats[f];
}

/* A copy in *out, which is freed first. */
static int copy(char **out, const char *text, struct error *e)
{
    char *mine = strdup(text);
    if (!mine) return error_set(e, E_MEMORY, "no memory for a table");
    free(*out);
    *out = mine;
    return OK;
}

int table_open(struct table *t, const char *title, int n_rows, int n_columns, struct error *e)
{
    *t = (struct table){.n_columns = n_columns, .n_rows = n_rows};
    t->columns = calloc((size_t)n_columns, sizeof *t->columns);
    t->cells = calloc((size_t)n_rows * n_columns + 1, sizeof *t->cells);
    if (!t->columns || !t->cells) {
        table_close(t);
        return error_set(e, E_MEMORY, "no memory for a table of %d rows", n_rows);
    }
    for (int i = 0; i < n_rows * n_columns; i++) t->cells[i].half = t->cells[i].value = NAN;
    const int status = copy(&t->title, title, e);
    if (status) table_close(t);
    return status;
}

void table_close(struct table *t)
{
    for (int i = 0; t->columns && i < t->n_columns; i++) free(t->columns[i].title);
    for (int i = 0; t->cells && i < t->n_rows * t->n_columns; i++) free(t->cells[i].text);
    for (int i = 0; i < t->n_notes; i++) free(t->notes[i]);
    free(t->columns);
    free(t->cells);
    free(t->notes);
    free(t->title);
    *t = (struct table){0};
}

int table_heading(struct table *t, int column, const char *title, bool numeric, bool spread,
                  struct error *e)
{
    t->columns[column].numeric = numeric;
    t->columns[column].spread = spread;
    return copy(&t->columns[column].title, title, e);
}

static struct table_cell *cell(struct table *t, int row, int column)
{
    return &t->cells[row * t->n_columns + column];
}

int table_words(struct table *t, int row, int column, const char *text, struct error *e)
{
    return copy(&cell(t, row, column)->text, text, e);
}

void table_number(struct table *t, int row, int column, double value, double half, int decimals)
{
    struct table_cell *c = cell(t, row, column);
    c->value = value;
    c->half = half;
    c->decimals = decimals;
}

int table_note(struct table *t, const char *text, struct error *e)
{
    char **more = realloc(t->notes, ((size_t)t->n_notes + 1) * sizeof *more);
    if (!more) return error_set(e, E_MEMORY, "no memory for a table");
    t->notes = more;
    t->notes[t->n_notes] = NULL;
    TRY(copy(&t->notes[t->n_notes], text, e));
    t->n_notes++;
    return OK;
}

char *table_rounded(char *text, const struct table_cell *c, double v)
{
    if (c->decimals == TABLE_FULL && !isnan(v)) {
        snprintf(text, 64, v == rint(v) && fabs(v) < 1e15 ? "%.0f" : "%.6g", v);
        return text;
    }
    return round_text(text, v, c->decimals >= 0 ? c->decimals : round_decimals(c->half));
}

const char *table_cell_text(const struct table_cell *c, char *space)
{
    char value[64], half[64];
    if (c->text) return c->text;
    if (isnan(c->half)) return table_rounded(space, c, c->value);
    snprintf(space, 256, "%s ± %s", table_rounded(value, c, c->value),
             table_rounded(half, c, c->half));
    return space;
}
