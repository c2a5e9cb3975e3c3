/* table_write.c -- one table as text, Markdown, LaTeX, CSV and JSON. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/json.h"
#include "src/base/utf8.h"
#include "src/lab/table.h"

static const struct table_cell *cell(const struct table *t, int row, int column)
{
    return &t->cells[row * t->n_columns + column];
}

static const char *heading(const struct table *t, int column)
{
    return t->columns[column].title ? t->columns[column].title : "";
}

/* Columns of a terminal that a text takes. */
static int width(const char *text)
{
    int columns = 0;
    uint32_t code;
    for (size_t left = strlen(text); left;) {
        const int n = utf8_next(text, left, &code);
        columns += n ? utf8_width(code) : 1;
        text += n ? n : 1;
        left -= (size_t)(n ? n : 1);
    }
    return columns;
}

static int widest(const struct table *t, int column)
{
    char space[256];
    int most = width(heading(t, column));
    for (int r = 0; r < t->n_rows; r++) {
        const int w = width(table_cell_text(cell(t, r, column), space));
        if (w > most) most = w;
    }
    return most;
}

static void pad(FILE *f, const char *text, int columns, bool right, bool last)
{
    const int w = width(text), gap = columns > w ? columns - w : 0;
    fprintf(f, "%*s%s%*s", right ? gap : 0, "", text, right || last ? 0 : gap, "");
}

/* widths[n_columns]; NULL: no memory, and then nothing is aligned. */
static int *all_widths(const struct table *t)
{
    int *w = malloc((size_t)t->n_columns * sizeof *w);
    for (int c = 0; w && c < t->n_columns; c++) w[c] = widest(t, c);
    return w;
}

static void write_text(FILE *f, const struct table *t)
{
    char space[256];
    int *widths = all_widths(t);
    for (int r = -1; r < t->n_rows; r++) {
        for (int c = 0; c < t->n_columns; c++) {
            if (c) fputs("  ", f);
            pad(f, r < 0 ? heading(t, c) : table_cell_text(cell(t, r, c), space),
                widths ? widths[c] : 0, t->columns[c].numeric, c == t->n_columns - 1);
        }
        fputc('\n', f);
    }
    for (int i = 0; i < t->n_notes; i++) fprintf(f, "%s%s\n", i ? "" : "\n", t->notes[i]);
    free(widths);
}

/* ---- Markdown ---- */

static void markdown(FILE *f, const char *text)
{
    for (; *text; text++) {
        if (*text == '|' || *text == '*' || *text == '_' || *text == '`' || *text == '<' ||
            *text == '\\')
            fputc('\\', f);
        fputc(*text == '\n' ? ' ' : *text, f);
    }
}

static void write_markdown(FILE *f, const struct table *t)
{
    char space[256];
    for (int r = -2; r < t->n_rows; r++) {
        for (int c = 0; c < t->n_columns; c++) {
            fputs(c ? " | " : "| ", f);
            if (r == -1) {
                fputs(t->columns[c].numeric ? "---:" : "---", f);
                continue;
            }
            const bool strong = r >= 0 && cell(t, r, c)->strong;
            if (strong) fputs("**", f);
            markdown(f, r < 0 ? heading(t, c) : table_cell_text(cell(t, r, c), space));
            if (strong) fputs("**", f);
        }
        fputs(" |\n", f);
    }
    for (int i = 0; i < t->n_notes; i++) {
        fputc('\n', f);
        markdown(f, t->notes[i]);
        fputc('\n', f);
    }
}

/* ---- LaTeX ---- */

static void latex(FILE *f, const char *text)
{
    static const char special[] = "_%&#${}";
    for (; *text; text++) {
        if (strchr(special, *text))
            fprintf(f, "\\%c", *text);
        else if (*text == '~')
            fputs("\\textasciitilde{}", f);
        else if (*text == '^')
            fputs("\\textasciicircum{}", f);
        else if (*text == '\\')
            fputs("\\textbackslash{}", f);
        else if (*text == '<' || *text == '>')
            fprintf(f, "$%c$", *text);
        else if (strncmp(text, "±", strlen("±")) == 0) {
            fputs("$\\pm$", f);
            text += strlen("±") - 1;
        } else if (strncmp(text, "Δ", strlen("Δ")) == 0) {
            fputs("$\\Delta$", f);
            text += strlen("Δ") - 1;
        } else
            fputc(*text, f);
    }
}

