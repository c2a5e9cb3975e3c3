/* run_facts_list.c -- YAML and JSON flattened: "data.sources[0].path". */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
#include "src/base/json.h"
#include "src/base/yaml.h"
#include "src/lab/run_record.h"

enum { PATH = 1024, DEEP = 64 };

/* NaN unless all of the text is a finite number. */
static double number_of(const char *text)
{
    char *end;
    if (!isdigit((unsigned char)*text) && !strchr("+-.", *text)) return NAN;
    const double v = strtod(text, &end);
    return end == text || *end || !isfinite(v) ? NAN : v;
}

static int add(struct run_facts_list *l, const char *key, const char *text, double number,
               struct error *e)
{
    if (l->n == l->capacity) {
        const int more = l->capacity ? 2 * l->capacity : 64;
        struct run_fact *v = realloc(l->v, (size_t)more * sizeof *v);
        if (!v) return error_set(e, E_MEMORY, "no memory for a run's facts");
        l->v = v;
        l->capacity = more;
    }
    const struct run_fact f = {strdup(key), strdup(text), number};
    l->v[l->n++] = f;
    return f.key && f.text ? OK : error_set(e, E_MEMORY, "no memory for a run's facts");
}

void run_facts_close(struct run_facts_list *l)
{
    for (int i = 0; i < l->n; i++) {
        free(l->v[i].key);
        free(l->v[i].text);
    }
    free(l->v);
    *l = (struct run_facts_list){0};
}

/* Where a walk stands: the path so far, and per level how long it was and which entry comes. */
struct walk {
    char path[PATH];
    struct {
        size_t length;
        int index;  /* of a list; -1: a map */
        bool keyed; /* a map whose key is read */
    } level[DEEP];
    int depth;
};

/* The path of the entry that comes now. */
static void enter(struct walk *w, const char *key)
{
    const size_t n = w->level[w->depth].length;
    if (key)
        snprintf(w->path + n, PATH - n, "%s%s", n ? "." : "", key);
    else
        snprintf(w->path + n, PATH - n, "[%d]", w->level[w->depth].index++);
}

/* A key, or the value of one. Returns true for a value, whose path is then w->path. */
static bool take_scalar(struct walk *w, const char *text)
{
    if (w->level[w->depth].index >= 0) {
        enter(w, NULL);
        return true;
    }
    w->level[w->depth].keyed = !w->level[w->depth].keyed;
    if (w->level[w->depth].keyed) enter(w, text);
    return !w->level[w->depth].keyed;
}

static void descend(struct walk *w, bool list)
{
    if (w->depth >= 0) {
        if (w->level[w->depth].index >= 0) enter(w, NULL);
        w->level[w->depth].keyed = false;
    }
    w->depth++;
    w->level[w->depth].length = w->depth ? strlen(w->path) : 0;
    w->level[w->depth].index = list ? 0 : -1;
    w->level[w->depth].keyed = false;
}

static int walk_yaml(struct run_facts_list *l, struct yaml *y, const char *path, struct error *e)
{
    struct walk w = {.depth = -1};
    struct yaml_item item;
    struct yaml_problem p;
    for (;;) {
        if (!yaml_next(y, &item, &p))
            return error_at(e, E_FORMAT, &(struct place){path, p.line, p.column}, "%s", p.text);
        const bool opens = item.kind == YAML_MAP || item.kind == YAML_LIST;
        if (item.kind == YAML_END) return OK;
        if ((opens && w.depth + 1 >= DEEP) || item.kind == YAML_ALIAS)
            return error_at(e, E_FORMAT, &(struct place){path, item.line, item.column},
                            "a resolved configuration has no %s", opens ? "such depth" : "aliases");
        if (opens) descend(&w, item.kind == YAML_LIST);
        if (item.kind == YAML_MAP_END || item.kind == YAML_LIST_END) w.depth--;
        if (item.kind == YAML_SCALAR && w.depth >= 0 && take_scalar(&w, item.text))
            TRY(add(l, w.path, item.text, item.plain ? number_of(item.text) : NAN, e));
    }
}

int run_facts_yaml(struct run_facts_list *l, const char *path, struct error *e)
{
    struct file_map m;
    if (!file_exists(path)) return OK;
    TRY(file_map_open(&m, path, e));
    struct yaml *y = yaml_open((const char *)m.data, m.size);
    const int status = !m.size ? OK
                       : y     ? walk_yaml(l, y, path, e)
                               : error_set(e, E_MEMORY, "no memory to read '%s'", path);
    if (y) yaml_close(y);
    file_map_close(&m);
    return status;
}

static int walk_json(struct run_facts_list *l, const jsn *n, char path[PATH], int depth,
                     struct error *e)
{
    const size_t length = strlen(path);
    int status = OK;
    if (depth > DEEP) return error_set(e, E_FORMAT, "JSON is nested too deeply at '%s'", path);
    if (n && jsn_is_map(n)) {
        for (void *it = jsn_first(n); !status && it; it = jsn_next(n, it)) {
            snprintf(path + length, PATH - length, "%s%s", length ? "." : "", jsn_key(it));
            status = walk_json(l, jsn_value(it), path, depth + 1, e);
        }
    } else if (n && jsn_is_array(n)) {
        for (size_t i = 0; !status && i < jsn_length(n); i++) {
            snprintf(path + length, PATH - length, "[%zu]", i);
            status = walk_json(l, jsn_at(n, i), path, depth + 1, e);
        }
    } else {
        char text[64] = "null";
        double number = NAN;
        if (n && jsn_is_number(n)) format_double(text, number = jsn_as_double(n));
        if (n && jsn_is_bool(n)) strcpy(text, jsn_as_bool(n) ? "true" : "false");
        status = add(l, path, n && jsn_is_string(n) ? jsn_as_string(n, NULL) : text, number, e);
    }
    path[length] = '\0';
    return status;
}

int run_facts_json(struct run_facts_list *l, const char *path, struct error *e)
{
    struct jsn_doc d;
    char key[PATH] = "";
    if (!file_exists(path)) return OK;
    TRY(jsn_open(&d, path, e));
    const int status = walk_json(l, d.root, key, 0, e);
    jsn_close(&d);
    return status;
}
