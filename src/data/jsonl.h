/* jsonl.h -- inside src/data: find one text field in a line of JSON without building the object.
 *
 * The line is checked whole (RFC 8259, UTF-8, nesting up to 64), but nothing is copied: what comes
 * back is where the field's text stands, still escaped. The text is unescaped where it is read.
 * Threading: pure. */
#ifndef DATA_JSONL_H
#define DATA_JSONL_H

#include <stddef.h>
#include <stdint.h>

#include "src/base/error.h"

struct jsonl_text {
    size_t begin, end; /* the escaped text inside its quotes, in bytes of the line */
    size_t length;     /* bytes once unescaped */
};

/* `at` names the file and line; E_FORMAT says the column too. */
int jsonl_find(const unsigned char *line, size_t n, const char *field, const struct place *at,
               struct jsonl_text *out, struct error *e);

/* Unescape one unit (a plain byte or an escape sequence) that was checked by jsonl_find: writes 1
 * to 4 bytes, returns how many, and moves *p behind the unit. */
int jsonl_unescape(const unsigned char **p, unsigned char out[4]);

#endif
