/* sweep.c -- the verb `sweep`: its jobs, and the folder that an operand names. */
#include "src/cli/sweep.h"

#include <string.h>

#include "src/base/file.h"
#include "src/cli/jobs.h"
#include "src/cli/verbs.h"

static const struct verb *const jobs[] = {
    &verb_sweep_plan,
    &verb_sweep_run,
    &verb_sweep_status,
    &verb_sweep_why,
    &verb_sweep_table,
    &verb_sweep_claim,
    &verb_sweep_report,
    &verb_sweep_exec,
    &verb_sweep_slurm,
    &verb_sweep_noise,
    NULL,
};

int sweep_folder(const char *operand, const char *out, char dir[4096], struct error *e)
{
    char name[128];
    if (file_is_directory(operand)) {
        if (snprintf(dir, 4096, "%s", operand) >= 4096)
            return error_set(e, E_USAGE, "path '%.200s...' is too long", operand);
        size_t n = strlen(dir);
        while (n > 1 && dir[n - 1] == '/') dir[--n] = 0;
        return OK;
    }
    TRY(sweep_read_name(operand, name, e));
    return file_join(dir, 4096, out, name, e);
}

int sweep_store(const char *operand, const char *out, struct store **s, struct error *e)
{
    char dir[4096];
    *s = NULL;
    TRY(sweep_folder(operand, out, dir, e));
    return store_open(s, dir, e);
}

static int run_sweep(struct cli *c, struct error *e)
{
    return cli_run_job(c, jobs, e);
}

const struct verb verb_sweep = {
    .name = "sweep",
    .operands = "plan|run|status|why|table|claim|report|exec|slurm|noise FILE",
    .summary = "many runs that answer one question",
    .help = "A sweep file names arms (points of a search), seeds, and what is compared; its runs "
            "lie in\nsweeps/<name>. FILE is the sweep file or that folder.\n\n"
            "examples:\n"
            "  ropewalk sweep plan experiments/quickstart/sweep.yaml\n"
            "  ropewalk sweep run experiments/quickstart/sweep.yaml -j 2\n"
            "  ropewalk sweep status sweeps/quickstart --watch",
    .run = run_sweep,
};
