/* sweep_exec.c -- one run of a plan: what workers and a cluster's tasks call. */
#include <math.h>
#include <string.h>

#include "src/cli/sweep.h"
#include "src/lab/process.h"
#include "src/lab/worker.h"

static int find_run(const struct store *s, int64_t index, const char *id, struct store_run **r,
                    struct error *e)
{
    if (id) return store_find(s, id, r, e);
    if (index < 0) return error_set(e, E_USAGE, "sweep exec: which run? --index N or --run ID");
    if (index >= s->n_runs)
        return error_set(e, E_USAGE, "sweep exec: --index %lld: the plan has %d runs (0 to %d)",
                         (long long)index, s->n_runs, s->n_runs - 1);
    *r = &s->runs[index];
    return OK;
}

/* A full disk has an exit status of its own: the scheduler waits instead of counting a failure. */
static int outcome(const struct cli *c, struct store_run *r, enum worker_outcome w,
                   const struct error *e)
{
    switch (w) {
    case WORKER_DONE:
        printf("%s\n", r->dir);
        return OK;
    case WORKER_BUSY:
        cli_note((void *)c, e->text);
        return OK;
    case WORKER_STOPPED:
        return E_STOPPED;
    case WORKER_FULL:
        return E_FULL;
    default:
        return e->status == E_USAGE ? E_USAGE : E_IO;
    }
}

static int run_exec(struct cli *c, struct error *e)
{
    const char *out = "sweeps", *id = NULL;
    int64_t index = -1, retries = 2, stop_after = 0;
    double timeout = 0;
    bool again = false;
    const struct flag flags[] = {
        {"index", FLAG_INT, &index, 0, 1e9, "N", "line N of plan.jsonl, from 0"},
        {"run", FLAG_STRING, &id, 0, 0, "ID", "the run's id, or the beginning of it"},
        {"timeout", FLAG_REAL, &timeout, 0, 1e9, "SECONDS", "save and fail after so long"},
        {"stop-after", FLAG_INT, &stop_after, 1, 9e15, "TOKENS", "stop there, resumable (exit 75)"},
        {"retries", FLAG_INT, &retries, 0, 100, "N", "failures before one is final, default 2"},
        {"retry-failed", FLAG_BOOL, &again, 0, 0, NULL, "try it again if it failed for good"},
        SWEEP_OUT_FLAG(out),
        {0},
    };
    struct store *s;
    struct store_run *r;
    TRY(cli_parse(c, flags, 1, 1, e));
    TRY(sweep_store(c->argv[0], out, &s, e));
    int status = find_run(s, index, id, &r, e);
    if (!status) {
        const struct worker_options o = {.timeout = timeout,
                                         .stop_after = stop_after,
                                         .retries = (int)retries,
                                         .again = again,
                                         .quiet = c->quiet,
                                         .messages = stderr};
        status = outcome(c, r, worker_run(s, r, &o, e), e);
    }
    store_close(s);
    return status;
}

const struct verb verb_sweep_exec = {
    .name = "sweep exec",
    .operands = "FILE --index N",
    .summary = "do one run of the plan",
    .help = "Does line N of plan.jsonl: skips it if it is done, goes on where it was stopped, "
            "leaves it alone\nif another process has it. On SIGTERM, SIGUSR1 or SIGUSR2 it saves "
            "and exits 75. For batch\nsystems; `sweep run` starts the same as its workers.\n\n"
            "examples:\n"
            "  ropewalk sweep exec sweeps/quickstart --index 3\n"
            "  ropewalk sweep exec sweeps/quickstart --run 0a1b2c",
    .run = run_exec,
};
