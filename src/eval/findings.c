/* findings.c -- see findings.h. */
#include "src/eval/findings.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct findings_table {
    char name[48];
    struct findings_entries columns, cells;
};

/* Where tables go that nobody can be given memory for. */
static struct findings_table *lost(struct findings *r)
{
    static _Thread_local struct findings_table nowhere;
    r->no_memory = true;
    return &nowhere;
}

static void add(struct findings *r, struct findings_entries *to, const char *name, const char *text,
                double number)
{
    if (r->no_memory) return;
    if (to->n == to->capacity) {
        const int capacity = to->capacity ? 2 * to->capacity : 8;
        struct findings_entry *more = realloc(to->v, (size_t)capacity * sizeof *more);
        if (!more) {
            r->no_memory = true;
            return;
        }
        to->v = more;
        to->capacity = capacity;
    }
    struct findings_entry *x = &to->v[to->n++];
    *x = (struct findings_entry){name ? strdup(name) : NULL, text ? strdup(text) : NULL, number};
    if ((name && !x->name) || (text && !x->text)) r->no_memory = true;
}

static void release(struct findings_entries *x)
{
    for (int i = 0; i < x->n; i++) {
        free(x->v[i].name);
        free(x->v[i].text);
    }
    free(x->v);
    *x = (struct findings_entries){0};
}

void findings_close(struct findings *r)
{
    release(&r->facts);
    release(&r->scalars);
    for (int i = 0; i < r->n_tables; i++) {
        release(&r->table[i]->columns);
        release(&r->table[i]->cells);
        free(r->table[i]);
    }
    *r = (struct findings){0};
}

int findings_check(const struct findings *r, struct error *e)
{
    return r->no_memory ? error_set(e, E_MEMORY, "no memory for a table of results") : OK;
}

