/* cli.h -- what the verbs share: flags, exit statuses, printing.
 *
 * A verb is one function in one file and one row of the table in main.c. It declares its flags as
 * rows over local variables, parses, works, prints data to stdout and messages to stderr, and
 * returns a status; main turns that into the message and the exit status. This folder is the only
 * place that prints to the user and exits.
 *
 *   exit 0 all done   1 something failed (files, a diverged run)   2 usage or configuration
 *        74 no space left (sweep exec)   75 stopped early, resumable   130 interrupted, resumable */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "src/base/error.h"

enum {
    CLI_DONE = -1,  /* --help was asked for and answered */
    CLI_FAILED = -2 /* the verb has said what failed: exit 1 without another message */
};

struct cli;

struct verb {
    const char *name, *operands, *summary;
    const char *help; /* what it does, and examples; printed by --help */
    int (*run)(struct cli *c, struct error *e);
};

struct cli {
    const struct verb *verb;
    int argc; /* arguments after the verb; after cli_parse: the operands */
    char **argv;
    int threads; /* 0: all */
    bool quiet;
};

enum flag_kind { FLAG_BOOL, FLAG_INT, FLAG_REAL, FLAG_STRING };

/* --name VALUE or --name=VALUE into *out (bool, int64_t, double, const char *). */
struct flag {
    const char *name;
    enum flag_kind kind;
    void *out;
    double min, max;   /* INT, REAL */
    const char *value; /* what the help calls it; NULL for FLAG_BOOL */
    const char *help;
};

/* Read flags (name NULL ends; may be NULL) and the global ones, wherever they stand; what remains
 * are the operands, between `least` and `most` (-1: any number). Starts the threads. Returns
 * CLI_DONE after --help. */
int cli_parse(struct cli *c, const struct flag *flags, int least, int most, struct error *e);

/* Change the number of threads (a configuration may ask for one). */
void cli_threads(struct cli *c, int threads);

/* NULL-terminated table, in the order of the help. */
extern const struct verb *const cli_verbs[];
void cli_help_overview(FILE *f);

/* Messages of the layers below: one line to stderr, `data` is the struct cli (quiet: nothing). */
void cli_note(void *data, const char *text);

/* Draw a figure and say where it is; o->out NULL: figures/<name>. */
struct figure_type;
struct figure_options;
struct result;
int cli_draw(struct cli *c, const struct figure_type *f, const struct result *r,
             struct figure_options *o, struct error *e);

/* Flush stdout; E_IO if what was printed could not be written (a full disk, a closed pipe). */
int cli_finish_output(struct error *e);

#endif
