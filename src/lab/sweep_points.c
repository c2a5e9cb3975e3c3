/* sweep_points.c -- the points of a block, in a fixed order: a grid with the first parameter
 * slowest, draws that are functions of their index, then `include`. */
#include <math.h>
#include <string.h>

#include "src/base/rng.h"
#include "src/lab/sweep_internal.h"
#include "src/stat/quantile.h"

enum { POINTS = 100000 };

struct points {
    struct sweep *s;
    const struct sweep_block *b;
    struct space space;
    int *active;   /* [parameters]: points in which it was */
    int *excluded; /* [entries of exclude]: points that it took */
};

/* ---- one point ---- */

static bool is_inside(const char *path, const char *of)
{
    const size_t n = strlen(of);
    return strncmp(path, of, n) == 0 && (path[n] == '.' || path[n] == '[');
}

/* Settings of whole maps before settings inside of them; otherwise as they stand. */
static void sort_by_depth(struct sweep_setting *v, int n)
{
    for (int i = 1; i < n; i++) {
        const struct sweep_setting x = v[i];
        int first = i;
        for (int k = i - 1; k >= 0; k--)
            if (is_inside(v[k].key->text, x.key->text)) first = k;
        for (int k = i; k > first; k--) v[k] = v[k - 1];
        v[first] = x;
    }
}

static bool take_away(struct points *p, struct conf *c)
{
    const struct node *rules = p->b->exclude;
    for (int i = 0; rules && i < node_entries(rules); i++) {
        const struct node *rule = node_entry((struct node *)rules, i);
        if (rule->kind != NODE_MAP || !pattern_matches(c, rule)) continue;
        p->excluded[i]++;
        p->s->n_excluded++;
        return true;
    }
    return false;
}

static bool same_settings(struct conf *c, const struct sweep_arm *a,
                          const struct sweep_setting *setting, int n)
{
    int found = 0;
    if (a->n != n) return false;
    for (int i = 0; i < n; i++)
        for (int k = 0; k < n; k++)
            found += strcmp(setting[i].key->text, a->setting[k].key->text) == 0 &&
                     node_equal(c, setting[i].value, a->setting[k].value);
    return found == n;
}

static void add_arm(struct points *p, const struct sweep_setting *setting, int n, const char *label)
{
    struct sweep *s = p->s;
    for (int i = 0; i < s->n_arms; i++)
        if (same_settings(s->conf, &s->arms[i], setting, n)) {
            s->n_repeated++;
            return;
        }
    struct sweep_setting *own = conf_take(s->conf, sizeof *own * (size_t)(n + 1));
    if (n) memcpy(own, setting, sizeof *own * (size_t)n);
    s->arms = conf_grow(s->conf, s->arms, s->n_arms, sizeof *s->arms);
    s->arms[s->n_arms++] = (struct sweep_arm){label, p->b->name, n, own};
}

/* Value of each parameter of a point -> an arm, unless a rule takes it away. Parameters whose
 * `when` does not hold are left out; in a grid only the first of their values stands for that. */
static void add_point(struct points *p, const struct node *const *value, const int *choice)
{
    struct sweep *s = p->s;
    const struct space *space = &p->space;
    struct conf *c;
    struct error e;
    struct sweep_setting *set = conf_take(s->conf, sizeof *set * (size_t)(space->n_parameters + 1));
    int n = 0;
    for (int i = 0; i < space->n_parameters; i++)
        if (!space->parameters[i].when)
            set[n++] = (struct sweep_setting){space->parameters[i].key, value[i]};
    sort_by_depth(set, n);
    const struct sweep_arm plain = {.n = n, .setting = set};
    if (sweep_arm_conf(s, &plain, &c, &e)) return;
    bool repeated = false;
    for (int d = 0; d < space->n; d++) {
        const struct dimension *dim = &space->dimensions[d];
        bool on = false;
        for (int k = 0; k < dim->n; k++) {
            const struct parameter *q = dim->parameter[k];
            if (q->when && !pattern_matches(c, q->when)) continue;
            on = true;
            p->active[q - space->parameters]++;
            if (!q->when) continue;
            set[n] = (struct sweep_setting){q->key, value[q - space->parameters]};
            sweep_set(c, &set[n]);
            n++;
        }
        repeated |= !on && choice && choice[d] > 0;
    }
    conf_interpolate(c);
    if (!repeated && !take_away(p, c)) add_arm(p, set, n, NULL);
    conf_close(c);
}

