/* sweep_run.c -- plan a sweep and do its runs, or go on with them. */
#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
#include "src/cli/sweep.h"
#include "src/lab/memory.h"
#include "src/lab/schedule.h"
#include "src/lab/store_results.h"
#include "src/lab/sweep_plan.h"
#include "src/lab/tune.h"

int sweep_make_plan(const struct cli *c, int argc, char *const *argv, const char *out,
                    char dir[4096], struct sweep_limits *limits, struct error *e)
{
    struct sweep *s;
    struct sweep_plan *p;
    TRY(sweep_open(&s, argv[0], argc - 1, argv + 1, e));
    TRY(sweep_plan_open(&p, s, out, e));
    for (int i = 0; i < p->sweep->n_notes; i++) cli_note((void *)c, p->sweep->notes[i]);
    if (limits) *limits = p->sweep->config.limits;
    snprintf(dir, 4096, "%s", p->dir);
    const int status = sweep_plan_write(p, argv[0], e);
    sweep_plan_close(p);
    return status;
}

/* The folder of a sweep: its own copy of the file says the limits. */
static int read_limits(const char *dir, struct sweep_limits *limits, struct error *e)
{
    struct sweep_config k;
    struct conf *c;
    char path[4096];
    TRY(file_join(path, sizeof path, dir, "sweep.yaml", e));
    TRY(conf_open(&c, path, e));
    sweep_bind_config(c, &k);
    *limits = k.limits;
    conf_close(c);
    return OK;
}

void sweep_note_strangers(const struct cli *c, const struct store *s)
{
    char path[4096], text[4400], **names;
    size_t n;
    int strangers = 0;
    if (file_join(path, sizeof path, s->dir, "runs", NULL) || !file_is_directory(path)) return;
    if (file_list(path, &names, &n, NULL)) return;
    for (size_t i = 0; i < n; i++) {
        bool known = false;
        for (int k = 0; k < s->n_runs && !known; k++) known = !strcmp(s->runs[k].id, names[i]);
        strangers += !known;
    }
    file_list_free(names, n);
    if (!strangers) return;
    snprintf(text, sizeof text,
             "%d runs in '%s' are in no line of the plan (the sweep was changed): they stay, and "
             "count for nothing",
             strangers, path);
    cli_note((void *)c, text);
}

static void say_result(const struct cli *c, const struct store *s, const struct schedule_result *r)
{
    if (c->quiet) return;
    fprintf(stderr, "%d of %d runs complete", r->done, s->n_runs);
    if (r->diverged) fprintf(stderr, ", %d diverged", r->diverged);
    if (r->pruned) fprintf(stderr, ", %d pruned", r->pruned);
    if (r->failed) fprintf(stderr, ", %d failed", r->failed);
    if (r->left) fprintf(stderr, ", %d left", r->left);
    fprintf(stderr, "\n");
}

/* Where runs have failed, that is what must be said; that their files cannot be read is a note. */
static int write_tables(const struct cli *c, const struct store *s, bool failed, struct error *e)
{
    const int status = store_tables_write(s, NULL, 0, e);
    if (!status || !failed) return status;
    cli_note((void *)c, e->text);
    return OK;
}

/* Forks have served when all runs are done. */
static int remove_forks(const struct store *s, struct error *e)
{
    char path[4096];
    TRY(file_join(path, sizeof path, s->dir, "forks", e));
    return file_remove_tree(path, e);
}

int sweep_do(const struct cli *c, const char *dir, const struct sweep_limits *limits,
             const struct sweep_run_flags *f, struct error *e)
{
    struct store *s;
    struct schedule_result r;
    TRY(store_open(&s, dir, e));
    sweep_note_strangers(c, s);
    const struct schedule_options o = {
        .jobs = (int)f->jobs,
        .threads = c->threads,
        .retries = limits->retries,
        .timeout = f->timeout > 0 ? f->timeout : limits->timeout_s,
        .budget = f->budget > 0 ? f->budget : limits->budget_s,
        .fail_fast = f->fail_fast || limits->on_failure == SWEEP_STOP,
        .alike = limits->alike,
        .retry_failed = f->retry_failed,
        .quiet = c->quiet,
        .messages = stderr,
    };
    int status = memory_check_jobs(s, o.jobs, o.retry_failed, memory_of_machine(), e);
    if (!status) {
        status = schedule_run(s, &o, &r, e);
        say_result(c, s, &r);
    }
    if (!status && r.done) status = write_tables(c, s, r.failed > 0, e);
    if (!status && !r.failed && !r.left) status = remove_forks(s, e);
    if (!status && r.failed)
        status = error_set(e, E_IO,
                           "%d of %d runs failed ('ropewalk sweep why %.200s RUN' says "
                           "more, --retry-failed tries again); the first: %s",
                           r.failed, s->n_runs, s->dir,
                           *r.first_failure ? r.first_failure : "in an earlier call");
    store_close(s);
    return status;
}

