/* conf.h -- configuration: a YAML text becomes a struct, by rows.
 *
 * A schema is an array of rows: key, kind, offset, default, bounds, help. The same rows parse,
 * print the resolved configuration, print help, and are hashed; a key exists in one place. Values
 * come from a file, from fragments it is merged with, and from Hydra-style overrides on the command
 * line; each remembers where it stands, so every error shows file:line:column, the line, a caret
 * and the nearest valid name. All errors of a load are collected and reported together.
 *
 *   struct conf *c;
 *   TRY(conf_open(&c, "run.yaml", e));                     parse errors
 *   conf_override(c, argc, argv);                          a.b=v  +a=v  ~a  (errors are collected)
 *   conf_bind(c, &run_schema, &run);                       types, bounds, keys (collected)
 *   conf_error(c, conf_place(c, &run.model.head_dim), ...)  domain checks, at the value's place
 *   TRY(conf_finish(c, e));                                one error that holds all of them, or OK
 *   ... use run ...                                        strings and lists live as long as c
 *   conf_close(c);
 *
 * YAML is 1.2 core: only true/false are booleans, 1e-4 is a number, a quoted scalar is a string.
 * Duplicate keys, unknown keys, a second document, tabs as indentation, invalid UTF-8, nesting over
 * 64 levels are errors. Anchors, aliases and << merge keys are expanded within a budget.
 *
 * A map that names `type` replaces the node that it overrides (or a default); one without `type`
 * merges into it; sequences and scalars replace. Threading: one thread per conf. */
#ifndef BASE_CONF_H
#define BASE_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "src/base/error.h"

struct conf;
struct conf_schema;
struct conf_registry;
struct node;

enum conf_kind {
    CONF_KIND_INT,      /* int */
    CONF_KIND_SIZE,     /* int64_t; accepts 64k, 20M, 1G (powers of 1024) and 3e6 */
    CONF_KIND_REAL,     /* double */
    CONF_KIND_BOOL,     /* bool */
    CONF_KIND_STRING,   /* const char *; NULL when absent */
    CONF_KIND_ENUM,     /* int: index in names */
    CONF_KIND_REALS,    /* struct conf_reals */
    CONF_KIND_STRINGS,  /* struct conf_strings; a lone scalar is a list of one */
    CONF_KIND_LAYERS,   /* struct conf_layers */
    CONF_KIND_SECTION,  /* a nested struct with a schema of its own */
    CONF_KIND_LIST,     /* struct conf_list of structs with a schema; a lone map is a list of one */
    CONF_KIND_VARIANT,  /* struct conf_variant: a map with `type`, or the registry's shorthand */
    CONF_KIND_VARIANTS, /* struct conf_variants: one of them or a list */
    CONF_KIND_TREE,     /* struct node * (conf_tree.h): any YAML, as it stands; NULL: absent */
};

struct conf_reals {
    int n;
    const double *v;
};

struct conf_strings {
    int n;
    const char *const *v;
};

/* Which layers: all (absent), a list [0, 2, 4], a range "2-5", or {every: 4, offset: 3} (l % every
 * == offset). */
struct conf_layers {
    int n, every, offset; /* n >= 0 with v; or every > 0; both 0: all */
    const int *v;
};

bool conf_layers_has(const struct conf_layers *layers, int layer);

struct conf_list {
    int n;
    void *v; /* array of the row's struct */
};

/* One member of a registry with its options. Every variant type (position_type, mixer_type,
 * length_type, task_type ...) begins with this struct, so that configuration, `list` and the docs
 * read all families alike. */
struct variant {
    const char *name;
    const char *const *aliases;       /* NULL-terminated, or NULL */
    const char *summary;              /* one line for `list` */
    const char *paper;                /* "arXiv:2309.00071" or NULL */
    const struct conf_schema *schema; /* options; NULL: none */
};

struct conf_variant {
    const struct variant *type; /* NULL: absent */
    void *opts;                 /* schema->size bytes, bound */
    struct conf_layers layers;  /* where the registry allows `layers:`; otherwise all */
};

struct conf_variants {
    int n;
    struct conf_variant *v;
};

