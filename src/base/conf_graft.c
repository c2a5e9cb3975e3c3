/* conf_graft.c -- nodes on their way from one tree to another: copied, compared, set and found by
 * path, written as text. */
#include <stdlib.h>
#include <string.h>

#include "src/base/conf_internal.h"

struct node *node_scalar(struct conf *c, struct place at, const char *text)
{
    struct node *n = node_new(c, NODE_SCALAR, at);
    n->plain = true;
    n->text = conf_copy(c, text, strlen(text));
    return n;
}

struct node *node_copy(struct conf *c, const struct node *from)
{
    struct node *n = node_new(c, from->kind, from->at);
    n->via = from->via;
    n->plain = from->plain;
    n->text = from->text;
    for (int i = 0; i < from->n; i++) {
        const struct node *key = from->pair[i].key;
        node_add(c, n, key, node_copy(c, from->pair[i].value));
    }
    return n;
}

void conf_set(struct conf *c, const struct node *key, const struct node *value)
{
    override_set(c, key, node_copy(c, value));
}

struct node *conf_find(struct conf *c, const char *path)
{
    struct node *n = c->root;
    while (n && *path) {
        char name[256], *end;
        const size_t length = strcspn(path, ".[");
        if (length >= sizeof name) return NULL;
        memcpy(name, path, length);
        name[length] = 0;
        if (length) n = node_get(n, name);
        path += length;
        while (n && *path == '[') {
            const long i = strtol(path + 1, &end, 10);
            if (*end != ']' || i < 0 || i >= node_entries(n)) return NULL;
            n = node_entry(n, (int)i);
            path = end + 1;
        }
        path += *path == '.';
    }
    return n;
}

bool node_equal(struct conf *c, const struct node *a, const struct node *b)
{
    if (a->kind != b->kind || a->n != b->n) return false;
    if (a->kind == NODE_SCALAR) {
        double x, y;
        int64_t n, m;
        if (node_is_null(a) || node_is_null(b)) return node_is_null(a) && node_is_null(b);
        if (!value_size(c, a, &n).expected && !value_size(c, b, &m).expected) return n == m;
        if (!value_real(c, a, &x).expected && !value_real(c, b, &y).expected) return x == y;
        return strcmp(a->text, b->text) == 0;
    }
    for (int i = 0; i < a->n; i++) {
        const struct node *other =
            a->kind == NODE_MAP ? node_get(b, a->pair[i].key->text) : b->pair[i].value;
        if (!other || !node_equal(c, a->pair[i].value, other)) return false;
    }
    return true;
}

void write_node(FILE *f, const struct node *n)
{
    if (!n || n->kind == NODE_SCALAR) {
        if (!n || (n->plain && !*n->text))
            fputs("null", f);
        else if (n->plain)
            fputs(n->text, f);
        else
            write_string(f, n->text);
        return;
    }
    fputc(n->kind == NODE_MAP ? '{' : '[', f);
    for (int i = 0; i < n->n; i++) {
        if (i) fputs(", ", f);
        if (n->kind == NODE_MAP) {
            write_string(f, n->pair[i].key->text);
            fputs(": ", f);
        }
        write_node(f, n->pair[i].value);
    }
    fputc(n->kind == NODE_MAP ? '}' : ']', f);
}

char *node_text(struct conf *c, const struct node *n)
{
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);
    if (!f) abort();
    write_node(f, n);
    fclose(f);
    char *copy = conf_copy(c, text, size);
    free(text);
    return copy;
}
