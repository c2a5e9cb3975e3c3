/* process.h -- worker processes: this program again, with `sweep exec`.
 *
 * A worker has a process group of its own (an interrupt from the keyboard reaches the scheduler
 * alone), is told to stop when the scheduler dies, is pinned to its share of the processors, and
 * its messages come back through a pipe, of which the end is kept. */
#ifndef LAB_PROCESS_H
#define LAB_PROCESS_H

#include <sys/types.h>

#include "src/lab/store.h"

enum { PROCESS_FULL = 74, PROCESS_TAIL = 2048 };

struct process {
    struct store_run *run; /* NULL: none */
    pid_t pid;
    int fd; /* the worker's messages; -1: closed */
    double started;
    int n;
    char tail[PROCESS_TAIL + 1];
    int exit, signal; /* once it has ended */
};

struct process_options {
    const char *dir; /* of the sweep */
    int slot, slots, threads, retries;
    double timeout;
    int64_t stop_after; /* tokens; 0: never */
    bool again;
};

int process_start(struct process *p, struct store_run *r, const struct process_options *o,
                  struct error *e);
void process_signal(const struct process *p, int signal);
/* Sleep until a worker ends or speaks, at most so long. */
void process_wait(struct process *p, int n, double seconds);
/* Whether it has ended; then exit and signal are known. */
bool process_ended(struct process *p);
/* Ended by a signal, or with a status that no worker gives. */
bool process_crashed(const struct process *p);
/* "killed by signal 11 (Segmentation fault): last words" */
void process_describe(const struct process *p, char *out, size_t size);
void process_close(struct process *p); /* run is NULL afterwards */

#endif
