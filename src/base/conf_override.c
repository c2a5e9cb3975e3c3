/* conf_override.c -- changes from the command line, in Hydra's grammar.
 *
 *   path=value     set; a map without `type` merges into the map that is there
 *   +path=value    the path must be new        ++path=value   as path=value
 *   ~path          remove; the path must be there
 *   path           names joined by '.', entries of lists as [0]; value: YAML, or nothing at all for
 *                  the empty string */
#include <stdlib.h>
#include <string.h>

#include "src/base/conf_internal.h"

enum { STEPS = 32 };

struct step {
    const struct node *name; /* of a key; its place is in the argument */
    int index;               /* of a list's entry, where name is NULL */
    size_t end;              /* of the path up to here, in bytes of the argument */
};

struct change {
    struct conf *c;
    const struct source *source;
    struct place origin; /* of its first byte */
    char sign;           /* '=', '+', '~' */
    size_t path;         /* where it begins */
    size_t value;        /* where it begins; 0: no '=' */
    struct step step[STEPS];
    int n;
};

static struct place place_at(const struct change *g, size_t byte)
{
    struct place at = g->origin;
    for (size_t i = 0; i < byte; i++)
        at.column += ((unsigned char)g->source->text[i] & 0xC0) != 0x80;
    return at;
}

static bool fail(const struct change *g, size_t byte, const char *hint, const char *text)
{
    conf_error(g->c, place_at(g, byte), hint, "%s", text);
    return false;
}

/* The path as typed, up to and with a step. */
static const char *path_to(const struct change *g, int step)
{
    return conf_copy(g->c, g->source->text + g->path, g->step[step].end - g->path);
}

static bool read_index(struct change *g, size_t *at)
{
    const char *s = g->source->text;
    char *end;
    const size_t from = *at;
    const long index =
        s[from + 1] >= '0' && s[from + 1] <= '9' ? strtol(s + from + 1, &end, 10) : -1;
    if (index < 0 || index > 1000000 || *end != ']')
        return fail(g, from, NULL, "expected an entry's number, as in stages[0]");
    *at = (size_t)(end + 1 - s);
    g->step[g->n++] = (struct step){NULL, (int)index, *at};
    return true;
}

static bool read_name(struct change *g, size_t *at)
{
    const char *s = g->source->text + *at;
    const size_t n = strcspn(s, ".[]=");
    if (n == 0) return fail(g, *at, "write key=value", "a key is missing");
    struct node *name = node_new(g->c, NODE_SCALAR, place_at(g, *at));
    name->text = conf_copy(g->c, s, n);
    *at += n;
    g->step[g->n++] = (struct step){name, 0, *at};
    return true;
}

static bool read_path(struct change *g)
{
    const char *s = g->source->text;
    size_t at = g->path;
    if (s[0] == '-')
        return fail(g, 0, "options stand before the overrides",
                    "expected key=value, got an option");
    for (;;) {
        if (g->n + 1 >= STEPS) return fail(g, at, NULL, "a path of more than 31 names");
        if (!read_name(g, &at)) return false;
        while (s[at] == '[' && g->n + 1 < STEPS)
            if (!read_index(g, &at)) return false;
        if (s[at] != '.') break;
        at++;
    }
    if (s[at] == '=')
        g->value = at + 1;
    else if (s[at])
        return fail(g, at, "write key=value", "expected '.' or '='");
    if (!g->value && g->sign != '~')
        return fail(g, g->path, conf_text(g->c, "write %s=value", s), "a value is missing");
    return true;
}

static struct node *read_value(struct change *g)
{
    bool empty;
    if (!g->source->text[g->value]) {
        struct node *n = node_new(g->c, NODE_SCALAR, place_at(g, g->value));
        n->text = "";
        return n;
    }
    struct node *n = conf_parse(g->c, g->source, g->value, &empty);
    if (empty) fail(g, g->value, "quote the value", "expected a value, got a comment");
    return n;
}

static bool not_a_map(const struct change *g, int step, const struct node *n)
{
    const char *path = path_to(g, step - 1);
    const char *hint = n->kind == NODE_LIST
                           ? conf_text(g->c, "name an entry, as in %s[0]", path)
                           : conf_text(g->c, "write %s={%s: ...}", path, g->step[step].name->text);
    conf_error(g->c, g->step[step].name->at, hint, "'%s' is %s, not a map", path,
               node_show(g->c, n));
    return false;
}

/* The node below `n` that a step names; NULL without an error where there is none. */
static struct node **find_step(const struct change *g, int step, struct node **n, bool *good)
{
    const struct step *s = &g->step[step];
    *good = true;
    if (s->name) {
        if ((*n)->kind != NODE_MAP && !node_is_null(*n)) {
            *good = not_a_map(g, step, *n);
            return NULL;
        }
        const int i = node_find(*n, s->name->text);
        return i < 0 ? NULL : &(*n)->pair[i].value;
    }
    if ((*n)->kind != NODE_LIST) return s->index == 0 ? n : NULL; /* one map: a list of one */
    return s->index < (*n)->n ? &(*n)->pair[s->index].value : NULL;
}

