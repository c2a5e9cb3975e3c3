/* conf_bind.c -- nodes become structs, row by row. */
#include <stdlib.h>
#include <string.h>

#include "src/base/conf_internal.h"

static void bind_map(struct conf *c, const struct conf_schema *s, struct node *map, void *out,
                     struct place section, const char *path);
static void bind_rows(struct conf *c, const struct conf_schema *s, struct node *map, void *out,
                      struct place section, const char *path);
static void bind_field(struct conf *c, const struct conf_field *f, struct node *n, void *out,
                       struct place section, const char *path);

void bind_record(struct conf *c, const void *address, struct place at, bool given)
{
    c->bindings = conf_grow(c, c->bindings, c->n_bindings, sizeof *c->bindings);
    c->bindings[c->n_bindings++] = (struct binding){address, at, given};
}

static const struct binding *find_binding(const struct conf *c, const void *address)
{
    for (int i = c ? c->n_bindings - 1 : -1; i >= 0; i--)
        if (c->bindings[i].address == address) return &c->bindings[i];
    return NULL;
}

struct place conf_place(const struct conf *c, const void *field)
{
    const struct binding *b = find_binding(c, field);
    if (b) return b->at;
    return (struct place){c && c->n_sources ? c->sources[0].name : NULL, 0, 0};
}

bool conf_given(const struct conf *c, const void *field)
{
    const struct binding *b = find_binding(c, field);
    return b && b->given;
}

/* ---- variants ---- */

const struct variant *conf_registry_find(const struct conf_registry *r, const char *name)
{
    for (int i = 0; r->types[i]; i++) {
        if (strcmp(r->types[i]->name, name) == 0) return r->types[i];
        for (const char *const *a = r->types[i]->aliases; a && *a; a++)
            if (strcmp(*a, name) == 0) return r->types[i];
    }
    return NULL;
}

static bool is_number(struct conf *c, const struct node *n)
{
    int64_t v;
    return n->kind == NODE_SCALAR && !value_size(c, n, &v).expected;
}

/* A scalar is the name of a type, or the registry's shorthand. */
static struct node *expand_shorthand(struct conf *c, const struct conf_registry *r, struct node *n)
{
    struct node *map = node_new(c, NODE_MAP, n->at), *type = n;
    struct node *key = node_new(c, NODE_SCALAR, n->at);
    map->via = n->via;
    key->text = "type";
    if (r->shorthand_type && is_number(c, n)) {
        type = node_new(c, NODE_SCALAR, n->at);
        type->text = r->shorthand_type;
        struct node *name = node_new(c, NODE_SCALAR, n->at);
        name->text = r->shorthand_key;
        node_add(c, map, name, n);
    }
    node_add(c, map, key, type);
    return map;
}

/* Keys of the map that the type lacks. */
static void report_options(struct conf *c, const struct conf_registry *r, const struct variant *t,
                           const struct node *map, const char *path)
{
    for (int i = 0; i < map->n; i++) {
        const char *key = map->pair[i].key->text;
        bool known = strcmp(key, "type") == 0 || (r->layers && strcmp(key, "layers") == 0);
        for (const struct conf_field *f = t->schema ? t->schema->fields : NULL; f && f->key; f++)
            known |= strcmp(f->key, key) == 0;
        if (!known) unknown_option(c, map->pair[i].key, t, r, path);
    }
}

static bool bind_variant(struct conf *c, struct node *n, const struct conf_registry *r,
                         struct conf_variant *out, const char *path)
{
    if (n->kind == NODE_SCALAR && *n->text) n = expand_shorthand(c, r, n);
    if (n->kind != NODE_MAP) {
        node_error(c, n, conf_text(c, "types: %s", list_types(c, r)),
                   "expected a %s for '%s', got %s", r->what, path, node_show(c, n));
        return false;
    }
    struct node *type = node_get(n, "type");
    if (!type || type->kind != NODE_SCALAR || node_is_null(type)) {
        node_error(c, type ? type : n, conf_text(c, "one of: %s", list_types(c, r)),
                   "'%s' names no 'type' of %s", path, r->what);
        return false;
    }
    const struct variant *t = conf_registry_find(r, type->text);
    if (!t) {
        unknown_type(c, type, r);
        return false;
    }
    *out = (struct conf_variant){.type = t};
    report_options(c, r, t, n, path);
    if (t->schema) {
        out->opts = conf_take(c, t->schema->size);
        bind_rows(c, t->schema, n, out->opts, n->at, path);
    }
    struct node *layers = r->layers ? node_get(n, "layers") : NULL;
    if (layers && !node_is_null(layers)) {
        layers_bind(c, layers, "layers", &out->layers);
        bind_record(c, &out->layers, layers->at, true);
    }
    bind_record(c, out, n->at, true);
    return true;
}

