/* error.h -- how fallible functions report.
 *
 * A fallible function returns an enum status (0 is success) and takes `struct error *e` last. It
 * fills *e once, at the place that knows what went wrong; callers pass the status on and may prefix
 * context with error_wrap. Nothing below cli/ prints or exits. Errors of users (configuration,
 * files) carry file:line:column; asserts are for programmers.
 *
 * Threading: an error belongs to one thread. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

enum status {
    OK = 0,
    E_USAGE,       /* command line or configuration: exit 2 */
    E_IO,          /* the system refused: open, write, rename, no space */
    E_FORMAT,      /* a file is not what it claims to be */
    E_MEMORY,      /* no memory */
    E_DIVERGED,    /* a run's loss or parameters are not finite: a result, not a crash */
    E_STOPPED,     /* stopped early on request; resumable: exit 75 */
    E_INTERRUPTED, /* interrupted by the user; resumable: exit 130 */
    E_FULL,        /* no space left, nothing else is wrong: exit 74 */
};

/* Where something stands in a text. line and column count from 1 (columns in code points); 0:
 * unknown. */
struct place {
    const char *file;
    int line, column;
};

struct error {
    enum status status;
    /* "file:line:column: error: ..." or plain; may hold several lines; no trailing newline */
    char text[4096];
};

#define PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/* Fill *e (which may be NULL) and return `status`. Message style: lower case, no full stop, subject
 * quoted, what failed first: "cannot open 'x': No such file or directory". */
int error_set(struct error *e, enum status status, const char *fmt, ...) PRINTF(3, 4);

/* The same with a place in front: "file:3:7: error: ...". Unknown parts are left out. */
int error_at(struct error *e, enum status status, const struct place *at, const char *fmt, ...)
    PRINTF(4, 5);

/* Put "<context>: " before the text that is there; returns e->status. */
int error_wrap(struct error *e, const char *fmt, ...) PRINTF(2, 3);

/* Run a fallible call; leave the function with its status if it fails. */
#define TRY(call)                                                                                  \
    do {                                                                                           \
        const int try_status_ = (call);                                                            \
        if (try_status_) return try_status_;                                                       \
    } while (0)

#endif
