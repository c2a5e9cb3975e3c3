/* hf_position.c -- rope_theta, rope_scaling, rope_parameters.
 *
 * Spellings: transformers 4 has top-level rope_theta and rope_scaling {type | rope_type, ...};
 * transformers 5 has rope_parameters {rope_type, rope_theta, ...}, or one such dictionary for each
 * type of layer, {full_attention: {...}, sliding_attention: {...}}, with the list layer_types. */
#include "src/train/hf_position.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { KEYS = 10 };

struct rule {
    const char *theirs, *ours;
    const char *keys[KEYS];     /* besides rope_theta */
    const char *required[KEYS]; /* of them */
    bool original;              /* L defaults to max_position_embeddings */
    bool exact;                 /* one function of the position, whatever was seen before */
};

#define ORIGINAL "original_max_position_embeddings"
#define PARTIAL "partial_rotary_factor"
static const struct rule rules[] = {
    {"default", "rope", {PARTIAL}, {0}, false, true},
    {"linear", "linear", {"factor", PARTIAL}, {"factor"}, false, true},
    {"dynamic", "dynamic", {"factor", ORIGINAL, PARTIAL}, {"factor"}, true, false},
    {"yarn",
     "yarn",
     {"factor", ORIGINAL, "beta_fast", "beta_slow", "attention_factor", "mscale", "mscale_all_dim",
      "truncate", PARTIAL},
     {"factor"},
     true,
     true},
    {"llama3",
     "llama3",
     {"factor", ORIGINAL, "low_freq_factor", "high_freq_factor", PARTIAL},
     {"factor", ORIGINAL, "low_freq_factor", "high_freq_factor"},
     true,
     true},
    {"longrope",
     "longrope",
     {"short_factor", "long_factor", ORIGINAL, "factor", "attention_factor", PARTIAL},
     {"short_factor", "long_factor"},
     true,
     false},
    {"su",
     "longrope",
     {"short_factor", "long_factor", ORIGINAL, "factor", "attention_factor", PARTIAL},
     {"short_factor", "long_factor"},
     true,
     false},
    {"proportional", "proportional", {"factor", PARTIAL}, {0}, false, false},
};
enum { RULES = sizeof rules / sizeof *rules };

void hf_note(const struct hf_notes *n, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    if (!n->note) return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    n->note(n->data, text);
}

static bool listed(const char *const *keys, const char *key)
{
    for (int i = 0; i < KEYS && keys[i]; i++)
        if (strcmp(keys[i], key) == 0) return true;
    return false;
}

/* ---- reading ---- */

static int find_rule(const struct jsn_doc *d, const jsn *rope, const struct rule **out,
                     struct error *e)
{
    const char *name = "default";
    char valid[256] = "";
    TRY(jsn_string(d, rope, "type", false, &name, e));
    TRY(jsn_string(d, rope, "rope_type", false, &name, e));
    for (int i = 0; i < RULES; i++) {
        if (strcmp(rules[i].theirs, name)) {
            const size_t n = strlen(valid);
            snprintf(valid + n, sizeof valid - n, "%s%s", n ? ", " : "", rules[i].theirs);
            continue;
        }
        if (!conf_registry_find(&position_registry, rules[i].ours))
            return error_set(e, E_USAGE, "%s: rope_type '%s' is not in this build", d->name, name);
        *out = &rules[i];
        return OK;
    }
    return error_set(e, E_USAGE, "%s: unknown rope_type '%s' (valid: %s)", d->name, name, valid);
}

/* The dictionary, or NULL. */
static int find_rope(const struct jsn_doc *d, const struct hf_notes *notes, const jsn **out,
                     struct error *e)
{
    const jsn *rope = jsn_get(d->root, "rope_parameters"), *old = jsn_get(d->root, "rope_scaling");
    if (rope && old)
        hf_note(notes, "config.json: rope_parameters is used, and rope_scaling beside it is not");
    if (!rope) rope = old;
    *out = NULL;
    if (!rope) return OK;
    if (!jsn_is_map(rope))
        return error_set(e, E_FORMAT, "%s: rope_parameters is not an object", d->name);
    *out = rope;
    return OK;
}

