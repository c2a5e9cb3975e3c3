/* conf_canonical.c -- one text for one meaning, and its hash.
 *
 * Canonical form: {key:value,...} with keys sorted bytewise, only values that differ from their
 * defaults, whole numbers in decimal, others in the shortest form that reads back the same (-0 is
 * 0), strings quoted, lists in brackets, a variant as a map with its type. Two configurations hash
 * alike iff these texts are alike; a new key with a default does not change old texts. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/conf_internal.h"
#include "src/base/file.h"
#include "src/base/json.h"

struct text {
    char *s;
    size_t n, capacity;
};

static void canonical_field(struct text *t, const struct conf_field *f, const void *value);

static void text_raw(struct text *t, const char *s, size_t n)
{
    if (t->n + n + 1 > t->capacity) {
        t->capacity = 2 * t->capacity + n + 64;
        t->s = realloc(t->s, t->capacity);
        if (!t->s) abort();
    }
    memcpy(t->s + t->n, s, n);
    t->n += n;
    t->s[t->n] = 0;
}

/* Up to 63 bytes. */
static PRINTF(2, 3) void text_add(struct text *t, const char *fmt, ...)
{
    char s[64];
    va_list ap;
    va_start(ap, fmt);
    const int n = vsnprintf(s, sizeof s, fmt, ap);
    va_end(ap);
    assert(n >= 0 && n < (int)sizeof s);
    text_raw(t, s, (size_t)n);
}

static void canonical_string(struct text *t, const char *s)
{
    if (!s) {
        text_add(t, "null");
        return;
    }
    text_add(t, "\"");
    for (; *s; s++) {
        if (*s == '"' || *s == '\\')
            text_add(t, "\\%c", *s);
        else if ((unsigned char)*s < 0x20)
            text_add(t, "\\u%04x", (unsigned)*s);
        else
            text_raw(t, s, 1);
    }
    text_add(t, "\"");
}

static void canonical_real(struct text *t, double v)
{
    char number[32];
    text_add(t, "%s", format_double(number, v == 0 ? 0 : v));
}

/* ---- maps: pieces "key":value, sorted ---- */

struct piece {
    const char *key;
    struct text value;
};

static int by_key(const void *x, const void *y)
{
    return strcmp(((const struct piece *)x)->key, ((const struct piece *)y)->key);
}

static void put_map(struct text *t, struct piece *pieces, int n)
{
    qsort(pieces, (size_t)n, sizeof *pieces, by_key);
    text_add(t, "{");
    for (int i = 0; i < n; i++) {
        text_add(t, i ? "," : "");
        canonical_string(t, pieces[i].key);
        text_add(t, ":");
        text_raw(t, pieces[i].value.s, pieces[i].value.n);
        free(pieces[i].value.s);
    }
    text_add(t, "}");
    free(pieces);
}

static struct piece *collect(const struct conf_schema *s, const void *in, int *n)
{
    int rows = 0;
    for (const struct conf_field *f = s ? s->fields : NULL; f && f->key; f++) rows++;
    struct piece *pieces = calloc((size_t)rows + 2, sizeof *pieces); /* and type, layers */
    if (!pieces) abort();
    *n = 0;
    for (int i = 0; i < rows; i++) {
        const struct conf_field *f = &s->fields[i];
        const void *value = (const unsigned char *)in + f->offset;
        if ((f->flags & CONF_UNHASHED) || field_is_default(f, value)) continue;
        struct piece *p = &pieces[*n];
        p->key = f->key;
        canonical_field(&p->value, f, value);
        if (f->kind == CONF_KIND_SECTION && strcmp(p->value.s, "{}") == 0) {
            free(p->value.s);
            *p = (struct piece){0};
        } else {
            ++*n;
        }
    }
    return pieces;
}

static void canonical_map(struct text *t, const struct conf_schema *s, const void *in)
{
    int n;
    struct piece *pieces = collect(s, in, &n);
    put_map(t, pieces, n);
}

static void canonical_layers(struct text *t, const struct conf_layers *l)
{
    if (l->every > 0) {
        text_add(t, "{\"every\":%d,\"offset\":%d}", l->every, l->offset);
        return;
    }
    if (!l->v) {
        text_add(t, "null");
        return;
    }
    text_add(t, "[");
    for (int i = 0; i < l->n; i++) text_add(t, "%s%d", i ? "," : "", l->v[i]);
    text_add(t, "]");
}

static void canonical_variant(struct text *t, const struct conf_variant *v)
{
    if (!v->type) {
        text_add(t, "null");
        return;
    }
    int n;
    struct piece *pieces = collect(v->type->schema, v->opts, &n);
    pieces[n].key = "type";
    canonical_string(&pieces[n++].value, v->type->name);
    if (v->layers.v || v->layers.every > 0) {
        pieces[n].key = "layers";
        canonical_layers(&pieces[n++].value, &v->layers);
    }
    put_map(t, pieces, n);
}

