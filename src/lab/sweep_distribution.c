/* sweep_distribution.c -- W&B's distributions by name: a value at a quantile.
 *
 *   uniform            min + (max - min) u              int_uniform  min .. max, both inclusive
 *   log_uniform        exp of uniform: min and max are natural logarithms (W&B's trap)
 *   log_uniform_values min and max are the values       inv_log_...  log(1/X) is uniform
 *   normal             mu + sigma z                     log_normal   exp of normal
 *   beta               Beta(a, b)                       q_...        rounded to multiples of q */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/lab/sweep_internal.h"
#include "src/stat/quantile.h"

enum { GRID_VALUES = 100000 };

struct distribution {
    const char *name;
    double (*draw)(const struct parameter *p, double u);
    bool bounds, positive, quantised; /* needs min and max; above 0; rounds to q */
};

static double draw_uniform(const struct parameter *p, double u)
{
    return p->min + (p->max - p->min) * u;
}

static double draw_integer(const struct parameter *p, double u)
{
    return fmin(floor(p->min + (p->max - p->min + 1) * u), p->max);
}

static double draw_log(const struct parameter *p, double u)
{
    return exp(draw_uniform(p, u));
}

static double draw_inverse_log(const struct parameter *p, double u)
{
    return exp(-draw_uniform(p, u));
}

static double draw_log_values(const struct parameter *p, double u)
{
    return exp(log(p->min) + (log(p->max) - log(p->min)) * u);
}

static double draw_inverse_log_values(const struct parameter *p, double u)
{
    return draw_log_values(p, 1 - u);
}

static double draw_normal(const struct parameter *p, double u)
{
    return p->mu + p->sigma * quantile_normal(u);
}

static double draw_log_normal(const struct parameter *p, double u)
{
    return exp(draw_normal(p, u));
}

static double draw_beta(const struct parameter *p, double u)
{
    return quantile_beta(u, p->a, p->b);
}

static const struct distribution table[] = {
    {"int_uniform", draw_integer, true, false, false},
    {"uniform", draw_uniform, true, false, false},
    {"q_uniform", draw_uniform, true, false, true},
    {"log_uniform", draw_log, true, false, false},
    {"q_log_uniform", draw_log, true, false, true},
    {"log_uniform_values", draw_log_values, true, true, false},
    {"q_log_uniform_values", draw_log_values, true, true, true},
    {"inv_log_uniform", draw_inverse_log, true, false, false},
    {"inv_log_uniform_values", draw_inverse_log_values, true, true, false},
    {"normal", draw_normal, false, false, false},
    {"q_normal", draw_normal, false, false, true},
    {"log_normal", draw_log_normal, false, false, false},
    {"q_log_normal", draw_log_normal, false, false, true},
    {"beta", draw_beta, false, false, false},
    {"q_beta", draw_beta, false, false, true},
};

enum { DISTRIBUTIONS = sizeof table / sizeof *table };

const struct distribution *distribution_find(const char *name)
{
    for (size_t i = 0; i < DISTRIBUTIONS; i++)
        if (strcmp(table[i].name, name) == 0) return &table[i];
    return NULL;
}

const char *const *distribution_names(void)
{
    static const char *names[DISTRIBUTIONS + 4] = {"constant", "categorical",
                                                   "categorical_w_probabilities"};
    for (size_t i = 0; i < DISTRIBUTIONS; i++) names[i + 3] = table[i].name;
    return names;
}

bool distribution_is_whole(const struct parameter *p)
{
    return p->distribution->draw == draw_integer;
}

/* ---- reading ---- */

static bool read_number(struct conf *c, const struct node *map, const char *key, double *out,
                        bool required, const char *distribution)
{
    const struct node *n = node_get(map, key);
    if (!n) {
        if (required) node_error(c, map, NULL, "distribution '%s' needs '%s'", distribution, key);
        return !required;
    }
    int64_t whole;
    if (!value_size(c, n, &whole).expected) {
        *out = (double)whole;
        return true;
    }
    const struct value_error bad = value_real(c, n, out);
    if (bad.expected)
        node_error(c, n, bad.hint, "expected a number for '%s', got %s", key, node_show(c, n));
    return !bad.expected;
}

