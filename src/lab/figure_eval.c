/* figure_eval.c -- figures of evaluations: tables of JSON files as points. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
#include "src/base/json.h"
#include "src/lab/figure_points.h"
#include "src/lab/figure_sources.h"

struct spec {
    char text[256];
    const char *table, *x, *y, *split, *low, *high;
    bool tasks;
};

static void read_spec(struct spec *s, const char *what)
{
    char *at = s->text;
    *s = (struct spec){0};
    snprintf(s->text, sizeof s->text, "%s", what);
    for (char *w; (w = strsep(&at, " "));) {
        if (!strncmp(w, "table=", 6)) s->table = w + 6;
        if (!strncmp(w, "x=", 2)) s->x = w + 2;
        if (!strncmp(w, "y=", 2)) s->y = w + 2;
        if (!strncmp(w, "split=", 6)) s->split = w + 6;
        if (!strncmp(w, "low=", 4)) s->low = w + 4;
        if (!strncmp(w, "high=", 5)) s->high = w + 5;
        if (!strcmp(w, "tasks")) s->tasks = true;
    }
}

void figure_source_name(const char *source, char name[256], const char **path)
{
    const char *slash = strchr(source, '/'), *equals = slash ? slash : source + strlen(source);
    name[0] = '\0';
    *path = source;
    while (equals > source && *equals != '=') equals--; /* the last one before the first slash */
    if (*equals != '=') return;
    snprintf(name, 256, "%.*s", (int)(equals - source), source);
    *path = equals + 1;
}

static void last_part(const char *path, char name[256])
{
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    const char *dot = strrchr(base, '.');
    snprintf(name, 256, "%.*s", dot && dot > base ? (int)(dot - base) : (int)strlen(base), base);
}

void figure_run_name(const char *folder, char name[256])
{
    char path[4400];
    struct jsn_doc d;
    const char *own = NULL;
    last_part(folder, name);
    snprintf(path, sizeof path, "%s/summary.json", folder);
    if (!file_exists(path) || jsn_open(&d, path, NULL)) return;
    if (jsn_string(&d, d.root, "name", false, &own, NULL) == OK && own && *own)
        snprintf(name, 256, "%s", own);
    jsn_close(&d);
}

/* The run that the evaluated checkpoint belongs to: RUN/checkpoints/STEP. */
static void name_of_model(const char *model, const char *file, char name[256])
{
    char run[4096];
    const char *cut = model ? strstr(model, "/checkpoints/") : NULL;
    last_part(file, name);
    if (!model) return;
    snprintf(run, sizeof run, "%.*s", cut ? (int)(cut - model) : (int)strlen(model), model);
    figure_run_name(run, name);
}

/* A number, or the last one of a range "64-127"; NaN otherwise. */
static double number_of(const jsn *v)
{
    if (v && jsn_is_number(v)) return jsn_as_double(v);
    if (!v || !jsn_is_string(v)) return NAN;
    size_t n;
    const char *text = jsn_as_string(v, &n), *dash = strchr(text, '-');
    char *end;
    const double x = strtod(dash ? dash + 1 : text, &end);
    return end == text || *end ? NAN : x;
}

static double cell(const jsn *row, const char *column)
{
    return column ? number_of(jsn_get(row, column)) : NAN;
}

static int add_row(struct figure_points *p, const struct spec *s, int series, const char *task,
                   const jsn *row, struct error *e)
{
    struct figure_point x = {.series = series, .x = cell(row, s->x)};
    if (!isfinite(x.x)) return OK;
    if (strcmp(s->y, "*")) {
        const jsn *split = s->split ? jsn_get(row, s->split) : NULL;
        size_t n;
        const char *panel = s->tasks                        ? task
                            : split && jsn_is_string(split) ? jsn_as_string(split, &n)
                                                            : s->y;
        TRY(figure_points_panel(p, panel, &x.panel, e));
        x.y = cell(row, s->y);
        x.low = cell(row, s->low);
        x.high = cell(row, s->high);
        figure_points_add(p, x);
        return OK;
    }
    x.low = x.high = NAN;
    for (void *it = jsn_first(row); it; it = jsn_next(row, it)) {
        if (strcmp(jsn_key(it), s->x) == 0) continue;
        TRY(figure_points_panel(p, jsn_key(it), &x.panel, e));
        x.y = number_of(jsn_value(it));
        figure_points_add(p, x);
    }
    return OK;
}

