/* sweep_report.c -- a sweep as one HTML file. */
#include "src/cli/sweep.h"
#include "src/lab/report.h"

static int run_report(struct cli *c, struct error *e)
{
    const char *out = "sweeps";
    struct report_options o = {0};
    const struct flag flags[] = {
        {"html", FLAG_STRING, &o.out, 0, 0, "FILE",
         "where; default report.html in the sweep's folder"},
        {"anonymous", FLAG_BOOL, &o.anonymous, 0, 0, NULL,
         "no machine, commit and logs: for review"},
        SWEEP_OUT_FLAG(out),
        {0},
    };
    struct store *s;
    enum figure_outcome outcome;
    char path[4400];
    TRY(cli_parse(c, flags, 1, 1, e));
    TRY(sweep_store(c->argv[0], out, &s, e));
    const int status = report_write(s, &o, &outcome, path, e);
    store_close(s);
    TRY(status);
    if (outcome == FIGURE_NO_GNUPLOT)
        cli_note(c, "gnuplot is missing, so the report has tables and no pictures: apt-get install "
                    "gnuplot-nox");
    printf("%s\n", path);
    return OK;
}

const struct verb verb_sweep_report = {
    .name = "sweep report",
    .operands = "FILE",
    .summary = "all of it as one HTML file",
    .help =
        "Verdicts, the table, curves, factors, failures, cost, methods and how to repeat it, in "
        "one file\nwithout network or script: figures are inside, each with its values. They are "
        "drawn into\nsweeps/<name>/figures too, with table and script.\n\n"
        "examples:\n"
        "  ropewalk sweep report sweeps/quickstart\n"
        "  ropewalk sweep report sweeps/quickstart --anonymous --html supplement.html",
    .run = run_report,
};
