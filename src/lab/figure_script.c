/* figure_script.c -- the script of a figure: what the table holds, the shared style, the figure's own
 * part. */
#include <math.h>
#include <string.h>

#include "src/lab/figure.h"

__asm__(".pushsection .rodata\n"
        "plot_style:\n.incbin \"plots/style.gp\"\n.byte 0\n"
        ".popsection\n");
extern const char plot_style[];

void figure_quote(FILE *out, const char *text)
{
    fputc('\'', out);
    for (; *text; text++) {
        if ((unsigned char)*text < 0x20) continue;
        if (*text == '\'') fputc('\'', out);
        fputc(*text, out);
    }
    fputc('\'', out);
}

static void put_number(FILE *out, double v)
{
    char text[32];
    fputs(isfinite(v) ? format_double(text, v) : "NaN", out);
    /* a whole number would divide as an integer */
    if (isfinite(v) && !strpbrk(text, ".e")) fputs(".0", out);
}

static void put_names(FILE *out, const struct result *r)
{
    fprintf(out, "array name[%d] = [", r->n_series);
    for (int i = 0; i < r->n_series; i++) {
        if (i) fputs(", ", out);
        figure_quote(out, r->series[i].name);
    }
    fputs("]\n", out);
}

static void put_styles(FILE *out, const struct result *r)
{
    struct figure_style s[RESULT_SERIES];
    figure_styles(r, s);
    fprintf(out, "array colour[%d] = [", r->n_series);
    for (int i = 0; i < r->n_series; i++) fprintf(out, "%s'%s'", i ? ", " : "", s[i].colour);
    fprintf(out, "]\narray dash[%d] = [", r->n_series);
    for (int i = 0; i < r->n_series; i++) fprintf(out, "%s%d", i ? ", " : "", s[i].dash);
    fprintf(out, "]\narray point[%d] = [", r->n_series);
    for (int i = 0; i < r->n_series; i++) fprintf(out, "%s%d", i ? ", " : "", s[i].point);
    fputs("]\n", out);
}

/* Facts of the whole as variables, facts of series as arrays; numbers alone. */
static void put_facts(FILE *out, const struct result *r)
{
    for (int k = 0; k < r->n_facts; k++) {
        const struct result_fact *f = &r->fact[k];
        fprintf(out, "%s = ", f->name);
        if (f->kind == FACT_TEXT)
            figure_quote(out, f->text);
        else
            put_number(out, f->v);
        fputc('\n', out);
    }
    for (int k = 0; r->n_series && k < r->series[0].n_facts; k++) {
        const char *name = r->series[0].fact[k].name;
        if (r->series[0].fact[k].kind == FACT_TEXT) continue;
        fprintf(out, "array %s[%d] = [", name, r->n_series);
        for (int i = 0; i < r->n_series; i++) {
            if (i) fputs(", ", out);
            put_number(out, result_value(&r->series[i], name));
        }
        fputs("]\n", out);
    }
}

/* A row for each series where there is no axis: high enough for all of them. */
static int height_of(const struct figure_type *f, const struct result *r)
{
    const int rows = 25 + 6 * r->n_series;
    return f->grid == FIGURE_ROWS && rows > f->height ? rows : f->height;
}

int figure_script(const struct figure_type *f, const struct result *r,
                  const struct figure_options *o, const char *name, FILE *out)
{
    fprintf(out, "# %s.gp -- %s. Draw with: gnuplot %s.gp\n", name, f->v.summary, name);
    fprintf(out, "# Without `terminal` it draws all three: svg, pdf, png.\n");
    fprintf(out, "if (!exists('terminal')) {\n    do for [terminal in 'svg pdf png'] { load ");
    fprintf(
        out,
        "'%s.gp' }\n    exit\n}\nreset\n\n# the table: an axis, then `fields` columns a series\n",
        name);
    fprintf(out, "table = '%s.tsv'\nout = '%s'\n", name, name); /* a name has no quotes */
    fprintf(out, "width = %d\nheight = %d\nn = %d\nfields = %d\n", f->width, height_of(f, r),
            r->n_series, r->n_series ? r->series[0].n_fields : 0);
    fprintf(out, "col(i, k) = 2 + (i - 1) * fields + k\n");
    fprintf(out, "axis_max = ");
    put_number(out, r->axis.n ? r->axis.v[r->axis.n - 1] : 0);
    fputc('\n', out);
    put_names(out, r);
    put_styles(out, r);
    put_facts(out, r);
    double train = o->train;
    for (int k = 0; k < r->n_facts && train <= 0; k++)
        if (strcmp(r->fact[k].name, "train_length") == 0) train = r->fact[k].v;
    fprintf(out, "train = ");
    put_number(out, train);
    fprintf(out, "\ntitle = ");
    figure_quote(out, o->title ? o->title : "");
    fprintf(out, "\n\n%s\n%s", plot_style, f->script);
    return ferror(out) ? E_IO : OK;
}