void findings_fact(struct findings *r, const char *name, const char *fmt, ...)
{
    char text[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    add(r, &r->facts, name, text, 0);
}

void findings_fact_number(struct findings *r, const char *name, double value)
{
    add(r, &r->facts, name, NULL, value);
}

void findings_scalar(struct findings *r, const char *name, double value)
{
    add(r, &r->scalars, name, NULL, value);
}

double findings_value(const struct findings *r, const char *scalar)
{
    for (int i = 0; i < r->scalars.n; i++)
        if (!strcmp(r->scalars.v[i].name, scalar)) return r->scalars.v[i].number;
    return NAN;
}

struct findings_table *findings_table(struct findings *r, const char *name, const char *columns)
{
    if (r->n_tables == FINDINGS_TABLES) return lost(r);
    struct findings_table *t = calloc(1, sizeof *t);
    if (!t) return lost(r);
    r->table[r->n_tables++] = t;
    snprintf(t->name, sizeof t->name, "%s", name);
    for (size_t n; *columns; columns += n + (columns[n] == ' ')) {
        char column[64];
        n = strcspn(columns, " ");
        snprintf(column, sizeof column, "%.*s", (int)n, columns);
        findings_column(r, t, column);
    }
    return t;
}

void findings_column(struct findings *r, struct findings_table *t, const char *name)
{
    add(r, &t->columns, name, NULL, 0);
}

void findings_number(struct findings *r, struct findings_table *t, double value)
{
    add(r, &t->cells, NULL, NULL, value);
}

void findings_text(struct findings *r, struct findings_table *t, const char *text)
{
    add(r, &t->cells, NULL, text, 0);
}

/* ---- reading ---- */

const struct findings_table *findings_find(const struct findings *r, const char *name)
{
    for (int i = 0; i < r->n_tables; i++)
        if (!strcmp(r->table[i]->name, name)) return r->table[i];
    return NULL;
}

int findings_rows(const struct findings_table *t)
{
    return t->cells.n / t->columns.n;
}

static const struct findings_entry *cell(const struct findings_table *t, int row,
                                         const char *column)
{
    for (int k = 0; k < t->columns.n; k++)
        if (!strcmp(t->columns.v[k].name, column)) return &t->cells.v[row * t->columns.n + k];
    return NULL;
}

double findings_number_at(const struct findings_table *t, int row, const char *column)
{
    const struct findings_entry *x = cell(t, row, column);
    return x && !x->text ? x->number : NAN;
}

const char *findings_text_at(const struct findings_table *t, int row, const char *column)
{
    const struct findings_entry *x = cell(t, row, column);
    return x ? x->text : NULL;
}

/* ---- writers ---- */

static void put(struct jsn_out *o, const char *key, const struct findings_entry *x)
{
    if (x->text)
        jsn_put_string(o, key, x->text);
    else
        jsn_put_double(o, key, x->number);
}

static void put_all(struct jsn_out *o, const char *key, const struct findings_entries *x)
{
    jsn_map_begin(o, key);
    for (int i = 0; i < x->n; i++) put(o, x->v[i].name, &x->v[i]);
    jsn_map_end(o);
}

void findings_json(const struct findings *r, struct jsn_out *o)
{
    put_all(o, "facts", &r->facts);
    put_all(o, "scalars", &r->scalars);
    jsn_map_begin(o, "tables");
    for (int i = 0; i < r->n_tables; i++) {
        const struct findings_table *t = r->table[i];
        jsn_array_begin(o, t->name);
        for (int c = 0; c < t->cells.n; c += t->columns.n) {
            jsn_map_begin(o, NULL);
            for (int k = 0; k < t->columns.n; k++) put(o, t->columns.v[k].name, &t->cells.v[c + k]);
            jsn_map_end(o);
        }
        jsn_array_end(o);
    }
    jsn_map_end(o);
}

static void write_full(FILE *f, const struct findings_entry *x)
{
    char text[64];
    fputs(x->text ? x->text : format_double(text, x->number), f);
}

void findings_tsv(const struct findings *r, FILE *f)
{
    const struct findings_entries *const head[] = {&r->facts, &r->scalars};
    for (int h = 0; h < 2; h++)
        for (int i = 0; i < head[h]->n; i++) {
            fprintf(f, "# %s: ", head[h]->v[i].name);
            write_full(f, &head[h]->v[i]);
            fputc('\n', f);
        }
    for (int i = 0; i < r->n_tables; i++) {
        const struct findings_table *t = r->table[i];
        fprintf(f, "%s# table: %s\n", i ? "\n\n" : "", t->name);
        for (int k = 0; k < t->columns.n; k++)
            fprintf(f, "%s%s", k ? "\t" : "", t->columns.v[k].name);
        for (int c = 0; c < t->cells.n; c++) {
            fputc(c % t->columns.n ? '\t' : '\n', f);
            write_full(f, &t->cells.v[c]);
        }
        fputc('\n', f);
    }
}

static void rounded(char text[64], const struct findings_entry *x)
{
    if (x->text)
        snprintf(text, 64, "%.63s", x->text);
    else if (isnan(x->number))
        snprintf(text, 64, "-");
    else if (x->number == floor(x->number) && fabs(x->number) < 1e15)
        snprintf(text, 64, "%.0f", x->number);
    else
        snprintf(text, 64, fabs(x->number) >= 1e-3 ? "%.4f" : "%.2e", x->number);
}

static void print_table(const struct findings_table *t, FILE *f)
{
    char text[64];
    for (int k = 0; k < t->columns.n; k++)
        fprintf(f, k ? " %14.14s" : "%-16s", t->columns.v[k].name);
    for (int c = 0; c < t->cells.n; c++) {
        const int k = c % t->columns.n;
        rounded(text, &t->cells.v[c]);
        if (!k) fputc('\n', f);
        fprintf(f, k ? " %14.14s" : "%-16s", text);
    }
    fputc('\n', f);
}

void findings_print(const struct findings *r, FILE *f)
{
    char text[64];
    for (int i = 0; i < r->facts.n; i++) {
        rounded(text, &r->facts.v[i]);
        fprintf(f, "# %s: %s\n", r->facts.v[i].name,
                r->facts.v[i].text ? r->facts.v[i].text : text);
    }
    for (int i = 0; i < r->scalars.n; i++) {
        if (strchr(r->scalars.v[i].name, '/')) continue; /* a row of a table as well */
        rounded(text, &r->scalars.v[i]);
        fprintf(f, "%-32s %s\n", r->scalars.v[i].name, text);
    }
    for (int i = 0; i < r->n_tables; i++) {
        if (i || r->facts.n || r->scalars.n) fputc('\n', f);
        if (r->n_tables > 1) fprintf(f, "%s\n", r->table[i]->name);
        print_table(r->table[i], f);
    }
}
