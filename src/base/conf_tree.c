/* conf_tree.c -- texts become trees of nodes: memory, documents, anchors, merge keys, merging. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/conf_internal.h"
#include "src/base/yaml.h"

struct chunk {
    struct chunk *next;
    size_t used, size;
    _Alignas(16) unsigned char data[];
};

void *conf_take(struct conf *c, size_t n)
{
    n = (n + 15) & ~(size_t)15;
    struct chunk *k = c->chunks;
    if (!k || k->size - k->used < n) {
        const size_t size = n > 16384 ? n : 16384;
        k = calloc(1, sizeof *k + size);
        if (!k) abort();
        k->size = size;
        k->next = c->chunks;
        c->chunks = k;
    }
    void *p = k->data + k->used;
    k->used += n;
    return p;
}

void conf_release(struct conf *c)
{
    for (struct chunk *k = c->chunks, *next; k; k = next) {
        next = k->next;
        free(k);
    }
}

char *conf_copy(struct conf *c, const char *text, size_t n)
{
    char *s = conf_take(c, n + 1);
    if (n) memcpy(s, text, n);
    return s;
}

char *conf_text(struct conf *c, const char *fmt, ...)
{
    char text[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return conf_copy(c, text, strlen(text));
}

void *conf_grow(struct conf *c, void *array, int n, size_t size)
{
    if (n & (n - 1)) return array; /* capacities are powers of two */
    void *bigger = conf_take(c, size * (size_t)(n ? 2 * n : 1));
    if (n) memcpy(bigger, array, size * (size_t)n);
    return bigger;
}

const struct source *conf_source(struct conf *c, const char *name, const char *text, size_t n,
                                 bool argument)
{
    c->sources = conf_grow(c, c->sources, c->n_sources, sizeof *c->sources);
    struct source *s = &c->sources[c->n_sources++];
    *s = (struct source){conf_copy(c, name, strlen(name)), conf_copy(c, text, n), n, argument};
    return s;
}

struct node *node_new(struct conf *c, enum node_kind kind, struct place at)
{
    struct node *n = conf_take(c, sizeof *n);
    n->kind = kind;
    n->at = at;
    return n;
}

void node_add(struct conf *c, struct node *n, const struct node *key, struct node *value)
{
    n->pair = conf_grow(c, n->pair, n->n, sizeof *n->pair);
    n->pair[n->n++] = (struct pair){key, value};
}

void node_remove(struct node *n, int i)
{
    for (; i + 1 < n->n; i++) n->pair[i] = n->pair[i + 1];
    n->n--;
}

int node_find(const struct node *map, const char *key)
{
    if (map->kind == NODE_MAP)
        for (int i = 0; i < map->n; i++)
            if (strcmp(map->pair[i].key->text, key) == 0) return i;
    return -1;
}

struct node *node_get(const struct node *map, const char *key)
{
    const int i = node_find(map, key);
    return i < 0 ? NULL : map->pair[i].value;
}

bool node_is_null(const struct node *n)
{
    return n->kind == NODE_SCALAR && n->plain &&
           (!*n->text || strcmp(n->text, "~") == 0 || strcmp(n->text, "null") == 0 ||
            strcmp(n->text, "Null") == 0 || strcmp(n->text, "NULL") == 0);
}

struct node *node_merge(struct conf *c, struct node *under, struct node *over)
{
    if (under->kind != NODE_MAP || over->kind != NODE_MAP || node_find(over, "type") >= 0)
        return over;
    struct node *both = node_new(c, NODE_MAP, over->at);
    for (int i = 0; i < under->n; i++) {
        const int j = node_find(over, under->pair[i].key->text);
        if (j < 0)
            node_add(c, both, under->pair[i].key, under->pair[i].value);
        else
            node_add(c, both, over->pair[j].key,
                     node_merge(c, under->pair[i].value, over->pair[j].value));
    }
    for (int j = 0; j < over->n; j++)
        if (node_find(under, over->pair[j].key->text) < 0)
            node_add(c, both, over->pair[j].key, over->pair[j].value);
    return both;
}

