/* jobs.c -- see jobs.h. */
#include "src/cli/jobs.h"

#include <string.h>

#include "src/base/conf.h"

enum { MOST_JOBS = 31 };

/* "data encode" of the verb "data" is "encode". */
static const char *job_name(const struct cli *c, const struct verb *job)
{
    return job->name + strlen(c->verb->name) + 1;
}

static void print_jobs(const struct cli *c, const struct verb *const *jobs)
{
    printf("usage: ropewalk %s JOB ...\n\n%s\n\njobs ('ropewalk %s JOB --help' explains one):\n",
           c->verb->name, c->verb->help, c->verb->name);
    for (; *jobs; jobs++) printf("  %-12s %s\n", job_name(c, *jobs), (*jobs)->summary);
}

static int unknown_job(const struct cli *c, const struct verb *const *jobs, struct error *e)
{
    const char *names[MOST_JOBS + 1] = {0}, *verb = c->verb->name;
    for (int i = 0; jobs[i] && i < MOST_JOBS; i++) names[i] = job_name(c, jobs[i]);
    const char *near = conf_nearest(c->argv[0], names);
    if (near)
        return error_set(e, E_USAGE, "%s: unknown job '%s': did you mean '%s'?", verb, c->argv[0],
                         near);
    return error_set(e, E_USAGE, "%s: unknown job '%s' ('ropewalk %s --help' lists them)", verb,
                     c->argv[0], verb);
}

int cli_run_job(struct cli *c, const struct verb *const *jobs, struct error *e)
{
    if (!c->argc)
        return error_set(e, E_USAGE, "%s: missing job ('ropewalk %s --help' lists them)",
                         c->verb->name, c->verb->name);
    if (!strcmp(c->argv[0], "--help") || !strcmp(c->argv[0], "-h")) {
        print_jobs(c, jobs);
        return CLI_DONE;
    }
    for (int i = 0; jobs[i]; i++) {
        if (strcmp(c->argv[0], job_name(c, jobs[i]))) continue;
        c->verb = jobs[i];
        c->argc--;
        c->argv++;
        return jobs[i]->run(c, e);
    }
    return unknown_job(c, jobs, e);
}