struct conf_registry {
    const char *what;                   /* "position encoding": for messages */
    const struct variant *const *types; /* NULL-terminated */
    bool layers;                        /* entries may name `layers` */
    /* A bare scalar `length: 256` means {type: shorthand_type, shorthand_key: 256}; NULL: a bare
     * scalar names the type. */
    const char *shorthand_type, *shorthand_key;
};

/* Find by name or alias; NULL if there is none. */
const struct variant *conf_registry_find(const struct conf_registry *r, const char *name);

enum {
    CONF_REQUIRED = 1,
    CONF_UNHASHED = 2, /* part of the run's place or pace, not of its result */
    CONF_NAMED = 4     /* LIST: {a: X, b: Y} is read as entries whose first two fields are a, X */
};

/* Bounds are inclusive, and hold for the entries of REALS; min == max: none. A value of null is an
 * absent key. */
struct conf_field {
    const char *key;
    enum conf_kind kind;
    size_t offset;
    int flags;
    double def, min, max;                 /* INT, SIZE, REAL, BOOL (def), ENUM (def) */
    const char *def_string;               /* STRING; of compound kinds the default as YAML */
    const char *const *names;             /* ENUM, NULL-terminated */
    const struct conf_schema *schema;     /* SECTION, LIST */
    const struct conf_registry *registry; /* VARIANT, VARIANTS */
    const char *help;
};

struct conf_schema {
    const char *name;
    size_t size;                     /* of the struct */
    const struct conf_field *fields; /* key NULL ends */
};

#define CONF_INT(S, f, d, lo, hi, h)                                                               \
    {                                                                                              \
#f, CONF_KIND_INT, offsetof(S, f), 0, d, lo, hi, 0, 0, 0, 0, h                             \
    }
#define CONF_INT_REQUIRED(S, f, lo, hi, h)                                                         \
    {                                                                                              \
#f, CONF_KIND_INT, offsetof(S, f), CONF_REQUIRED, 0, lo, hi, 0, 0, 0, 0, h                 \
    }
#define CONF_SIZE(S, f, d, lo, hi, h)                                                              \
    {                                                                                              \
#f, CONF_KIND_SIZE, offsetof(S, f), 0, d, lo, hi, 0, 0, 0, 0, h                            \
    }
#define CONF_SIZE_REQUIRED(S, f, lo, hi, h)                                                        \
    {                                                                                              \
#f, CONF_KIND_SIZE, offsetof(S, f), CONF_REQUIRED, 0, lo, hi, 0, 0, 0, 0, h                \
    }
#define CONF_REAL(S, f, d, lo, hi, h)                                                              \
    {                                                                                              \
#f, CONF_KIND_REAL, offsetof(S, f), 0, d, lo, hi, 0, 0, 0, 0, h                            \
    }
#define CONF_REAL_REQUIRED(S, f, lo, hi, h)                                                        \
    {                                                                                              \
#f, CONF_KIND_REAL, offsetof(S, f), CONF_REQUIRED, 0, lo, hi, 0, 0, 0, 0, h                \
    }
#define CONF_BOOL(S, f, d, h)                                                                      \
    {                                                                                              \
#f, CONF_KIND_BOOL, offsetof(S, f), 0, d, 0, 1, 0, 0, 0, 0, h                              \
    }
#define CONF_STRING(S, f, d, h)                                                                    \
    {                                                                                              \
#f, CONF_KIND_STRING, offsetof(S, f), 0, 0, 0, 0, d, 0, 0, 0, h                            \
    }
#define CONF_STRING_REQUIRED(S, f, h)                                                              \
    {                                                                                              \
#f, CONF_KIND_STRING, offsetof(S, f), CONF_REQUIRED, 0, 0, 0, 0, 0, 0, 0, h                \
    }
#define CONF_ENUM(S, f, d, n, h)                                                                   \
    {                                                                                              \
#f, CONF_KIND_ENUM, offsetof(S, f), 0, d, 0, 0, 0, n, 0, 0, h                              \
    }
#define CONF_REALS(S, f, h)                                                                        \
    {                                                                                              \
#f, CONF_KIND_REALS, offsetof(S, f), 0, 0, 0, 0, 0, 0, 0, 0, h                             \
    }
