/* sweep_table.c -- what a sweep found: arms against the baseline, or one row a run. */
#include <string.h>

#include "src/cli/sweep.h"
#include "src/lab/effects.h"
#include "src/lab/store_results.h"
#include "src/lab/sweep_table.h"

static int find_format(const char *word, enum table_format *f, struct error *e)
{
    *f = table_format_of(word);
    return *f == TABLE_FORMAT_COUNT
               ? error_set(e, E_USAGE, "sweep table: unknown format '%s': text, md, tex, csv, json",
                           word)
               : OK;
}

static int print(const struct lab_results *r, bool runs, bool effects, enum table_format f, int n,
                 char *const *columns, struct error *e)
{
    struct table t;
    const char *const *wanted = (const char *const *)columns;
    TRY(effects ? effects_table(&t, r, e)
        : runs  ? sweep_runs_table(&t, r, wanted, n, e)
                : sweep_table(&t, r, wanted, n, e));
    table_write(stdout, &t, f);
    table_close(&t);
    return OK;
}

/* Verdicts on another metric than the declared one. */
struct other_metric {
    const char *name, *goal;
    double delta; /* < 0: not given */
};

static int check_metric(const struct other_metric *m, struct error *e)
{
    if (!m->name && (m->goal || m->delta >= 0))
        return error_set(e, E_USAGE, "sweep table: --goal and --practical-delta need --metric");
    if (m->goal && strcmp(m->goal, "minimize") && strcmp(m->goal, "maximize"))
        return error_set(e, E_USAGE, "sweep table: --goal '%s' is neither minimize nor maximize",
                         m->goal);
    return OK;
}

static void choose_metric(struct lab_results *r, const struct other_metric *m)
{
    if (!m->name) return;
    r->metric = m->name;
    r->goal = m->goal && !strcmp(m->goal, "maximize") ? GOAL_MAXIMIZE : GOAL_MINIMIZE;
    r->practical_delta = m->delta >= 0 ? m->delta : 0;
}

static int run_table(struct cli *c, struct error *e)
{
    const char *out = "sweeps", *word = "text";
    bool runs = false, json = false, effects = false;
    struct other_metric metric = {.delta = -1};
    const struct flag flags[] = {
        {"format", FLAG_STRING, &word, 0, 0, "WORD", "text, md, tex, csv, json"},
        {"json", FLAG_BOOL, &json, 0, 0, NULL, "as --format json"},
        {"effects", FLAG_BOOL, &effects, 0, 0, NULL, "factor by factor, for grids"},
        {"runs", FLAG_BOOL, &runs, 0, 0, NULL, "one row a run, no averages"},
        {"metric", FLAG_STRING, &metric.name, 0, 0, "KEY", "verdicts on this, not on the declared"},
        {"goal", FLAG_STRING, &metric.goal, 0, 0, "WORD",
         "of --metric: minimize (default) or maximize"},
        {"practical-delta", FLAG_REAL, &metric.delta, 0, 1e9, "X", "of --metric; default: none"},
        SWEEP_OUT_FLAG(out),
        {0},
    };
    struct store *s;
    struct store_results *own;
    const struct lab_results *r;
    enum table_format f;
    TRY(cli_parse(c, flags, 1, -1, e));
    TRY(find_format(json ? "json" : word, &f, e));
    TRY(check_metric(&metric, e));
    TRY(sweep_store(c->argv[0], out, &s, e));
    int status = store_results_open(&own, s, &r, e);
    if (!status) {
        struct lab_results of = *r;
        choose_metric(&of, &metric);
        status = print(&of, runs, effects, f, c->argc - 1, c->argv + 1, e);
        store_results_close(own);
    }
    store_close(s);
    return status;
}

const struct verb verb_sweep_table = {
    .name = "sweep table",
    .operands = "FILE [COLUMN ...]",
    .summary = "what it found, against the baseline",
    .help = "The table of an ablation: n, the metric with its interval, the difference from the "
            "baseline,\nadjusted p, wins, a verdict, and further columns: 'eval/loss', 'min "
            "eval/loss as best',\n'tokens', a parameter. Runs that are missing are counted and "
            "said. `sweep run` writes the same\nto sweeps/<name>/tables in all formats.\n\n"
            "examples:\n"
            "  ropewalk sweep table sweeps/quickstart\n"
            "  ropewalk sweep table sweeps/quickstart 'min eval/loss' --format md\n"
            "  ropewalk sweep table sweeps/quickstart --metric test/copy_lag/loss "
            "--practical-delta 0.02\n"
            "  ropewalk sweep table sweeps/quickstart --runs --format csv",
    .run = run_table,
};
