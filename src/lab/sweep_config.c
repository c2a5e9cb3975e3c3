/* sweep_config.c -- a sweep file read: W&B keys that it cannot mean, fragments, seeds, blocks, the
 * baseline, tuning, and every arm checked. */
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
#include "src/lab/sweep_internal.h"
#include "src/train/config.h"

/* ---- W&B keys ---- */

static const char *const not_needed[] = {"program", "project", "entity", "command", NULL};

static const char *const refused[][2] = {
    {"metrics", "one metric is primary: write metric"},
    {"controller", "there is no server: `sweep run` schedules"},
    {"scheduler", "`sweep run` schedules; `sweep slurm` writes an array script"},
    {"job", "runs are `ropewalk train`"},
    {"image_uri", "runs are `ropewalk train`"},
    {"apiVersion", "drop it"},
    {"kind", "drop it"},
};

static bool is_one_of(const char *word, const char *const *words)
{
    for (; *words; words++)
        if (strcmp(word, *words) == 0) return true;
    return false;
}

/* W&B's rungs count the values that a run has logged, which says nothing of how far it is. */
static void refuse_iterations(struct conf *c, struct node *rule)
{
    static const char *const keys[] = {"min_iter", "max_iter", "s", "strict"};
    int kept = 0;
    if (!rule || rule->kind != NODE_MAP) return;
    for (int i = 0; i < rule->n; i++) {
        const struct node *key = rule->pair[i].key;
        bool known = false;
        for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
            known |= strcmp(keys[k], key->text) == 0;
        if (known)
            node_error(c, key, "min_tokens: tokens of the first rung",
                       "W&B's '%s' counts logged values: rungs are in tokens here", key->text);
        else
            rule->pair[kept++] = rule->pair[i];
    }
    rule->n = kept;
}

/* Keys of W&B that change nothing here are noted; those that would are refused by name. */
static void read_wandb_keys(struct sweep *s)
{
    struct node *root = conf_root(s->conf);
    const char *dropped = "";
    int kept = 0;
    for (int i = 0; i < root->n; i++) {
        const struct node *key = root->pair[i].key;
        const char *why = NULL;
        for (size_t k = 0; k < sizeof refused / sizeof *refused; k++)
            if (strcmp(key->text, refused[k][0]) == 0) why = refused[k][1];
        if (why) node_error(s->conf, key, why, "W&B's '%s' is not supported", key->text);
        const bool idle = is_one_of(key->text, not_needed);
        if (idle) dropped = conf_text(s->conf, "%s%s%s", dropped, *dropped ? ", " : "", key->text);
        if (!why && !idle) root->pair[kept++] = root->pair[i];
    }
    root->n = kept;
    if (*dropped) sweep_note(s, "not needed here, left out: %s", dropped);
    refuse_iterations(s->conf, node_get(root, "early_terminate"));
    struct node *method = node_get(root, "method");
    if (method && method->kind == NODE_SCALAR &&
        (!strcmp(method->text, "bayes") || !strcmp(method->text, "custom"))) {
        node_error(s->conf, method, "grid, random, sobol or list: arms are compared, not optimised",
                   "W&B's method '%s' is not supported", method->text);
        method->text = "grid";
        s->broken = true;
    }
}

void sweep_note(struct sweep *s, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    s->notes = conf_grow(s->conf, s->notes, s->n_notes, sizeof *s->notes);
    s->notes[s->n_notes++] = conf_copy(s->conf, text, strlen(text));
}

/* ---- durations, seeds, fragments ---- */

static void read_duration(struct conf *c, const struct node *n, const char *key, double *seconds)
{
    static const char units[] = "smhd";
    static const double factor[] = {1, 60, 3600, 86400};
    if (!n) return;
    char *end = NULL;
    const double v = n->kind == NODE_SCALAR ? strtod(n->text, &end) : 0;
    const char *unit = end && *end ? strchr(units, *end) : NULL;
    if (!end || end == n->text || !(v > 0) || isinf(v) || (*end && (!unit || end[1]))) {
        node_error(c, n, "seconds, or 90s, 30m, 2h, 1d", "expected a duration for '%s', got %s",
                   key, node_show(c, n));
        return;
    }
    *seconds = v * (unit ? factor[unit - units] : 1);
}

