/* runs.c -- ropewalk runs: what has been trained. */
#include <string.h>

#include "src/cli/jobs.h"
#include "src/cli/table_format.h"
#include "src/cli/verbs.h"
#include "src/lab/index_table.h"
#include "src/lab/run_diff.h"

static int open_index(struct run_index **x, const struct cli *c, const char *dir, struct error *e)
{
    struct error why;
    int unreadable;
    TRY(run_index_open(x, dir, &unreadable, &why, e));
    if (unreadable && !c->quiet)
        fprintf(stderr, "warning: %d run folders cannot be read and are left out: %s\n", unreadable,
                why.text);
    return OK;
}

static int print(struct table *t, enum table_format format, struct error *e)
{
    table_write(stdout, t, format);
    table_close(t);
    return cli_finish_output(e);
}

/* ---- ls ---- */

enum { KEYS = 100, KEY_TEXT = 8192 };

/* "a,b,c" in place; returns how many, -1: too many. */
static int split(char *text, const char *keys[KEYS])
{
    int n = 0;
    for (char *at = strtok(text, ","); at; at = strtok(NULL, ",")) {
        if (n == KEYS) return -1;
        keys[n++] = at;
    }
    return n;
}

static int run_ls(struct cli *c, struct error *e)
{
    struct table_flags out = {0};
    struct index_question q = {0};
    const char *columns = "eval/loss,test/loss", *keys[KEYS];
    char text[KEY_TEXT];
    const struct flag flags[] = {
        {"where", FLAG_STRING, &q.where, 0, 0, "COND", "which runs: 'optim.lr<1e-3 and name~rope'"},
        {"columns", FLAG_STRING, &columns, 0, 0, "KEYS", "further keys, by commas"},
        {"sort", FLAG_STRING, &q.sort, 0, 0, "KEY", "order; -KEY: largest first"},
        {"changed", FLAG_BOOL, &q.changed, 0, 0, NULL, "every setting that is not the same in all"},
        TABLE_FLAGS(&out),
        {0},
    };
    enum table_format format;
    struct run_index *x;
    struct table t;
    TRY(cli_parse(c, flags, 0, 1, e));
    TRY(table_flags_format(&format, &out, c, e));
    if (snprintf(text, sizeof text, "%s", columns) >= KEY_TEXT ||
        (q.n_keys = split(text, keys)) < 0)
        return error_set(e, E_USAGE, "runs ls: --columns names more than %d keys", KEYS);
    q.keys = keys;
    TRY(open_index(&x, c, c->argc ? c->argv[0] : "runs", e));
    const int status = index_table_runs(&t, x, &q, e);
    run_index_close(x);
    return status ? status : print(&t, format, e);
}

static const struct verb job_ls = {
    .name = "runs ls",
    .operands = "[DIR]",
    .summary = "list runs: which, how they stand, what came out",
    .help =
        "Runs under DIR (default runs; a sweep's folder too), from an index that is brought up to\n"
        "date first. A key is a setting or a result, whole or its end after a dot: rope_theta\n"
        "finds position[0].rope_theta. Conditions: = != < <= > >= ~ (contains), and, or, not, ().\n"
        "\nexamples:\n"
        "  ropewalk runs ls\n"
        "  ropewalk runs ls --where 'position[0].type=yarn and eval/loss<3' --sort eval/loss\n"
        "  ropewalk runs ls sweeps/positions --changed --format csv",
    .run = run_ls,
};

/* ---- diff ---- */

static int open_run(struct run_record *r, const char *runs, const char *word, struct error *e)
{
    char dir[4096];
    TRY(run_folder_find(dir, sizeof dir, runs, word, e));
    return run_record_open(r, dir, e);
}

static int run_diff_job(struct cli *c, struct error *e)
{
    struct table_flags out = {0};
    const char *runs = "runs";
    const struct flag flags[] = {
        {"runs", FLAG_STRING, &runs, 0, 0, "DIR", "where ids are looked up; default runs"},
        TABLE_FLAGS(&out),
        {0},
    };
    enum table_format format;
    struct run_record a, b;
    struct table t;
    TRY(cli_parse(c, flags, 2, 2, e));
    TRY(table_flags_format(&format, &out, c, e));
    TRY(open_run(&a, runs, c->argv[0], e));
    int status = open_run(&b, runs, c->argv[1], e);
    if (!status) {
        status = run_diff(&t, &a, &b, e);
        run_record_close(&b);
    }
    run_record_close(&a);
    return status ? status : print(&t, format, e);
}

static const struct verb job_diff = {
    .name = "runs diff",
    .operands = "A B",
    .summary = "what two runs differ in",
    .help =
        "A and B are run folders, or ids (the beginning of one will do). Prints every setting,\n"
        "result and surrounding that is not the same, and from which line on the metrics part.\n"
        "\nexamples:\n"
        "  ropewalk runs diff 255e 9a1c\n"
        "  ropewalk runs diff runs/255e92924324 sweeps/positions/runs/9a1c5b0d7e21 --json",
    .run = run_diff_job,
};

/* ---- sql ---- */

static int run_sql(struct cli *c, struct error *e)
{
    struct table_flags out = {0};
    const char *dir = "runs";
    const struct flag flags[] = {
        {"dir", FLAG_STRING, &dir, 0, 0, "DIR", "folder of runs, or of a sweep; default runs"},
        TABLE_FLAGS(&out),
        {0},
    };
    enum table_format format;
    struct run_index *x;
    struct table t;
    TRY(cli_parse(c, flags, 1, 1, e));
    TRY(table_flags_format(&format, &out, c, e));
    TRY(open_index(&x, c, dir, e));
    const int status = index_table_sql(&t, x, c->argv[0], e);
    run_index_close(x);
    return status ? status : print(&t, format, e);
}

static const struct verb job_sql = {
    .name = "runs sql",
    .operands = "SELECT",
    .summary = "ask the index of runs in SQL",
    .help =
        "One SELECT (SQLite) over\n"
        "  runs(id, dir, name, status, step, tokens, total)\n"
        "  facts(run, kind, key, text, number)   kind: config, summary, metadata\n"
        "Nothing can be written: the files are the truth.\n"
        "\nexamples:\n"
        "  ropewalk runs sql 'SELECT status, count(*) FROM runs GROUP BY status'\n"
        "  ropewalk runs sql \"SELECT run, number FROM facts WHERE key='eval/loss' ORDER BY 2\" "
        "--format csv",
    .run = run_sql,
};

static const struct verb *const jobs[] = {&job_ls, &job_diff, &job_sql, NULL};

static int run_runs(struct cli *c, struct error *e)
{
    return cli_run_job(c, jobs, e);
}

const struct verb verb_runs = {
    .name = "runs",
    .operands = "ls|diff|sql ...",
    .summary = "list, compare and query runs",
    .help = "What has been trained, from the files that runs leave behind.\n\nexamples:\n"
            "  ropewalk runs ls --where 'status=complete and eval/loss<3' --sort eval/loss\n"
            "  ropewalk runs diff 255e 9a1c\n"
            "  ropewalk runs sql 'SELECT status, count(*) FROM runs GROUP BY status'",
    .run = run_runs,
};