static void bind_variants(struct conf *c, struct node *n, const struct conf_field *f,
                          struct conf_variants *out, const char *path)
{
    const int count = node_entries(n);
    if (count == 0) {
        node_error(c, n, conf_text(c, "types: %s", list_types(c, f->registry)),
                   "'%s' is an empty list", path);
        return;
    }
    struct conf_variant *v = conf_take(c, sizeof *v * (size_t)(count + 1));
    bool good = true;
    for (int i = 0; i < count; i++) {
        const char *name = n->kind == NODE_LIST ? conf_text(c, "%s[%d]", path, i) : path;
        good &= bind_variant(c, node_entry(n, i), f->registry, &v[i], name);
    }
    if (good) *out = (struct conf_variants){count, v};
}

/* ---- sections and lists of them ---- */

/* {a: X, b: Y} as [{<first field>: a, <second field>: X}, ...]. */
static struct node *expand_named(struct conf *c, const struct conf_field *f, struct node *map)
{
    struct node *list = node_new(c, NODE_LIST, map->at);
    for (int i = 0; i < map->n; i++) {
        const struct pair *p = &map->pair[i];
        struct node *entry = node_new(c, NODE_MAP, p->key->at),
                    *name = node_new(c, NODE_SCALAR, p->key->at);
        name->text = p->key->text;
        for (int k = 0; k < 2; k++) {
            struct node *key = node_new(c, NODE_SCALAR, p->key->at);
            key->text = f->schema->fields[k].key;
            node_add(c, entry, key, k ? p->value : name);
        }
        node_add(c, list, NULL, entry);
    }
    return list;
}

static void bind_list(struct conf *c, struct node *n, const struct conf_field *f,
                      struct conf_list *out, const char *path)
{
    if ((f->flags & CONF_NAMED) && n->kind == NODE_MAP) n = expand_named(c, f, n);
    const int count = node_entries(n);
    unsigned char *v = conf_take(c, f->schema->size * (size_t)(count + 1));
    for (int i = 0; i < count; i++) {
        struct node *map = node_entry(n, i);
        if (map->kind != NODE_MAP) {
            bind_mismatch(c, map, f, n->kind == NODE_LIST ? "a map" : "a map or a list of maps",
                          NULL);
            return;
        }
        const char *name = n->kind == NODE_LIST ? conf_text(c, "%s[%d]", path, i) : path;
        bind_record(c, v + f->schema->size * (size_t)i, map->at, true);
        bind_map(c, f->schema, map, v + f->schema->size * (size_t)i, map->at, name);
    }
    *out = (struct conf_list){count, v};
}

/* The default of a compound value is its YAML text. */
static struct node *default_node(struct conf *c, const struct conf_field *f)
{
    const struct source *s = conf_source(c, f->key, f->def_string, strlen(f->def_string), false);
    bool empty;
    return conf_parse(c, s, 0, &empty);
}

/* A map that names no type is laid on the default, as on any other node. */
static struct node *on_default(struct conf *c, const struct conf_field *f, struct node *n)
{
    if (!f->def_string || n->kind != NODE_MAP || node_find(n, "type") >= 0) return n;
    struct node *under = default_node(c, f);
    if (under && under->kind == NODE_SCALAR) under = expand_shorthand(c, f->registry, under);
    return under ? node_merge(c, under, n) : n;
}

/* Scalars, and the scalars of sections, without looking for what is missing. */
static void set_default(struct conf *c, const struct conf_field *f, void *out, struct place section,
                        const char *path)
{
    switch (f->kind) {
    case CONF_KIND_INT:
    case CONF_KIND_ENUM:
        *(int *)out = (int)f->def;
        return;
    case CONF_KIND_SIZE:
        *(int64_t *)out = (int64_t)f->def;
        return;
    case CONF_KIND_REAL:
        *(double *)out = f->def;
        return;
    case CONF_KIND_BOOL:
        *(bool *)out = f->def != 0;
        return;
    case CONF_KIND_STRING:
        *(const char **)out = f->def_string;
        return;
    case CONF_KIND_SECTION:
        bind_map(NULL, f->schema, NULL, out, section, path);
        return;
    default:
        break;
    }
    if (!c || !f->def_string) return;
    struct node *n = default_node(c, f);
    const int before = c->n_bindings;
    if (n) bind_field(c, f, n, out, section, path);
    for (int i = before; i < c->n_bindings; i++) c->bindings[i].at = section;
    for (int i = before; i < c->n_bindings; i++) c->bindings[i].given = false;
}

static void bind_field(struct conf *c, const struct conf_field *f, struct node *n, void *out,
                       struct place section, const char *path)
{
    bind_record(c, out, n->at, true);
    switch (f->kind) {
    case CONF_KIND_SECTION:
        if (n->kind == NODE_MAP)
            bind_map(c, f->schema, n, out, section, path);
        else
            bind_mismatch(c, n, f, "a map", NULL);
        break;
    case CONF_KIND_REALS:
        bind_reals(c, n, f, out);
        break;
    case CONF_KIND_STRINGS:
        bind_strings(c, n, f, out);
        break;
    case CONF_KIND_LAYERS:
        layers_bind(c, n, f->key, out);
        break;
    case CONF_KIND_LIST:
        bind_list(c, n, f, out, path);
        break;
    case CONF_KIND_VARIANT:
        bind_variant(c, on_default(c, f, n), f->registry, out, path);
        break;
    case CONF_KIND_VARIANTS:
        bind_variants(c, on_default(c, f, n), f, out, path);
        break;
    case CONF_KIND_TREE:
        *(struct node **)out = n;
        break;
    default:
        bind_scalar(c, n, f, out);
    }
}

