/* conf_tree.h -- the tree of a configuration, for grammars that rows cannot describe.
 *
 * Most readers bind a struct by rows (conf.h) and never see this. A sweep's `parameters` are maps
 * whose keys are paths of another configuration: their row is CONF_KIND_TREE, which hands out the
 * node, and the functions here walk it, lay parts of it on another configuration, and report errors
 * at the place of a node. Everything is allocated in the conf's own memory and freed with it. */
#ifndef BASE_CONF_TREE_H
#define BASE_CONF_TREE_H

#include "src/base/conf.h"

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

/* ---- memory of a conf ---- */

void *conf_take(struct conf *c, size_t n); /* zeroed; aborts without memory */
char *conf_copy(struct conf *c, const char *text, size_t n);
/* Room for one more element of an array with n of `size` bytes. */
void *conf_grow(struct conf *c, void *array, int n, size_t size);

/* ---- nodes ---- */

struct node *node_new(struct conf *c, enum node_kind kind, struct place at);
struct node *node_scalar(struct conf *c, struct place at, const char *text); /* plain */
void node_add(struct conf *c, struct node *n, const struct node *key, struct node *value);
struct node *node_copy(struct conf *c, const struct node *n); /* deep */
/* Index of a key, -1 if there is none. */
int node_find(const struct node *map, const char *key);
struct node *node_get(const struct node *map, const char *key);
bool node_is_null(const struct node *n);
/* Entry i of a list, or the node itself as a list of one; how many. */
struct node *node_entry(struct node *n, int i);
int node_entries(const struct node *n);
/* `over` laid on `under`: a map that names `type` replaces. */
struct node *node_merge(struct conf *c, struct node *under, struct node *over);
/* A scalar as it stands, or "a map", "a list"; for messages. */
const char *node_show(struct conf *c, const struct node *n);
/* The node in one line of flow style, which reads back the same. */
char *node_text(struct conf *c, const struct node *n);
/* Whether two values mean the same: numbers by value (64k = 65536, 1e-3 = 0.001), maps in any
 * order. */
bool node_equal(struct conf *c, const struct node *a, const struct node *b);
/* An error at a node: mentions the anchor that it came through. */
void node_error(struct conf *c, const struct node *n, const char *hint, const char *fmt, ...)
    PRINTF(4, 5);

/* ---- whole trees ---- */

struct node *conf_root(struct conf *c);
/* The map that a file holds; NULL after an error, which is collected (at `at` if the file cannot be
 * read). */
struct node *conf_read(struct conf *c, const char *path, struct place at);
/* A configuration of its own with a copy of `root`, whose errors are shown with the lines of the
 * sources of `from`; it must be closed before `from`. */
int conf_open_tree(struct conf **c, const struct conf *from, const struct node *root,
                   struct error *e);
/* Collect the errors of another conf, which has the same sources; `context` (NULL: none) is added to
 * the hints. An error at a place where the same was said before is not said again. */
void conf_take_errors(struct conf *c, const struct conf *from, const char *context);
/* Set the path that is the text of `key` ("optim.lr", "stages[0].length") to a copy of the value,
 * as an override does. Errors are collected, at the key. */
void conf_set(struct conf *c, const struct node *key, const struct node *value);
/* The node at a path; NULL where there is none. */
struct node *conf_find(struct conf *c, const char *path);

/* Replace ${a.b} in every scalar by the value of that key, in place. A value that is one ${a.b}
 * becomes a copy of the node; ${a.b * 0.5} (also / + -) calculates; ${env:NAME} and
 * ${env:NAME,default} read the environment. Cycles, keys that are not set and maps inside of text
 * are errors, which are collected. */
void conf_interpolate(struct conf *c);

/* ---- scalars ---- */

/* YAML 1.2 core scalars; *out is left alone on an error. */
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

/* ---- did you mean ---- */

enum { CONF_CANDIDATES = 3 };

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

#endif