/* ---- grid ---- */

static bool list_values(struct points *p)
{
    bool good = true;
    struct space *space = &p->space;
    for (int d = 0; d < space->n; d++) {
        struct parameter *q = space->dimensions[d].parameter[0];
        if (q->probability) {
            node_error(p->s->conf, q->key, "method: random, or no probabilities",
                       "a grid takes every value of '%s' once: its probabilities say nothing",
                       q->key->text);
            good = false;
        }
        if (!q->distribution) continue;
        if (distribution_list(p->s->conf, q)) {
            space->dimensions[d].choices = q->n;
            good &= q->n > 0;
            continue;
        }
        node_error(p->s->conf, q->key, "method: random, or values",
                   "a grid cannot go through the distribution of '%s'", q->key->text);
        good = false;
    }
    return good;
}

static void add_grid(struct points *p)
{
    struct space *space = &p->space;
    struct conf *c = p->s->conf;
    if (!list_values(p)) return;
    double total = 1;
    for (int d = 0; d < space->n; d++) total *= space->dimensions[d].choices;
    if (total > POINTS) {
        conf_error(c, p->b->parameters ? p->b->parameters->at : (struct place){0},
                   "method: random with run_cap, or fewer values", "a grid of %s points",
                   number_show(c, total));
        return;
    }
    const int n = p->b->run_cap && p->b->run_cap < total ? p->b->run_cap : (int)total;
    if (n < total) sweep_note(p->s, "run_cap: %d of the grid's %.0f points", n, total);
    int *choice = conf_take(c, sizeof *choice * (size_t)(space->n + 1));
    const struct node **value = conf_take(c, sizeof *value * (size_t)(space->n_parameters + 1));
    for (int i = 0; i < n; i++) {
        for (int d = space->n - 1, rest = i; d >= 0; d--) {
            const struct dimension *dim = &space->dimensions[d];
            choice[d] = rest % dim->choices;
            rest /= dim->choices;
            for (int k = 0; k < dim->n; k++)
                value[dim->parameter[k] - space->parameters] = dim->parameter[k]->value[choice[d]];
        }
        add_point(p, value, choice);
    }
}

/* ---- random and sobol ---- */

static int pick(const struct parameter *q, int n, double u)
{
    if (!q->probability) return (int)fmin(u * n, n - 1);
    int i = 0;
    for (double sum = q->probability[0]; i + 1 < n && u >= sum; sum += q->probability[++i]) {
    }
    return i;
}

static double draw_uniform(const struct points *p, const struct dimension *d, int i)
{
    const uint64_t bits =
        rng_hash((uint64_t)p->s->config.sample_seed, d->parameter[0]->key->text, (uint64_t)i);
    return ((double)(bits >> 11) + 0.5) * 0x1p-53;
}

static void add_draws(struct points *p)
{
    struct space *space = &p->space;
    struct conf *c = p->s->conf;
    const bool sobol = p->b->method == SWEEP_SOBOL;
    double u[SOBOL_DIMENSIONS];
    int varying = 0;
    for (int d = 0; d < space->n; d++) varying += space->dimensions[d].choices != 1;
    const struct place at =
        p->b->parameters ? p->b->parameters->at : conf_place(c, &p->s->config.method);
    if (!p->b->run_cap) {
        conf_error(c, at, "for example run_cap: 32", "method %s needs 'run_cap': how many points",
                   sobol ? "sobol" : "random");
        return;
    }
    if (sobol && varying > SOBOL_DIMENSIONS) {
        conf_error(c, at, "method: random", "%d parameters vary: sobol has at most %d", varying,
                   SOBOL_DIMENSIONS);
        return;
    }
    const struct node **value = conf_take(c, sizeof *value * (size_t)(space->n_parameters + 1));
    for (int i = 0; i < p->b->run_cap; i++) {
        if (sobol && varying) quantile_sobol(i, varying, u);
        for (int d = 0, v = 0; d < space->n; d++) {
            const struct dimension *dim = &space->dimensions[d];
            const bool fixed = dim->choices == 1;
            const double x = fixed ? 0 : sobol ? u[v++] : draw_uniform(p, dim, i);
            for (int k = 0; k < dim->n; k++) {
                const struct parameter *q = dim->parameter[k];
                value[q - space->parameters] =
                    q->distribution ? parameter_draw(c, q, x)
                                    : q->value[pick(dim->parameter[0], dim->choices, x)];
            }
        }
        add_point(p, value, NULL);
    }
}

