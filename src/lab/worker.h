/* worker.h -- do one run of a plan, here and now.
 *
 * What `sweep run` starts as processes and what a cluster's tasks call is the same: claim the run,
 * look what is there, go on from its checkpoint or begin, and leave a line about how it ended.
 * Calling it twice, or twice at once, does no harm. */
#ifndef LAB_WORKER_H
#define LAB_WORKER_H

#include <stdio.h>

#include "src/lab/store.h"

struct worker_options {
    double timeout;     /* seconds; 0: none */
    int64_t stop_after; /* tokens: stop there, resumable; 0: never */
    int retries;        /* failures of the run before one is final */
    bool again;         /* forget earlier failures */
    bool quiet;
    FILE *messages;
};

enum worker_outcome {
    WORKER_DONE,    /* complete, diverged or pruned: a result is there, maybe from before */
    WORKER_BUSY,    /* another process has it */
    WORKER_FAILED,  /* *e says why; also after a timeout */
    WORKER_STOPPED, /* by a signal, resumable */
    WORKER_FULL,    /* no space left on the disk: nothing is wrong with the run */
};

/* SIGTERM, SIGUSR1 and SIGUSR2 (as schedulers of clusters send them) save and stop. Threads are set
 * up by the caller. */
enum worker_outcome worker_run(const struct store *s, struct store_run *r,
                               const struct worker_options *o, struct error *e);

/* Whether an error's text says that a disk or a quota is full. */
bool worker_is_full(const char *text);

#endif
