/* figure.c -- see figure.h. */
#include "src/lab/figure.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/base/file.h"
#include "src/lab/analysis_run.h"
#include "src/lab/figure_sources.h"
#include "src/theory/analysis.h"

enum { POINTS = 1200, WORDS = 32 };

/* The analysis that the figure names, with its own arguments before the user's. */
static int collect_analysis(const struct figure_type *f, int n, char *const *sources,
                            struct result *out, struct error *e)
{
    char words[512], *argument[WORDS + 256], *at = words;
    int k = 0;
    const struct analysis_type *a;
    snprintf(words, sizeof words, "%s", f->what);
    for (char *w; (w = strsep(&at, " ")) && k < WORDS;)
        if (*w) argument[k++] = w;
    TRY(analysis_find(argument[0], &a, e));
    if (n > 256) return error_set(e, E_USAGE, "more than 256 arguments");
    for (int i = 0; i < n; i++) argument[k++] = sources[i];
    return analysis_run(a, k - 1, argument + 1, out, e);
}

int figure_collect(const struct figure_type *f, int n, char *const *sources, struct result *out,
                   struct error *e)
{
    switch (f->source) {
    case FIGURE_EVAL:
        return figure_from_eval(f, n, sources, out, e);
    case FIGURE_GRID:
        return figure_from_grid(f, n, sources, out, e);
    case FIGURE_DOMAINS:
        return figure_from_domains(f, n, sources, out, e);
    case FIGURE_SPEED:
        return figure_from_speed(f, n, sources, out, e);
    case FIGURE_METRICS:
        return figure_from_metrics(f, n, sources, out, e);
    case FIGURE_SWEEP:
        return figure_from_sweep(f, n, sources, out, e);
    default:
        return collect_analysis(f, n, sources, out, e);
    }
}

static bool has_values(const struct result *r)
{
    for (int i = 0; i < r->n_series; i++) {
        if (!r->series[i].n_fields && r->series[i].n_facts) return true;
        for (int k = 0; k < r->series[i].n_fields; k++)
            for (int64_t j = 0; j < r->series[i].field[k].n; j++)
                if (isfinite(r->series[i].field[k].v[j])) return true;
    }
    return false;
}

struct place_of {
    char folder[4096], name[256];
};

static int split(const char *out, struct place_of *p, struct error *e)
{
    const char *slash = strrchr(out, '/'), *name = slash ? slash + 1 : out;
    if (!*name || strlen(name) >= sizeof p->name || strlen(out) >= sizeof p->folder)
        return error_set(e, E_USAGE, "'%s' is no name for a figure", out);
    for (const char *c = name; *c; c++)
        if (*c == '\'' || (unsigned char)*c < 0x20)
            return error_set(e, E_USAGE, "'%s': a figure's name has no quotes", out);
    snprintf(p->folder, sizeof p->folder, "%.*s", slash ? (int)(slash - out) : 1,
             slash ? out : ".");
    if (slash == out) strcpy(p->folder, "/");
    strcpy(p->name, name);
    return OK;
}

static int write_file(const struct place_of *p, const char *suffix, const struct figure_type *f,
                      const struct result *r, const struct figure_options *o, struct error *e)
{
    char path[4500];
    struct file_out file;
    snprintf(path, sizeof path, "%s/%s%s", p->folder, p->name, suffix);
    TRY(file_out_open(&file, path, e));
    if (strcmp(suffix, ".gp") == 0) {
        figure_script(f, r, o, p->name, file.f);
    } else {
        if (o->source) fprintf(file.f, "# %s\n", o->source);
        result_tsv(r, file.f, true);
    }
    return file_out_commit(&file, e);
}

static int draw_files(const struct place_of *p, const struct figure_options *o, const char *gnuplot,
                      struct error *e)
{
    static const char *const terminals[] = {"svg", "pdf", "png"};
    char script[300], picture[4500];
    snprintf(script, sizeof script, "%s.gp", p->name);
    for (int i = 0; i < 3; i++) {
        if (o->formats && !strstr(o->formats, terminals[i])) continue;
        const int status = figure_run(gnuplot, p->folder, script, terminals[i], e);
        snprintf(picture, sizeof picture, "%s/%s.%s", p->folder, p->name, terminals[i]);
        if (status) remove(picture); /* no half picture */
        TRY(status);
        if (i == 1) TRY(figure_undate(picture, e));
    }
    return OK;
}

/* With characters, from a folder that is gone afterwards. */
static int draw_terminal(const struct figure_type *f, const struct result *r,
                         const struct figure_options *o, struct place_of *p, const char *gnuplot,
                         struct error *e)
{
    const char *base = getenv("TMPDIR");
    char script[300];
    snprintf(p->folder, sizeof p->folder, "%s/ropewalk-plot.XXXXXX", base && *base ? base : "/tmp");
    if (!mkdtemp(p->folder)) return error_set(e, E_IO, "cannot make a folder '%s'", p->folder);
    snprintf(script, sizeof script, "%s.gp", p->name);
    int status = write_file(p, ".tsv", f, r, o, e);
    if (!status) status = write_file(p, ".gp", f, r, o, e);
    if (!status) status = figure_run(gnuplot, p->folder, script, "dumb", e);
    file_remove_tree(p->folder, NULL);
    return status;
}

int figure_draw(const struct figure_type *f, const struct result *r, const struct figure_options *o,
                enum figure_outcome *outcome, struct error *e)
{
    struct place_of p;
    struct result thin;
    char gnuplot[4096];
    if (!has_values(r))
        return error_set(e, E_USAGE, "figure %s: there is no value to draw", f->v.name);
    TRY(split(o->out, &p, e));
    const bool found = figure_gnuplot(gnuplot, sizeof gnuplot);
    *outcome = found ? FIGURE_DRAWN : FIGURE_NO_GNUPLOT;
    if (o->terminal && !found) return OK;
    const int points = f->source == FIGURE_GRID ? INT_MAX : POINTS; /* cells all stay */
    figure_thin(r, f->grid, points, &thin);
    int status;
    if (o->terminal) {
        status = draw_terminal(f, &thin, o, &p, gnuplot, e);
    } else {
        status = file_make_directories(p.folder, e);
        if (!status) status = write_file(&p, ".tsv", f, &thin, o, e);
        if (!status) status = write_file(&p, ".gp", f, &thin, o, e);
        if (!status && found) status = draw_files(&p, o, gnuplot, e);
    }
    result_close(&thin);
    return status;
}
