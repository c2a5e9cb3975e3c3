/* conf_layers.c -- which layers: [0, 2, 4], a range "2-5", or {every: 4, offset: 3}. */
#include <stdlib.h>
#include <string.h>

#include "src/base/conf_internal.h"

enum { LAYERS = 65536 };

bool conf_layers_has(const struct conf_layers *layers, int layer)
{
    if (layers->every > 0) return layer % layers->every == layers->offset;
    if (!layers->v) return true;
    for (int i = 0; i < layers->n; i++)
        if (layers->v[i] == layer) return true;
    return false;
}

static const char hint[] = "write [0, 2, 4], 2-5, or {every: 4, offset: 3}";

/* "2-5": both ends belong to it. */
static bool parse_range(const char *s, long *from, long *to)
{
    char *end;
    if (*s < '0' || *s > '9') return false;
    *from = strtol(s, &end, 10);
    if (*end != '-' || end[1] < '0' || end[1] > '9') return false;
    *to = strtol(end + 1, &end, 10);
    return !*end;
}

struct list {
    int *v;
    int n;
};

static bool append(struct conf *c, const struct node *n, struct list *l, long layer)
{
    for (int i = 0; i < l->n; i++)
        if (l->v[i] == layer) {
            node_error(c, n, NULL, "layer %ld is named twice", layer);
            return false;
        }
    l->v = conf_grow(c, l->v, l->n, sizeof *l->v);
    l->v[l->n++] = (int)layer;
    return true;
}

static bool add_entry(struct conf *c, const struct node *n, const char *key, struct list *l)
{
    long from = 0, to = 0;
    int64_t one;
    if (n->kind == NODE_SCALAR && parse_range(n->text, &from, &to)) {
        if (from > to || to >= LAYERS) {
            node_error(c, n, NULL, "the range %s of layers is empty or too long", n->text);
            return false;
        }
        for (long i = from; i <= to; i++)
            if (!append(c, n, l, i)) return false;
        return true;
    }
    if (value_int(c, n, &one).expected || one < 0 || one >= LAYERS) {
        node_error(c, n, hint, "expected a layer number for '%s', got %s", key, node_show(c, n));
        return false;
    }
    return append(c, n, l, (long)one);
}

static bool read_count(struct conf *c, const struct node *map, const char *key, int64_t least,
                       int *out)
{
    const struct node *n = node_get(map, key);
    int64_t v;
    if (!n) return true;
    if (value_int(c, n, &v).expected || v < least || v >= LAYERS) {
        node_error(c, n, NULL, "expected a number from %d for '%s', got %s", (int)least, key,
                   node_show(c, n));
        return false;
    }
    *out = (int)v;
    return true;
}

static void bind_every(struct conf *c, const struct node *n, const char *key,
                       struct conf_layers *out)
{
    static const char *const keys[] = {"every", "offset", NULL};
    struct conf_layers l = {0};
    for (int i = 0; i < n->n; i++) {
        const char *k = n->pair[i].key->text;
        if (strcmp(k, keys[0]) == 0 || strcmp(k, keys[1]) == 0) continue;
        const char *near = conf_nearest(k, keys);
        node_error(c, n->pair[i].key,
                   near ? conf_text(c, "did you mean '%s'?", near) : "allowed here: every, offset",
                   "unknown key '%s' in '%s'", k, key);
        return;
    }
    if (!node_get(n, "every")) {
        node_error(c, n, hint, "missing key 'every' in '%s'", key);
        return;
    }
    if (!read_count(c, n, "every", 1, &l.every) || !read_count(c, n, "offset", 0, &l.offset))
        return;
    if (l.offset >= l.every)
        node_error(c, node_get(n, "offset"), NULL, "'offset' is %d, must be below 'every', %d",
                   l.offset, l.every);
    else if (l.every > 1)
        *out = l; /* every layer: all, as if absent */
}

void layers_bind(struct conf *c, const struct node *n, const char *key, struct conf_layers *out)
{
    *out = (struct conf_layers){0};
    if (n->kind == NODE_MAP) {
        bind_every(c, n, key, out);
        return;
    }
    struct list l = {0};
    const int entries = n->kind == NODE_LIST ? n->n : 1;
    for (int i = 0; i < entries; i++)
        if (!add_entry(c, n->kind == NODE_LIST ? n->pair[i].value : n, key, &l)) return;
    if (l.n == 0) {
        node_error(c, n, hint, "'%s' names no layer", key);
        return;
    }
    *out = (struct conf_layers){.n = l.n, .v = l.v};
}
