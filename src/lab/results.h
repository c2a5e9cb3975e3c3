/* results.h -- what a sweep has measured: arms x seeds of runs. The store fills it from disk; the
 * tables, verdicts and analyses read it.
 *
 * runs[arm * n_seeds + seed], arms and seeds in the order of the plan; every cell of the plan is there,
 * with RUN_MISSING where nothing was begun. An arm is one point of the sweep without its seed, named
 * by what distinguishes it. Seeds are replicates: the same seed gives all arms the same initial
 * weights and data. All memory is the owner's (results_open's arena or the like) and outlives the
 * readers. Threading: read-only after it was filled. */
#ifndef LAB_RESULTS_H
#define LAB_RESULTS_H

#include <stdbool.h>
#include <stdint.h>

#include "src/base/error.h"

/* X-macro: enumerator, word in status.json and tables. Complete and diverged runs are results;
 * pruned ones were stopped by an early-stopping rule. */
#define RUN_STATUSES(X)                                                                            \
    X(MISSING, "missing")                                                                          \
    X(RUNNING, "running")                                                                          \
    X(COMPLETE, "complete")                                                                        \
    X(DIVERGED, "diverged")                                                                        \
    X(PRUNED, "pruned")                                                                            \
    X(FAILED, "failed")                                                                            \
    X(TIMEOUT, "timeout")                                                                          \
    X(INTERRUPTED, "interrupted")                                                                  \
    X(SKIPPED, "skipped")

enum run_status {
#define X(name, word) RUN_##name,
    RUN_STATUSES(X)
#undef X
        RUN_STATUS_COUNT
};

const char *run_status_word(enum run_status s);
/* RUN_STATUS_COUNT: no such word. */
enum run_status run_status_of(const char *word);

/* One measured quantity; value is NaN where JSON had null (not finite, or nothing to measure). */
struct run_value {
    const char *key; /* "eval/loss" */
    double value;
};

struct lab_run {
    const char *id, *dir; /* dir NULL: nothing on disk */
    enum run_status status;
    int64_t step, tokens; /* where it is, or where it ended */
    int n_values;
    const struct run_value *values; /* of summary.json, flat */
};

/* A parameter of the sweep at one arm. `number` is NaN for words. `given` is false where a `when:`
 * condition leaves the parameter out of this arm. */
struct lab_param {
    const char *key, *text;
    double number;
    bool given;
};

struct lab_arm {
    const char *name;               /* short and unique: "rope.type=yarn factor=4" */
    const struct lab_param *params; /* [n_params of the sweep], same order in every arm */
};

enum metric_goal { GOAL_MINIMIZE, GOAL_MAXIMIZE };

struct lab_results {
    const char *name;   /* of the sweep */
    const char *metric; /* column expression: "test/loss", "last eval/loss", "min eval/loss" */
    enum metric_goal goal;
    double practical_delta; /* differences below it do not matter; 0: not declared */
    double level;           /* of intervals; 0: 0.95 */
    bool paired_holm;       /* declared choice instead of Dunnett */
    int n_arms, n_seeds, n_params, baseline; /* baseline: index of an arm, -1: none declared */
    const struct lab_arm *arms;              /* [n_arms] */
    const int64_t *seeds;                    /* [n_seeds] */
    const struct lab_run *runs;              /* [n_arms * n_seeds] */
};

static inline const struct lab_run *lab_run_at(const struct lab_results *r, int arm, int seed)
{
    return &r->runs[arm * r->n_seeds + seed];
}

#endif
