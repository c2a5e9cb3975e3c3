/* conf_write.c -- structs become YAML that reads back the same, here and with readers of YAML 1.1.
 */
#include <inttypes.h>
#include <string.h>

#include "src/base/conf_internal.h"
#include "src/base/json.h"
#include "src/base/utf8.h"

struct writer {
    FILE *f;
    bool all;  /* defaults too */
    int depth; /* of indentation */
    bool dash; /* the next key stands behind "- " */
};

static bool write_map(struct writer *w, const struct conf_schema *s, const void *in);

static void indent(struct writer *w)
{
    if (w->dash)
        fprintf(w->f, "%*s- ", 2 * (w->depth - 1), "");
    else
        fprintf(w->f, "%*s", 2 * w->depth, "");
    w->dash = false;
}

static void write_key(struct writer *w, const char *key)
{
    indent(w);
    fprintf(w->f, "%s:", key);
}

/* Characters that a double-quoted scalar must escape: controls, and breaks of YAML 1.1. */
static bool needs_escape(uint32_t code)
{
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x2028 || code == 0x2029 ||
           code == 0xFEFF;
}

static bool has_escapes(const char *s)
{
    uint32_t code;
    for (int n; *s; s += n) {
        n = utf8_next(s, strlen(s), &code);
        if (n == 0 || needs_escape(code)) return true;
    }
    return false;
}

void write_string(FILE *f, const char *s)
{
    if (!s || (!string_needs_quotes(s) && !has_escapes(s))) {
        fputs(s ? s : "null", f);
        return;
    }
    fputc('"', f);
    while (*s) {
        uint32_t code;
        const int n = utf8_next(s, strlen(s), &code);
        if (n == 0)
            fprintf(f, "\xEF\xBF\xBD");
        else if (*s == '"' || *s == '\\')
            fprintf(f, "\\%c", *s);
        else if (needs_escape(code))
            fprintf(f, "\\u%04X", (unsigned)code);
        else
            fprintf(f, "%.*s", n, s);
        s += n ? n : 1;
    }
    fputc('"', f);
}

/* YAML 1.1 wants a point in a number with an exponent. */
static void write_real(FILE *f, double v)
{
    char number[32];
    format_double(number, v);
    const char *e = strchr(number, 'e');
    if (e && !strchr(number, '.'))
        fprintf(f, "%.*s.0%s", (int)(e - number), number, e);
    else
        fputs(number, f);
}

static void write_layers(FILE *f, const struct conf_layers *l)
{
    if (l->every > 0)
        fprintf(f, " {every: %d, offset: %d}\n", l->every, l->offset);
    else if (!l->v)
        fputs(" null\n", f);
    else {
        for (int i = 0; i < l->n; i++) fprintf(f, "%s%d", i ? ", " : " [", l->v[i]);
        fputs("]\n", f);
    }
}

static void write_variant(struct writer *w, const struct conf_variant *v)
{
    write_key(w, "type");
    fputc(' ', w->f);
    write_string(w->f, v->type->name);
    fputc('\n', w->f);
    if (v->layers.v || v->layers.every > 0) {
        write_key(w, "layers");
        write_layers(w->f, &v->layers);
    }
    if (v->type->schema) write_map(w, v->type->schema, v->opts);
}

static void write_scalars(struct writer *w, const struct conf_field *f, const void *value)
{
    const struct conf_reals *reals = value;
    const struct conf_strings *strings = value;
    const int n = f->kind == CONF_KIND_REALS ? reals->n : strings->n;
    fputs(" [", w->f);
    for (int i = 0; i < n; i++) {
        if (i) fputs(", ", w->f);
        if (f->kind == CONF_KIND_REALS)
            write_real(w->f, reals->v[i]);
        else
            write_string(w->f, strings->v[i]);
    }
    fputs("]\n", w->f);
}

static void write_blocks(struct writer *w, const struct conf_field *f, const void *value)
{
    const struct conf_list *list = value;
    const struct conf_variants *variants = value;
    const int n = f->kind == CONF_KIND_LIST ? list->n : variants->n;
    /* An empty stack cannot be written; what is absent can. */
    fputs(n ? "\n" : f->kind == CONF_KIND_VARIANTS ? " null\n" : " []\n", w->f);
    w->depth += 2;
    for (int i = 0; i < n; i++) {
        w->dash = true;
        if (f->kind == CONF_KIND_VARIANTS)
            write_variant(w, &variants->v[i]);
        else if (!write_map(w, f->schema,
                            (const unsigned char *)list->v + f->schema->size * (size_t)i)) {
            indent(w);
            fputs("{}\n", w->f);
        }
    }
    w->depth -= 2;
}

static void write_field(struct writer *w, const struct conf_field *f, const void *value)
{
    const struct conf_variant *variant = value;
    write_key(w, f->key);
    switch (f->kind) {
    case CONF_KIND_INT:
        fprintf(w->f, " %d\n", *(const int *)value);
        return;
    case CONF_KIND_SIZE:
        fprintf(w->f, " %" PRId64 "\n", *(const int64_t *)value);
        return;
    case CONF_KIND_BOOL:
        fprintf(w->f, " %s\n", *(const bool *)value ? "true" : "false");
        return;
    case CONF_KIND_LAYERS:
        write_layers(w->f, value);
        return;
    case CONF_KIND_REALS:
    case CONF_KIND_STRINGS:
        write_scalars(w, f, value);
        return;
    case CONF_KIND_LIST:
    case CONF_KIND_VARIANTS:
        write_blocks(w, f, value);
        return;
    case CONF_KIND_SECTION:
    case CONF_KIND_VARIANT:
        fputs(f->kind == CONF_KIND_VARIANT && !variant->type ? " null\n" : "\n", w->f);
        w->depth++;
        if (f->kind == CONF_KIND_SECTION)
            write_map(w, f->schema, value);
        else if (variant->type)
            write_variant(w, variant);
        w->depth--;
        return;
    default:
        break;
    }
    fputc(' ', w->f);
    if (f->kind == CONF_KIND_TREE)
        write_node(w->f, *(const struct node *const *)value);
    else if (f->kind == CONF_KIND_REAL)
        write_real(w->f, *(const double *)value);
    else if (f->kind == CONF_KIND_ENUM)
        write_string(w->f, f->names[*(const int *)value]);
    else
        write_string(w->f, *(const char *const *)value);
    fputc('\n', w->f);
}

/* False if nothing was written. */
static bool write_map(struct writer *w, const struct conf_schema *s, const void *in)
{
    bool any = false;
    for (const struct conf_field *f = s->fields; f->key; f++) {
        const void *value = (const unsigned char *)in + f->offset;
        if (!w->all && field_is_default(f, value)) continue;
        write_field(w, f, value);
        any = true;
    }
    return any;
}

int conf_write(FILE *f, const struct conf_schema *schema, const void *in, bool defaults_too)
{
    struct writer w = {.f = f, .all = defaults_too};
    if (!write_map(&w, schema, in)) fputs("{}\n", f);
    return ferror(f) ? E_IO : OK;
}
