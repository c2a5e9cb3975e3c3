/* sweep_match.c -- patterns of `when`, `exclude` and `baseline`: {path: value} and
 * {path: [any, of, these]}, all of which must hold. A word matches a map of that type. */
#include <string.h>

#include "src/lab/sweep_internal.h"

static bool value_matches(struct conf *c, const struct node *pattern, const struct node *n)
{
    if (!n) return node_is_null(pattern);
    if (pattern->kind == NODE_SCALAR && n->kind == NODE_MAP) {
        const struct node *type = node_get(n, "type");
        return type && node_equal(c, pattern, type);
    }
    if (pattern->kind == NODE_MAP && n->kind == NODE_SCALAR) {
        const struct node *type = node_get(pattern, "type");
        return pattern->n == 1 && type && node_equal(c, type, n);
    }
    if (pattern->kind != NODE_MAP || n->kind != NODE_MAP) return node_equal(c, pattern, n);
    for (int i = 0; i < pattern->n; i++)
        if (!value_matches(c, pattern->pair[i].value, node_get(n, pattern->pair[i].key->text)))
            return false;
    return true;
}

bool pattern_matches(struct conf *c, const struct node *pattern)
{
    for (int i = 0; i < pattern->n; i++) {
        const struct node *want = pattern->pair[i].value;
        const char *path = pattern->pair[i].key->text;
        const struct node *n = conf_find(c, path);
        const size_t length = strlen(path);
        /* `position: rope` may stand for `position: {type: rope}` */
        if (!n && length > 5 && strcmp(path + length - 5, ".type") == 0) {
            n = conf_find(c, conf_text(c, "%.*s", (int)length - 5, path));
            if (n && n->kind != NODE_SCALAR) n = NULL;
        }
        bool any = false;
        if (want->kind == NODE_LIST)
            for (int k = 0; k < want->n && !any; k++)
                any = value_matches(c, want->pair[k].value, n);
        else
            any = value_matches(c, want, n);
        if (!any) return false;
    }
    return true;
}

bool pattern_check(struct conf *c, const struct node *pattern, const char *what)
{
    if (pattern->kind == NODE_MAP && pattern->n) return true;
    node_error(c, pattern, conf_text(c, "%s: {position.type: [yarn, linear]}", what),
               "expected {path: value} for '%s', got %s", what,
               pattern->n                     ? node_show(c, pattern)
               : pattern->kind == NODE_SCALAR ? node_show(c, pattern)
                                              : "nothing");
    return false;
}