bool distribution_refuse_idle(struct conf *c, const struct node *map, const struct distribution *d)
{
    static const struct distribution none = {.name = ""};
    if (!d) d = &none;
    const bool normal = strstr(d->name, "normal") != NULL, beta = strstr(d->name, "beta") != NULL,
               listed = d == &none;
    const struct {
        const char *key;
        bool used;
    } keys[] = {{"min", d->bounds},  {"max", d->bounds}, {"mu", normal}, {"sigma", normal},
                {"q", d->quantised}, {"a", beta},        {"b", beta},    {"probabilities", listed}};
    bool good = true;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const int k = node_find(map, keys[i].key);
        if (k < 0 || keys[i].used) continue;
        if (listed)
            node_error(c, map->pair[k].key, "values, or a distribution",
                       "'%s' is of a distribution, and there are values", keys[i].key);
        else
            node_error(c, map->pair[k].key, NULL, "distribution '%s' has no '%s'", d->name,
                       keys[i].key);
        good = false;
    }
    return good;
}

static bool check_bounds(struct conf *c, const struct node *map, const struct parameter *p)
{
    const struct distribution *d = p->distribution;
    const struct node *min = node_get(map, "min");
    if (p->min >= p->max)
        node_error(c, min, NULL, "min %s is not below max %s", number_show(c, p->min),
                   number_show(c, p->max));
    else if (d->positive && !(p->min > 0))
        node_error(c, min, NULL, "'%s' needs min above 0", d->name);
    else if (d->draw == draw_integer && (p->min != floor(p->min) || p->max != floor(p->max)))
        node_error(c, min, NULL, "int_uniform needs whole numbers");
    else
        return true;
    return false;
}

bool distribution_read(struct conf *c, const struct node *map, struct parameter *p)
{
    const struct distribution *d = p->distribution;
    p->sigma = p->q = 1;
    const bool beta = d->draw == draw_beta;
    bool good = distribution_refuse_idle(c, map, d);
    good &= read_number(c, map, "min", &p->min, d->bounds, d->name);
    good &= read_number(c, map, "max", &p->max, d->bounds, d->name);
    good &= read_number(c, map, "mu", &p->mu, false, d->name);
    good &= read_number(c, map, "sigma", &p->sigma, false, d->name);
    good &= read_number(c, map, "q", &p->q, false, d->name);
    good &= read_number(c, map, "a", &p->a, beta, d->name);
    good &= read_number(c, map, "b", &p->b, beta, d->name);
    if (!good || (d->bounds && !check_bounds(c, map, p))) return false;
    if (p->sigma > 0 && p->q > 0 && (!beta || (p->a > 0 && p->b > 0))) return true;
    node_error(c, map, NULL, "sigma, q, a and b must be above 0");
    return false;
}

double distribution_draw(const struct parameter *p, double u)
{
    const double v = p->distribution->draw(p, u);
    return p->distribution->quantised ? round(v / p->q) * p->q : v;
}

bool distribution_list(struct conf *c, struct parameter *p)
{
    const bool whole = p->distribution->draw == draw_integer;
    const bool steps = p->distribution->draw == draw_uniform && p->distribution->quantised;
    if (!whole && !steps) return false;
    const double step = whole ? 1 : p->q;
    const double count = whole ? p->max - p->min + 1 : ceil((p->max - p->min) / step - 1e-9);
    if (!(count >= 1 && count <= GRID_VALUES)) {
        node_error(c, p->key, NULL, "a grid of %s values", number_show(c, count));
        return true;
    }
    p->n = (int)count;
    p->value = conf_take(c, sizeof *p->value * (size_t)p->n);
    for (int i = 0; i < p->n; i++) {
        char text[32];
        snprintf(text, sizeof text, "%.12g", p->min + i * step);
        p->value[i] = node_scalar(c, p->key->at, text);
    }
    return true;
}