static void add_seed(struct sweep *s, const struct node *n, int64_t seed)
{
    for (int i = 0; i < s->n_seeds; i++)
        if (s->seeds[i] == seed) {
            node_error(s->conf, n, NULL, "seed %lld is named twice", (long long)seed);
            return;
        }
    s->seeds = conf_grow(s->conf, s->seeds, s->n_seeds, sizeof *s->seeds);
    s->seeds[s->n_seeds++] = seed;
}

static void read_seed_list(struct sweep *s, const struct node *list)
{
    for (int i = 0; i < list->n; i++) {
        int64_t seed = 0;
        const struct node *n = list->pair[i].value;
        const struct value_error bad = value_int(s->conf, n, &seed);
        if (bad.expected || seed < 0)
            node_error(s->conf, n, bad.hint, "expected a seed (a whole number from 0), got %s",
                       node_show(s->conf, n));
        else
            add_seed(s, n, seed);
    }
    if (!list->n) node_error(s->conf, list, NULL, "'seeds' is an empty list");
}

/* W&B sweeps vary `seed` like any parameter; seeds are replicates of every arm. */
static const struct node *seed_parameter(struct sweep *s)
{
    struct node *p = s->config.parameters;
    const int i = p ? node_find(p, "seed") : -1;
    if (i < 0) return NULL;
    const struct pair pair = p->pair[i];
    for (int k = i; k + 1 < p->n; k++) p->pair[k] = p->pair[k + 1];
    p->n--;
    const struct node *spec = pair.value;
    const struct node *values = node_get(spec, "values"), *value = node_get(spec, "value");
    if (s->config.seeds)
        node_error(s->conf, pair.key, NULL, "'seed' is a parameter, and 'seeds' is given too");
    else if (values && values->kind == NODE_LIST)
        return values;
    else if (value) {
        struct node *list = node_new(s->conf, NODE_LIST, value->at);
        node_add(s->conf, list, NULL, (struct node *)value);
        return list;
    } else
        node_error(s->conf, pair.key, "seeds: 3, or seeds: [1, 2, 3]",
                   "seeds are a number or a list, not a distribution");
    return NULL;
}

static void read_seeds(struct sweep *s)
{
    const struct node *from_parameter = seed_parameter(s), *n = s->config.seeds;
    int64_t count = 1;
    if (from_parameter) n = from_parameter;
    if (n && n->kind == NODE_LIST) {
        read_seed_list(s, n);
        return;
    }
    if (n) {
        const struct value_error bad = value_int(s->conf, n, &count);
        if (bad.expected || count < 1 || count > 10000) {
            node_error(s->conf, n, bad.hint ? bad.hint : "how many, or a list: [1, 2, 3]",
                       "expected a number of seeds from 1 to 10000, got %s", node_show(s->conf, n));
            count = 1;
        }
    }
    for (int64_t i = 1; i <= count; i++) add_seed(s, n, i);
}

/* Beside the sweep file, or else from the current folder. */
static const char *fragment_path(struct sweep *s, const char *file, const char *path)
{
    const char *slash = strrchr(file, '/');
    if (*path == '/' || !slash) return path;
    const char *beside = conf_text(s->conf, "%.*s/%s", (int)(slash - file), file, path);
    return file_exists(beside) ? beside : path;
}

static void read_base(struct sweep *s, const char *file)
{
    struct conf *c = s->conf;
    struct node *base = node_new(c, NODE_MAP, (struct place){file, 0, 0});
    for (int i = 0; i < s->config.base.n; i++) {
        const char *const *path = &s->config.base.v[i];
        struct node *over = conf_read(c, fragment_path(s, file, *path), conf_place(c, path));
        s->broken |= !over;
        if (over) base = node_merge(c, base, over);
    }
    s->base = base;
}