/* Dictionaries by the type of layer have maps as values. */
static bool by_layer_type(const jsn *rope)
{
    void *it = rope ? jsn_first(rope) : NULL;
    return it && jsn_is_map(jsn_value(it));
}

/* Number of `key` in the dictionary, or else at the top level. */
static int number(const struct jsn_doc *d, const jsn *rope, const char *key, double *out,
                  struct error *e)
{
    TRY(jsn_double(d, d->root, key, false, out, e));
    return rope ? jsn_double(d, rope, key, false, out, e) : OK;
}

static int put_list(FILE *f, const struct jsn_doc *d, const jsn *list, const char *key,
                    struct error *e)
{
    char text[32];
    fprintf(f, ", %s: [", key);
    for (size_t i = 0; i < jsn_length(list); i++) {
        const jsn *x = jsn_at(list, i);
        if (!jsn_is_number(x))
            return error_set(e, E_FORMAT, "%s: %s[%zu] is not a number", d->name, key, i);
        fprintf(f, "%s%s", i ? ", " : "", format_double(text, jsn_as_double(x)));
    }
    fputc(']', f);
    return OK;
}

/* One option. 0 and null mean "not given" in these dictionaries (`x or default` in the source). */
static int put_option(FILE *f, const struct jsn_doc *d, const jsn *rope, const char *key,
                      struct error *e)
{
    const jsn *v = jsn_get(rope, key);
    char text[32];
    if (!v) return OK;
    if (jsn_is_array(v)) return put_list(f, d, v, key, e);
    if (jsn_is_bool(v)) {
        fprintf(f, ", %s: %s", key, jsn_as_bool(v) ? "true" : "false");
        return OK;
    }
    if (!jsn_is_number(v))
        return error_set(e, E_FORMAT, "%s: '%s' of the rope parameters is not a number", d->name,
                         key);
    if (jsn_as_double(v) != 0) fprintf(f, ", %s: %s", key, format_double(text, jsn_as_double(v)));
    return OK;
}

/* L, and the factor where it follows from L. */
static int put_original(FILE *f, const struct jsn_doc *d, const jsn *rope, const struct rule *r,
                        int max_position, const struct hf_notes *notes, struct error *e)
{
    double original = max_position, factor = 0;
    char text[32];
    TRY(number(d, rope, ORIGINAL, &original, e));
    TRY(jsn_double(d, rope, "factor", false, &factor, e));
    if (original < 1)
        return error_set(e, E_FORMAT, "%s: " ORIGINAL " %g is not positive", d->name, original);
    fprintf(f, ", " ORIGINAL ": %s", format_double(text, original));
    if (strcmp(r->ours, "longrope") == 0 && factor == 0) {
        factor = max_position / original;
        fprintf(f, ", factor: %s", format_double(text, factor > 0 ? factor : 1));
        hf_note(notes, "longrope: factor %g, from max_position_embeddings / " ORIGINAL, factor);
    } else if (strcmp(r->ours, "yarn") == 0 && fabs(factor - max_position / original) > 1e-9) {
        hf_note(notes,
                "yarn: factor %g as given (transformers before 4.56 took "
                "max_position_embeddings / " ORIGINAL " = %g)",
                factor, max_position / original);
    }
    return OK;
}

static void note_unknown(const jsn *rope, const struct rule *r, const struct hf_notes *notes)
{
    for (void *it = jsn_first(rope); it; it = jsn_next(rope, it)) {
        const char *key = jsn_key(it);
        if (listed(r->keys, key) || !strcmp(key, "type") || !strcmp(key, "rope_type") ||
            !strcmp(key, "rope_theta"))
            continue;
        hf_note(notes, "config.json: unknown key '%s' of rope_type '%s' is ignored", key,
                r->theirs);
    }
}