/* ---- maps ---- */

static const char *quote_names(struct conf *c, const char *names, const char *name)
{
    return conf_text(c, "%s%s'%s'", names, *names ? ", " : "", name);
}

/* Whether the map holds a misspelt form of the key, which is reported by itself. */
static bool is_misspelt(const struct conf_schema *s, const struct node *map, const char *key)
{
    for (int i = 0; map && i < map->n; i++) {
        const char *typed = map->pair[i].key->text;
        const size_t n = strlen(key);
        struct nearest near = {.word = typed};
        for (const struct conf_field *f = s->fields; f->key; f++) nearest_add(&near, f->key);
        if (near.n && strcmp(near.name[0], key) == 0 && strcmp(typed, key) != 0) return true;
        if (strncmp(typed, key, n) == 0 && typed[n] == ':') return true;
    }
    return false;
}

/* Required keys that the map (NULL: absent) does not hold, as "'a', 'b'". */
static const char *missing_keys(struct conf *c, const struct conf_schema *s, const struct node *map,
                                int *n, const struct conf_field **first)
{
    const char *names = "";
    *n = 0;
    for (const struct conf_field *f = s->fields; f->key; f++) {
        const struct node *value = map ? node_get(map, f->key) : NULL;
        if (!(f->flags & CONF_REQUIRED) || (value && !node_is_null(value))) continue;
        if (value && !*value->text) continue; /* said where it stands: it has no value */
        if (is_misspelt(s, map, f->key)) continue;
        if (!(*n)++) *first = f;
        names = quote_names(c, names, f->key);
    }
    return names;
}

static void report_missing(struct conf *c, const struct conf_schema *s, const struct node *map,
                           struct place section, const char *path)
{
    int n;
    const struct conf_field *first = NULL;
    const char *names = missing_keys(c, s, map, &n, &first);
    if (n == 0) return;
    const char *help =
        n == 1 && first->help ? conf_text(c, "%s: %s", first->key, first->help) : NULL;
    if (!map && *path)
        conf_error(c, section, NULL, "missing section '%s' (it needs %s)", path, names);
    else
        conf_error(c, section, help, "missing key%s %s%s%s%s", n > 1 ? "s" : "", names,
                   *path ? " in '" : "", path, *path ? "'" : "");
}

static void report_unknown(struct conf *c, const struct conf_schema *s, const struct node *map,
                           const char *path)
{
    for (int i = 0; i < map->n; i++) {
        const struct conf_field *f = s->fields;
        while (f->key && strcmp(f->key, map->pair[i].key->text) != 0) f++;
        if (!f->key) unknown_key(c, map->pair[i].key, s, path);
    }
}

/* Where a key's value counts as standing: a section, a list or an empty value at its key. */
static struct place value_place(const struct pair *p)
{
    const struct node *v = p->value;
    return v->kind == NODE_MAP || (v->kind == NODE_SCALAR && v->plain && !*v->text) ? p->key->at
                                                                                    : v->at;
}

/* map NULL: everything at its default; c NULL: the scalars alone. */
static void bind_rows(struct conf *c, const struct conf_schema *s, struct node *map, void *out,
                      struct place section, const char *path)
{
    memset(out, 0, s->size);
    if (c) report_missing(c, s, map, section, path);
    for (const struct conf_field *f = s->fields; f->key; f++) {
        void *field = (unsigned char *)out + f->offset;
        const char *name = !c ? "" : conf_text(c, "%s%s%s", path, *path ? "." : "", f->key);
        if (c) bind_record(c, field, section, false);
        set_default(c, f, field, section, name);
        const int i = c && map ? node_find(map, f->key) : -1;
        struct node *n = i < 0 ? NULL : map->pair[i].value;
        const bool bare = n && n->kind == NODE_SCALAR && n->plain && !*n->text;
        const bool compound = f->kind >= CONF_KIND_SECTION;
        if (!n || (node_is_null(n) && (!bare || compound))) {
            if (c && f->kind == CONF_KIND_SECTION)
                bind_map(c, f->schema, NULL, field, section, name);
            continue;
        }
        if (bare) n->at = map->pair[i].key->at;
        bind_field(c, f, n, field, value_place(&map->pair[i]), name);
    }
}

static void bind_map(struct conf *c, const struct conf_schema *s, struct node *map, void *out,
                     struct place section, const char *path)
{
    if (c && map) report_unknown(c, s, map, path);
    bind_rows(c, s, map, out, section, path);
}

void conf_bind(struct conf *c, const struct conf_schema *schema, void *out)
{
    if (c) c->schema = schema;
    const struct place file = conf_place(c, NULL);
    bind_map(c, schema, c ? c->root : NULL, out, file, "");
}
