/* conf_help.c -- the rows of a schema as text: key, kind, default, bounds, help. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/conf_internal.h"

static const char *kind_name(const struct conf_field *f)
{
    switch (f->kind) {
    case CONF_KIND_INT:
        return "integer";
    case CONF_KIND_SIZE:
        return "count";
    case CONF_KIND_REAL:
        return "number";
    case CONF_KIND_BOOL:
        return "true|false";
    case CONF_KIND_STRING:
        return "string";
    case CONF_KIND_REALS:
        return "numbers";
    case CONF_KIND_STRINGS:
        return "strings";
    case CONF_KIND_LAYERS:
        return "layers";
    case CONF_KIND_SECTION:
        return "section";
    case CONF_KIND_LIST:
        return "list";
    case CONF_KIND_VARIANT:
        return "type";
    case CONF_KIND_VARIANTS:
        return "type(s)";
    case CONF_KIND_TREE:
        return "YAML";
    default:
        return "choice";
    }
}

static const char *default_of(struct conf *c, const struct conf_field *f)
{
    if (f->flags & CONF_REQUIRED) return "required";
    switch (f->kind) {
    case CONF_KIND_INT:
    case CONF_KIND_SIZE:
    case CONF_KIND_REAL:
        return number_show(c, f->def);
    case CONF_KIND_BOOL:
        return f->def != 0 ? "true" : "false";
    case CONF_KIND_ENUM:
        return f->names[(int)f->def];
    default:
        return f->def_string ? f->def_string : "-";
    }
}

static const char *bounds_of(struct conf *c, const struct conf_field *f)
{
    if (f->names) return list_names(c, f->names);
    if (f->registry) return list_types(c, f->registry);
    if (f->min == f->max || f->kind == CONF_KIND_BOOL) return "";
    if (isinf(f->max)) return conf_text(c, ">= %s", number_show(c, f->min));
    if (isinf(f->min)) return conf_text(c, "<= %s", number_show(c, f->max));
    return conf_text(c, "%s..%s", number_show(c, f->min), number_show(c, f->max));
}

static void help_rows(FILE *out, struct conf *c, const struct conf_schema *s, const char *path)
{
    for (const struct conf_field *f = s->fields; f->key; f++) {
        const char *name = conf_text(c, "%s%s%s%s", path, *path ? "." : "", f->key,
                                     f->kind == CONF_KIND_LIST ? "[]" : "");
        if (f->kind == CONF_KIND_SECTION) {
            help_rows(out, c, f->schema, name);
            continue;
        }
        const char *bounds = bounds_of(c, f);
        fprintf(out, "%-34s %-10s %-10s  %s%s%s%s\n", name, kind_name(f), default_of(c, f),
                f->help ? f->help : "", *bounds ? " (" : "", bounds, *bounds ? ")" : "");
        if (f->kind == CONF_KIND_LIST) help_rows(out, c, f->schema, name);
    }
}

void conf_help(FILE *f, const struct conf_schema *schema)
{
    struct conf c = {0};
    help_rows(f, &c, schema, "");
    conf_release(&c);
}
