/* sweep_slurm.c -- a plan as an array script. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "src/base/file.h"
#include "src/cli/sweep.h"
#include "src/lab/cores.h"
#include "src/lab/slurm.h"
#include "src/lab/tune.h"

static int find_program(char program[4096], char folder[4096], struct error *e)
{
    const ssize_t n = readlink("/proc/self/exe", program, 4095);
    if (n <= 0 || !getcwd(folder, 4096))
        return error_set(e, E_IO, "cannot find this program: %s", strerror(errno));
    program[n] = 0;
    return OK;
}

static int run_slurm(struct cli *c, struct error *e)
{
    const char *out = "sweeps";
    int64_t cpus = cores_available(), pack = 1, parallel = 0, warn = 120;
    char program[4096], folder[4096], path[4096], dir[4096];
    struct slurm_options o = {.program = program, .folder = folder};
    const struct flag flags[] = {
        {"time", FLAG_STRING, &o.time, 0, 0, "H:MM:SS", "limit of a task"},
        {"cpus", FLAG_INT, &cpus, 1, 4096, "N", "of a task, and threads of its run"},
        {"pack", FLAG_INT, &pack, 1, 1e6, "N", "runs of a task, one after another; default 1"},
        {"parallel", FLAG_INT, &parallel, 1, 1e6, "N", "tasks at a time"},
        {"warn", FLAG_INT, &warn, 1, 65535, "SECONDS", "before the limit: save then; default 120"},
        {"partition", FLAG_STRING, &o.partition, 0, 0, "NAME", "of the cluster"},
        {"account", FLAG_STRING, &o.account, 0, 0, "NAME", "to charge"},
        {"sbatch", FLAG_STRING, &o.more, 0, 0, "ARGS", "one more #SBATCH line"},
        SWEEP_OUT_FLAG(out),
        {0},
    };
    struct store *s;
    int scripts = 0;
    TRY(cli_parse(c, flags, 1, 1, e));
    TRY(find_program(program, folder, e));
    if (file_is_directory(c->argv[0]))
        TRY(sweep_folder(c->argv[0], out, dir, e));
    else
        TRY(sweep_make_plan(c, 1, c->argv, out, dir, NULL, e));
    TRY(store_open(&s, dir, e));
    sweep_note_strangers(c, s);
    o.cpus = (int)cpus;
    o.pack = (int)pack;
    o.parallel = (int)parallel;
    o.warn = (int)warn;
    int status = OK;
    if (tune_wanted(s) && !tune_shared(s))
        status = error_set(e, E_USAGE,
                           "sweep slurm: '%s' asks for its tuning alone (tune.shared is false), "
                           "which only `sweep run` does",
                           s->name);
    if (!status) status = slurm_write(s, &o, &scripts, e);
    for (int i = 0; i < scripts && !status; i++) {
        status = slurm_path(s, i, path, e);
        if (!status) printf("%s\n", path);
    }
    if (!status)
        cli_note(c, "submit with sbatch from this folder; the same again does what is missing, "
                    "'ropewalk sweep run' on the folder writes the tables");
    store_close(s);
    return status;
}

const struct verb verb_sweep_slurm = {
    .name = "sweep slurm",
    .operands = "FILE",
    .summary = "an array script for a cluster",
    .help = "Plans FILE and writes sweeps/<name>/slurm.sh: one array, a task for every run (or for "
            "--pack of\nthem). Runs save before the time limit and on preemption, and the task is "
            "queued again; the\nscript may be submitted again for what is missing. Paths of data "
            "start at the folder from\nwhich this is called.\n\n"
            "examples:\n"
            "  ropewalk sweep slurm sweep.yaml --time 4:00:00 --cpus 16 --partition cpu\n"
            "  ropewalk sweep slurm sweep.yaml --pack 8 --parallel 50 --sbatch '--nice=100'\n"
            "  sbatch sweeps/quickstart/slurm.sh",
    .run = run_slurm,
};
