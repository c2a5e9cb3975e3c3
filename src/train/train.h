/* train.h -- the one training loop.
 *
 * A run is a list of stages; the loop draws a batch, accumulates micro-batches (loss divided by the
 * total weight of the step), clips by the global norm in double, steps AdamW, logs, evaluates,
 * saves. Everything that the next step depends on is in the checkpoint, so that a killed and
 * resumed run writes the same bytes as an undisturbed one. */
#ifndef TRAIN_TRAIN_H
#define TRAIN_TRAIN_H

#include <stdbool.h>
#include <stdio.h>

#include "src/base/error.h"
#include "src/train/config.h"

struct train_options {
    const char *config_text; /* where the configuration came from, for metadata */
    const char *id;          /* what the run must be, refused otherwise; NULL: whatever it is */
    bool quiet;
    bool fresh;     /* throw away what an earlier run with the same identity left */
    FILE *messages; /* progress and messages; stderr */
    /* Stop (resumable) after this many tokens; 0: never. For tests and time limits. */
    int64_t stop_after;
    /* Runs that share a past share its training: `forks` is a folder of forks, from the longest of
     * which with this run's past it begins, and where it leaves its own state after each of the
     * steps in fork_at (prefix_shared tells them). Bytes of results are the same with and without.
     * NULL: none. */
    const char *forks;
    int n_fork_at;
    const int64_t *fork_at;
};

struct train_result {
    char dir[4096]; /* runs/<id> */
    char id[13];
    double loss,
        dev_loss; /* last training loss; dev loss at the end (token-weighted over sources) */
    int64_t step, tokens;
    bool skipped; /* was complete already */
};

/* Run or resume to the end. OK, E_DIVERGED (recorded as a result), E_STOPPED (SIGTERM, stop_after),
 * E_INTERRUPTED (SIGINT; a second one stops at once), or an error. */
int train_run(const struct run_config *run, const struct train_options *o, struct train_result *r,
              struct error *e);

#endif
