/* sweep.h -- a sweep file: which arms, which seeds, and what is asked of them.
 *
 * An arm is a list of settings (paths of a run's configuration and their values) laid on `base`. A
 * run is an arm with a seed. The file's keys are those of W&B sweeps (method, metric, parameters,
 * values, distribution, min, max ...) and base, baseline, seeds, zip, include, exclude, when,
 * blocks, limits. The order of arms is that of the file (the first parameter varies slowest);
 * random points are functions of (sample_seed, parameter, i), so point i never depends on point
 * i - 1. All errors of a file, of its fragments and of every arm are reported together.
 *
 *   sweep_fields.c (rows), sweep_config.c (the file) -> sweep_parameter.c (dimensions)
 *   -> sweep_points.c (arms) -> sweep_label.c (their names)
 *
 * Everything belongs to the sweep's conf and is freed with it. One thread per sweep. */
#ifndef LAB_SWEEP_H
#define LAB_SWEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "src/base/conf_tree.h"

enum sweep_method { SWEEP_GRID, SWEEP_RANDOM, SWEEP_SOBOL, SWEEP_LIST };
enum sweep_goal { SWEEP_MINIMIZE, SWEEP_MAXIMIZE };
enum sweep_test { SWEEP_DUNNETT, SWEEP_PAIRED_HOLM };
enum sweep_on_failure { SWEEP_CONTINUE, SWEEP_STOP };

struct sweep_metric {
    const char *name;
    int goal;
    double practical_delta; /* smaller differences do not matter; 0: not said */
    int test;
    double level; /* of intervals */
};

struct sweep_early {
    int type; /* enum early_stop_type */
    int64_t min_tokens;
    int eta, min_arms;
};

struct sweep_tune {
    struct node *parameters, *seeds;
    bool shared;        /* also answer at the value that all arms share */
    bool edge_is_error; /* an optimum at the edge of the grid; if not, the table says it */
};

struct sweep_limits {
    int retries; /* of a run, after causes that may go away */
    struct node *timeout, *budget;
    double timeout_s; /* of one run, seconds; 0: none */
    double budget_s;  /* of one call of `sweep run`; 0: none */
    int on_failure;
    int alike; /* stop when the first n runs that end have all failed; 0: never */
};

/* As the rows bind it; trees are read by the files that follow. */
struct sweep_config {
    const char *name, *description;
    struct conf_strings base;
    int method;
    struct sweep_metric metric;
    struct node *parameters, *zip, *include, *exclude, *blocks, *seeds, *baseline;
    int64_t sample_seed;
    int run_cap; /* points of random and sobol; of a grid, its first points; 0: all */
    struct sweep_limits limits;
    struct sweep_early early_terminate;
    struct sweep_tune tune;
};

struct sweep_setting {
    const struct node *key, *value;
};

struct sweep_arm {
    const char *label; /* "position=linear(factor=4) lr=0.001": what differs between arms */
    const char *block; /* NULL: not of a block */
    int n;
    const struct sweep_setting *setting;
};

struct sweep {
    struct conf *conf;
    const char *changed; /* the file with what the command line changed, as YAML; NULL: nothing */
    struct sweep_config config;
    const struct node *base; /* all fragments, merged */
    bool broken;             /* an error after which arms would say nothing new */
    int n_arms;
    struct sweep_arm *arms;
    int n_seeds;
    int64_t *seeds;
    int baseline;  /* arm */
    int n_varying; /* paths whose values differ between arms */
    const char **varying;
    int n_excluded; /* points that `exclude` took away */
    int n_repeated; /* points that were there already */
    int n_notes;    /* what the user should know, and no error */
    const char **notes;
};

/* Read a sweep file, changed by overrides of its keys (conf_override), and everything it names.
 * E_USAGE with all errors. */
int sweep_open(struct sweep **s, const char *path, int n_overrides, char *const *overrides,
               struct error *e);
void sweep_close(struct sweep *s);

/* The sweep's name alone: what the file says, or what the file is called. E_USAGE. */
int sweep_read_name(const char *path, char name[128], struct error *e);

/* The rows of a sweep file alone; errors are collected. Trees and durations are read, nothing else
 * is looked at. */
void sweep_bind_config(struct conf *c, struct sweep_config *k);

/* The configuration of an arm, without a seed: a conf of its own, to be closed before the sweep;
 * errors are collected there. */
int sweep_arm_conf(const struct sweep *s, const struct sweep_arm *arm, struct conf **c,
                   struct error *e);

#endif
