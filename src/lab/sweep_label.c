/* sweep_label.c -- names of arms: the settings that differ between them, shortly. */
#include <string.h>

#include "src/lab/sweep_internal.h"

static const char *last_part(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot ? dot + 1 : path;
}

const char *label_value(struct conf *c, const struct node *n)
{
    if (n->kind == NODE_SCALAR) return n->text;
    const char *all = "";
    if (n->kind == NODE_LIST) {
        for (int i = 0; i < n->n; i++)
            all = conf_text(c, "%s%s%s", all, i ? "+" : "", label_value(c, n->pair[i].value));
        return all;
    }
    const struct node *type = node_get(n, "type");
    for (int i = 0; i < n->n; i++)
        if (n->pair[i].value != type)
            all = conf_text(c, "%s%s%s=%s", all, *all ? "," : "", n->pair[i].key->text,
                            label_value(c, n->pair[i].value));
    if (!type) return conf_text(c, "{%s}", all);
    return *all ? conf_text(c, "%s(%s)", type->text, all) : type->text;
}

static const struct node *setting_of(const struct sweep_arm *arm, const char *path)
{
    for (int i = 0; i < arm->n; i++)
        if (strcmp(arm->setting[i].key->text, path) == 0) return arm->setting[i].value;
    return NULL;
}

/* Whether some arm has another value of the path, or none. */
static bool varies(struct sweep *s, const char *path, const struct node *value)
{
    for (int i = 0; i < s->n_arms; i++) {
        const struct node *other = setting_of(&s->arms[i], path);
        if (!other || (other != value && !node_equal(s->conf, other, value))) return true;
    }
    return false;
}

struct paths {
    int n;
    const char **path;
};

static void add_path(struct sweep *s, struct paths *p, const char *path)
{
    for (int i = 0; i < p->n; i++)
        if (strcmp(p->path[i], path) == 0) return;
    p->path = conf_grow(s->conf, p->path, p->n, sizeof *p->path);
    p->path[p->n++] = path;
}

static const char *short_name(const struct paths *p, const char *path)
{
    for (int i = 0; i < p->n; i++)
        if (strcmp(p->path[i], path) && strcmp(last_part(p->path[i]), last_part(path)) == 0)
            return path;
    return last_part(path);
}

void sweep_label(struct sweep *s)
{
    struct paths varying = {0};
    for (int a = 0; a < s->n_arms; a++)
        for (int i = 0; i < s->arms[a].n; i++) {
            const struct sweep_setting *set = &s->arms[a].setting[i];
            bool known = false;
            for (int k = 0; k < varying.n; k++)
                known |= strcmp(varying.path[k], set->key->text) == 0;
            if (!known && varies(s, set->key->text, set->value))
                add_path(s, &varying, set->key->text);
        }
    for (int a = 0; a < s->n_arms; a++) {
        struct sweep_arm *arm = &s->arms[a];
        const char *label = "";
        if (arm->label) continue;
        for (int k = 0; k < varying.n; k++) {
            const struct node *value = setting_of(arm, varying.path[k]);
            if (value)
                label =
                    conf_text(s->conf, "%s%s%s=%s", label, *label ? " " : "",
                              short_name(&varying, varying.path[k]), label_value(s->conf, value));
        }
        arm->label = *label ? label : "base";
    }
    s->n_varying = varying.n;
    s->varying = varying.path;
}
