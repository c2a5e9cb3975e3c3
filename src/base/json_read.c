/* json_read.c -- reading JSON through jansson. See json.h; writing is json_write.c. */
#include <jansson.h>
#include <string.h>

#include "src/base/file.h"
#include "src/base/json.h"

enum { DEPTH = 64 };

/* Where the text nests deeper than DEPTH (jansson recurses, so this is bounded before), or NULL. */
static const char *too_deep(const char *text, size_t n)
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
            if (++depth > DEPTH) return text + i;
        } else if (text[i] == '}' || text[i] == ']') {
            depth--;
        }
    }
    return NULL;
}

/* Line and column of a byte, in code points as everywhere. */
static struct place place_of(const char *name, const char *text, const char *at)
{
    struct place p = {name, 1, 1};
    for (; text < at; text++) {
        if (*text == '\n') {
            p.line++;
            p.column = 1;
        } else if (((unsigned char)*text & 0xC0) != 0x80) {
            p.column++;
        }
    }
    return p;
}

int jsn_open_text(struct jsn_doc *d, const char *name, const char *text, size_t length,
                  struct error *e)
{
    json_error_t why;
    *d = (struct jsn_doc){0};
    snprintf(d->name, sizeof d->name, "%s", name);
    const char *deep = too_deep(text, length);
    if (deep) {
        const struct place at = place_of(name, text, deep);
        return error_at(e, E_FORMAT, &at, "JSON nested over %d levels", DEPTH);
    }
    d->root =
        json_loadb(text, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, &why);
    if (d->root) return OK;
    if (json_error_code(&why) == json_error_out_of_memory)
        return error_set(e, E_MEMORY, "no memory for '%s'", name);
    return error_at(e, E_FORMAT, &(struct place){name, why.line, why.column}, "%s", why.text);
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

/* The path from `node` down to `map` ("rope_scaling.", "layers[3]."): messages need it and nothing
 * else does, so nodes do not keep it. */
static bool path_to(const jsn *node, const jsn *map, char *out, size_t size)
{
    if (node == map) {
        *out = '\0';
        return true;
    }
    const bool array = jsn_is_array(node);
    size_t i = 0;
    void *it = jsn_first(node);
    for (const jsn *inside; (inside = array ? jsn_at(node, i) : it ? jsn_value(it) : NULL); i++) {
        const char *dot = inside == map || jsn_is_map(inside) ? "." : "";
        const int n = array ? snprintf(out, size, "[%zu]%s", i, dot)
                            : snprintf(out, size, "%s%s", jsn_key(it), dot);
        const size_t used = (size_t)n < size ? (size_t)n : size - 1;
        if (path_to(inside, map, out + used, size - used)) return true;
        if (!array) it = jsn_next(node, it);
    }
    return false;
}

static int complain(const struct jsn_doc *d, const jsn *map, const char *key, const char *before,
                    const char *behind, struct error *e)
{
    char path[512];
    if (!path_to(d->root, map, path, sizeof path)) *path = '\0';
    return error_set(e, E_FORMAT, "%s: %s'%s%s' is %s", d->name, before, path, key, behind);
}

/* map[key]; NULL where it may be absent and is. */
static int look_up(const struct jsn_doc *d, const jsn *map, const char *key, bool required,
                   const jsn **out, struct error *e)
{
    *out = jsn_get(map, key);
    if (*out || !required) return OK;
    return complain(d, map, key, "required key ", "missing", e);
}

int jsn_int(const struct jsn_doc *d, const jsn *map, const char *key, bool required, int64_t *out,
            struct error *e)
{
    const jsn *v;
    TRY(look_up(d, map, key, required, &v, e));
    if (!v) return OK;
    if (!json_is_integer(v)) return complain(d, map, key, "", "not an integer", e);
    *out = json_integer_value(v);
    return OK;
}

int jsn_double(const struct jsn_doc *d, const jsn *map, const char *key, bool required, double *out,
               struct error *e)
{
    const jsn *v;
    TRY(look_up(d, map, key, required, &v, e));
    if (!v) return OK;
    if (!json_is_number(v)) return complain(d, map, key, "", "not a number", e);
    *out = json_number_value(v);
    return OK;
}

int jsn_bool(const struct jsn_doc *d, const jsn *map, const char *key, bool required, bool *out,
             struct error *e)
{
    const jsn *v;
    TRY(look_up(d, map, key, required, &v, e));
    if (!v) return OK;
    if (!json_is_boolean(v)) return complain(d, map, key, "", "not true or false", e);
    *out = json_boolean_value(v);
    return OK;
}

int jsn_string(const struct jsn_doc *d, const jsn *map, const char *key, bool required,
               const char **out, struct error *e)
{
    const jsn *v;
    TRY(look_up(d, map, key, required, &v, e));
    if (!v) return OK;
    if (!json_is_string(v)) return complain(d, map, key, "", "not a string", e);
    if (strlen(json_string_value(v)) != json_string_length(v))
        return complain(d, map, key, "", "a string with a NUL inside", e);
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