/* The file's name, or its folder's where the file is sweep.yaml. */
static const char *default_name(struct conf *c, const char *path)
{
    const char *end = path + strlen(path), *slash = strrchr(path, '/');
    if (slash && slash > path && strcmp(slash, "/sweep.yaml") == 0) {
        const char *from = slash;
        while (from > path && from[-1] != '/') from--;
        return conf_copy(c, from, (size_t)(slash - from));
    }
    const char *base = slash ? slash + 1 : path, *dot = strrchr(base, '.');
    if (dot && dot > base) end = dot;
    return conf_copy(c, base, (size_t)(end - base));
}

static void check_name(struct sweep *s)
{
    const char *name = s->config.name;
    if (!*name || *name == '.' || strchr(name, '/') || strlen(name) > 100)
        conf_error(s->conf, conf_place(s->conf, &s->config.name), NULL,
                   "the sweep's name '%s' cannot be a folder's", name);
}

/* ---- blocks ---- */

/* An entry of `blocks` has the whole file's parameters where it does not name its own. */
static void read_block(struct sweep *s, const struct node *entry, int index)
{
    struct conf *c;
    struct error e;
    struct sweep_block b;
    if (entry->kind != NODE_MAP) {
        node_error(s->conf, entry, NULL, "expected a block (a map), got %s",
                   node_show(s->conf, entry));
        return;
    }
    if (conf_open_tree(&c, s->conf, entry, &e)) abort();
    conf_bind(c, &sweep_block_schema, &b);
    conf_take_errors(s->conf, c, NULL);
    struct node *all = s->config.parameters;
    struct node *own = node_get(entry, "parameters");
    b.parameters = all && own ? node_merge(s->conf, all, own) : own ? own : all;
    b.zip = node_get(entry, "zip");
    b.include = node_get(entry, "include");
    b.exclude = node_get(entry, "exclude");
    b.name = b.name ? conf_text(s->conf, "%s", b.name) : conf_text(s->conf, "block%d", index + 1);
    conf_close(c);
    points_add(s, &b);
}

static void read_blocks(struct sweep *s)
{
    const struct sweep_config *k = &s->config;
    if (!k->blocks) {
        const struct sweep_block all = {NULL,   k->method,  k->run_cap, k->parameters,
                                        k->zip, k->include, k->exclude};
        points_add(s, &all);
        return;
    }
    if (k->blocks->kind != NODE_LIST) {
        node_error(s->conf, k->blocks, "blocks: [{parameters: ...}, ...]",
                   "expected a list for 'blocks', got %s", node_show(s->conf, k->blocks));
        return;
    }
    const struct node *const alone[] = {k->zip, k->include, k->exclude};
    for (size_t i = 0; i < sizeof alone / sizeof *alone; i++)
        if (alone[i])
            node_error(s->conf, alone[i], "move it into the block that it is about",
                       "beside 'blocks', only 'parameters' are shared");
    for (int i = 0; i < k->blocks->n; i++) read_block(s, k->blocks->pair[i].value, i);
}

/* ---- the baseline ---- */

/* The arm that `baseline` names, or the first. */
static void find_baseline(struct sweep *s)
{
    const struct node *pattern = s->config.baseline;
    int matches = 0;
    const char *labels = "";
    if (!pattern || !s->n_arms || !pattern_check(s->conf, pattern, "baseline")) return;
    for (int i = 0; i < s->n_arms; i++) {
        struct conf *c;
        struct error e;
        if (sweep_arm_conf(s, &s->arms[i], &c, &e)) abort();
        conf_interpolate(c);
        if (pattern_matches(c, pattern)) {
            if (!matches++) s->baseline = i;
            if (matches <= 3)
                labels =
                    conf_text(s->conf, "%s%s'%s'", labels, *labels ? ", " : "", s->arms[i].label);
        }
        conf_close(c);
    }
    if (matches == 0)
        node_error(s->conf, pattern, "write {path: value} as in 'parameters'",
                   "no arm has what 'baseline' asks for");
    else if (matches > 1)
        node_error(s->conf, pattern, conf_text(s->conf, "name more keys: %s", labels),
                   "%d arms have what 'baseline' asks for", matches);
}