static const jsn *table_of(const jsn *result, const char *name, const char **task)
{
    const jsn *facts = jsn_get(result, "facts"), *word = facts ? jsn_get(facts, "task") : NULL;
    size_t n;
    *task = word && jsn_is_string(word) ? jsn_as_string(word, &n) : "task";
    const jsn *tables = jsn_get(result, "tables");
    return tables ? jsn_get(tables, name) : NULL;
}

typedef int row_reader(void *to, const char *series, const char *task, const jsn *row,
                       struct error *e);

/* Every table of a name in every source, row by row to `read`. */
struct reading {
    const char *table, *only_task; /* only_task NULL: all */
    row_reader *read;
    void *to;
    int rows;
    double train;
};

static int read_document(const struct jsn_doc *d, const char *path, const char *given,
                         struct reading *r, struct error *e)
{
    char name[256];
    const char *model = NULL, *task;
    TRY(jsn_string(d, d->root, "model", false, &model, e));
    jsn_double(d, d->root, "train_length", false, &r->train, NULL);
    name_of_model(model, path, name);
    const jsn *results = jsn_get(d->root, "results");
    for (size_t i = 0; results && i < jsn_length(results); i++) {
        const jsn *t = table_of(jsn_at(results, i), r->table, &task);
        if (r->only_task && strcmp(task, r->only_task)) continue;
        for (size_t k = 0; t && k < jsn_length(t); k++, r->rows++)
            TRY(r->read(r->to, *given ? given : name, task, jsn_at(t, k), e));
    }
    return OK;
}

static int read_file(const char *path, const char *given, struct reading *r, struct error *e)
{
    struct jsn_doc d;
    TRY(jsn_open(&d, path, e));
    const int status = read_document(&d, path, given, r, e);
    jsn_close(&d);
    return status;
}

/* RUN/eval holds a folder for each step that was evaluated: the pattern of the last one's files. */
static int newest_folder(const char *run, char *pattern, size_t size, struct error *e)
{
    char folder[4300], **names;
    size_t n;
    long long last = -1;
    TRY(file_join(folder, sizeof folder, run, "eval", e));
    TRY(file_list(folder, &names, &n, e));
    for (size_t i = 0; i < n; i++)
        if (atoll(names[i]) > last && strspn(names[i], "0123456789") == strlen(names[i])) {
            last = atoll(names[i]);
            snprintf(pattern, size, "%s/%s/*.json", folder, names[i]);
        }
    file_list_free(names, n);
    if (last < 0) snprintf(pattern, size, "%s/*.json", folder);
    return OK;
}

/* A file, or every .json of a folder; of a run's folder those of its last evaluation. */
static int read_source(const char *source, struct reading *r, struct error *e)
{
    char given[256], pattern[4400], **names;
    const char *path;
    size_t n;
    figure_source_name(source, given, &path);
    if (!file_is_directory(path)) return read_file(path, given, r, e);
    snprintf(pattern, sizeof pattern, "%s/eval", path);
    const bool own = file_is_directory(pattern);
    TRY(own ? newest_folder(path, pattern, sizeof pattern, e)
            : file_join(pattern, sizeof pattern, path, "*.json", e));
    TRY(file_glob(pattern, &names, &n, e));
    if (!*given && own) figure_run_name(path, given);
    int status = OK;
    for (size_t i = 0; i < n && !status; i++) status = read_file(names[i], given, r, e);
    file_list_free(names, n);
    return status;
}

static int read_all(int n, char *const *sources, struct reading *r, struct result *out,
                    struct error *e)
{
    int read = 0;
    r->train = NAN;
    for (int i = 0; i < n; i++)
        if (strncmp(sources[i], "task=", 5) == 0) r->only_task = sources[i] + 5;
    for (int i = 0; i < n; i++) {
        const int before = r->rows;
        if (strncmp(sources[i], "task=", 5) == 0) continue;
        TRY(read_source(sources[i], r, e));
        if (r->rows == before)
            return error_set(e, E_USAGE, "'%s' has no table '%s' of an evaluation%s%s", sources[i],
                             r->table, r->only_task ? " by task " : "",
                             r->only_task ? r->only_task : "");
        read++;
    }
    if (!read) return error_set(e, E_USAGE, "no source: name files of `ropewalk eval --json`");
    if (isfinite(r->train)) result_real(out, NULL, "train_length", r->train);
    return OK;
}

