/* conf_unknown.c -- what to say of a key or a type that does not exist: the nearest names here, or
 * where else the key belongs. */
#include <string.h>

#include "src/base/conf_internal.h"

static const struct conf_field *field_of(const struct conf_schema *s, const char *key)
{
    for (const struct conf_field *f = s ? s->fields : NULL; f && f->key; f++)
        if (strcmp(f->key, key) == 0) return f;
    return NULL;
}

static const char *hint_spelling(const char *key)
{
    const char *colon = strchr(key, ':');
    if (colon && colon[1]) return "a space is missing after ':'";
    if (key[0] == '-' && key[1]) return "a space is missing after '-'";
    return NULL;
}

/* Paths of the sections in which the key exists, up to three. */
struct homes {
    const char *key;
    const struct conf_schema *here;
    int n;
    const char *path[CONF_CANDIDATES];
};

static void find_homes(struct conf *c, struct homes *h, const struct conf_schema *s,
                       const char *path)
{
    if (s != h->here && *path && field_of(s, h->key) && h->n < CONF_CANDIDATES)
        h->path[h->n++] = path;
    for (const struct conf_field *f = s->fields; f->key; f++) {
        if (f->kind != CONF_KIND_SECTION && f->kind != CONF_KIND_LIST) continue;
        find_homes(c, h, f->schema,
                   conf_text(c, "%s%s%s%s", path, *path ? "." : "", f->key,
                             f->kind == CONF_KIND_LIST ? "[]" : ""));
    }
}

static const char *types_with(struct conf *c, const struct conf_registry *r, const char *key)
{
    const char *all = "";
    for (int i = 0; r->types[i]; i++)
        if (field_of(r->types[i]->schema, key))
            all = conf_text(c, "%s%s%s", all, *all ? ", " : "", r->types[i]->name);
    return all;
}

/* "'lr' belongs under 'optim'", or the types that take it as an option; NULL if nowhere. */
static const char *hint_elsewhere(struct conf *c, const char *key, const struct conf_schema *here)
{
    if (!c->schema) return NULL;
    struct homes h = {.key = key, .here = here};
    find_homes(c, &h, c->schema, "");
    if (h.n == 1) return conf_text(c, "'%s' belongs under '%s'", key, h.path[0]);
    if (h.n == 2) return conf_text(c, "'%s' belongs under '%s' or '%s'", key, h.path[0], h.path[1]);
    if (h.n == 3)
        return conf_text(c, "'%s' belongs under '%s', '%s' or '%s'", key, h.path[0], h.path[1],
                         h.path[2]);
    if (here != c->schema && field_of(c->schema, key))
        return conf_text(c, "'%s' belongs at the top", key);
    for (const struct conf_field *f = c->schema->fields; f->key; f++) {
        const char *types = f->registry ? types_with(c, f->registry, key) : "";
        if (*types)
            return conf_text(c, "'%s' is an option of '%s' (types: %s)", key, f->key, types);
    }
    return NULL;
}

static const char *list_keys(struct conf *c, const struct conf_schema *s, const char *first)
{
    int n = 0;
    for (const struct conf_field *f = s ? s->fields : NULL; f && f->key; f++) n++;
    const char **names = conf_take(c, sizeof *names * (size_t)(n + 2));
    int k = 0;
    if (first) names[k++] = first;
    for (int i = 0; i < n; i++) names[k++] = s->fields[i].key;
    return conf_text(c, "allowed here: %s", list_names(c, names));
}

void unknown_key(struct conf *c, const struct node *key, const struct conf_schema *schema,
                 const char *path)
{
    struct nearest near = {.word = key->text};
    for (const struct conf_field *f = schema->fields; f->key; f++) nearest_add_parts(&near, f->key);
    const char *hint = hint_spelling(key->text);
    if (!hint) hint = hint_elsewhere(c, key->text, schema);
    if (!hint) hint = nearest_hint(c, &near);
    if (!hint) hint = list_keys(c, schema, NULL);
    if (*path)
        node_error(c, key, hint, "unknown key '%s' in '%s'", key->text, path);
    else
        node_error(c, key, hint, "unknown key '%s'", key->text);
}

void unknown_option(struct conf *c, const struct node *key, const struct variant *type,
                    const struct conf_registry *registry, const char *path)
{
    const char *types = types_with(c, registry, key->text);
    if (*types) {
        node_error(c, key, conf_text(c, "types with '%s': %s", key->text, types),
                   "'%s' is not an option of '%s'", key->text, type->name);
        return;
    }
    struct nearest own = {.word = key->text}, any = {.word = key->text};
    nearest_add(&own, "type");
    if (registry->layers) nearest_add(&own, "layers");
    for (const struct conf_field *f = type->schema ? type->schema->fields : NULL; f && f->key; f++)
        nearest_add_parts(&own, f->key);
    for (int i = 0; registry->types[i]; i++)
        for (const struct conf_field *f =
                 registry->types[i]->schema ? registry->types[i]->schema->fields : NULL;
             f && f->key; f++)
            nearest_add(&any, f->key);
    const char *hint = hint_spelling(key->text);
    if (!hint) hint = nearest_hint(c, &own);
    if (!hint && any.n)
        hint =
            conf_text(c, "types with '%s': %s", any.name[0], types_with(c, registry, any.name[0]));
    if (!hint) hint = hint_elsewhere(c, key->text, type->schema);
    if (!hint) hint = list_keys(c, type->schema, "type");
    node_error(c, key, hint, "unknown key '%s' in '%s' (type '%s')", key->text, path, type->name);
}

void unknown_type(struct conf *c, const struct node *value, const struct conf_registry *registry)
{
    struct nearest near = {.word = value->text};
    for (int i = 0; registry->types[i]; i++) {
        const struct variant *v = registry->types[i];
        nearest_add_parts(&near, v->name);
        for (const char *const *a = v->aliases; a && *a; a++) nearest_add(&near, *a);
    }
    const char *hint = nearest_hint(c, &near);
    if (!hint) hint = conf_text(c, "one of: %s", list_types(c, registry));
    node_error(c, value, hint, "unknown %s '%s'", registry->what, value->text);
}
