/* help.c -- help and version. */
#include <string.h>

#include "src/base/conf.h"
#include "src/cli/verbs.h"

#ifndef ROPEWALK_VERSION
#define ROPEWALK_VERSION "0.1.0"
#endif

void cli_help_overview(FILE *f)
{
    fprintf(f, "ropewalk: ablations of position encodings, data mixes and length curricula\n\n"
               "usage: ropewalk VERB ...\n\n");
    for (int i = 0; cli_verbs[i]; i++)
        fprintf(f, "  %-8s %-44s %s\n", cli_verbs[i]->name, cli_verbs[i]->operands,
                cli_verbs[i]->summary);
    fprintf(f, "\n'ropewalk VERB --help' explains a verb, with examples.\n"
               "Data goes to stdout, messages to stderr. Exit status: 0 all done, 1 something\n"
               "failed, 2 usage or configuration, 75 stopped but resumable, 130 interrupted.\n");
}

static int run_help(struct cli *c, struct error *e)
{
    TRY(cli_parse(c, NULL, 0, 1, e));
    if (c->argc == 0) {
        cli_help_overview(stdout);
        return OK;
    }
    const char *names[32];
    int n = 0;
    for (; cli_verbs[n] && n < 31; n++) {
        names[n] = cli_verbs[n]->name;
        if (strcmp(names[n], c->argv[0])) continue;
        char *ask[] = {"--help", NULL};
        struct cli of = {.verb = cli_verbs[n], .argc = 1, .argv = ask};
        return of.verb->run(&of, e);
    }
    names[n] = NULL;
    const char *near = conf_nearest(c->argv[0], names);
    return error_set(e, E_USAGE, "help: unknown verb '%s'%s%s%s", c->argv[0],
                     near ? ": did you mean '" : "", near ? near : "", near ? "'?" : "");
}

const struct verb verb_help = {
    .name = "help",
    .operands = "[VERB]",
    .summary = "this list, or what a verb does",
    .help = "The list of verbs, or one verb explained.\n\nexamples:\n  ropewalk help train",
    .run = run_help,
};

static int run_version(struct cli *c, struct error *e)
{
    TRY(cli_parse(c, NULL, 0, 0, e));
    printf("ropewalk %s\n", ROPEWALK_VERSION);
    return OK;
}

const struct verb verb_version = {
    .name = "version",
    .operands = "",
    .summary = "print the version",
    .help = "The version of this program; 'ropewalk doctor' says more.\n\nexamples:\n"
            "  ropewalk --version",
    .run = run_version,
};