const char *node_show(struct conf *c, const struct node *n)
{
    if (n->kind == NODE_MAP) return "a map";
    if (n->kind == NODE_LIST) return "a list";
    if (!*n->text) return n->plain ? "nothing" : "the empty string";
    const int width = strlen(n->text) > 60 ? 57 : 60;
    return conf_text(c, "%s'%.*s%s'", n->plain ? "" : "the string ", width, n->text,
                     width < 60 ? "..." : "");
}

/* ---- documents ---- */

struct anchor {
    const char *name;
    struct node *node; /* NULL while it is open */
    struct place at;
};

struct reader {
    struct conf *c;
    struct yaml *yaml;
    const struct source *source;
    int column; /* added to the columns of the first line */
    struct yaml_item item;
    struct anchor *anchors;
    int n_anchors;
    bool failed;
};

static struct place place_of(const struct reader *r, int line, int column)
{
    const bool first = line == 1;
    return (struct place){r->source->name, r->source->argument && first ? 0 : line,
                          column + (first ? r->column : 0)};
}

static struct place item_place(const struct reader *r)
{
    return place_of(r, r->item.line, r->item.column);
}

static bool advance(struct reader *r)
{
    struct yaml_problem p;
    if (yaml_next(r->yaml, &r->item, &p)) return true;
    conf_error(r->c, place_of(r, p.line, p.column), *p.hint ? p.hint : NULL, "%s", p.text);
    r->failed = true;
    return false;
}

static struct node *fail(struct reader *r, const char *hint, const char *text)
{
    conf_error(r->c, item_place(r), hint, "%s", text);
    r->failed = true;
    return NULL;
}

/* Copies are charged against a budget, so that a few lines of nested aliases cannot grow without
 * bound. */
static struct node *copy_node(struct reader *r, const struct node *from)
{
    if (++r->c->copied > CONF_NODES) {
        if (!r->failed) fail(r, NULL, "aliases expand to more than 100000 values");
        return NULL;
    }
    struct node *n = node_new(r->c, from->kind, from->at);
    n->plain = from->plain;
    n->text = from->text;
    for (int i = 0; i < from->n; i++) {
        struct node *value = copy_node(r, from->pair[i].value);
        if (!value) return NULL;
        node_add(r->c, n, from->pair[i].key, value);
    }
    return n;
}

static struct node *read_alias(struct reader *r)
{
    struct nearest near = {.word = r->item.anchor};
    for (int i = r->n_anchors - 1; i >= 0; i--) {
        const struct anchor *a = &r->anchors[i];
        nearest_add(&near, a->name);
        if (strcmp(a->name, r->item.anchor) != 0) continue;
        if (!a->node) return fail(r, NULL, "an alias inside its own anchor");
        struct node *n = copy_node(r, a->node);
        if (!n) return NULL;
        n->at = item_place(r);
        n->via = a->at;
        return n;
    }
    const char *hint = nearest_hint(r->c, &near);
    return fail(r, hint ? hint : "'*' begins an alias: quote the value if it is text",
                conf_text(r->c, "unknown anchor '%s'", r->item.anchor));
}

static struct node *read_node(struct reader *r, int depth);

static bool is_merge(const struct node *key)
{
    return key->plain && strcmp(key->text, "<<") == 0;
}

static void merge_in(struct reader *r, struct node *map, const struct node *from)
{
    if (from->kind != NODE_MAP) {
        node_error(r->c, from, NULL, "'<<' merges maps, got %s", node_show(r->c, from));
        return;
    }
    for (int i = 0; i < from->n; i++)
        if (node_find(map, from->pair[i].key->text) < 0)
            node_add(r->c, map, from->pair[i].key, from->pair[i].value);
}

/* Keys written in the map win over merged ones; of a list of maps, the first wins. */
static struct node *expand_merge(struct reader *r, struct node *map)
{
    int at = -1;
    for (int i = 0; i < map->n; i++)
        if (is_merge(map->pair[i].key)) at = i;
    if (at < 0) return map;
    const struct node *from = map->pair[at].value;
    node_remove(map, at);
    if (from->kind != NODE_LIST)
        merge_in(r, map, from);
    else
        for (int i = 0; i < from->n; i++) merge_in(r, map, from->pair[i].value);
    return map;
}

static const char *show_place(struct conf *c, struct place at)
{
    return at.line > 0 ? conf_text(c, "at line %d column %d", at.line, at.column)
                       : conf_text(c, "at column %d", at.column);
}