/* ---- tuning ---- */

static void check_tuned_values(const struct sweep *s, const struct node *key,
                               const struct node *spec)
{
    struct conf *c = s->conf;
    const struct node *values = spec->kind == NODE_MAP ? node_get(spec, "values") : NULL;
    if (!values || values->kind != NODE_LIST || spec->n != 1) {
        node_error(c, spec, "tune: {parameters: {optim.lr: {values: [3e-4, 1e-3, 3e-3]}}}",
                   "expected {values: [...]} for '%s'", key->text);
        return;
    }
    double v;
    for (int i = 0; i < values->n; i++)
        if (value_real(c, values->pair[i].value, &v).expected)
            node_error(c, values->pair[i].value, NULL, "a tuned value must be a number, got %s",
                       node_show(c, values->pair[i].value));
    if (values->n < 3 && s->config.tune.edge_is_error)
        node_error(c, values, "an optimum at the edge is an error: with two values it always is",
                   "'%s' has %d values to tune over: three are the least", key->text, values->n);
}

static bool is_set(const struct sweep *s, const char *path)
{
    for (int a = 0; a < s->n_arms; a++)
        for (int i = 0; i < s->arms[a].n; i++)
            if (strcmp(s->arms[a].setting[i].key->text, path) == 0) return true;
    return false;
}

static void check_tune(struct sweep *s)
{
    struct conf *c = s->conf;
    const struct node *keys = s->config.tune.parameters, *seeds = s->config.tune.seeds;
    if (!keys) {
        if (seeds) node_error(c, seeds, NULL, "'tune' names no parameters");
        return;
    }
    if (keys->kind != NODE_MAP || !keys->n) {
        node_error(c, keys, NULL, "expected a map of parameters for 'tune', got %s",
                   node_show(c, keys));
        return;
    }
    for (int i = 0; i < keys->n; i++) {
        check_tuned_values(s, keys->pair[i].key, keys->pair[i].value);
        if (is_set(s, keys->pair[i].key->text))
            node_error(c, keys->pair[i].key, "a key is compared, or tuned, not both",
                       "'%s' is set by the arms", keys->pair[i].key->text);
    }
    if (seeds && (seeds->kind != NODE_LIST || !seeds->n)) {
        node_error(c, seeds, "seeds: [1001, 1002]", "expected a list of tuning seeds");
        return;
    }
    for (int i = 0; seeds && i < seeds->n; i++) {
        int64_t seed = 0;
        if (value_int(c, seeds->pair[i].value, &seed).expected)
            node_error(c, seeds->pair[i].value, NULL, "expected a seed, got %s",
                       node_show(c, seeds->pair[i].value));
        for (int k = 0; k < s->n_seeds; k++)
            if (s->seeds[k] == seed)
                node_error(c, seeds->pair[i].value, "tune on other seeds than those of the report",
                           "seed %lld is a reporting seed", (long long)seed);
    }
}

/* ---- the file ---- */

/* A word that names a type stands for a map, as soon as something is set inside of it. */
void sweep_set(struct conf *c, const struct sweep_setting *set)
{
    const char *dot = strrchr(set->key->text, '.');
    const char *parent = dot ? conf_copy(c, set->key->text, (size_t)(dot - set->key->text)) : NULL;
    struct node *n = parent ? conf_find(c, parent) : NULL;
    if (n && n->kind == NODE_SCALAR && !node_is_null(n)) {
        struct node *map = node_new(c, NODE_MAP, n->at);
        node_add(c, map, node_scalar(c, n->at, "type"), node_copy(c, n));
        *n = *map;
    }
    conf_set(c, set->key, set->value);
}

