/* data.c -- ropewalk data: what is done to text before training. */
#include <stdio.h>
#include <string.h>

#include "src/base/conf.h"
#include "src/cli/data.h"
#include "src/cli/verbs.h"

static const struct verb *const jobs[] = {
    &job_encode,  &job_decode,   &job_tokenizer, &job_prepare,
    &job_inspect, &job_generate, &job_plan,      &job_leakage,
};

enum { JOBS = sizeof jobs / sizeof *jobs };

static void print_jobs(void)
{
    printf(
        "usage: ropewalk data JOB ...\n\n%s\n\njobs ('ropewalk data JOB --help' explains one):\n",
        verb_data.help);
    for (int i = 0; i < JOBS; i++)
        printf("  %-18s %s\n", jobs[i]->name + strlen("data "), jobs[i]->summary);
}

static int unknown_job(const char *name, struct error *e)
{
    const char *names[JOBS + 1] = {0};
    for (int i = 0; i < JOBS; i++) names[i] = jobs[i]->name + strlen("data ");
    const char *near = conf_nearest(name, names);
    if (near)
        return error_set(e, E_USAGE, "data: unknown job '%s': did you mean '%s'?", name, near);
    return error_set(e, E_USAGE, "data: unknown job '%s' ('ropewalk data --help' lists them)",
                     name);
}

static int run_data(struct cli *c, struct error *e)
{
    if (!c->argc)
        return error_set(e, E_USAGE, "data: missing job ('ropewalk data --help' lists them)");
    if (!strcmp(c->argv[0], "--help") || !strcmp(c->argv[0], "-h")) {
        print_jobs();
        return CLI_DONE;
    }
    for (int i = 0; i < JOBS; i++) {
        if (strcmp(c->argv[0], jobs[i]->name + strlen("data "))) continue;
        c->verb = jobs[i];
        c->argc--;
        c->argv++;
        return jobs[i]->run(c, e);
    }
    return unknown_job(c->argv[0], e);
}

const struct verb verb_data = {
    .name = "data",
    .operands = "JOB ...",
    .summary = "text to tokens: encode, decode, prepare, inspect",
    .help = "Tokenizers and corpora.\n\n"
            "examples:\n"
            "  echo 'Hello, world!' | ropewalk data encode --tokenizer bytes\n"
            "  ropewalk data encode --tokenizer tokenizer.json book.txt >ids",
    .run = run_data,
};
