/* main.c -- ropewalk: the verb table, and statuses as exit codes. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/base/conf.h"
#include "src/cli/verbs.h"

const struct verb *const cli_verbs[] = {
#define VERB(name) &verb_##name,
#include "src/cli/verbs.def"
#undef VERB
    NULL,
};

static const struct verb *find_verb(const char *name)
{
    for (int i = 0; cli_verbs[i]; i++)
        if (strcmp(cli_verbs[i]->name, name) == 0) return cli_verbs[i];
    return NULL;
}

static int unknown_verb(const char *name)
{
    const char *names[32];
    int n = 0;
    for (; cli_verbs[n] && n < 31; n++) names[n] = cli_verbs[n]->name;
    names[n] = NULL;
    const char *near = conf_nearest(name, names);
    fprintf(stderr, "ropewalk: unknown verb '%s'", name);
    if (near) fprintf(stderr, ": did you mean '%s'?", near);
    fprintf(stderr, "\n'ropewalk --help' lists the verbs\n");
    return 2;
}

static int exit_code(int status)
{
    switch (status) {
    case OK:
    case CLI_DONE:
        return 0;
    case E_USAGE:
        return 2;
    case E_STOPPED:
        return 75;
    case E_INTERRUPTED:
        return 130;
    case E_FULL:
        return 74;
    default:
        return 1;
    }
}

/* Errors that carry their place ("file:line:column: error: ...") stand as they are. */
static void print_error(const struct error *e)
{
    if (strstr(e->text, ": error: "))
        fprintf(stderr, "%s\n", e->text);
    else
        fprintf(stderr, "ropewalk: %s\n", e->text);
}

/* Between parallel regions libgomp's threads spin for milliseconds, which on a machine with other
 * work takes the core that the last thread of the region needs: steps were seen to take eight times
 * as long. A short spin costs a few per cent at the smallest steps and is never far from the best.
 * libgomp reads its environment before main, hence the program starts itself once more. */
static void spin_shortly(char **argv)
{
    if (getenv("GOMP_SPINCOUNT") || getenv("OMP_WAIT_POLICY")) return;
    setenv("GOMP_SPINCOUNT", "3000", 1);
    execv("/proc/self/exe", argv);
}

int main(int argc, char **argv)
{
    struct error e = {0};
    spin_shortly(argv);
    /* a reader that stops early and a file that may not grow are errors of writing, not kills */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    if (argc < 2) {
        cli_help_overview(stderr);
        return 2;
    }
    const char *name = argv[1];
    if (!strcmp(name, "--help") || !strcmp(name, "-h")) name = "help";
    if (!strcmp(name, "--version") || !strcmp(name, "-V")) name = "version";
    const struct verb *verb = find_verb(name);
    if (!verb) return unknown_verb(name);
    struct cli c = {.verb = verb, .argc = argc - 2, .argv = argv + 2};
    int status = verb->run(&c, &e);
    if (status == OK || status == CLI_DONE) {
        const int flushed = cli_finish_output(&e);
        if (flushed) status = flushed;
    }
    if (status > 0) print_error(&e);
    return exit_code(status);
}