/* Numbers in mathematics, so that a minus is one. */
static void latex_cell(FILE *f, const struct table_cell *c)
{
    char space[256];
    const char *text = table_cell_text(c, space), *pm = strstr(text, " ± ");
    if (c->strong) fputs("\\textbf{", f);
    if (c->text || isnan(c->value))
        latex(f, text);
    else if (pm)
        fprintf(f, "$%.*s \\pm %s$", (int)(pm - text), text, pm + strlen(" ± "));
    else
        fprintf(f, "$%s$", text);
    if (c->strong) fputs("}", f);
}

static void write_latex(FILE *f, const struct table *t)
{
    fputs("% needs \\usepackage{booktabs}\n\\begin{table}\n\\centering\n\\begin{tabular}{", f);
    for (int c = 0; c < t->n_columns; c++) fputc(t->columns[c].numeric ? 'r' : 'l', f);
    fputs("}\n\\toprule\n", f);
    for (int r = -1; r < t->n_rows; r++) {
        for (int c = 0; c < t->n_columns; c++) {
            if (c) fputs(" & ", f);
            if (r < 0)
                latex(f, heading(t, c));
            else
                latex_cell(f, cell(t, r, c));
        }
        fputs(r < 0 ? " \\\\\n\\midrule\n" : " \\\\\n", f);
    }
    fputs("\\bottomrule\n\\end{tabular}\n\\caption{", f);
    latex(f, t->title);
    for (int i = 0; i < t->n_notes; i++) {
        fputs(i ? " " : ". ", f);
        latex(f, t->notes[i]);
    }
    fputs("}\n\\end{table}\n", f);
}

/* ---- CSV (RFC 4180) ---- */

static void quote(FILE *f, const char *text)
{
    if (!text[strcspn(text, ",\"\r\n")]) {
        fputs(text, f);
        return;
    }
    fputc('"', f);
    for (; *text; text++) {
        if (*text == '"') fputc('"', f);
        fputc(*text, f);
    }
    fputc('"', f);
}

static void csv_number(FILE *f, const struct table_cell *c, double v)
{
    char text[64];
    if (isnan(v)) return;
    fputs(c->decimals == TABLE_FULL ? format_double(text, v) : table_rounded(text, c, v), f);
}

static void csv_cell(FILE *f, const struct table_cell *c, bool spread)
{
    if (c->text)
        quote(f, c->text);
    else
        csv_number(f, c, c->value);
    if (!spread) return;
    fputc(',', f);
    if (!c->text) csv_number(f, c, c->half);
}

static void write_csv(FILE *f, const struct table *t)
{
    for (int r = -1; r < t->n_rows; r++) {
        for (int c = 0; c < t->n_columns; c++) {
            if (c) fputc(',', f);
            if (r >= 0) {
                csv_cell(f, cell(t, r, c), t->columns[c].spread);
                continue;
            }
            quote(f, heading(t, c));
            if (!t->columns[c].spread) continue;
            char half[256];
            snprintf(half, sizeof half, "%.200s half", heading(t, c));
            fputc(',', f);
            quote(f, half);
        }
        fputc('\n', f);
    }
}

/* ---- JSON ---- */

static void json_cell(struct jsn_out *o, const struct table_cell *c, const char *title)
{
    char space[256];
    if (c->text) {
        jsn_put_string(o, title, c->text);
        return;
    }
    jsn_map_begin(o, title);
    jsn_put_double(o, "value", c->value);
    if (!isnan(c->half)) jsn_put_double(o, "half", c->half);
    jsn_put_string(o, "text", table_cell_text(c, space));
    jsn_map_end(o);
}

static void write_json(FILE *f, const struct table *t)
{
    struct jsn_out o;
    jsn_out_open(&o, true);
    jsn_map_begin(&o, NULL);
    jsn_put_string(&o, "title", t->title);
    jsn_array_begin(&o, "rows");
    for (int r = 0; r < t->n_rows; r++) {
        jsn_map_begin(&o, NULL);
        for (int c = 0; c < t->n_columns; c++) json_cell(&o, cell(t, r, c), heading(t, c));
        jsn_map_end(&o);
    }
    jsn_array_end(&o);
    jsn_array_begin(&o, "notes");
    for (int i = 0; i < t->n_notes; i++) jsn_put_string(&o, NULL, t->notes[i]);
    jsn_array_end(&o);
    jsn_map_end(&o);
    fprintf(f, "%.*s\n", (int)o.length, o.text);
    jsn_out_close(&o);
}

void table_write(FILE *f, const struct table *t, enum table_format format)
{
    static void (*const write[])(FILE *, const struct table *) = {
        write_text, write_markdown, write_latex, write_csv, write_json};
    write[format](f, t);
}
