/* jobs.h -- verbs that have jobs of their own: `data encode`, `runs ls`. */
#ifndef CLI_JOBS_H
#define CLI_JOBS_H

#include "src/cli/cli.h"

/* Run the job that the first argument names. jobs: NULL-terminated; each is a verb whose name is
 * "VERB JOB". Without an argument E_USAGE, an unknown one with the nearest; --help lists them. */
int cli_run_job(struct cli *c, const struct verb *const *jobs, struct error *e);

#endif
