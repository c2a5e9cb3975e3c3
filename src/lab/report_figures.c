/* report_figures.c -- see report_figures.h. */
#include "src/lab/report_figures.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
#include "src/lab/report_html.h"

int report_sources(const struct report_page *p, const char *file, char ***sources, struct error *e)
{
    char path[4400];
    int n = 0;
    const int runs = p->r->n_arms * p->r->n_seeds;
    *sources = calloc((size_t)runs + 1, sizeof **sources);
    if (!*sources) return -error_set(e, E_MEMORY, "no memory for %d runs", runs);
    for (int i = 0; i < runs; i++) {
        const struct lab_run *run = &p->r->runs[i];
        if (!run->dir || !p->shown[i / p->r->n_seeds]) continue;
        snprintf(path, sizeof path, "%s/%s", run->dir, file);
        if (!file_exists(path) && !file_is_directory(path)) continue;
        /* a name ends before the first slash of a source */
        char name[512];
        snprintf(name, sizeof name, "%s", p->r->arms[i / p->r->n_seeds].name);
        for (char *c = name; *c; c++)
            if (*c == '/') *c = ':';
        const size_t size = strlen(name) + strlen(run->dir) + 2;
        (*sources)[n] = malloc(size);
        if (!(*sources)[n]) abort();
        snprintf((*sources)[n++], size, "%s=%s", name, run->dir);
    }
    return n;
}

int report_figure(struct report_page *p, const char *name, int n, char *const *sources,
                  const char *alt, struct error *e)
{
    const struct figure_type *f;
    struct result r;
    char out[4200], svg[4400], tsv[4400], *own = (char *)p->s->dir;
    TRY(figure_find(name, &f, e));
    if (figure_collect(f, sources ? n : 1, sources ? sources : &own, &r, e)) {
        char why[4200];
        if (e->status != E_USAGE) return e->status;
        const bool too_much = !strncmp(e->text, FIGURE_LIMIT, strlen(FIGURE_LIMIT));
        if (!too_much && (f->source == FIGURE_EVAL || f->source == FIGURE_DOMAINS))
            return OK; /* not every run was evaluated so */
        snprintf(why, sizeof why, "No figure '%s': %s.", name, e->text);
        html_paragraph(p->f, why);
        return OK;
    }
    snprintf(out, sizeof out, "%s/figures/%s", p->s->dir, name);
    snprintf(svg, sizeof svg, "%s.svg", out);
    snprintf(tsv, sizeof tsv, "%s.tsv", out);
    const struct figure_options o = {.out = out};
    int status = figure_draw(f, &r, &o, &p->outcome, e);
    result_close(&r);
    if (status == E_USAGE) return OK; /* not one finite value */
    TRY(status);
    char caption[256];
    snprintf(caption, sizeof caption, "%c%s.", toupper((unsigned char)f->v.summary[0]),
             f->v.summary + 1);
    return html_figure(p->f, svg, tsv, f->width, alt, caption, e);
}
