/* sweep_parameter.c -- `parameters` and `zip` of a block become dimensions of the search. */
#include <math.h>
#include <string.h>

#include "src/lab/sweep_internal.h"

/* ---- one parameter ---- */

static const char *const spec_keys[] = {
    "value", "values", "probabilities", "distribution", "min", "max", "mu", "sigma", "q",
    "a",     "b",      "when",          "parameters",   NULL};

static bool refuse_unknown(struct conf *c, const struct node *spec, const char *path)
{
    bool all = true;
    for (int i = 0; i < spec->n; i++) {
        const struct node *key = spec->pair[i].key;
        struct nearest near = {.word = key->text};
        bool known = false;
        for (int k = 0; spec_keys[k]; k++) {
            known |= strcmp(spec_keys[k], key->text) == 0;
            nearest_add(&near, spec_keys[k]);
        }
        const char *hint = nearest_hint(c, &near);
        all &= known;
        if (!known)
            node_error(c, key,
                       hint ? hint
                            : "a parameter has value, values (with probabilities), or a "
                              "distribution, and when",
                       "unknown key '%s' in parameter '%s'", key->text, path);
    }
    return all;
}

static void read_probabilities(struct conf *c, const struct node *spec, struct parameter *p)
{
    const struct node *list = node_get(spec, "probabilities");
    if (!list) return;
    if (list->kind != NODE_LIST || list->n != p->n) {
        node_error(c, list, NULL, "%d values, but %d probabilities", p->n,
                   list->kind == NODE_LIST ? list->n : 1);
        return;
    }
    double *v = conf_take(c, sizeof *v * (size_t)p->n), sum = 0;
    for (int i = 0; i < p->n; i++) {
        const struct node *n = list->pair[i].value;
        const struct value_error bad = value_real(c, n, &v[i]);
        if (bad.expected || v[i] < 0) {
            node_error(c, n, bad.hint, "expected a probability, got %s", node_show(c, n));
            return;
        }
        sum += v[i];
    }
    if (fabs(sum - 1) > 1e-6)
        node_error(c, list, NULL, "probabilities add up to %s, not 1", number_show(c, sum));
    p->probability = v;
}

static void read_values(struct conf *c, const struct node *spec, struct parameter *p)
{
    const struct node *values = node_get(spec, "values"), *value = node_get(spec, "value");
    if (values && (values->kind != NODE_LIST || !values->n)) {
        node_error(c, values, "values: [a, b]; one alone is value: a",
                   "expected a list of values for '%s', got %s", p->key->text,
                   values->kind == NODE_LIST ? "an empty list" : node_show(c, values));
        return;
    }
    p->n = values ? values->n : 1;
    p->value = conf_take(c, sizeof *p->value * (size_t)p->n);
    for (int i = 0; i < p->n; i++) p->value[i] = values ? values->pair[i].value : value;
    for (int i = 0; i < p->n; i++)
        for (int k = 0; k < i; k++)
            if (node_equal(c, p->value[i], p->value[k])) {
                node_error(c, p->value[i], NULL, "the value %s of '%s' is named twice",
                           node_show(c, p->value[i]), p->key->text);
                return;
            }
    read_probabilities(c, spec, p);
}

/* The distribution that a parameter names, or that W&B infers; NULL: values. *good false after an
 * error. */
static const struct distribution *find_distribution(struct conf *c, const struct node *spec,
                                                    const struct parameter *p, bool *good)
{
    const struct node *name = node_get(spec, "distribution");
    const bool values = node_get(spec, "value") || node_get(spec, "values");
    int64_t whole;
    *good = true;
    if (!name) {
        const struct node *min = node_get(spec, "min"), *max = node_get(spec, "max");
        if (values) return NULL;
        if (min && max)
            return distribution_find(!value_int(c, min, &whole).expected &&
                                             !value_int(c, max, &whole).expected
                                         ? "int_uniform"
                                         : "uniform");
        node_error(c, p->key, "value: a, values: [a, b], or distribution, min, max",
                   "parameter '%s' has no values", p->key->text);
        *good = false;
        return NULL;
    }
    const char *text = name->kind == NODE_SCALAR ? name->text : "";
    const bool constant = strcmp(text, "constant") == 0;
    const bool listed =
        strcmp(text, "categorical") == 0 || strcmp(text, "categorical_w_probabilities") == 0;
    const struct distribution *d = distribution_find(text);
    if (d && !values) return d;
    *good = d == NULL && (constant || listed);
    if (d)
        node_error(c, name, NULL, "distribution '%s' and values for '%s'", text, p->key->text);
    else if (!*good) {
        struct nearest near = {.word = text};
        for (const char *const *k = distribution_names(); *k; k++) nearest_add_parts(&near, *k);
        node_error(c, name, nearest_hint(c, &near), "unknown distribution %s", node_show(c, name));
    } else if (!node_get(spec, constant ? "value" : "values")) {
        node_error(c, name, NULL, "distribution '%s' needs '%s'", text,
                   constant ? "value" : "values");
        *good = false;
    } else if (strcmp(text, "categorical_w_probabilities") == 0 &&
               !node_get(spec, "probabilities")) {
        node_error(c, name, NULL, "distribution '%s' needs 'probabilities'", text);
        *good = false;
    }
    return NULL;
}

