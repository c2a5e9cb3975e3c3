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

struct line_reading {
    figure_line_reader *read;
    void *to;
};

static int read_figure_line(void *data, const struct jsn_doc *line, struct error *e)
{
    const struct line_reading *r = data;
    (void)e;
    r->read(r->to, line->root);
    return OK;
}

int figure_each_line(const char *run, const char *name, figure_line_reader *read, void *to,
                     struct error *e)
{
    char path[4500];
    struct line_reading r = {read, to};
    snprintf(path, sizeof path, "%s/%s", run, name);
    return jsn_lines(path, NULL, read_figure_line, &r, e);
}

/* The run that was evaluated: of the checkpoint RUN/checkpoints/STEP, or, in training, of the file
 * RUN/eval/STEP/TASK.json. */
static void name_of_model(const char *model, const char *file, char name[256])
{
    char run[4096];
    const char *of = model ? model : file, *cut = strstr(of, model ? "/checkpoints/" : "/eval/");
    last_part(file, name);
    if (!model && !cut) return;
    snprintf(run, sizeof run, "%.*s", cut ? (int)(cut - of) : (int)strlen(of), of);
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

/* place: which of its type in the document, from 1; the second one is called "mqar-2", as its file. */
static int read_result(const jsn *result, const char *name, int place, struct figure_reading *r,
                       struct error *e)
{
    const char *type;
    char task[160];
    const jsn *t = table_of(result, r->table, &type);
    if (r->only_task && strcmp(type, r->only_task)) return OK;
    snprintf(task, sizeof task, place > 1 ? "%s-%d" : "%s", type, place);
    for (size_t k = 0; t && k < jsn_length(t); k++) {
        const jsn *row = jsn_at(t, k);
        if (r->only_kind && !is_word(row, "kind", r->only_kind) &&
            !is_word(row, "source", r->only_kind))
            continue;
        TRY(r->read(r->to, name, task, row, e));
        r->rows++;
    }
    return OK;
}

/* .../mqar-2.json: 2. */
static int place_in_name(const char *path)
{
    const char *dot = strrchr(path, '.'), *dash = strrchr(path, '-');
    char *end;
    const long place = dash ? strtol(dash + 1, &end, 10) : 1;
    return dash && dot && end == dot && place > 1 && place < 100 ? (int)place : 1;
}

static int place_of(const jsn *results, size_t i)
{
    const char *own, *other;
    int place = 1;
    table_of(jsn_at(results, i), "", &own);
    for (size_t k = 0; k < i; k++) {
        table_of(jsn_at(results, k), "", &other);
        place += strcmp(own, other) == 0;
    }
    return place;
}

/* `ropewalk eval` writes a list of results; training writes one, which is the document. */
static int read_document(const struct jsn_doc *d, const char *path, const char *given,
                         struct figure_reading *r, struct error *e)
{
    char name[256];
    const char *model = NULL;
    TRY(jsn_string(d, d->root, "model", false, &model, e));
    name_of_model(model, path, name);
    const char *series = *given ? given : name;
    const jsn *results = jsn_get(d->root, "results"), *facts = jsn_get(d->root, "facts");
    jsn_double(d, results || !facts ? d->root : facts, "train_length", false, &r->train, NULL);
    if (!results) return read_result(d->root, series, place_in_name(path), r, e);
    for (size_t i = 0; i < jsn_length(results); i++)
        TRY(read_result(jsn_at(results, i), series,
                        jsn_length(results) > 1 ? place_of(results, i) : place_in_name(path), r,
                        e));
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

static const char by_position[] = "/by_position";

static bool ends(const char *text, const char *with)
{
    const size_t n = strlen(text), m = strlen(with);
    return n > m && strcmp(text + n - m, with) == 0;
}

/* One row of the table by_position from the arrays of a line of metrics.jsonl; false: none is so
 * long. */
static bool position_row(const jsn *line, size_t bucket, struct jsn_out *o)
{
    bool some = false;
    char key[300], range[48];
    const long long first = bucket ? 1LL << (bucket - 1) : 0, last = (1LL << bucket) - 1;
    snprintf(range, sizeof range, bucket > 1 ? "%lld-%lld" : "%lld", first, last);
    jsn_out_open(o, false);
    jsn_map_begin(o, NULL);
    jsn_put_string(o, "position", range);
    for (void *it = jsn_first(line); it; it = jsn_next(line, it)) {
        const char *name = jsn_key(it);
        const jsn *v = jsn_value(it);
        if (strncmp(name, "eval/", 5) || !ends(name, by_position) || bucket >= jsn_length(v))
            continue;
        snprintf(key, sizeof key, "%.*s", (int)(strlen(name) - 5 - strlen(by_position)), name + 5);
        jsn_put_double(o, key, figure_number(jsn_at(v, bucket)));
        some = true;
    }
    jsn_map_end(o);
    return some;
}

static int read_positions(const jsn *line, const char *series, struct figure_reading *r,
                          struct error *e)
{
    int status = OK;
    for (size_t bucket = 0; !status; bucket++) {
        struct jsn_out o;
        struct jsn_doc d;
        const bool some = position_row(line, bucket, &o);
        if (some) status = jsn_open_text(&d, "metrics.jsonl", o.text, o.length, e);
        if (some && !status) {
            status = r->read(r->to, series, "loss_by_position", d.root, e);
            r->rows++;
            jsn_close(&d);
        }
        jsn_out_close(&o);
        if (!some) break;
    }
    return status;
}

/* What training measures of loss_by_position goes to metrics.jsonl alone: its last evaluation. */
static int read_metrics(const char *run, const char *series, struct figure_reading *r,
                        struct error *e)
{
    char path[4500], *text;
    size_t n;
    const char *from = NULL;
    snprintf(path, sizeof path, "%s/metrics.jsonl", run);
    TRY(file_read_all(path, &text, &n, e));
    for (const char *s = text, *end; (end = strchr(s, '\n')); s = end + 1) {
        const char *hit = strstr(s, "/by_position\"");
        if (hit && hit < end) from = s;
    }
    struct jsn_doc d;
    int status = OK;
    if (from) status = jsn_open_text(&d, path, from, (size_t)(strchr(from, '\n') - from), e);
    if (from && !status) {
        status = read_positions(d.root, series, r, e);
        jsn_close(&d);
    }
    free(text);
    return status;
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
    const bool own = file_is_directory(pattern), run = is_run(path);
    TRY(own ? newest_folder(path, pattern, sizeof pattern, e)
            : file_join(pattern, sizeof pattern, path, "*.json", e));
    if (!*given && run) figure_run_name(path, given);
    TRY(file_glob(pattern, &names, &n, e));
    bool standing = run && !strcmp(r->table, "by_position") &&
                    (!r->only_task || !strcmp(r->only_task, "loss_by_position"));
    int status = OK;
    for (size_t i = 0; i < n && !status && (own || !run); i++) {
        standing &= !strstr(names[i], "/loss_by_position.json");
        status = read_file(names[i], given, r, e);
    }
    file_list_free(names, n);
    if (!status && standing) status = read_metrics(path, given, r, e);
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
