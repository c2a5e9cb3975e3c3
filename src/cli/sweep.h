/* sweep.h -- what the files of the verb `sweep` share. */
#ifndef CLI_SWEEP_H
#define CLI_SWEEP_H

#include "src/cli/cli.h"
#include "src/lab/store.h"
#include "src/lab/sweep.h"

extern const struct verb verb_sweep_plan, verb_sweep_run, verb_sweep_status, verb_sweep_why,
    verb_sweep_exec, verb_sweep_table, verb_sweep_slurm;

/* The folder of a sweep that an operand names: the folder itself, or a sweep file. */
int sweep_folder(const char *operand, const char *out, char dir[4096], struct error *e);
/* Open it. */
int sweep_store(const char *operand, const char *out, struct store **s, struct error *e);

#define SWEEP_OUT_FLAG(out)                                                                        \
    {                                                                                              \
        "out", FLAG_STRING, &(out), 0, 0, "DIR", "folder of sweeps, default 'sweeps'"              \
    }

#endif