#define CONF_STRINGS(S, f, h)                                                                      \
    {                                                                                              \
#f, CONF_KIND_STRINGS, offsetof(S, f), 0, 0, 0, 0, 0, 0, 0, 0, h                           \
    }
#define CONF_SECTION(S, f, s, h)                                                                   \
    {                                                                                              \
#f, CONF_KIND_SECTION, offsetof(S, f), 0, 0, 0, 0, 0, 0, s, 0, h                           \
    }
#define CONF_LIST(S, f, s, h)                                                                      \
    {                                                                                              \
#f, CONF_KIND_LIST, offsetof(S, f), 0, 0, 0, 0, 0, 0, s, 0, h                              \
    }
#define CONF_VARIANT(S, f, r, h)                                                                   \
    {                                                                                              \
#f, CONF_KIND_VARIANT, offsetof(S, f), 0, 0, 0, 0, 0, 0, 0, r, h                           \
    }
#define CONF_VARIANTS(S, f, r, h)                                                                  \
    {                                                                                              \
#f, CONF_KIND_VARIANTS, offsetof(S, f), 0, 0, 0, 0, 0, 0, 0, r, h                          \
    }
#define CONF_TREE(S, f, h)                                                                         \
    {                                                                                              \
#f, CONF_KIND_TREE, offsetof(S, f), 0, 0, 0, 0, 0, 0, 0, 0, h                              \
    }
#define CONF_END                                                                                   \
    {                                                                                              \
        0                                                                                          \
    }

/* Open from a file ("-": standard input; E_USAGE if it cannot be read) or from text in memory
 * (`name` stands for the file in messages). *c is NULL after an error; every function here bears
 * that. */
int conf_open(struct conf **c, const char *path, struct error *e);
int conf_open_text(struct conf **c, const char *name, const char *text, struct error *e);
void conf_close(struct conf *c);

/* Lay the file `path` under what c holds: keys that c already has win. For `base:` fragments.
 * Errors are collected. */
void conf_under(struct conf *c, const char *path);

/* Apply `key.sub[0].x=value`, `+key=value` (must be new), `~key` (must exist); values are YAML. The
 * place of an error is "argument N" with a caret into the argument. Errors are collected. */
void conf_override(struct conf *c, int argc, char *const *argv);

/* Type everything by `schema` into *out (schema->size bytes, any previous content overwritten).
 * Errors are collected; *out holds defaults where a value was bad. */
void conf_bind(struct conf *c, const struct conf_schema *schema, void *out);

/* Where a bound field's value stands: the address of a field in a bound struct, of a list's entry,
 * of a variant; the enclosing section, or the file, if it was left at its default. A struct and its
 * first field have one address, which means the field. */
struct place conf_place(const struct conf *c, const void *field);
/* Errors collected so far: a check that only means something for good values may wait for them. */
int conf_problems(const struct conf *c);
/* True if the user gave the field a value. */
bool conf_given(const struct conf *c, const void *field);

/* Collect one more error, shown with its line and a caret; `hint` may be NULL. */
void conf_error(struct conf *c, struct place at, const char *hint, const char *fmt, ...)
    PRINTF(4, 5);

/* Text that lives as long as c, for resolved values and hints; cut at 1023 bytes. */
char *conf_text(struct conf *c, const char *fmt, ...) PRINTF(2, 3);

/* OK, or E_USAGE with every collected error in order of place, each with line and caret, and a
 * count at the end. */
int conf_finish(struct conf *c, struct error *e);

/* Print as YAML with every key or only what differs from its default. Re-reading gives equal
 * structs, also with readers of YAML 1.1. */
int conf_write(FILE *f, const struct conf_schema *schema, const void *in, bool defaults_too);

/* SHA-256 (hex, 64 characters + NUL) of the canonical form: keys sorted, only non-default values,
 * shortest round-trip numbers, without CONF_UNHASHED rows. A new key with a default does not change
 * old hashes. */
void conf_hash(const struct conf_schema *schema, const void *in, char hex[65]);

/* Help text of a schema: key, kind, default, bounds, help; one row a line. */
void conf_help(FILE *f, const struct conf_schema *schema);

/* Nearest names for "did you mean": Damerau-Levenshtein within max(1, length / 3). Returns NULL or
 * one of names. */
const char *conf_nearest(const char *word, const char *const *names);

#endif
