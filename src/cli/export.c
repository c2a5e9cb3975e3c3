/* export.c -- ropewalk export: what other programs read. */

#include "src/base/file.h"
#include "src/cli/jobs.h"
#include "src/cli/verbs.h"
#include "src/lab/metrics_table.h"
#include "src/lab/run_record.h"
#include "src/lab/tensorboard.h"

/* ---- tensorboard ---- */

struct exporting {
    const char *out;
    bool by_tokens;
};

/* out/<name>-<id>; a run's folder that has no name: out/<id>. */
static int export_run(const struct exporting *x, const char *dir, struct error *e)
{
    char name[400], out[4096], path[4096];
    struct run_record r;
    int64_t scalars;
    TRY(run_record_open(&r, dir, e));
    snprintf(name, sizeof name, "%s%s%s", r.name, *r.name ? "-" : "", r.id);
    run_record_close(&r);
    for (char *c = name; *c; c++)
        if (*c == '/') *c = '_';
    TRY(file_join(out, sizeof out, x->out, name, e));
    TRY(tensorboard_export(dir, out, x->by_tokens, path, &scalars, e));
    printf("%s\n", path);
    return OK;
}

/* A run, or a folder of runs, or a sweep: all of its runs that have metrics. */
static int export_operand(const struct exporting *x, const char *runs, const char *word,
                          struct error *e)
{
    char dir[4096], **names;
    size_t n;
    int done = 0, status = OK;
    TRY(file_join(dir, sizeof dir, word, "runs", e));
    if (!file_is_directory(dir)) {
        TRY(run_folder_find(dir, sizeof dir, runs, word, e));
        return export_run(x, dir, e);
    }
    TRY(file_list(dir, &names, &n, e));
    for (size_t i = 0; !status && i < n; i++) {
        char run[4096], metrics[4096];
        status = file_join(run, sizeof run, dir, names[i], e);
        if (!status) status = file_join(metrics, sizeof metrics, run, "metrics.jsonl", e);
        if (status || !file_exists(metrics)) continue;
        status = export_run(x, run, e);
        done++;
    }
    file_list_free(names, n);
    return status || done ? status : error_set(e, E_USAGE, "no run of '%s' has metrics yet", word);
}

static int run_tensorboard(struct cli *c, struct error *e)
{
    const char *runs = "runs";
    struct exporting x = {.out = "tensorboard"};
    const struct flag flags[] = {
        {"out", FLAG_STRING, &x.out, 0, 0, "DIR",
         "one folder a run goes here; default tensorboard"},
        {"tokens", FLAG_BOOL, &x.by_tokens, 0, 0, NULL, "tokens instead of steps on the axis"},
        {"runs", FLAG_STRING, &runs, 0, 0, "DIR", "where ids are looked up; default runs"},
        {0},
    };
    TRY(cli_parse(c, flags, 1, -1, e));
    for (int i = 0; i < c->argc; i++) TRY(export_operand(&x, runs, c->argv[i], e));
    return cli_finish_output(e);
}

static const struct verb job_tensorboard = {
    .name = "export tensorboard",
    .operands = "RUN|SWEEP ...",
    .summary = "event files for TensorBoard",
    .help = "Every number that a run recorded becomes a scalar. Writes one event file a run, in a\n"
            "folder of its own under --out, and prints its path; again: the same file, anew.\n"
            "\nexamples:\n"
            "  ropewalk export tensorboard runs/255e92924324\n"
            "  ropewalk export tensorboard sweeps/positions --tokens && tensorboard --logdir "
            "tensorboard",
    .run = run_tensorboard,
};

/* ---- csv ---- */

static int run_csv(struct cli *c, struct error *e)
{
    const char *runs = "runs";
    const struct flag flags[] = {
        {"runs", FLAG_STRING, &runs, 0, 0, "DIR", "where ids are looked up; default runs"},
        {0},
    };
    char dir[4096];
    TRY(cli_parse(c, flags, 1, 1, e));
    TRY(run_folder_find(dir, sizeof dir, runs, c->argv[0], e));
    TRY(metrics_csv(stdout, dir, e));
    return cli_finish_output(e);
}

static const struct verb job_csv = {
    .name = "export csv",
    .operands = "RUN",
    .summary = "metrics as a table, one row a step",
    .help = "Columns are step, tokens and every key that the run recorded, lists one column an\n"
            "entry; numbers in full; an empty cell was not recorded at this step.\n"
            "\nexamples:\n"
            "  ropewalk export csv runs/255e92924324 >metrics.csv",
    .run = run_csv,
};

static const struct verb *const jobs[] = {&job_tensorboard, &job_csv, NULL};

static int run_export(struct cli *c, struct error *e)
{
    return cli_run_job(c, jobs, e);
}

const struct verb verb_export = {
    .name = "export",
    .operands = "tensorboard|csv RUN",
    .summary = "runs for other programs",
    .help = "What runs recorded, in the formats of other programs.\n\nexamples:\n"
            "  ropewalk export tensorboard runs/255e92924324\n"
            "  ropewalk export csv runs/255e92924324 >metrics.csv",
    .run = run_export,
};
