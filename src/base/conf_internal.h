/* conf_internal.h -- what the files conf_*.c share: the tree of nodes and the list of errors.
 *
 *   text -> conf_tree.c -> nodes -> conf_override.c, conf_under -> conf_bind.c -> structs
 *
 * Everything is allocated in the conf's own memory and freed with it. */
#ifndef BASE_CONF_INTERNAL_H
#define BASE_CONF_INTERNAL_H

#include <stdarg.h>

#include "src/base/conf.h"

enum { CONF_DEPTH = 64, CONF_NODES = 100000, CONF_CANDIDATES = 3 };

enum node_kind { NODE_SCALAR, NODE_MAP, NODE_LIST };

struct node;

struct pair {
    const struct node *key; /* NULL in lists */
    struct node *value;
};

struct node {
    enum node_kind kind;
    struct place at;
    struct place via;  /* of an anchor's copy: the anchor; line 0: none */
    bool plain;        /* SCALAR: not quoted */
    const char *text;  /* SCALAR */
    struct pair *pair; /* MAP, LIST */
    int n, capacity;
};

struct source {
    const char *name, *text;
    size_t length;
    bool argument; /* of the command line: one line without a number */
};

struct problem {
    struct place at;
    const char *text, *hint; /* hint may be NULL */
    int source, order;       /* for sorting */
};

struct binding {
    const void *address;
    struct place at;
    bool given;
};

struct conf {
    struct chunk *chunks;
    struct source *sources;
    int n_sources;
    struct problem *problems;
    int n_problems;
    struct binding *bindings;
    int n_bindings;
    struct node *root;                /* a map */
    const struct conf_schema *schema; /* the root's, while binding: for "belongs under" */
    int copied;                       /* nodes copied for aliases so far */
};

/* conf_tree.c: memory, text, nodes. */
void *conf_take(struct conf *c, size_t n); /* zeroed; aborts without memory */
void conf_release(struct conf *c);         /* all of it */
char *conf_copy(struct conf *c, const char *text, size_t n);
/* Room for one more element of an array with n of `size` bytes. */
void *conf_grow(struct conf *c, void *array, int n, size_t size);
const struct source *conf_source(struct conf *c, const char *name, const char *text, size_t n,
                                 bool argument);
/* One document of text [from, from + n) of a source, whose first line begins at `column`. NULL
 * after an error, which is collected; an empty document is `*empty` without an error. */
struct node *conf_parse(struct conf *c, const struct source *s, size_t from, bool *empty);
struct node *node_new(struct conf *c, enum node_kind kind, struct place at);
void node_add(struct conf *c, struct node *n, const struct node *key, struct node *value);
void node_remove(struct node *n, int i);
/* Index of a key, -1 if there is none. */
int node_find(const struct node *map, const char *key);
struct node *node_get(const struct node *map, const char *key);
bool node_is_null(const struct node *n);
/* `over` laid on `under` (design: a map that names `type` replaces). */
struct node *node_merge(struct conf *c, struct node *under, struct node *over);
/* A scalar as it stands, or "a map", "a list"; for messages. */
const char *node_show(struct conf *c, const struct node *n);

/* conf_error.c */
void conf_verror(struct conf *c, struct place at, const char *hint, const char *fmt, va_list ap);
/* An error at a node: mentions the anchor that it came through. */
void node_error(struct conf *c, const struct node *n, const char *hint, const char *fmt, ...)
    PRINTF(4, 5);

/* conf_value.c: YAML 1.2 core scalars; *out is left alone on an error. */
struct value_error {
    const char *expected; /* "an integer"; NULL: the value is good */
    const char *hint;
};
struct value_error value_int(struct conf *c, const struct node *n, int64_t *out);
struct value_error value_size(struct conf *c, const struct node *n, int64_t *out);
struct value_error value_real(struct conf *c, const struct node *n, double *out);
struct value_error value_bool(const struct node *n, bool *out);
/* A number in the form used in messages: whole numbers without an exponent. */
const char *number_show(struct conf *c, double v);
/* Whether the text, written plain, would be read as something else than this string, by YAML 1.2
 * or 1.1. */
bool string_needs_quotes(const char *text);

/* conf_layers.c: which layers. */
void layers_bind(struct conf *c, const struct node *n, const char *key, struct conf_layers *out);

/* conf_nearest.c */
struct nearest {
    const char *word;
    int n;
    const char *name[CONF_CANDIDATES];
    int cost[CONF_CANDIDATES];
};
void nearest_add(struct nearest *s, const char *name);
/* The same, and names that hold the word's parts ("num_layers": "num_hidden_layers") or begin alike
 * to the end of one of them ("optimizer": "optim"). */
void nearest_add_parts(struct nearest *s, const char *name);
/* "did you mean 'a', 'b' or 'c'?"; NULL if there is no candidate. */
const char *nearest_hint(struct conf *c, const struct nearest *s);

/* conf_unknown.c: what to say of a key or type that does not exist. */
void unknown_key(struct conf *c, const struct node *key, const struct conf_schema *schema,
                 const char *path);
void unknown_option(struct conf *c, const struct node *key, const struct variant *type,
                    const struct conf_registry *registry, const char *path);
void unknown_type(struct conf *c, const struct node *value, const struct conf_registry *registry);
/* "a, b, c" of a NULL-terminated list, cut with "..." */
const char *list_names(struct conf *c, const char *const *names);
const char *list_types(struct conf *c, const struct conf_registry *registry);

/* conf_bind.c: remember where a bound field's value stands. */
void bind_record(struct conf *c, const void *address, struct place at, bool given);

/* conf_scalar.c: fields that hold scalars, or lists of them. */
void bind_mismatch(struct conf *c, const struct node *n, const struct conf_field *f,
                   const char *expected, const char *hint);
void bind_scalar(struct conf *c, const struct node *n, const struct conf_field *f, void *out);
void bind_reals(struct conf *c, struct node *n, const struct conf_field *f, struct conf_reals *out);
void bind_strings(struct conf *c, struct node *n, const struct conf_field *f,
                  struct conf_strings *out);
/* Entry i of a list, or the node itself as a list of one; how many. */
struct node *node_entry(struct node *n, int i);
int node_entries(const struct node *n);

/* conf_canonical.c: whether the value is what an absent key gives. */
bool field_is_default(const struct conf_field *f, const void *value);

#endif