/* A further sweep in the folder of another: plan its file, do its runs. */
static int do_part(const struct cli *c, char *file, const char *dir,
                   const struct sweep_run_flags *f, struct error *e)
{
    char folder[4096];
    struct sweep_limits limits;
    TRY(sweep_make_plan(c, 1, &file, dir, folder, &limits, e));
    TRY(sweep_do(c, folder, &limits, f, e));
    printf("%s\n", folder);
    return OK;
}

/* The grid of every arm on dev, then every arm at its best. */
static int tune(const struct cli *c, const char *dir, const struct sweep_run_flags *f,
                struct error *e)
{
    struct store *s;
    char file[4096];
    TRY(store_open(&s, dir, e));
    int status = OK;
    if (tune_wanted(s)) {
        cli_note((void *)c, "tuning: every arm at every point of the grid, compared on dev");
        status = tune_write_grid(s, file, e);
        if (!status) status = do_part(c, file, dir, f, e);
        if (!status) status = tune_write_best(s, file, e);
        if (!status) cli_note((void *)c, "every arm at its best");
        if (!status) status = do_part(c, file, dir, f, e);
    }
    store_close(s);
    return status;
}

/* Whether the sweep itself is to be run, beside the arms at their best. */
static int wants_shared(const char *dir, bool *shared, struct error *e)
{
    struct store *s;
    TRY(store_open(&s, dir, e));
    *shared = !tune_wanted(s) || tune_shared(s);
    store_close(s);
    return OK;
}

static int run_run(struct cli *c, struct error *e)
{
    const char *out = "sweeps";
    struct sweep_run_flags f = {.jobs = 1};
    const struct flag flags[] = {SWEEP_RUN_FLAGS(f), SWEEP_OUT_FLAG(out), {0}};
    char dir[4096];
    struct sweep_limits limits;
    TRY(cli_parse(c, flags, 1, -1, e));
    if (!file_is_directory(c->argv[0])) {
        TRY(sweep_make_plan(c, c->argc, c->argv, out, dir, &limits, e));
    } else if (c->argc > 1) {
        return error_set(e, E_USAGE,
                         "sweep run: '%s' is planned already: '%s' can only change a sweep file",
                         c->argv[0], c->argv[1]);
    } else {
        TRY(sweep_folder(c->argv[0], out, dir, e));
        TRY(read_limits(dir, &limits, e));
    }
    bool shared;
    TRY(wants_shared(dir, &shared, e));
    if (shared) TRY(sweep_do(c, dir, &limits, &f, e));
    printf("%s\n", dir);
    return tune(c, dir, &f, e);
}

const struct verb verb_sweep_run = {
    .name = "sweep run",
    .operands = "FILE [KEY=VALUE ...] [-j N]",
    .summary = "do its runs, or go on",
    .help = "Plans FILE and does every run that is not done: N at a time, each a process with its "
            "share of\nthe processors. Runs that are complete are skipped, those that were cut go "
            "on from their\ncheckpoint, those that failed for a cause that may go away are tried "
            "again, a diverged run is\na result. After a kill, a full disk or a crash the same "
            "command goes on; two at once share the\nwork. SIGTERM saves and exits 75, SIGINT 130 "
            "(twice: at once). KEY=VALUE\nchanges a key of the file, as with `train`.\n\n"
            "examples:\n"
            "  ropewalk sweep run experiments/quickstart/sweep.yaml -j 2\n"
            "  ropewalk sweep run sweep.yaml seeds=2 'base=[base.yaml, small.yaml]' ~tune\n"
            "  ropewalk sweep run sweeps/quickstart --time-budget 3600\n"
            "  ropewalk sweep run sweep.yaml --retry-failed",
    .run = run_run,
};
