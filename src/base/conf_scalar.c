/* conf_scalar.c -- fields that hold numbers, words, and lists of them. */
#include <math.h>
#include <string.h>

#include "src/base/conf_internal.h"

/* ---- scalars ---- */

void bind_mismatch(struct conf *c, const struct node *n, const struct conf_field *f,
                   const char *expected, const char *hint)
{
    const char *colon = n->kind == NODE_SCALAR && n->plain ? strchr(n->text, ':') : NULL;
    if (!hint && colon && colon > n->text && colon[1] && colon[1] != '/')
        hint = "a space is missing after ':'";
    if (n->kind == NODE_SCALAR && n->plain && !*n->text)
        node_error(c, n, f->flags & CONF_REQUIRED ? NULL : "write null for the default",
                   "'%s' has no value: expected %s", f->key, expected);
    else
        node_error(c, n, hint, "expected %s for '%s', got %s", expected, f->key, node_show(c, n));
}

/* min == max: no bounds. */
static bool in_bounds(struct conf *c, const struct node *n, const struct conf_field *f, double v)
{
    double min = f->min, max = f->max;
    if (min == max) min = -INFINITY, max = INFINITY;
    if (f->kind == CONF_KIND_INT) min = fmax(min, INT32_MIN), max = fmin(max, INT32_MAX);
    if (v >= min && v <= max) return true;
    const char *low = number_show(c, min), *high = number_show(c, max);
    if (isinf(max))
        node_error(c, n, NULL, "'%s' is %s, must be at least %s", f->key, n->text, low);
    else if (isinf(min))
        node_error(c, n, NULL, "'%s' is %s, must be at most %s", f->key, n->text, high);
    else
        node_error(c, n, NULL, "'%s' is %s, must be from %s to %s", f->key, n->text, low, high);
    return false;
}

static void bind_enum(struct conf *c, const struct node *n, const struct conf_field *f, int *out)
{
    if (n->kind != NODE_SCALAR || (n->plain && !*n->text)) {
        bind_mismatch(c, n, f, conf_text(c, "one of %s", list_names(c, f->names)), NULL);
        return;
    }
    for (int i = 0; f->names[i]; i++)
        if (strcmp(f->names[i], n->text) == 0) {
            *out = i;
            return;
        }
    const char *near = conf_nearest(n->text, f->names);
    const char *choices = list_names(c, f->names);
    node_error(c, n,
               near ? conf_text(c, "did you mean '%s'? (one of: %s)", near, choices)
                    : conf_text(c, "one of: %s", choices),
               "unknown value '%s' for '%s'", n->text, f->key);
}

void bind_scalar(struct conf *c, const struct node *n, const struct conf_field *f, void *out)
{
    int64_t whole = 0;
    double v = 0;
    struct value_error e = {0};
    switch (f->kind) {
    case CONF_KIND_INT:
        e = value_int(c, n, &whole);
        if (!e.expected && in_bounds(c, n, f, (double)whole)) *(int *)out = (int)whole;
        break;
    case CONF_KIND_SIZE:
        e = value_size(c, n, &whole);
        if (!e.expected && in_bounds(c, n, f, (double)whole)) *(int64_t *)out = whole;
        break;
    case CONF_KIND_REAL:
        e = value_real(c, n, &v);
        if (!e.expected && in_bounds(c, n, f, v)) *(double *)out = v;
        break;
    case CONF_KIND_BOOL:
        e = value_bool(n, out);
        break;
    case CONF_KIND_STRING:
        if (n->kind != NODE_SCALAR || (n->plain && !*n->text))
            e.expected = "a string";
        else
            *(const char **)out = n->text;
        break;
    default:
        bind_enum(c, n, f, out);
    }
    if (e.expected) bind_mismatch(c, n, f, e.expected, e.hint);
}

/* ---- lists of scalars ---- */

struct node *node_entry(struct node *n, int i)
{
    return n->kind == NODE_LIST ? n->pair[i].value : n;
}

int node_entries(const struct node *n)
{
    return n->kind == NODE_LIST ? n->n : 1;
}

void bind_reals(struct conf *c, struct node *n, const struct conf_field *f, struct conf_reals *out)
{
    const int count = node_entries(n);
    double *v = conf_take(c, sizeof *v * (size_t)(count + 1));
    for (int i = 0; i < count; i++) {
        const struct value_error e = value_real(c, node_entry(n, i), &v[i]);
        if (e.expected) {
            bind_mismatch(c, node_entry(n, i), f,
                          n->kind == NODE_MAP ? "a list of numbers" : e.expected, e.hint);
            return;
        }
        if (!in_bounds(c, node_entry(n, i), f, v[i])) return;
        bind_record(c, &v[i], node_entry(n, i)->at, true);
    }
    *out = (struct conf_reals){count, v};
}

void bind_strings(struct conf *c, struct node *n, const struct conf_field *f,
                  struct conf_strings *out)
{
    const int count = node_entries(n);
    const char **v = conf_take(c, sizeof *v * (size_t)(count + 1));
    for (int i = 0; i < count; i++) {
        const struct node *s = node_entry(n, i);
        if (s->kind != NODE_SCALAR || node_is_null(s)) {
            bind_mismatch(c, s, f,
                          n->kind == NODE_MAP ? "a string or a list of strings" : "a string", NULL);
            return;
        }
        v[i] = s->text;
        bind_record(c, &v[i], s->at, true);
    }
    *out = (struct conf_strings){count, v};
}