/* ---- include ---- */

static void include_entry(struct points *p, const struct node *entry)
{
    struct sweep *s = p->s;
    const struct space *space = &p->space;
    if (entry->kind != NODE_MAP || !entry->n) {
        node_error(s->conf, entry, "include: [{optim.lr: 3e-3}]",
                   "expected a point {path: value}, got %s",
                   entry->kind == NODE_MAP ? "nothing" : node_show(s->conf, entry));
        return;
    }
    struct sweep_setting *set =
        conf_take(s->conf, sizeof *set * (size_t)(space->n_parameters + entry->n));
    const char *label = NULL;
    int n = 0;
    for (int i = 0; i < space->n_parameters; i++) {
        const struct parameter *q = &space->parameters[i];
        const bool constant = !q->distribution && q->n == 1 && !q->when;
        p->active[i]++;
        if (constant && node_find(entry, q->key->text) < 0)
            set[n++] = (struct sweep_setting){q->key, q->value[0]};
    }
    for (int i = 0; i < entry->n; i++) {
        const struct pair *pair = &entry->pair[i];
        if (strcmp(pair->key->text, "name") == 0 && pair->value->kind == NODE_SCALAR)
            label = pair->value->text;
        else
            set[n++] = (struct sweep_setting){pair->key, pair->value};
    }
    sort_by_depth(set, n);
    add_arm(p, set, n, label);
}

/* Rules that did nothing are mistakes. */
static void check_use(struct points *p, bool any)
{
    struct conf *c = p->s->conf;
    for (int i = 0; i < p->space.n_parameters && any; i++)
        if (!p->active[i])
            node_error(c, p->space.parameters[i].when,
                       "it is matched with the points, as in {position.type: yarn}",
                       "'%s' is never active: no point has what 'when' asks for",
                       p->space.parameters[i].key->text);
    for (int i = 0; p->b->exclude && i < node_entries(p->b->exclude) && any; i++) {
        const struct node *rule = node_entry(p->b->exclude, i);
        if (!p->excluded[i] && rule->kind == NODE_MAP && rule->n)
            node_error(c, rule, "it is matched with the points, as in {position.type: yarn}",
                       "this rule excludes no point");
    }
}

static void check_list_method(struct points *p)
{
    for (int i = 0; i < p->space.n_parameters; i++) {
        const struct parameter *q = &p->space.parameters[i];
        if (q->distribution || q->n != 1)
            node_error(p->s->conf, q->key, "method: grid crosses parameters",
                       "method list takes its points from 'include': '%s' may have one value",
                       q->key->text);
    }
    if (!p->b->include)
        conf_error(p->s->conf, conf_place(p->s->conf, &p->s->config.method),
                   "include: [{optim.lr: 1e-3}, {optim.lr: 3e-3}]",
                   "method list needs 'include': its points");
}

void points_add(struct sweep *s, const struct sweep_block *b)
{
    struct points p = {.s = s, .b = b};
    space_read(s, b, &p.space);
    const int rules = b->exclude ? node_entries(b->exclude) : 0, before = s->n_arms;
    const int excluded = s->n_excluded;
    p.active = conf_take(s->conf, sizeof *p.active * (size_t)(p.space.n_parameters + 1));
    p.excluded = conf_take(s->conf, sizeof *p.excluded * (size_t)(rules + 1));
    for (int i = 0; i < rules; i++) pattern_check(s->conf, node_entry(b->exclude, i), "exclude");
    if (b->method == SWEEP_GRID)
        add_grid(&p);
    else if (b->method == SWEEP_LIST)
        check_list_method(&p);
    else
        add_draws(&p);
    const bool any = s->n_arms > before || s->n_excluded > excluded;
    if (b->include)
        for (int i = 0; i < node_entries(b->include); i++)
            include_entry(&p, node_entry(b->include, i));
    if (b->method != SWEEP_LIST) check_use(&p, any);
    if (any && s->n_arms == before)
        node_error(s->conf, b->exclude, NULL, "'exclude' leaves no point");
}
