/* analyze.c -- what can be said of an encoding, a mix or a curriculum without training. */
#include <string.h>

#include "src/base/json.h"
#include "src/cli/verbs.h"
#include "src/lab/analysis_run.h"
#include "src/lab/figure.h"

static void print_json(const struct result *r)
{
    struct jsn_out o;
    jsn_out_open(&o, false);
    result_json(r, &o);
    printf("%.*s\n", (int)o.length, o.text);
    jsn_out_close(&o);
}

static int run_analyze(struct cli *c, struct error *e)
{
    bool json = false, options = false, plot = false;
    struct figure_options o = {0};
    const struct analysis_type *a;
    struct result r;
    const struct flag flags[] = {
        {"json", FLAG_BOOL, &json, 0, 0, NULL, "one JSON object, numbers in full precision"},
        {"plot", FLAG_BOOL, &plot, 0, 0, NULL, "draw it instead: figures/<figure>.svg and so on"},
        {"out", FLAG_STRING, &o.out, 0, 0, "PATH", "with --plot: where, without suffix"},
        {"formats", FLAG_STRING, &o.formats, 0, 0, "LIST", "with --plot: of svg,pdf,png"},
        {"term", FLAG_BOOL, &o.terminal, 0, 0, NULL, "draw it in the terminal, write nothing"},
        {"options", FLAG_BOOL, &options, 0, 0, NULL, "the options of the analysis, one a line"},
        {0},
    };
    TRY(cli_parse(c, flags, 1, -1, e));
    TRY(analysis_find(c->argv[0], &a, e));
    if (options) {
        conf_help(stdout, a->v.schema);
        return OK;
    }
    plot |= o.terminal;
    const struct figure_type *f = figure_of_analysis(a->v.name);
    if (plot && !f) return error_set(e, E_USAGE, "analyze: no figure draws '%s'", a->v.name);
    TRY(analysis_run(a, c->argc - 1, c->argv + 1, &r, e));
    int status = OK;
    if (plot)
        status = cli_draw(c, f, &r, &o, e);
    else if (json)
        print_json(&r);
    else
        result_tsv(&r, stdout, false);
    result_close(&r);
    return status;
}

const struct verb verb_analyze = {
    .name = "analyze",
    .operands = "NAME [key=value ...]",
    .summary = "training-free analysis of an encoding, a mix, a curriculum",
    .help = "One analysis (`ropewalk list analyses`) as tab-separated values. `position=` is one\n"
            "encoding or a stack, `compare={name: encoding, ...}` several; where neither is given, "
            "the\n"
            "ones of the paper. Nothing is refused for being plain rope: the result says so.\n\n"
            "examples:\n"
            "  ropewalk analyze decay length=4096 head_dim=64\n"
            "  ropewalk analyze decay 'compare={RoPE: rope, ALiBi: alibi}' length=1024\n"
            "  ropewalk analyze frequencies --json 'position={type: yarn, factor: 4}' length=4096\n"
            "  ropewalk analyze flops\n"
            "  ropewalk analyze flops config=configs/curriculum.yaml\n"
            "  ropewalk analyze decay --plot --out decay\n"
            "  ropewalk analyze decay --options",
    .run = run_analyze,
};