/* One encoding; layers is more of its map, or "". */
static int compose_one(FILE *f, const struct jsn_doc *d, const jsn *rope, int max_position,
                       const char *layers, const struct hf_notes *notes, struct error *e)
{
    const struct rule *r = &rules[0];
    double theta = 10000, partial = 1;
    char text[32];
    if (rope) TRY(find_rule(d, rope, &r, e));
    TRY(number(d, rope, "rope_theta", &theta, e));
    fprintf(f, "{type: %s, rope_theta: %s%s", r->ours, format_double(text, theta), layers);
    TRY(number(d, rope, PARTIAL, &partial, e));
    if (partial != 1) fprintf(f, ", " PARTIAL ": %s", format_double(text, partial));
    if (rope) {
        for (int i = 0; i < KEYS && r->required[i]; i++)
            if (!jsn_get(rope, r->required[i]))
                return error_set(e, E_FORMAT, "%s: rope_type '%s' needs '%s'", d->name, r->theirs,
                                 r->required[i]);
        for (int i = 0; i < KEYS && r->keys[i]; i++)
            if (strcmp(r->keys[i], ORIGINAL) && strcmp(r->keys[i], PARTIAL))
                TRY(put_option(f, d, rope, r->keys[i], e));
        if (r->original) TRY(put_original(f, d, rope, r, max_position, notes, e));
        note_unknown(rope, r, notes);
    }
    fputs("}", f);
    return OK;
}

/* ", layers: [0, 2]" of the layers of a type; the number of them. */
static int write_layers(char *out, size_t size, const jsn *types, const char *type)
{
    int found = 0;
    size_t n = (size_t)snprintf(out, size, ", layers: [");
    for (size_t l = 0; l < jsn_length(types) && n < size; l++) {
        if (strcmp(jsn_as_string(jsn_at(types, l), NULL), type)) continue;
        n += (size_t)snprintf(out + n, size - n, "%s%zu", found++ ? ", " : "", l);
    }
    if (n < size) snprintf(out + n, size - n, "]");
    return found;
}

/* rope_parameters {full_attention: {...}, sliding_attention: {...}} with layer_types. */
static int compose_by_type(FILE *f, const struct jsn_doc *d, const jsn *rope, int max_position,
                           const struct hf_notes *notes, struct error *e)
{
    enum { TEXT = 8192 };
    const jsn *types = jsn_get(d->root, "layer_types");
    char layers[TEXT];
    size_t placed = 0;
    int written = 0;
    if (jsn_length(rope) == 1 && !types) /* the only type of layer that there is */
        return compose_one(f, d, jsn_value(jsn_first(rope)), max_position, "", notes, e);
    if (!jsn_is_array(types))
        return error_set(e, E_FORMAT,
                         "%s: rope parameters by the type of layer need the list 'layer_types'",
                         d->name);
    for (size_t l = 0; l < jsn_length(types); l++)
        if (!jsn_is_string(jsn_at(types, l)))
            return error_set(e, E_FORMAT, "%s: layer_types[%zu] is not a string", d->name, l);
    fputc('[', f);
    for (void *it = jsn_first(rope); it; it = jsn_next(rope, it)) {
        const int n = write_layers(layers, sizeof layers, types, jsn_key(it));
        if (!jsn_is_map(jsn_value(it)))
            return error_set(e, E_FORMAT, "%s: rope parameters of '%s' are not an object", d->name,
                             jsn_key(it));
        if (n) fputs(written++ ? ", " : "", f);
        if (n) TRY(compose_one(f, d, jsn_value(it), max_position, layers, notes, e));
        if (!n)
            hf_note(notes,
                    "config.json: no layer is of type '%s': its rope parameters are not used",
                    jsn_key(it));
        placed += (size_t)n;
    }
    fputc(']', f);
    if (placed == jsn_length(types)) return OK;
    return error_set(e, E_FORMAT, "%s: %zu of %zu layers have a type without rope parameters",
                     d->name, jsn_length(types) - placed, jsn_length(types));
}

static int compose(FILE *f, const struct jsn_doc *d, int max_position, const struct hf_notes *notes,
                   struct error *e)
{
    const jsn *rope;
    TRY(find_rope(d, notes, &rope, e));
    fputs("position: ", f);
    if (by_layer_type(rope))
        TRY(compose_by_type(f, d, rope, max_position, notes, e));
    else
        TRY(compose_one(f, d, rope, max_position, "", notes, e));
    fputc('\n', f);
    return OK;
}

