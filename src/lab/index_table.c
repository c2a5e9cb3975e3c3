/* index_table.c -- see index_table.h. */
#include "src/lab/index_table.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* Rows as they come; a table has its shape from the start. */
struct collected {
    char **texts; /* [rows * columns], NULL: nothing */
    int *numeric;
    char **names;
    int rows, columns, capacity;
};

static int out_of_memory(struct error *e)
{
    return error_set(e, E_MEMORY, "no memory for an answer");
}

static int collect(void *data, int n, const char *const *texts, const int *numeric, struct error *e)
{
    struct collected *c = data;
    c->columns = n;
    if ((c->rows + 1) * n > c->capacity) {
        c->capacity = 2 * c->capacity + 64 * n;
        char **t = realloc(c->texts, (size_t)c->capacity * sizeof *t);
        if (t) c->texts = t;
        int *m = realloc(c->numeric, (size_t)c->capacity * sizeof *m);
        if (m) c->numeric = m;
        if (!t || !m) return out_of_memory(e);
    }
    for (int i = 0; i < n; i++) {
        char *copy = texts[i] ? strdup(texts[i]) : NULL;
        if (texts[i] && !copy) return out_of_memory(e);
        c->texts[c->rows * n + i] = copy;
        c->numeric[c->rows * n + i] = numeric[i];
    }
    c->rows++;
    return OK;
}

static int collect_names(void *data, int n, const char *const *names, struct error *e)
{
    struct collected *c = data;
    c->columns = n;
    c->names = calloc((size_t)n + 1, sizeof *c->names);
    if (!c->names) return out_of_memory(e);
    for (int i = 0; i < n; i++)
        if (!(c->names[i] = strdup(names[i]))) return out_of_memory(e);
    return OK;
}

static void drop(struct collected *c)
{
    for (int i = 0; i < c->rows * c->columns; i++) free(c->texts[i]);
    for (int i = 0; c->names && i < c->columns; i++) free(c->names[i]);
    free(c->texts);
    free(c->numeric);
    free(c->names);
}

static bool all_numeric(const struct collected *c, int column)
{
    for (int r = 0; r < c->rows; r++)
        if (c->texts[r * c->columns + column] && !c->numeric[r * c->columns + column]) return false;
    return c->rows > 0;
}

static int to_table(struct table *t, const struct collected *c, const char *const *names,
                    struct error *e)
{
    TRY(table_open(t, "runs", c->rows, c->columns ? c->columns : 1, e));
    int status = OK;
    for (int k = 0; !status && k < c->columns; k++)
        status = table_heading(t, k, names[k], all_numeric(c, k), false, e);
    for (int i = 0; !status && i < c->rows * c->columns; i++) {
        const int row = i / c->columns, column = i % c->columns;
        if (c->texts[i] && c->numeric[i])
            table_number(t, row, column, strtod(c->texts[i], NULL), NAN, TABLE_FULL);
        else
            status = table_words(t, row, column, c->texts[i] ? c->texts[i] : "-", e);
    }
    if (status) table_close(t);
    return status;
}

int index_table_sql(struct table *t, struct run_index *x, const char *sql, struct error *e)
{
    struct collected c = {0};
    *t = (struct table){0};
    int status = run_index_sql(x, sql, collect_names, collect, &c, e);
    if (!status) status = to_table(t, &c, (const char *const *)c.names, e);
    drop(&c);
    return status;
}

/* ---- runs ---- */

enum { TEXT = 1 << 17, MOST_KEYS = 150, FIXED = 5 };

static const char *const fixed[FIXED] = {"id", "name", "status", "step", "tokens"};

struct builder {
    char *text;
    size_t n;
    bool cut;
};

