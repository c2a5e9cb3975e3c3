/* where.h -- a condition on runs, as users type it, becomes SQL.
 *
 *   position.type=yarn and eval/loss<3
 *   (optim.lr >= 1e-3 or name ~ wide) and not status = failed
 *
 * Comparisons: = != < <= > >= and ~ (contains). A key is one of id, name, status, dir, step, tokens,
 * total, or a key of the configuration or the summary, whole or its end after a dot: rope_theta finds
 * position[0].rope_theta. A run that lacks the key satisfies no comparison with it, != included.
 * Words are compared as text, numbers as numbers; quote a value with blanks or that looks like a
 * number: name='12'. */
#ifndef LAB_WHERE_H
#define LAB_WHERE_H

#include "src/base/error.h"

enum { WHERE_VALUES = 128 };

struct where_value {
    char text[256];
    double number;
    int is_number;
};

struct where {
    char sql[8192];
    int n;
    struct where_value value[WHERE_VALUES]; /* for ?1, ?2 ... */
    int n_keys;
    char key[32]
            [128]; /* configuration and summary keys that were named, to check that they exist */
};

/* E_USAGE with a caret under the place. */
int where_parse(struct where *w, const char *text, struct error *e);

#endif