/* log_uniform's bounds are exponents: whoever writes 1e-4 and 1e-2 means the values. */
static void warn_of_logarithms(struct sweep *s, const struct parameter *p, const struct node *spec)
{
    const struct node *name = node_get(spec, "distribution");
    if (name && strstr(name->text, "log_uniform") && !strstr(name->text, "values") && p->min > 0 &&
        p->max < 1)
        sweep_note(s,
                   "'%s': min and max of log_uniform are natural logarithms, so values are from "
                   "%.4g to %.4g; log_uniform_values takes the values themselves",
                   p->key->text, exp(p->min), exp(p->max));
}

static void read_parameter(struct sweep *s, struct space *space, const struct node *key,
                           const struct node *spec)
{
    struct conf *c = s->conf;
    struct parameter p = {.key = key, .when = node_get(spec, "when")};
    bool good;
    if (!refuse_unknown(c, spec, key->text)) return;
    if (node_get(spec, "value") && node_get(spec, "values")) {
        node_error(c, key, NULL, "parameter '%s' has value and values", key->text);
        return;
    }
    p.distribution = find_distribution(c, spec, &p, &good);
    if (!good || (p.when && !pattern_check(c, p.when, "when"))) return;
    if (p.distribution) {
        if (!distribution_read(c, spec, &p)) return;
        warn_of_logarithms(s, &p, spec);
    } else if (distribution_refuse_idle(c, spec, NULL)) {
        read_values(c, spec, &p);
    }
    if (!p.distribution && !p.n) return;
    space->parameters =
        conf_grow(c, space->parameters, space->n_parameters, sizeof *space->parameters);
    space->parameters[space->n_parameters++] = p;
}

static void read_map(struct sweep *s, struct space *space, const struct node *map,
                     const char *prefix)
{
    struct conf *c = s->conf;
    if (map->kind != NODE_MAP) {
        node_error(c, map, "parameters: {optim.lr: {values: [1e-3, 3e-3]}}",
                   "expected a map of parameters, got %s", node_show(c, map));
        return;
    }
    for (int i = 0; i < map->n; i++) {
        const struct node *spec = map->pair[i].value;
        struct node *key =
            node_scalar(c, map->pair[i].key->at,
                        conf_text(c, "%s%s%s", prefix, *prefix ? "." : "", map->pair[i].key->text));
        if (spec->kind != NODE_MAP)
            node_error(c, spec,
                       conf_text(c, "write %s: {%s: %.100s}", key->text,
                                 spec->kind == NODE_LIST ? "values" : "value", node_text(c, spec)),
                       "parameter '%s' must be a map, got %s", key->text, node_show(c, spec));
        else if (node_get(spec, "parameters"))
            read_map(s, space, node_get(spec, "parameters"), key->text);
        else
            read_parameter(s, space, key, spec);
    }
}

const struct node *parameter_draw(struct conf *c, const struct parameter *p, double u)
{
    char text[32];
    const double v = distribution_draw(p, u);
    /* six digits say all that a draw has to say, and keep labels and files short */
    if (distribution_is_whole(p))
        snprintf(text, sizeof text, "%.0f", v);
    else
        snprintf(text, sizeof text, "%.6g", v);
    return node_scalar(c, p->key->at, text);
}

/* ---- zip ---- */

static struct parameter *find_parameter(struct sweep *s, struct space *space, const struct node *n)
{
    struct nearest near = {.word = n->kind == NODE_SCALAR ? n->text : ""};
    for (int i = 0; i < space->n_parameters; i++) {
        const char *name = space->parameters[i].key->text;
        if (strcmp(name, near.word) == 0) return &space->parameters[i];
        nearest_add_parts(&near, name);
    }
    node_error(s->conf, n, nearest_hint(s->conf, &near), "'zip' names no parameter: %s",
               node_show(s->conf, n));
    return NULL;
}

