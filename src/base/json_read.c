/* json_read.c -- reading JSON through jansson. See json.h. */
#include <jansson.h>
#include <string.h>

#include "src/base/file.h"
#include "src/base/json.h"

enum { DEPTH = 64 };

/* Brackets of the text, outside strings: jansson recurses, so the depth is bounded before. */
static bool too_deep(const char *text, size_t n)
{
    int depth = 0;
    bool string = false;
    for (size_t i = 0; i < n; i++) {
        if (string) {
            if (text[i] == '\\')
                i++;
            else if (text[i] == '"')
                string = false;
        } else if (text[i] == '"') {
            string = true;
        } else if (text[i] == '{' || text[i] == '[') {
            if (++depth > DEPTH) return true;
        } else if (text[i] == '}' || text[i] == ']') {
            depth--;
        }
    }
    return false;
}

int jsn_open_text(struct jsn_doc *d, const char *name, const char *text, size_t length,
                  struct error *e)
{
    json_error_t why;
    *d = (struct jsn_doc){0};
    snprintf(d->name, sizeof d->name, "%s", name);
    if (too_deep(text, length))
        return error_set(e, E_FORMAT, "%s: JSON nested over %d levels", name, DEPTH);
    d->root = json_loadb(text, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
    if (!d->root)
        return error_at(e, E_FORMAT, &(struct place){name, why.line, why.column}, "%s", why.text);
    return OK;
}

int jsn_open(struct jsn_doc *d, const char *path, struct error *e)
{
    struct file_map m;
    *d = (struct jsn_doc){0};
    TRY(file_map_open(&m, path, e));
    const int status = m.size ? jsn_open_text(d, path, (const char *)m.data, m.size, e)
                              : error_set(e, E_FORMAT, "'%s' is empty: JSON was expected", path);
    file_map_close(&m);
    return status;
}

void jsn_close(struct jsn_doc *d)
{
    json_decref(d->root);
    d->root = NULL;
}

const jsn *jsn_get(const jsn *map, const char *key)
{
    const jsn *v = json_object_get(map, key);
    return json_is_null(v) ? NULL : v;
}

size_t jsn_length(const jsn *n)
{
    return json_is_array(n) ? json_array_size(n) : json_object_size(n);
}

const jsn *jsn_at(const jsn *array, size_t i)
{
    return json_array_get(array, i);
}

void *jsn_first(const jsn *map)
{
    return json_object_iter((json_t *)map);
}

void *jsn_next(const jsn *map, void *it)
{
    return json_object_iter_next((json_t *)map, it);
}

const char *jsn_key(void *it)
{
    return json_object_iter_key(it);
}

const jsn *jsn_value(void *it)
{
    return json_object_iter_value(it);
}

bool jsn_is_map(const jsn *n)
{
    return json_is_object(n);
}

bool jsn_is_array(const jsn *n)
{
    return json_is_array(n);
}

bool jsn_is_string(const jsn *n)
{
    return json_is_string(n);
}

bool jsn_is_number(const jsn *n)
{
    return json_is_number(n);
}

bool jsn_is_integer(const jsn *n)
{
    return json_is_integer(n);
}

bool jsn_is_bool(const jsn *n)
{
    return json_is_boolean(n);
}

/* map[key]; NULL where it may be absent and is. */
static int look_up(const struct jsn_doc *d, const jsn *map, const char *key, bool required,
                   const jsn **out, struct error *e)
{
    *out = jsn_get(map, key);
    if (*out || !required) return OK;
    return error_set(e, E_FORMAT, "%s: required key '%s' is missing", d->name, key);
}

static int wrong(const struct jsn_doc *d, const char *key, const char *wanted, struct error *e)
{
    return error_set(e, E_FORMAT, "%s: '%s' is not %s", d->name, key, wanted);
}

int jsn_int(const struct jsn_doc *d, const jsn *map, const char *key, bool required, int64_t *out,
            struct error *e)
{
    const jsn *v;
    TRY(look_up(d, map, key, required, &v, e));
    if (!v) return OK;
    if (!json_is_integer(v)) return wrong(d, key, "an integer", e);
    *out = json_integer_value(v);
    return OK;
}

int jsn_double(const struct jsn_doc *d, const jsn *map, const char *key, bool required, double *out,
               struct error *e)
{
    const jsn *v;
    TRY(look_up(d, map, key, required, &v, e));
    if (!v) return OK;
    if (!json_is_number(v)) return wrong(d, key, "a number", e);
    *out = json_number_value(v);
    return OK;
}

int jsn_bool(const struct jsn_doc *d, const jsn *map, const char *key, bool required, bool *out,
             struct error *e)
{
    const jsn *v;
    TRY(look_up(d, map, key, required, &v, e));
    if (!v) return OK;
    if (!json_is_boolean(v)) return wrong(d, key, "true or false", e);
    *out = json_boolean_value(v);
    return OK;
}

int jsn_string(const struct jsn_doc *d, const jsn *map, const char *key, bool required,
               const char **out, struct error *e)
{
    const jsn *v;
    TRY(look_up(d, map, key, required, &v, e));
    if (!v) return OK;
    if (!json_is_string(v)) return wrong(d, key, "a string", e);
    *out = json_string_value(v);
    return OK;
}

int64_t jsn_as_int(const jsn *n)
{
    return json_integer_value(n);
}

double jsn_as_double(const jsn *n)
{
    return json_number_value(n);
}

bool jsn_as_bool(const jsn *n)
{
    return json_boolean_value(n);
}

const char *jsn_as_string(const jsn *n, size_t *length)
{
    if (length) *length = json_string_length(n);
    return json_string_value(n);
}
