/* progress.h -- one line that tells how far a long job is.
 *
 * On a terminal: a bar that redraws in place (colour unless NO_COLOR). Elsewhere: a plain line now
 * and then (at most one per `plain_seconds`, and always the last). Writes to the given stream
 * (stderr); never fails. */
#ifndef BASE_PROGRESS_H
#define BASE_PROGRESS_H

#include <stdbool.h>
#include <stdio.h>

struct progress {
    FILE *f;
    bool terminal, color, quiet;
    double started, last; /* seconds, monotonic */
    double plain_seconds; /* default 5 */
    double done_at_start; /* work already done when resumed: not counted in the rate */
    char label[64];
};

/* `quiet` writes nothing. */
void progress_open(struct progress *p, FILE *f, const char *label, double done_at_start,
                   bool quiet);
/* done and total in `unit` ("tok"); note is free text ("loss 2.345 lr 1e-3") or NULL. Rate and ETA
 * are computed. */
void progress_update(struct progress *p, double done, double total, const char *unit,
                     const char *note);
/* Finish the line. */
void progress_close(struct progress *p, double done, double total, const char *unit,
                    const char *note);
/* Print a message without tearing the bar. */
void progress_message(struct progress *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Monotonic seconds. */
double clock_seconds(void);

#endif
