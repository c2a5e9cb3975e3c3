/* sweep.c -- the verb `sweep`: its own verbs, and the folder that an operand names. */
#include "src/cli/sweep.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/conf.h"
#include "src/base/file.h"
#include "src/cli/verbs.h"

static const struct verb *const verbs[] = {
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

static void overview(FILE *f)
{
    fprintf(f, "usage: ropewalk sweep VERB FILE ...\n\n");
    for (int i = 0; verbs[i]; i++)
        fprintf(f, "  %-14s %-28s %s\n", verbs[i]->name, verbs[i]->operands, verbs[i]->summary);
    fprintf(f, "\n%s\n", verb_sweep.help);
}

static int run_sweep(struct cli *c, struct error *e)
{
    if (c->argc == 0 || !strcmp(c->argv[0], "--help") || !strcmp(c->argv[0], "-h")) {
        overview(c->argc ? stdout : stderr);
        return c->argc ? CLI_DONE : error_set(e, E_USAGE, "sweep: what shall be done?");
    }
    const char *names[16];
    int n = 0;
    for (; verbs[n]; n++) {
        names[n] = verbs[n]->name + strlen("sweep ");
        if (strcmp(names[n], c->argv[0])) continue;
        struct cli of = *c;
        of.verb = verbs[n];
        of.argc--;
        of.argv++;
        return verbs[n]->run(&of, e);
    }
    names[n] = NULL;
    const char *near = conf_nearest(c->argv[0], names);
    return error_set(e, E_USAGE, "sweep: unknown verb '%s'%s%s%s", c->argv[0],
                     near ? ": did you mean '" : " ('ropewalk sweep --help' lists them)",
                     near ? near : "", near ? "'?" : "");
}

const struct verb verb_sweep = {
    .name = "sweep",
    .operands = "plan|run|status|why|table|claim|report|exec|slurm|noise FILE",
    .summary = "many runs that answer one question",
    .help = "A sweep file names arms (points of a search), seeds, and what is compared; its runs "
            "lie in\nsweeps/<name>. FILE is the sweep file or that folder. 'ropewalk sweep VERB "
            "--help' explains\na verb.\n\n"
            "examples:\n"
            "  ropewalk sweep plan experiments/quickstart/sweep.yaml\n"
            "  ropewalk sweep run experiments/quickstart/sweep.yaml -j 2\n"
            "  ropewalk sweep status sweeps/quickstart --watch",
    .run = run_sweep,
};