/* The members of a group into *d; false after an error. */
static bool read_members(struct sweep *s, struct space *space, const struct node *list,
                         const bool *zipped, struct dimension *d)
{
    struct conf *c = s->conf;
    for (int i = 0; i < list->n; i++) {
        const struct node *n = list->pair[i].value;
        struct parameter *p = find_parameter(s, space, n);
        if (!p) return false;
        const struct parameter *first = d->n ? d->parameter[0] : p;
        bool twice = zipped[p - space->parameters];
        for (int k = 0; k < d->n; k++) twice |= d->parameter[k] == p;
        if (twice) {
            node_error(c, n, NULL, "'%s' is zipped twice", p->key->text);
            return false;
        }
        if (p->distribution) {
            node_error(c, n, NULL, "'%s' has a distribution: only values can be zipped",
                       p->key->text);
            return false;
        }
        if (p->n != first->n) {
            node_error(c, p->key,
                       conf_text(c, "'%s' at line %d column %d", first->key->text,
                                 first->key->at.line, first->key->at.column),
                       "zipped parameters differ in length: '%s' has %d values, '%s' has %d",
                       p->key->text, p->n, first->key->text, first->n);
            return false;
        }
        d->parameter[d->n++] = p;
    }
    return true;
}

/* A group of names; its members leave the list of those that vary alone. */
static void read_group(struct sweep *s, struct space *space, const struct node *list, bool *zipped)
{
    struct conf *c = s->conf;
    struct dimension d = {0};
    if (list->kind != NODE_LIST || list->n < 2) {
        node_error(c, list, "zip: [[optim.lr, model.hidden_size]]",
                   "expected a list of two or more parameters, got %s",
                   list->kind == NODE_LIST ? "fewer" : node_show(c, list));
        return;
    }
    d.parameter = conf_take(c, sizeof *d.parameter * (size_t)list->n);
    if (!read_members(s, space, list, zipped, &d)) return;
    for (int i = 0; i < d.n; i++) zipped[d.parameter[i] - space->parameters] = true;
    d.choices = d.parameter[0]->n;
    space->dimensions = conf_grow(c, space->dimensions, space->n, sizeof *space->dimensions);
    space->dimensions[space->n++] = d;
}

static void read_zip(struct sweep *s, struct space *space, const struct node *zip, bool *zipped)
{
    const bool one = zip->kind == NODE_LIST && zip->n && zip->pair[0].value->kind == NODE_SCALAR;
    if (zip->kind == NODE_SCALAR || one) {
        read_group(s, space, zip, zipped);
        return;
    }
    for (int i = 0; i < zip->n; i++) read_group(s, space, zip->pair[i].value, zipped);
}

/* Dimensions in the order of the parameters; a zip group stands where its first member does. */
static void order_dimensions(struct sweep *s, struct space *space, const bool *zipped)
{
    const struct dimension *groups = space->dimensions;
    const int n_groups = space->n;
    struct dimension *all = NULL;
    int n = 0;
    for (int i = 0; i < space->n_parameters; i++) {
        struct parameter *p = &space->parameters[i];
        struct dimension d = {.n = 1, .choices = p->distribution ? 0 : p->n};
        d.parameter = conf_take(s->conf, sizeof *d.parameter);
        d.parameter[0] = p;
        bool here = !zipped[i];
        for (int g = 0; g < n_groups && zipped[i]; g++) {
            const struct parameter *first = groups[g].parameter[0];
            for (int k = 0; k < groups[g].n; k++)
                if (groups[g].parameter[k] < first) first = groups[g].parameter[k];
            if (first == p) d = groups[g], here = true;
        }
        if (!here) continue;
        all = conf_grow(s->conf, all, n, sizeof *all);
        all[n++] = d;
    }
    space->dimensions = all;
    space->n = n;
}

void space_read(struct sweep *s, const struct sweep_block *b, struct space *space)
{
    *space = (struct space){0};
    if (b->parameters) read_map(s, space, b->parameters, "");
    bool *zipped = conf_take(s->conf, sizeof *zipped * (size_t)(space->n_parameters + 1));
    if (b->zip) read_zip(s, space, b->zip, zipped);
    order_dimensions(s, space, zipped);
}
