/* sweep.h -- what the files of the verb `sweep` share. */
#ifndef CLI_SWEEP_H
#define CLI_SWEEP_H

#include "src/cli/cli.h"
#include "src/lab/store.h"
#include "src/lab/sweep.h"

extern const struct verb verb_sweep_plan, verb_sweep_run, verb_sweep_status, verb_sweep_why,
    verb_sweep_exec, verb_sweep_table, verb_sweep_claim, verb_sweep_report, verb_sweep_slurm,
    verb_sweep_noise;

/* The folder of a sweep that an operand names: the folder itself, or a sweep file. */
int sweep_folder(const char *operand, const char *out, char dir[4096], struct error *e);
/* Open it. */
int sweep_store(const char *operand, const char *out, struct store **s, struct error *e);

/* How the runs of a plan are done; 0 and false: as the sweep file says, or not at all. */
struct sweep_run_flags {
    int64_t jobs;
    double budget, timeout; /* seconds */
    bool fail_fast, retry_failed;
};

#define SWEEP_RUN_FLAGS(f)                                                                         \
    {"j", FLAG_INT, &(f).jobs, 1, 1024, "N", "runs at a time, each on its share of processors"},   \
        {"retry-failed", FLAG_BOOL, &(f).retry_failed, 0, 0, NULL, "try failed runs again"},       \
        {"fail-fast", FLAG_BOOL, &(f).fail_fast, 0, 0, NULL, "stop at the first run that fails"},  \
        {"time-budget",                                                                            \
         FLAG_REAL,                                                                                \
         &(f).budget,                                                                              \
         0.01,                                                                                     \
         1e9,                                                                                      \
         "SECONDS",                                                                                \
         "save and stop then (exit 75)"},                                                          \
    {                                                                                              \
        "timeout", FLAG_REAL, &(f).timeout, 0.01, 1e9, "SECONDS", "of one run"                     \
    }

/* Plan a sweep file, named with its overrides as the operands argv[0], argv[1] ..., into a folder of
 * `out`; *dir and *limits (may be NULL) are what it says. */
int sweep_make_plan(const struct cli *c, int argc, char *const *argv, const char *out,
                    char dir[4096], struct sweep_limits *limits, struct error *e);
/* A note on folders of runs that no line of the plan names: an earlier form of the file, or other
 * overrides, made them. */
void sweep_note_strangers(const struct cli *c, const struct store *s);
/* Do the runs of a planned folder, write its tables. */
int sweep_do(const struct cli *c, const char *dir, const struct sweep_limits *limits,
             const struct sweep_run_flags *f, struct error *e);

#define SWEEP_OUT_FLAG(out)                                                                        \
    {                                                                                              \
        "out", FLAG_STRING, &(out), 0, 0, "DIR", "folder of sweeps, default 'sweeps'"              \
    }

#endif
