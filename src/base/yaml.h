/* yaml.h -- libyaml's events with places, and its complaints in our words.
 *
 * The only file that includes <yaml.h> is yaml.c. Lines and columns count from 1, columns in code
 * points. A syntax error names the place that a user must look at (an unclosed bracket: where it
 * was opened) and how to mend it. Threading: one thread per reader. */
#ifndef BASE_YAML_H
#define BASE_YAML_H

#include <stdbool.h>
#include <stddef.h>

enum yaml_kind {
    YAML_DOCUMENT, /* a document begins */
    YAML_SCALAR,
    YAML_ALIAS,
    YAML_MAP,
    YAML_MAP_END,
    YAML_LIST,
    YAML_LIST_END,
    YAML_END, /* of the text */
};

struct yaml_item {
    enum yaml_kind kind;
    int line, column;
    const char *text;   /* SCALAR: its value, NUL-terminated; valid until the next call */
    size_t length;      /* of text */
    bool plain;         /* SCALAR: neither quoted nor a block nor tagged as a string */
    const char *anchor; /* of this node, or the target of an ALIAS; NULL: none */
    const char *tag;    /* other than !!str; NULL: none */
};

struct yaml_problem {
    int line, column;
    char text[256], hint[256]; /* hint may be empty */
};

struct yaml;

/* Read text[0..n), which must stay alive. NULL if there is no memory. */
struct yaml *yaml_open(const char *text, size_t n);
void yaml_close(struct yaml *y);

/* The next item; false on a syntax error (then *p is filled and there is no next one). */
bool yaml_next(struct yaml *y, struct yaml_item *item, struct yaml_problem *p);

/* The line `number` (from 1) of a text, without its break; "" and *length 0 where there is none.
 * Breaks are those of libyaml. */
const char *yaml_line(const char *text, size_t n, int number, size_t *length);

#endif