int sweep_arm_conf(const struct sweep *s, const struct sweep_arm *arm, struct conf **c,
                   struct error *e)
{
    TRY(conf_open_tree(c, s->conf, s->base, e));
    for (int i = 0; i < arm->n; i++) sweep_set(*c, &arm->setting[i]);
    return OK;
}

/* A rung before the first evaluation would decide nothing. */
static void check_rungs(struct sweep *s, const struct run_config *run)
{
    const int64_t *first = &s->config.early_terminate.min_tokens, every = run->eval.every;
    if (!s->config.early_terminate.type || (every && every <= *first)) return;
    conf_error(s->conf, conf_place(s->conf, first), "rungs compare eval/loss",
               every ? "no run is evaluated before its first rung: eval.every is %lld"
                     : "no run is evaluated on the way: eval.every is %lld",
               (long long)every);
}

/* Each arm's configuration must be one that `train` takes. */
static void check_arms(struct sweep *s)
{
    for (int i = 0; i < s->n_arms; i++) {
        struct conf *c;
        struct error e;
        struct run_config run;
        if (sweep_arm_conf(s, &s->arms[i], &c, &e)) abort();
        run_config_bind(c, &run);
        check_rungs(s, &run);
        conf_take_errors(s->conf, c,
                         s->n_arms > 1 ? conf_text(s->conf, "arm '%s'", s->arms[i].label) : NULL);
        conf_close(c);
    }
}

void sweep_bind_config(struct conf *c, struct sweep_config *k)
{
    conf_bind(c, &sweep_schema, k);
    read_duration(c, k->limits.timeout, "timeout", &k->limits.timeout_s);
    read_duration(c, k->limits.budget, "budget", &k->limits.budget_s);
}

int sweep_open(struct sweep **out, const char *path, int n_overrides, char *const *overrides,
               struct error *e)
{
    struct conf *c;
    *out = NULL;
    TRY(conf_open(&c, path, e));
    struct sweep *s = conf_take(c, sizeof *s);
    s->conf = c;
    conf_override(c, n_overrides, overrides);
    if (n_overrides) s->changed = node_text(c, conf_root(c));
    read_wandb_keys(s);
    sweep_bind_config(c, &s->config);
    if (!s->config.name) s->config.name = default_name(c, path);
    check_name(s);
    read_base(s, path);
    read_seeds(s);
    if (!s->config.early_terminate.type && conf_given(c, &s->config.early_terminate.min_tokens))
        conf_error(c, conf_place(c, &s->config.early_terminate.min_tokens),
                   "type: median, asha or hyperband", "early_terminate names no type");
    if (s->config.early_terminate.type && !s->config.early_terminate.min_tokens)
        conf_error(c, conf_place(c, &s->config.early_terminate.type),
                   "for example {type: median, min_tokens: 1M}",
                   "early_terminate needs 'min_tokens': where it begins to decide");
    if (!s->broken) {
        read_blocks(s);
        sweep_label(s);
        find_baseline(s);
        check_arms(s);
        check_tune(s);
        if (s->n_excluded) sweep_note(s, "excluded: %d points", s->n_excluded);
        if (s->n_repeated) sweep_note(s, "named twice, planned once: %d points", s->n_repeated);
    }
    const int status = conf_finish(c, e);
    if (status)
        conf_close(c);
    else
        *out = s;
    return status;
}

int sweep_read_name(const char *path, char name[128], struct error *e)
{
    struct conf *c;
    TRY(conf_open(&c, path, e));
    const struct node *n = node_get(conf_root(c), "name");
    const char *text = n && n->kind == NODE_SCALAR ? n->text : default_name(c, path);
    snprintf(name, 128, "%s", text);
    conf_close(c);
    return OK;
}

void sweep_close(struct sweep *s)
{
    if (s) conf_close(s->conf);
}