struct to_points {
    struct figure_points points;
    struct spec spec;
};

static int read_point(void *to, const char *series, const char *task, const jsn *row,
                      struct error *e)
{
    struct to_points *t = to;
    int index;
    TRY(figure_points_series(&t->points, series, &index, e));
    return add_row(&t->points, &t->spec, index, task, row, e);
}

int figure_from_eval(const struct figure_type *f, int n, char *const *sources, struct result *out,
                     struct error *e)
{
    struct to_points t = {.points = {.out = out}};
    read_spec(&t.spec, f->what);
    result_open(out, f->v.name);
    struct reading r = {.table = t.spec.table, .read = read_point, .to = &t};
    int status = read_all(n, sources, &r, out, e);
    if (!status) figure_points_result(&t.points, t.spec.x, "tokens");
    figure_points_close(&t.points);
    if (status) result_close(out);
    return status;
}

/* ---- grids ---- */

enum { CELLS = 1024 };

struct to_grid {
    struct result *out;
    int n[RESULT_SERIES];
    int columns, rows;
    double column[64], row[64];
};

static int rank(double *v, int *n, double x)
{
    for (int i = 0; i < *n; i++)
        if (v[i] == x) return i;
    if (*n < 64) v[(*n)++] = x;
    return *n - 1;
}

/* "length", "cell", the task's axis: the third column, whatever its name. */
static int read_cell(void *to, const char *series, const char *task, const jsn *row,
                     struct error *e)
{
    struct to_grid *g = to;
    struct result *out = g->out;
    char name[512];
    int i = 0;
    snprintf(name, sizeof name, "%s, %s", series, task);
    while (i < out->n_series && strcmp(out->series[i].name, name)) i++;
    if (i == out->n_series) {
        if (i == 12) return error_set(e, E_USAGE, "more than 12 grids in one figure");
        struct result_series *s = result_add(out, name);
        for (int k = 0; k < 4; k++)
            result_field(out, s, (const char *const[]){"column", "row", "value", "answers"}[k], "",
                         CELLS);
    }
    struct result_series *s = &out->series[i];
    if (g->n[i] == CELLS) return error_set(e, E_USAGE, "more than %d cells in a grid", CELLS);
    void *it = jsn_first(row);
    for (int k = 0; it && k < 2; k++) it = jsn_next(row, it);
    const int at = g->n[i]++;
    s->field[0].v[at] = rank(g->column, &g->columns, cell(row, "length"));
    s->field[1].v[at] = rank(g->row, &g->rows, it ? number_of(jsn_value(it)) : NAN);
    s->field[2].v[at] = cell(row, "accuracy");
    s->field[3].v[at] = cell(row, "answers");
    return OK;
}

int figure_from_grid(const struct figure_type *f, int n, char *const *sources, struct result *out,
                     struct error *e)
{
    struct to_grid *g = calloc(1, sizeof *g);
    if (!g) abort();
    g->out = out;
    result_open(out, f->v.name);
    struct reading r = {.table = "grid", .read = read_cell, .to = g};
    int status = read_all(n, sources, &r, out, e), most = 0;
    for (int i = 0; i < out->n_series; i++) {
        for (int k = 0; k < 4; k++) out->series[i].field[k].n = g->n[i];
        if (g->n[i] > most) most = g->n[i];
    }
    result_axis(out, "cell", "", most);
    char text[1024];
    for (int axis = 0; axis < 2; axis++) {
        size_t used = 0;
        text[0] = '\0';
        for (int i = 0; i < (axis ? g->rows : g->columns); i++)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%.6g", i ? " " : "",
                                     axis ? g->row[i] : g->column[i]);
        result_fact_text(out, NULL, axis ? "row_names" : "column_names", text);
    }
    free(g);
    if (status) result_close(out);
    return status;
}