static bool no_such(const struct change *g, int step, const struct node *n)
{
    struct conf *c = g->c;
    const struct step *s = &g->step[step];
    if (!s->name) {
        const char *hint = n->kind == NODE_LIST
                               ? conf_text(c, "it has %d %s", n->n, n->n == 1 ? "entry" : "entries")
                               : "it is not a list";
        conf_error(c, g->step[step - 1].name ? g->step[step - 1].name->at : place_at(g, g->path),
                   hint, "'%s' has no entry %d", path_to(g, step - 1), s->index);
        return false;
    }
    struct nearest near = {.word = s->name->text};
    for (int i = 0; n->kind == NODE_MAP && i < n->n; i++)
        nearest_add_parts(&near, n->pair[i].key->text);
    conf_error(c, s->name->at, nearest_hint(c, &near), "nothing to remove: '%s' is not set",
               path_to(g, step));
    return false;
}

static void add_key(const struct change *g, struct node *map, int step, struct node *value)
{
    node_add(g->c, map, g->step[step].name, value);
}

/* Maps that the rest of the path asks for, around the value. */
static struct node *wrap(const struct change *g, int from, struct node *value, bool *good)
{
    for (int i = g->n - 1; i >= from; i--) {
        if (!g->step[i].name) {
            *good = no_such(g, i, node_new(g->c, NODE_LIST, value->at));
            return NULL;
        }
        struct node *map = node_new(g->c, NODE_MAP, g->step[i].name->at);
        add_key(g, map, i, value);
        value = map;
    }
    return value;
}

static void set_value(const struct change *g, struct node **slot, int step, struct node *value)
{
    if (g->sign == '+') {
        const struct place at = (*slot)->at;
        const char *where =
            at.line > 0 ? conf_text(g->c, "at line %d column %d; drop the '+'", at.line, at.column)
                        : "drop the '+'";
        conf_error(g->c, place_at(g, g->path), where, "'%s' is set already", path_to(g, step));
        return;
    }
    *slot = node_merge(g->c, *slot, value);
}

static void apply(const struct change *g, struct node *value)
{
    struct node **slot = &g->c->root;
    for (int i = 0; i < g->n; i++) {
        bool good;
        struct node **next = find_step(g, i, slot, &good);
        if (!good) return;
        if (next) {
            if (!g->step[i].name || i + 1 < g->n) {
                slot = next;
                if (i + 1 == g->n) set_value(g, slot, i, value);
                continue;
            }
            /* The key's place moves to the argument with its value. */
            const int at = node_find(*slot, g->step[i].name->text);
            if (g->sign != '+') (*slot)->pair[at].key = g->step[i].name;
            set_value(g, next, i, value);
            return;
        }
        const bool append = !g->step[i].name && i + 1 == g->n && (*slot)->kind == NODE_LIST &&
                            g->sign == '+' && g->step[i].index == (*slot)->n;
        if (append) {
            node_add(g->c, *slot, NULL, value);
            return;
        }
        if (!g->step[i].name) {
            no_such(g, i, *slot);
            return;
        }
        struct node *below = wrap(g, i + 1, value, &good);
        if (!good) return;
        if ((*slot)->kind != NODE_MAP) *slot = node_new(g->c, NODE_MAP, g->step[i].name->at);
        add_key(g, *slot, i, below);
        return;
    }
}

static void remove_node(const struct change *g)
{
    struct node **slot = &g->c->root;
    for (int i = 0; i < g->n; i++) {
        bool good;
        struct node **next = find_step(g, i, slot, &good);
        if (!good) return;
        if (!next || (next == slot && i + 1 == g->n)) {
            no_such(g, i, *slot);
            return;
        }
        if (i + 1 == g->n)
            node_remove(*slot, (int)((struct pair *)((char *)next - offsetof(struct pair, value)) -
                                     (*slot)->pair));
        slot = next;
    }
}

static void change(struct conf *c, int number, const char *argument)
{
    const struct source *s =
        conf_source(c, conf_text(c, "argument %d", number), argument, strlen(argument), true);
    struct change g = {.c = c, .source = s, .origin = {s->name, 0, 1}, .sign = '='};
    if (*argument == '~')
        g.sign = '~', g.path = 1;
    else if (*argument == '+') {
        g.path = argument[1] == '+' ? 2 : 1;
        g.sign = g.path == 1 ? '+' : '=';
    }
    if (!read_path(&g)) return;
    if (g.sign == '~') {
        remove_node(&g);
        return;
    }
    struct node *value = read_value(&g);
    if (value) apply(&g, value);
}

void conf_override(struct conf *c, int argc, char *const *argv)
{
    for (int i = 0; c && i < argc; i++) change(c, i + 1, argv[i]);
}

void override_set(struct conf *c, const struct node *key, struct node *value)
{
    const char *text = conf_text(c, "%s=", key->text);
    const struct source s = {key->at.file, text, strlen(text), true};
    struct change g = {.c = c, .source = &s, .origin = key->at, .sign = '='};
    if (read_path(&g)) apply(&g, value);
}
