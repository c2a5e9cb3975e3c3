/* figure_reading.c -- see figure_reading.h. */
#include "src/lab/figure_reading.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
#include "src/lab/figure_sources.h"

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

static bool is_run(const char *path)
{
    char file[4500];
    snprintf(file, sizeof file, "%s/metrics.jsonl", path);
    return file_exists(file);
}

int figure_each_run(const char *source, figure_run_reader *read, void *to, struct error *e)
{
    char given[256], folder[4200], run[4400], **names;
    const char *path;
    size_t n, found = 0;
    figure_source_name(source, given, &path);
    if (is_run(path)) return read(to, path, given, e);
    snprintf(folder, sizeof folder, "%s/runs", path);
    if (!file_is_directory(folder)) snprintf(folder, sizeof folder, "%s", path);
    TRY(file_list(folder, &names, &n, e));
    int status = OK;
    for (size_t i = 0; i < n && !status; i++) {
        snprintf(run, sizeof run, "%s/%s", folder, names[i]);
        if (!is_run(run)) continue;
        found++;
        status = read(to, run, given, e);
    }
    file_list_free(names, n);
    if (status || found) return status;
    return error_set(e, E_USAGE, "'%s' is no run, and holds none", path);
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
double figure_number(const jsn *v)
{
    if (v && jsn_is_number(v)) return jsn_as_double(v);
    if (!v || !jsn_is_string(v)) return NAN;
    size_t n;
    const char *text = jsn_as_string(v, &n), *dash = strchr(text, '-');
    char *end;
    const double x = strtod(dash ? dash + 1 : text, &end);
    return end == text || *end ? NAN : x;
}

double figure_cell(const jsn *row, const char *column)
{
    if (column && *column == '#') {
        void *it = jsn_first(row);
        for (int k = atoi(column + 1); it && k > 1; k--) it = jsn_next(row, it);
        return it ? figure_number(jsn_value(it)) : NAN;
    }
    return column ? figure_number(jsn_get(row, column)) : NAN;
}

static bool is_word(const jsn *row, const char *column, const char *word)
{
    size_t n;
    const jsn *v = jsn_get(row, column);
    return v && jsn_is_string(v) && strcmp(jsn_as_string(v, &n), word) == 0;
}

static const jsn *table_of(const jsn *result, const char *name, const char **task)
{
    const jsn *facts = jsn_get(result, "facts"), *word = facts ? jsn_get(facts, "task") : NULL;
    size_t n;
    *task = word && jsn_is_string(word) ? jsn_as_string(word, &n) : "task";
    const jsn *tables = jsn_get(result, "tables");
    return tables ? jsn_get(tables, name) : NULL;
}

static int read_document(const struct jsn_doc *d, const char *path, const char *given,
                         struct figure_reading *r, struct error *e)
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
        for (size_t k = 0; t && k < jsn_length(t); k++) {
            const jsn *row = jsn_at(t, k);
            if (r->only_kind && !is_word(row, "kind", r->only_kind) &&
                !is_word(row, "source", r->only_kind))
                continue;
            TRY(r->read(r->to, *given ? given : name, task, row, e));
            r->rows++;
        }
    }
    return OK;
}

static int read_file(const char *path, const char *given, struct figure_reading *r, struct error *e)
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
static int read_source(const char *source, struct figure_reading *r, struct error *e)
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

int figure_read(int n, char *const *sources, struct figure_reading *r, struct result *out,
                struct error *e)
{
    int read = 0;
    r->train = NAN;
    for (int i = 0; i < n; i++) {
        if (strncmp(sources[i], "task=", 5) == 0) r->only_task = sources[i] + 5;
        if (strncmp(sources[i], "kind=", 5) == 0) r->only_kind = sources[i] + 5;
    }
    for (int i = 0; i < n; i++) {
        const int before = r->rows;
        if (strncmp(sources[i], "task=", 5) == 0 || strncmp(sources[i], "kind=", 5) == 0) continue;
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
