/* store.h -- what lies in a sweep's folder: its plan, and how far each run is.
 *
 * Files are the truth and everything here only reads them (store_note alone writes): a killed
 * scheduler loses nothing, and any number of readers may look.
 *
 *   sweeps/<name>/sweep.json, plan.jsonl       sweep_plan.h
 *                 runs/<id>/status.json ...    train
 *                 runs/<id>/attempts.jsonl     one line an event: start, end, reset
 *                 runs/<id>/claim              claim.h: who is at it
 *
 * Threading: one thread per store. */
#ifndef LAB_STORE_H
#define LAB_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "src/base/json.h"
#include "src/lab/early_stop.h"

enum store_state {
    STORE_PENDING, /* nothing has been done */
    STORE_STOPPED, /* cut by a signal, a kill or a limit of the sweep: goes on from its checkpoint */
    STORE_RETRY,   /* failed, and may be tried again */
    STORE_RUNNING, /* a process is at it */
    STORE_COMPLETE,
    STORE_DIVERGED, /* a result */
    STORE_PRUNED,   /* stopped early by a rule: no final value */
    STORE_FAILED,   /* for good, until --retry-failed */
    STORE_TIMEOUT,  /* as failed */
    STORE_STATES
};

extern const char *const store_state_names[STORE_STATES];

struct store_arm {
    const char *label;
    const char *block;   /* NULL: none */
    const jsn *settings; /* {path: value as YAML text} */
    int64_t parameters;
};

enum { STORE_FORKS = 64 };

struct store_run {
    const char *id, *label, *config;
    int index, arm;
    int64_t seed, tokens; /* the run's budget */
    double flops;
    int64_t memory, disk;
    /* Pasts shared with other runs: steps to leave a fork after; the run whose fork this one begins
     * from (-1: none), once that one has trained so many tokens. */
    int n_fork_at;
    int64_t fork_at[STORE_FORKS];
    int after;
    int64_t after_tokens;
    char dir[4096];
    enum store_state state;
    int64_t step, tokens_done;
    int starts, failures; /* since the last reset */
    char reason[256];     /* of the last end; empty: none */
    char who[96];         /* RUNNING: "process 123", "process 123 on host" */
};

struct store {
    char dir[4096];
    struct jsn_doc sweep; /* sweep.json */
    const char *name, *description;
    const char *metric;
    bool maximize;
    double practical_delta, level;
    struct early_stop early;
    bool paired_holm; /* the declared test, instead of Dunnett's */
    int baseline;     /* arm */
    int n_seeds;
    int64_t *seeds;
    int n_arms;
    struct store_arm *arms;
    int n_runs;
    struct store_run *runs;
    struct jsn_doc *lines; /* of plan.jsonl: the strings of runs */
};

/* Read a sweep's folder and the state of every run. E_USAGE if it has no plan. */
int store_open(struct store **s, const char *dir, struct error *e);
void store_close(struct store *s);

/* Look at one run again. Files that are not there yet, or torn, count as not there. */
void store_refresh(const struct store *s, struct store_run *r);
bool store_is_final(enum store_state state);
/* Tokens that a running run has trained, by the end of its metrics. */
int64_t store_tokens_now(const struct store_run *r);
/* A number of a run's summary.json ("test/loss"); NaN if it is not there. */
double store_metric(const struct store_run *r, const char *name);
/* Find a run by the beginning of its id, its index, or its label; E_USAGE if none or several. */
int store_find(const struct store *s, const char *word, struct store_run **r, struct error *e);

/* Append an event to a run's attempts.jsonl; whoever calls holds the run's claim. `status` and
 * `reason` may be NULL; `retry`: the cause may go away. */
int store_note(const struct store_run *r, const char *event, const char *status, const char *reason,
               bool retry, struct error *e);

#endif
