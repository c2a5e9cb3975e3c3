/* figure_grid.c -- tables of evaluations as coloured cells. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/lab/figure_reading.h"
#include "src/lab/figure_sources.h"

enum { CELLS = 4096, PLACES = 256, VALUES = 6, GRIDS = 32 };

struct grid {
    struct result *out;
    char text[512], names[256];
    /* row #3: the third column, whatever its name; @task: the task. label: whose mean names a row */
    const char *table, *column, *row, *label;
    int n_tasks;
    const char *task[PLACES];
    int n_values;
    const char *value[VALUES];
    char panel_names[64]; /* cut at commas */
    int n_panel;
    const char *panel[VALUES]; /* columns whose values name the grid */
    int n[RESULT_SERIES];
    int columns, rows;
    double column_at[PLACES], row_at[PLACES], label_sum[PLACES], label_count[PLACES];
};

static void read_spec(struct grid *g, const char *what)
{
    char *at = g->text, *values = g->names, *panels = g->panel_names;
    snprintf(g->text, sizeof g->text, "%s", what);
    for (char *w; (w = strsep(&at, " "));) {
        if (!strncmp(w, "table=", 6)) g->table = w + 6;
        if (!strncmp(w, "column=", 7)) g->column = w + 7;
        if (!strncmp(w, "row=", 4)) g->row = w + 4;
        if (!strncmp(w, "label=", 6)) g->label = w + 6;
        if (!strncmp(w, "value=", 6)) snprintf(g->names, sizeof g->names, "%s", w + 6);
        if (!strncmp(w, "panel=", 6)) snprintf(panels, sizeof g->panel_names, "%s", w + 6);
    }
    for (char *v; *g->panel_names && (v = strsep(&panels, ",")) && g->n_panel < VALUES;)
        g->panel[g->n_panel++] = v;
    for (char *v; (v = strsep(&values, ",")) && g->n_values < VALUES;) g->value[g->n_values++] = v;
}

static int rank(double *v, int *n, double x)
{
    for (int i = 0; i < *n; i++)
        if (v[i] == x) return i;
    if (*n < PLACES) v[(*n)++] = x;
    return *n - 1;
}

static int find_series(struct grid *g, const char *name, struct error *e)
{
    int i = 0;
    while (i < g->out->n_series && strcmp(g->out->series[i].name, name)) i++;
    if (i < g->out->n_series) return i;
    if (i == GRIDS)
        return -error_set(e, E_USAGE,
                          FIGURE_LIMIT "%d grids in one figure: task=, kind= or fewer runs", GRIDS);
    struct result_series *s = result_add(g->out, name);
    static const char *const fields[] = {"column", "row", "value", "count"};
    for (int k = 0; k < 4; k++) result_field(g->out, s, fields[k], "", CELLS);
    return i;
}

static double task_place(struct grid *g, const char *task)
{
    int i = 0;
    while (i < g->n_tasks && strcmp(g->task[i], task)) i++;
    if (i == g->n_tasks && i < PLACES) g->task[g->n_tasks++] = result_text(g->out, "%s", task);
    return i;
}

static double row_place(struct grid *g, const char *task, const jsn *row)
{
    if (strcmp(g->row, "@task") == 0) return task_place(g, task);
    return figure_cell(row, g->row);
}

/* One value into its cell: several (heads of a layer, seeds) are averaged. */
static int put(struct grid *g, int series, int column, int row, double value, struct error *e)
{
    struct result_series *s = &g->out->series[series];
    int i = 0;
    if (!isfinite(value)) return OK;
    while (i < g->n[series] && (s->field[0].v[i] != column || s->field[1].v[i] != row)) i++;
    if (i == CELLS) return error_set(e, E_USAGE, FIGURE_LIMIT "%d cells in a grid", CELLS);
    if (i == g->n[series]) g->n[series]++;
    s->field[0].v[i] = column;
    s->field[1].v[i] = row;
    s->field[2].v[i] += (value - s->field[2].v[i]) / ++s->field[3].v[i];
    return OK;
}

/* "layer 0 head 1" after the source's name; words stand for themselves. */
static void put_panel(const struct grid *g, const jsn *row, char *name, size_t size)
{
    for (int k = 0; k < g->n_panel; k++) {
        const jsn *v = jsn_get(row, g->panel[k]);
        const size_t at = strlen(name);
        size_t n;
        if (v && jsn_is_string(v))
            snprintf(name + at, size - at, "%s %s", k ? "" : ",", jsn_as_string(v, &n));
        else
            snprintf(name + at, size - at, "%s %s %.6g", k ? "" : ",", g->panel[k],
                     figure_number(v));
    }
}

static int read_row(void *to, const char *series, const char *task, const jsn *row, struct error *e)
{
    struct grid *g = to;
    char name[512];
    const double x = figure_cell(row, g->column), y = row_place(g, task, row);
    if (!isfinite(x) || !isfinite(y)) return OK;
    const int column = rank(g->column_at, &g->columns, x), line = rank(g->row_at, &g->rows, y);
    g->label_sum[line] += g->label ? figure_cell(row, g->label) : y;
    g->label_count[line]++;
    for (int k = 0; k < g->n_values; k++) {
        if (g->n_panel)
            snprintf(name, sizeof name, "%s", series);
        else
            snprintf(name, sizeof name, "%s, %s", series,
                     g->n_values > 1 || *g->row == '@' ? g->value[k] : task);
        put_panel(g, row, name, sizeof name);
        const int i = find_series(g, name, e);
        if (i < 0) return -i;
        TRY(put(g, i, column, line, figure_cell(row, g->value[k]), e));
    }
    return OK;
}

static void put_names(struct grid *g, bool rows)
{
    const int n = rows ? g->rows : g->columns;
    const double *v = rows ? g->row_at : g->column_at;
    enum { NAME = 64 };
    char *text = result_take(g->out, (size_t)n * NAME + 1), name[NAME];
    for (int i = 0; i < n; i++) {
        if (rows && g->n_tasks)
            snprintf(name, sizeof name, "%s", g->task[(int)v[i]]);
        else
            snprintf(name, sizeof name, rows && g->label ? "%.2g" : "%.6g",
                     rows ? g->label_sum[i] / g->label_count[i] : v[i]);
        snprintf(text + strlen(text), NAME, "%s%.62s", i ? " " : "", name);
    }
    struct result_fact *f = &g->out->fact[g->out->n_facts++];
    *f = (struct result_fact){rows ? "row_names" : "column_names", FACT_TEXT, NAN, text};
}

int figure_from_grid(const struct figure_type *f, int n, char *const *sources, struct result *out,
                     struct error *e)
{
    struct grid *g = calloc(1, sizeof *g);
    int most = 0;
    if (!g) abort();
    result_open(out, f->v.name);
    g->out = out;
    read_spec(g, f->what);
    struct figure_reading r = {.table = g->table, .read = read_row, .to = g};
    int status = figure_read(n, sources, &r, out, e);
    for (int i = 0; i < out->n_series; i++) {
        for (int k = 0; k < 4; k++) out->series[i].field[k].n = g->n[i];
        if (g->n[i] > most) most = g->n[i];
    }
    result_axis(out, "cell", "", most);
    put_names(g, false);
    put_names(g, true);
    free(g);
    if (status) result_close(out);
    return status;
}