static void add(struct builder *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void add(struct builder *b, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    const int n = vsnprintf(b->text + b->n, TEXT - b->n, fmt, ap);
    va_end(ap);
    b->cut |= n < 0 || (size_t)n >= TEXT - b->n;
    if (!b->cut) b->n += (size_t)n;
}

/* An SQL string. */
static void add_quoted(struct builder *b, const char *text)
{
    add(b, "'");
    for (; *text; text++) add(b, *text == '\'' ? "''" : "%c", *text);
    add(b, "'");
}

/* The run's own column, or the fact of that key; the whole key before one that ends in it. */
static void add_key(struct builder *b, const char *key)
{
    static const char *const own[] = {"id", "dir", "name", "status", "step", "tokens", "total"};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (strcmp(key, own[i]) == 0) {
            add(b, "%s", key);
            return;
        }
    add(b, "(SELECT coalesce(number, text) FROM facts WHERE run = runs.id AND (key = ");
    add_quoted(b, key);
    add(b, " OR substr(key, -%zu) = ", strlen(key) + 1);
    char tail[300];
    snprintf(tail, sizeof tail, ".%.280s", key);
    add_quoted(b, tail);
    add(b, ") ORDER BY length(key), key LIMIT 1)");
}

/* Configuration keys whose value is not the same in all runs of the answer. Where a run lacks the
 * key that differs too. */
static int changed_keys(struct run_index *x, const struct where *w, struct collected *c,
                        struct error *e)
{
    struct collected ids = {0};
    struct builder b = {malloc(TEXT), 0, false};
    int status = b.text ? run_index_select(x, "id", w, NULL, collect, &ids, e) : out_of_memory(e);
    if (!status) {
        add(&b, "WITH chosen(id) AS (VALUES(NULL)");
        for (int i = 0; i < ids.rows; i++) {
            add(&b, ",(");
            add_quoted(&b, ids.texts[i]);
            add(&b, ")");
        }
        add(&b,
            ") SELECT key FROM facts WHERE kind = 'config' AND run IN (SELECT id FROM chosen) "
            "AND key NOT IN ('runs', 'name') GROUP BY key HAVING count(DISTINCT text) > 1 OR "
            "count(*) < %d ORDER BY key",
            ids.rows);
        status = b.cut ? error_set(e, E_USAGE, "too many runs to compare their configurations")
                       : run_index_sql(x, b.text, NULL, collect, c, e);
    }
    free(b.text);
    drop(&ids);
    return status;
}

static int order_by(struct builder *b, const char *sort)
{
    if (!sort) return 0;
    const bool down = *sort == '-';
    add_key(b, sort + down);
    add(b, " IS NULL, ");
    add_key(b, sort + down);
    add(b, "%s, name, id", down ? " DESC" : "");
    return 1;
}

static int ask(struct table *t, struct run_index *x, const struct index_question *q,
               const struct where *w, const struct collected *more, struct error *e)
{
    const char *names[FIXED + 2 * MOST_KEYS];
    struct builder columns = {malloc(TEXT), 0, false}, order = {malloc(TEXT), 0, false};
    struct collected c = {0};
    int n = 0, status = columns.text && order.text ? OK : out_of_memory(e);
    for (; !status && n < FIXED; n++) {
        names[n] = fixed[n];
        add(&columns, "%s%s", n ? ", " : "", fixed[n]);
    }
    for (int i = 0; !status && i < q->n_keys + more->rows && n < FIXED + MOST_KEYS; i++) {
        names[n] = i < q->n_keys ? q->keys[i] : more->texts[i - q->n_keys];
        add(&columns, ", ");
        add_key(&columns, names[n++]);
    }
    const bool sorted = !status && order_by(&order, q->sort);
    if (!status && (columns.cut || order.cut))
        status = error_set(e, E_USAGE, "too many columns at once");
    if (!status)
        status = run_index_select(x, columns.text, w, sorted ? order.text : NULL, collect, &c, e);
    if (!status) {
        c.columns = n;
        status = to_table(t, &c, names, e);
    }
    drop(&c);
    free(columns.text);
    free(order.text);
    return status;
}

int index_table_runs(struct table *t, struct run_index *x, const struct index_question *q,
                     struct error *e)
{
    struct where *w = NULL;
    struct collected more = {0};
    *t = (struct table){0};
    int status = OK;
    if (q->where) {
        w = malloc(sizeof *w);
        status = w ? where_parse(w, q->where, e) : out_of_memory(e);
    }
    for (int i = 0; !status && i < q->n_keys; i++) status = run_index_check_key(x, q->keys[i], e);
    if (!status && q->sort) status = run_index_check_key(x, q->sort + (*q->sort == '-'), e);
    if (!status && q->changed) status = changed_keys(x, w, &more, e);
    if (!status) status = ask(t, x, q, w, &more, e);
    drop(&more);
    free(w);
    return status;
}