static struct node *read_map(struct reader *r, int depth)
{
    struct node *map = node_new(r->c, NODE_MAP, item_place(r));
    for (;;) {
        if (!advance(r)) return NULL;
        if (r->item.kind == YAML_MAP_END) return expand_merge(r, map);
        const struct node *key = read_node(r, depth + 1);
        if (!key || !advance(r)) return NULL;
        struct node *value = read_node(r, depth + 1);
        if (!value) return NULL;
        if (key->kind != NODE_SCALAR) {
            conf_error(r->c, key->at, NULL, "a key must be a name, got %s", node_show(r->c, key));
            continue;
        }
        const int before = node_find(map, key->text);
        if (before >= 0)
            conf_error(r->c, key->at,
                       conf_text(r->c, "first %s", show_place(r->c, map->pair[before].key->at)),
                       "duplicate key '%s'", key->text);
        else
            node_add(r->c, map, key, value);
    }
}

static struct node *read_list(struct reader *r, int depth)
{
    struct node *list = node_new(r->c, NODE_LIST, item_place(r));
    for (;;) {
        if (!advance(r)) return NULL;
        if (r->item.kind == YAML_LIST_END) return list;
        struct node *value = read_node(r, depth + 1);
        if (!value) return NULL;
        node_add(r->c, list, NULL, value);
    }
}

static struct node *read_scalar(struct reader *r)
{
    struct node *n = node_new(r->c, NODE_SCALAR, item_place(r));
    if (memchr(r->item.text, 0, r->item.length)) return fail(r, NULL, "a NUL character in a value");
    n->text = conf_copy(r->c, r->item.text, r->item.length);
    n->plain = r->item.plain;
    return n;
}

static const char *short_tag(struct conf *c, const char *tag)
{
    static const char core[] = "tag:yaml.org,2002:";
    const size_t n = sizeof core - 1;
    return strncmp(tag, core, n) == 0 ? conf_text(c, "!!%s", tag + n) : tag;
}

/* The node that the present item begins. */
static struct node *read_node(struct reader *r, int depth)
{
    if (depth > CONF_DEPTH) return fail(r, NULL, "nested deeper than 64 levels");
    if (r->item.kind == YAML_ALIAS) return read_alias(r);
    if (r->item.tag)
        return fail(r, "values are typed by the key that they belong to",
                    conf_text(r->c, "tag '%s' is not supported", short_tag(r->c, r->item.tag)));
    int slot = -1;
    if (r->item.anchor) {
        slot = r->n_anchors;
        r->anchors = conf_grow(r->c, r->anchors, r->n_anchors, sizeof *r->anchors);
        r->anchors[r->n_anchors++] = (struct anchor){
            conf_copy(r->c, r->item.anchor, strlen(r->item.anchor)), NULL, item_place(r)};
    }
    struct node *n = r->item.kind == YAML_MAP    ? read_map(r, depth)
                     : r->item.kind == YAML_LIST ? read_list(r, depth)
                                                 : read_scalar(r);
    if (slot >= 0) r->anchors[slot].node = n;
    return n;
}

static struct node *read_document(struct reader *r, bool *empty)
{
    if (!advance(r)) return NULL;
    *empty = r->item.kind == YAML_END;
    if (*empty || !advance(r)) return NULL;
    struct node *n = read_node(r, 0);
    if (!n || !advance(r)) return NULL;
    if (r->item.kind == YAML_DOCUMENT)
        conf_error(r->c, item_place(r), "the first is read, this one is not",
                   "a second document: one is expected");
    return n;
}

struct node *conf_parse(struct conf *c, const struct source *s, size_t from, bool *empty)
{
    *empty = false;
    const char *text = s->text + from;
    size_t n = s->length - from;
    if (from == 0 && n >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) text += 3, n -= 3;
    struct reader r = {.c = c, .source = s, .yaml = yaml_open(text, n)};
    if (!r.yaml) abort();
    for (size_t i = 0; i < from; i++) r.column += ((unsigned char)s->text[i] & 0xC0) != 0x80;
    struct node *root = read_document(&r, empty);
    yaml_close(r.yaml);
    return r.failed ? NULL : root;
}
