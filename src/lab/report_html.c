/* report_html.c -- see report_html.h. */
#include "src/lab/report_html.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
#include "src/base/utf8.h"

__asm__(".pushsection .rodata\n"
        "report_css:\n.incbin \"src/lab/report.css\"\n.byte 0\n"
        ".popsection\n");
extern const char report_css[];

enum { SHOWN_LINES = 400 };

void html_text(FILE *f, const char *text)
{
    uint32_t code;
    for (size_t left = strlen(text); left;) {
        const int n = utf8_next(text, left, &code);
        if (n == 0 || code == 0x7f || (code < 0x20 && code != '\n' && code != '\t'))
            fputs("\xEF\xBF\xBD", f);
        else if (*text == '&')
            fputs("&amp;", f);
        else if (*text == '<')
            fputs("&lt;", f);
        else if (*text == '>')
            fputs("&gt;", f);
        else if (*text == '"')
            fputs("&quot;", f);
        else if (*text == '\'')
            fputs("&#39;", f);
        else
            fwrite(text, 1, (size_t)n, f);
        text += n ? n : 1;
        left -= (size_t)(n ? n : 1);
    }
}

void html_begin(FILE *f, const char *title)
{
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
          "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src "
          "data:; style-src 'unsafe-inline'\">\n<title>",
          f);
    html_text(f, title);
    fprintf(f, "</title>\n<style>\n%s</style>\n</head>\n<body>\n", report_css);
    fputs("<a class=\"skip\" href=\"#main\">to the results</a>\n", f);
}

void html_end(FILE *f)
{
    fputs("</main>\n</body>\n</html>\n", f);
}

void html_section(FILE *f, const char *id, const char *title)
{
    fprintf(f, "<h2 id=\"%s\">", id);
    html_text(f, title);
    fputs("</h2>\n", f);
}

void html_paragraph(FILE *f, const char *text)
{
    fputs("<p>", f);
    html_text(f, text);
    fputs("</p>\n", f);
}

static void row(FILE *f, const struct table *t, int r)
{
    char space[256];
    fputs("<tr>", f);
    for (int c = 0; c < t->n_columns; c++) {
        const struct table_cell *x = &t->cells[r * t->n_columns + c];
        const char *tag = c ? "td" : "th scope=\"row\"";
        fprintf(f, "<%s%s>%s", tag, t->columns[c].numeric ? " class=\"n\"" : "",
                x->strong ? "<strong>" : "");
        html_text(f, table_cell_text(x, space));
        fprintf(f, "%s</%.2s>", x->strong ? "</strong>" : "", tag);
    }
    fputs("</tr>\n", f);
}

void html_table(FILE *f, const struct table *t, const char *caption, bool bare)
{
    fputs("<div class=\"wide\" tabindex=\"0\" role=\"group\" "
          "aria-label=\"table\"><table>\n<caption><span>",
          f);
    html_text(f, caption);
    fputs("</span></caption>\n<thead><tr>", f);
    for (int c = 0; c < t->n_columns; c++) {
        fprintf(f, "<th scope=\"col\"%s>", t->columns[c].numeric ? " class=\"n\"" : "");
        html_text(f, t->columns[c].title ? t->columns[c].title : "");
        fputs("</th>", f);
    }
    fputs("</tr></thead>\n<tbody>\n", f);
    for (int r = 0; r < t->n_rows; r++) row(f, t, r);
    fputs("</tbody></table></div>\n", f);
    if (bare || !t->n_notes) return;
    fputs("<ul class=\"notes\">\n", f);
    for (int i = 0; i < t->n_notes; i++) {
        fputs("<li>", f);
        html_text(f, t->notes[i]);
        fputs("</li>\n", f);
    }
    fputs("</ul>\n", f);
}

void html_base64(FILE *f, const unsigned char *data, size_t n)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < n; i += 3) {
        const uint32_t x = (uint32_t)data[i] << 16 | (i + 1 < n ? (uint32_t)data[i + 1] << 8 : 0) |
                           (i + 2 < n ? data[i + 2] : 0);
        fputc(digit[x >> 18], f);
        fputc(digit[x >> 12 & 63], f);
        fputc(i + 1 < n ? digit[x >> 6 & 63] : '=', f);
        fputc(i + 2 < n ? digit[x & 63] : '=', f);
    }
}

int html_download(FILE *f, const struct table *t, const char *name, struct error *e)
{
    char *text = NULL;
    size_t n = 0;
    FILE *memory = open_memstream(&text, &n);
    if (!memory) return error_set(e, E_MEMORY, "no memory for a table");
    table_write(memory, t, TABLE_CSV);
    fclose(memory);
    fprintf(f, "<p class=\"download\"><a download=\"%s\" href=\"data:text/csv;base64,", name);
    html_base64(f, (const unsigned char *)text, n);
    fprintf(f, "\">%s</a></p>\n", name);
    free(text);
    return OK;
}

/* The first lines of a table's file. */
static int put_values(FILE *f, const char *tsv, struct error *e)
{
    char *text;
    size_t n;
    int lines = 0;
    TRY(file_read_all(tsv, &text, &n, e));
    char *end = text;
    while (*end && lines < SHOWN_LINES) lines += *end++ == '\n';
    const bool cut = *end != '\0';
    *end = '\0';
    fputs("<details><summary>the values</summary>\n<pre>", f);
    html_text(f, text);
    fputs("</pre>\n", f);
    if (cut) fprintf(f, "<p>The first %d lines; the file has them all.</p>\n", SHOWN_LINES);
    fputs("</details>\n", f);
    free(text);
    return OK;
}

int html_figure(FILE *f, const char *svg, const char *tsv, int width, const char *alt,
                const char *caption, struct error *e)
{
    char *data = NULL;
    size_t n = 0;
    fputs("<figure>\n", f);
    if (file_exists(svg)) {
        TRY(file_read_all(svg, &data, &n, e));
        fprintf(f, "<div><img style=\"width: %drem; min-width: %drem\" alt=\"", width * 60 / 175,
                width > 150 ? 32 : 0); /* a page's width is not read at a phone's */
        html_text(f, alt);
        fputs("\" src=\"data:image/svg+xml;base64,", f);
        html_base64(f, (const unsigned char *)data, n);
        fputs("\"></div>\n", f);
        free(data);
    } else {
        html_paragraph(f, "The picture was not drawn, as gnuplot is missing (apt-get install "
                          "gnuplot-nox); the values are below.");
    }
    fputs("<figcaption>", f);
    html_text(f, caption);
    fputs("</figcaption>\n", f);
    TRY(put_values(f, tsv, e));
    fputs("</figure>\n", f);
    return OK;
}