struct stack {
    struct conf_variants position;
};

static const struct conf_field stack_fields[] = {
    CONF_VARIANTS(struct stack, position, &position_registry, "position encoding"),
    CONF_END,
};
static const struct conf_schema stack_schema = {"stack", sizeof(struct stack), stack_fields};

int hf_position_read(const struct jsn_doc *d, int max_position_embeddings,
                     const struct hf_notes *notes, struct conf_variants *out, struct conf **owner,
                     struct error *e)
{
    char *text = NULL;
    size_t n;
    struct stack stack;
    FILE *f = open_memstream(&text, &n);
    if (!f) return error_set(e, E_MEMORY, "no memory for a position encoding");
    int status = compose(f, d, max_position_embeddings, notes, e);
    fclose(f);
    if (!status) status = conf_open_text(owner, d->name, text, e);
    free(text);
    TRY(status);
    conf_bind(*owner, &stack_schema, &stack);
    status = conf_finish(*owner, e);
    if (status) {
        conf_close(*owner);
        *owner = NULL;
        return status;
    }
    *out = stack.position;
    return OK;
}

/* ---- writing ---- */

/* A scalar option as a double; false for other kinds. */
static bool option(const struct conf_field *f, const void *opts, double *out)
{
    const char *p = (const char *)opts + f->offset;
    switch (f->kind) {
    case CONF_KIND_INT:
    case CONF_KIND_ENUM:
        *out = *(const int *)p;
        return true;
    case CONF_KIND_REAL:
        *out = *(const double *)p;
        return true;
    case CONF_KIND_BOOL:
        *out = *(const bool *)p;
        return true;
    default:
        return false;
    }
}

static const struct rule *rule_of(const struct conf_variant *v)
{
    for (int i = 0; i < RULES; i++)
        if (strcmp(rules[i].ours, v->type->name) == 0) return &rules[i];
    return NULL;
}

bool hf_position_exact(const struct conf_variants *position)
{
    if (position->n != 1) return false;
    const struct conf_variant *v = &position->v[0];
    const struct rule *r = rule_of(v);
    if (!r || !r->exact || v->layers.n || v->layers.every) return false;
    for (const struct conf_field *f = v->type->schema->fields; f->key; f++) {
        double x;
        const bool theirs =
            !strcmp(f->key, "rope_theta") || (listed(r->keys, f->key) && strcmp(f->key, PARTIAL));
        if (theirs) continue;
        if (!option(f, v->opts, &x) || x != f->def) return false;
    }
    return true;
}

static void write_options(struct jsn_out *o, const struct rule *r, const struct conf_variant *v,
                          int max_position)
{
    jsn_put_string(o, "rope_type", r->theirs);
    for (const struct conf_field *f = v->type->schema->fields; f->key; f++) {
        double x;
        const bool theta = !strcmp(f->key, "rope_theta");
        if ((!theta && (!listed(r->keys, f->key) || !strcmp(f->key, PARTIAL))) ||
            !option(f, v->opts, &x))
            continue;
        if (f->kind == CONF_KIND_BOOL)
            jsn_put_bool(o, f->key, x != 0);
        else if (!strcmp(f->key, ORIGINAL))
            jsn_put_int(o, f->key, x > 0 ? (int64_t)x : max_position);
        else if (x != 0)
            jsn_put_double(o, f->key, x);
    }
}

void hf_position_write(struct jsn_out *o, const struct conf_variants *position,
                       int max_position_embeddings)
{
    const struct conf_variant *v = &position->v[0];
    const struct rule *r = rule_of(v);
    const struct position_type *type = (const struct position_type *)v->type;
    jsn_put_double(o, "rope_theta", type->rope_theta(v->opts));
    jsn_map_begin(o, "rope_parameters");
    write_options(o, r, v, max_position_embeddings);
    jsn_map_end(o);
    if (!strcmp(r->theirs, "default")) return;
    jsn_map_begin(o, "rope_scaling");
    write_options(o, r, v, max_position_embeddings);
    jsn_map_end(o);
}
