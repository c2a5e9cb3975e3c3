/* plot.c -- a figure: its table, its script, and the picture in three formats. */
#include <string.h>

#include "src/cli/verbs.h"
#include "src/lab/figure.h"

int cli_draw(struct cli *c, const struct figure_type *f, const struct result *r,
             struct figure_options *o, struct error *e)
{
    enum figure_outcome outcome;
    char path[512];
    if (!o->out) {
        snprintf(path, sizeof path, "figures/%s", f->v.name);
        o->out = path;
    }
    TRY(figure_draw(f, r, o, &outcome, e));
    if (outcome == FIGURE_NO_GNUPLOT) {
        if (!o->terminal) printf("%s.gp\n", o->out);
        cli_note(c, "gnuplot is missing, so there is a table and a script but no picture: "
                    "apt-get install gnuplot-nox");
    } else if (!o->terminal) {
        const char *first = o->formats ? o->formats : "svg";
        printf("%s.%.*s\n", o->out, (int)strcspn(first, ", "), first);
    }
    return OK;
}

/* What was typed, for the head of the table. */
static void describe(const struct cli *c, char *text, size_t size)
{
    size_t n = (size_t)snprintf(text, size, "ropewalk plot");
    for (int i = 0; i < c->argc && n < size; i++)
        n += (size_t)snprintf(text + n, size - n, strpbrk(c->argv[i], " {[") ? " '%s'" : " %s",
                              c->argv[i]);
}

static int run_plot(struct cli *c, struct error *e)
{
    struct figure_options o = {0};
    const struct figure_type *f;
    struct result r;
    char source[2048];
    const struct flag flags[] = {
        {"out", FLAG_STRING, &o.out, 0, 0, "PATH", "without suffix; default figures/FIGURE"},
        {"title", FLAG_STRING, &o.title, 0, 0, "TEXT", "a title above; default none"},
        {"train-length", FLAG_REAL, &o.train, 0, 1e15, "N", "mark this length"},
        {"formats", FLAG_STRING, &o.formats, 0, 0, "LIST", "of svg,pdf,png; default all"},
        {"term", FLAG_BOOL, &o.terminal, 0, 0, NULL, "draw in the terminal, write nothing"},
        {0},
    };
    TRY(cli_parse(c, flags, 1, -1, e));
    TRY(figure_find(c->argv[0], &f, e));
    describe(c, source, sizeof source);
    o.source = source;
    TRY(figure_collect(f, c->argc - 1, c->argv + 1, &r, e));
    const int status = cli_draw(c, f, &r, &o, e);
    result_close(&r);
    return status;
}

const struct verb verb_plot = {
    .name = "plot",
    .operands = "FIGURE [SOURCE ...]",
    .summary = "draw a figure: table, script, SVG, PDF and PNG beside each other",
    .help =
        "One figure (`ropewalk list figures`). Sources are what it is drawn from: arguments of "
        "the\n"
        "analysis (key=value) for a figure of theory. It writes PATH.tsv, PATH.gp, PATH.svg,\n"
        "PATH.pdf and PATH.png; edit the script or the table and `gnuplot PATH.gp` draws again.\n\n"
        "examples:\n"
        "  ropewalk plot decay\n"
        "  ropewalk plot decay 'compare={RoPE: rope, ALiBi: alibi}' length=2048 --out decay_alibi\n"
        "  ropewalk plot wavelengths head_dim=64 length=512 --term",
    .run = run_plot,
};
