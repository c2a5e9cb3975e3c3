/* conf_internal.h -- what the files conf_*.c share: the tree of nodes and the list of errors.
 *
 *   text -> conf_tree.c -> nodes -> conf_override.c, conf_under -> conf_bind.c -> structs
 *
 * Everything is allocated in the conf's own memory and freed with it. */
#ifndef BASE_CONF_INTERNAL_H
#define BASE_CONF_INTERNAL_H

#include <stdarg.h>

#include "src/base/conf_tree.h"

enum { CONF_DEPTH = 64, CONF_NODES = 100000 };

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
void conf_release(struct conf *c); /* all of it */
const struct source *conf_source(struct conf *c, const char *name, const char *text, size_t n,
                                 bool argument);
/* One document of text [from, from + n) of a source, whose first line begins at `column`. NULL
 * after an error, which is collected; an empty document is `*empty` without an error. */
struct node *conf_parse(struct conf *c, const struct source *s, size_t from, bool *empty);
void node_remove(struct node *n, int i);

/* conf_error.c */
void conf_verror(struct conf *c, struct place at, const char *hint, const char *fmt, va_list ap);

/* Whether the text, written plain, would be read as something else than this string, by YAML 1.2
 * or 1.1. */
bool string_needs_quotes(const char *text);

/* conf_write.c: a string, quoted where YAML would read it as something else; NULL: null. */
void write_string(FILE *f, const char *s);
/* conf_graft.c: a node in flow style; NULL: null. */
void write_node(FILE *f, const struct node *n);

/* conf_layers.c: which layers. */
void layers_bind(struct conf *c, const struct node *n, const char *key, struct conf_layers *out);

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

/* conf_override.c: set the path that the text of `key` holds. */
void override_set(struct conf *c, const struct node *key, struct node *value);

/* conf_scalar.c: fields that hold scalars, or lists of them. */
void bind_mismatch(struct conf *c, const struct node *n, const struct conf_field *f,
                   const char *expected, const char *hint);
void bind_scalar(struct conf *c, const struct node *n, const struct conf_field *f, void *out);
void bind_reals(struct conf *c, struct node *n, const struct conf_field *f, struct conf_reals *out);
void bind_strings(struct conf *c, struct node *n, const struct conf_field *f,
                  struct conf_strings *out);

/* conf_canonical.c: whether the value is what an absent key gives. */
bool field_is_default(const struct conf_field *f, const void *value);

#endif
