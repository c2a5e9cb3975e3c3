/* json.h -- JSON through jansson, in our error style.
 *
 * Reading gives a tree that is walked with typed getters; a missing key, a wrong type, a duplicate
 * key or nesting over 64 levels is an error that names the file and the path inside it. Writing is
 * a small streaming printer with fixed number formats, so that equal values give equal bytes:
 * integers plain, doubles in the shortest form that reads back the same. Threading: one thread per
 * object. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "src/base/error.h"

typedef struct json_t jsn; /* a borrowed node, owned by its document */

struct jsn_doc {
    jsn *root;
    char name[512]; /* file name, for messages */
};

int jsn_open(struct jsn_doc *d, const char *path, struct error *e);
int jsn_open_text(struct jsn_doc *d, const char *name, const char *text, size_t length,
                  struct error *e);
void jsn_close(struct jsn_doc *d);

/* Files with a document in each line. Called per line in order; a status other than OK ends the walk
 * and is returned. */
typedef int jsn_line_visit(void *data, const struct jsn_doc *line, struct error *e);
/* Every whole line that contains `word` ("" or NULL: all) and is not empty. A torn last line, as a
 * killed process leaves it, is left out. Memory: one line beside the file's map. E_FORMAT: a whole
 * line is not JSON, with its number. */
int jsn_lines(const char *path, const char *word, jsn_line_visit *visit, void *data,
              struct error *e);
/* One such line, of n bytes and with this number. */
int jsn_visit_line(const char *path, int number, const char *line, size_t n, jsn_line_visit *visit,
                   void *data, struct error *e);

/* Look up; NULL if absent or null. Never fails. */
const jsn *jsn_get(const jsn *map, const char *key);
size_t jsn_length(const jsn *array_or_map);
const jsn *jsn_at(const jsn *array, size_t i);
/* Iterate a map in file order: for (it = jsn_first(m); it; it = jsn_next(m, it)). */
void *jsn_first(const jsn *map);
void *jsn_next(const jsn *map, void *it);
const char *jsn_key(void *it);
const jsn *jsn_value(void *it);
bool jsn_is_map(const jsn *n);
bool jsn_is_array(const jsn *n);
bool jsn_is_string(const jsn *n);
bool jsn_is_number(const jsn *n);
bool jsn_is_integer(const jsn *n);
bool jsn_is_bool(const jsn *n);

/* Typed reads of map[key]. With `required` false an absent (or null) key leaves *out alone. Wrong
 * type: E_FORMAT. */
int jsn_int(const struct jsn_doc *d, const jsn *map, const char *key, bool required, int64_t *out,
            struct error *e);
int jsn_double(const struct jsn_doc *d, const jsn *map, const char *key, bool required, double *out,
               struct error *e);
int jsn_bool(const struct jsn_doc *d, const jsn *map, const char *key, bool required, bool *out,
             struct error *e);
/* *out points into the document. */
int jsn_string(const struct jsn_doc *d, const jsn *map, const char *key, bool required,
               const char **out, struct error *e);
/* Unchecked reads of a node whose type is known. */
int64_t jsn_as_int(const jsn *n);
double jsn_as_double(const jsn *n);
bool jsn_as_bool(const jsn *n);
const char *jsn_as_string(const jsn *n, size_t *length);

/* Writer: builds text in memory; commas and nesting are kept by the writer. key NULL inside arrays
 * and at the root. */
struct jsn_out {
    char *text;
    size_t length, capacity;
    int depth;
    unsigned char first[64]; /* per level: nothing written yet */
    bool pretty;             /* two-space indent; otherwise one line */
};

void jsn_out_open(struct jsn_out *o, bool pretty);
void jsn_out_close(struct jsn_out *o);
void jsn_out_clear(struct jsn_out *o); /* start the next object, keep the memory */
void jsn_map_begin(struct jsn_out *o, const char *key);
void jsn_map_end(struct jsn_out *o);
void jsn_array_begin(struct jsn_out *o, const char *key);
void jsn_array_end(struct jsn_out *o);
void jsn_put_int(struct jsn_out *o, const char *key, int64_t v);
void jsn_put_uint(struct jsn_out *o, const char *key, uint64_t v);
/* NaN and infinities, which JSON lacks, are written as null. */
void jsn_put_double(struct jsn_out *o, const char *key, double v);
void jsn_put_bool(struct jsn_out *o, const char *key, bool v);
void jsn_put_string(struct jsn_out *o, const char *key, const char *v); /* NULL: null */
void jsn_put_bytes(struct jsn_out *o, const char *key, const char *v,
                   size_t n); /* invalid UTF-8 becomes U+FFFD */

/* Shortest decimal text that reads back as v; at least 32 bytes. "1", "0.1", "1e-05". */
char *format_double(char *text, double v);

#endif
