/* report_html.h -- pieces of HTML. Every text that comes from outside is escaped. */
#ifndef LAB_REPORT_HTML_H
#define LAB_REPORT_HTML_H

#include <stdio.h>

#include "src/base/error.h"
#include "src/lab/table.h"

void html_begin(FILE *f, const char *title);
void html_end(FILE *f);
void html_text(FILE *f, const char *text);
/* <h2 id=...> */
void html_section(FILE *f, const char *id, const char *title);
void html_paragraph(FILE *f, const char *text);
/* With its notes below unless `bare`. */
void html_table(FILE *f, const struct table *t, const char *caption, bool bare);
/* The table as a link that saves it as CSV. */
int html_download(FILE *f, const struct table *t, const char *name, struct error *e);
/* A picture's file as a data image, with `alt`, as wide as its width in millimetres has it; a file of
 * values behind it in a fold. */
int html_figure(FILE *f, const char *svg, const char *tsv, int width, const char *alt,
                const char *caption, struct error *e);
void html_base64(FILE *f, const unsigned char *data, size_t n);

#endif
