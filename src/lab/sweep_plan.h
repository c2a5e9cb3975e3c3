/* sweep_plan.h -- every run of a sweep, resolved and checked before the first one starts.
 *
 * A plan is written to the sweep's folder and does not change afterwards: runs are made from what
 * it holds, so that editing a fragment in the middle of a sweep changes nothing that was planned.
 *
 *   sweeps/<name>/sweep.yaml   the file, as it was typed
 *                 sweep.json   arms with their settings, seeds, metric, baseline
 *                 plan.jsonl   one line a run: index, id, arm, label, seed, tokens, flops, memory,
 *                              disk, and its whole configuration as YAML
 *
 * The same sweep file gives the same bytes. */
#ifndef LAB_SWEEP_PLAN_H
#define LAB_SWEEP_PLAN_H

#include "src/lab/sweep.h"
#include "src/train/cost.h"

struct sweep_plan_run {
    int arm; /* of the plan */
    int64_t seed;
    char id[13];
    struct run_cost cost;
    char *config; /* YAML with every key */
};

enum { PLAN_FORKS = 64 };

struct sweep_plan_arm {
    int of; /* arm of the sweep */
    const char *label;
    int64_t parameters;
    struct run_cost cost; /* of one run */
    /* A past in common with other arms, per seed: steps after which a fork is left, and the arm
     * whose fork it begins from (-1: none), with what that spares. */
    int n_fork_at;
    int64_t fork_at[PLAN_FORKS];
    int after;
    int64_t after_steps, after_tokens;
    double after_share; /* of its tokens */
};

struct sweep_plan {
    struct sweep *sweep;
    char dir[4096]; /* sweeps/<name> */
    int n_arms, n_runs;
    struct sweep_plan_arm *arms; /* those that are not the same as an earlier one */
    struct sweep_plan_run *runs; /* arm by arm, seed by seed */
    int baseline;
    int n_same; /* arms that mean the same run as an earlier one, each noted */
    /* What the arms of one seed have in common. */
    bool same_weights, same_stream, same_held_out;
};

/* `sweep` is taken over and closed with the plan (also after an error). `out`: folder of sweeps. */
int sweep_plan_open(struct sweep_plan **p, struct sweep *sweep, const char *out, struct error *e);
void sweep_plan_close(struct sweep_plan *p);

/* sweep.yaml (a copy of `path`, or what overrides made of it), sweep.json, plan.jsonl. */
int sweep_plan_write(const struct sweep_plan *p, const char *path, struct error *e);

/* Find the pasts that arms share; called by sweep_plan_open. */
int sweep_plan_share(struct sweep_plan *p, struct error *e);

/* FLOPs per second of a few steps of a run's configuration (YAML), trained in the folder `scratch`,
 * which is removed. */
int sweep_calibrate(const char *config, const char *scratch, double *flops_per_second,
                    struct error *e);

/* Read a run's configuration out of its text; *c as in run_config_load. */
int sweep_load_config(struct conf **c, struct run_config *run, const char *text, const char *name,
                      struct error *e);

#endif