/* As it was typed: nothing says what the scalars mean. */
static void canonical_tree(struct text *t, const struct node *n)
{
    char *s = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&s, &size);
    if (!f) abort();
    write_node(f, n);
    fclose(f);
    text_raw(t, s, size);
    free(s);
}

static void canonical_field(struct text *t, const struct conf_field *f, const void *value)
{
    const struct conf_reals *reals = value;
    const struct conf_strings *strings = value;
    const struct conf_list *list = value;
    const struct conf_variants *variants = value;
    switch (f->kind) {
    case CONF_KIND_INT:
        text_add(t, "%d", *(const int *)value);
        return;
    case CONF_KIND_SIZE:
        text_add(t, "%" PRId64, *(const int64_t *)value);
        return;
    case CONF_KIND_REAL:
        canonical_real(t, *(const double *)value);
        return;
    case CONF_KIND_BOOL:
        text_add(t, *(const bool *)value ? "true" : "false");
        return;
    case CONF_KIND_STRING:
        canonical_string(t, *(const char *const *)value);
        return;
    case CONF_KIND_ENUM:
        canonical_string(t, f->names[*(const int *)value]);
        return;
    case CONF_KIND_LAYERS:
        canonical_layers(t, value);
        return;
    case CONF_KIND_SECTION:
        canonical_map(t, f->schema, value);
        return;
    case CONF_KIND_VARIANT:
        canonical_variant(t, value);
        return;
    case CONF_KIND_TREE:
        canonical_tree(t, *(const struct node *const *)value);
        return;
    default:
        break;
    }
    const int n = f->kind == CONF_KIND_REALS     ? reals->n
                  : f->kind == CONF_KIND_STRINGS ? strings->n
                  : f->kind == CONF_KIND_LIST    ? list->n
                                                 : variants->n;
    text_add(t, "[");
    for (int i = 0; i < n; i++) {
        text_add(t, i ? "," : "");
        if (f->kind == CONF_KIND_REALS)
            canonical_real(t, reals->v[i]);
        else if (f->kind == CONF_KIND_STRINGS)
            canonical_string(t, strings->v[i]);
        else if (f->kind == CONF_KIND_LIST)
            canonical_map(t, f->schema,
                          (const unsigned char *)list->v + f->schema->size * (size_t)i);
        else
            canonical_variant(t, &variants->v[i]);
    }
    text_add(t, "]");
}

/* ---- defaults ---- */

/* The canonical text of a compound value's default. */
static void canonical_default(struct text *t, const struct conf_field *f)
{
    union {
        struct conf_reals reals;
        struct conf_strings strings;
        struct conf_layers layers;
        struct conf_list list;
        struct conf_variant variant;
        struct conf_variants variants;
    } value;
    memset(&value, 0, sizeof value);
    struct conf_field row[2] = {*f, {0}};
    row[0].offset = 0;
    const struct conf_schema schema = {"", sizeof value, row};
    struct conf *c = NULL;
    if (f->def_string && conf_open_text(&c, "default", "{}", NULL) == OK)
        conf_bind(c, &schema, &value);
    canonical_field(t, f, &value);
    conf_close(c);
}

bool field_is_default(const struct conf_field *f, const void *value)
{
    if (f->flags & CONF_REQUIRED) return false;
    switch (f->kind) {
    case CONF_KIND_INT:
    case CONF_KIND_ENUM:
        return *(const int *)value == (int)f->def;
    case CONF_KIND_SIZE:
        return *(const int64_t *)value == (int64_t)f->def;
    case CONF_KIND_REAL:
        return *(const double *)value == f->def;
    case CONF_KIND_BOOL:
        return *(const bool *)value == (f->def != 0);
    case CONF_KIND_STRING: {
        const char *s = *(const char *const *)value;
        return s == f->def_string || (s && f->def_string && strcmp(s, f->def_string) == 0);
    }
    case CONF_KIND_TREE:
        return !*(const struct node *const *)value;
    case CONF_KIND_SECTION: {
        bool same = true;
        for (const struct conf_field *g = f->schema->fields; g->key && same; g++)
            same = field_is_default(g, (const unsigned char *)value + g->offset);
        return same;
    }
    default:
        break;
    }
    struct text own = {0}, standard = {0};
    canonical_field(&own, f, value);
    canonical_default(&standard, f);
    const bool same = strcmp(own.s, standard.s) == 0;
    free(own.s);
    free(standard.s);
    return same;
}

void conf_hash(const struct conf_schema *schema, const void *in, char hex[65])
{
    struct text t = {0};
    canonical_map(&t, schema, in);
    struct sha256 s;
    sha256_init(&s);
    sha256_add(&s, t.s, t.n);
    sha256_hex(&s, hex);
    free(t.s);
}
