/* schedule.h -- all runs of a plan, by worker processes of this program.
 *
 * A run is done, goes on, or begins, by what its files say; nothing else is remembered, so a killed
 * scheduler is continued by calling it again, and two at once share the work. Seeds are gone
 * through one after another, the arms of each in an order shuffled by the seed, so that a machine
 * that gets slower or warmer does not favour an arm. Workers are pinned to their share of the
 * processors. */
#ifndef LAB_SCHEDULE_H
#define LAB_SCHEDULE_H

#include "src/lab/store.h"

struct schedule_options {
    int jobs;          /* processes at a time */
    int threads;       /* of each; 0: its share of the processors */
    int retries;       /* of a run */
    double timeout;    /* of one run, seconds; 0: none */
    double budget;     /* of this call, seconds; 0: none */
    bool fail_fast;    /* stop after the first run that failed for good */
    int alike;         /* stop when the first n that end have all failed; 0: never */
    bool retry_failed; /* those that failed for good are tried again */
    bool quiet;
    FILE *messages;
};

struct schedule_result {
    int done, diverged, pruned, failed, left; /* runs of the plan */
    char first_failure[512];
};

/* OK: nothing is left to do (failed runs are counted, not an error); E_IO: given up, by fail_fast or
 * alike; E_STOPPED: budget or SIGTERM; E_INTERRUPTED: SIGINT. Workers save and stop first; a second SIGINT kills them.
 */
int schedule_run(struct store *s, const struct schedule_options *o, struct schedule_result *r,
                 struct error *e);

#endif
