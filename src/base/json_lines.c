/* json_lines.c -- files with a document in each line. See json.h. */
#define _GNU_SOURCE /* memmem */
#include <string.h>

#include "src/base/file.h"
#include "src/base/json.h"

int jsn_visit_line(const char *path, int number, const char *line, size_t n, jsn_line_visit *visit,
                   void *data, struct error *e)
{
    char name[4200];
    struct jsn_doc d;
    snprintf(name, sizeof name, "%s:%d", path, number);
    TRY(jsn_open_text(&d, name, line, n, e));
    const int status = visit(data, &d, e);
    jsn_close(&d);
    return status;
}

int jsn_lines(const char *path, const char *word, jsn_line_visit *visit, void *data,
              struct error *e)
{
    struct file_map m;
    int status = OK, number = 0;
    const size_t length = word ? strlen(word) : 0;
    TRY(file_map_open(&m, path, e));
    const char *at = (const char *)m.data, *stop = at ? at + m.size : at, *newline;
    for (; !status && at < stop && (newline = memchr(at, '\n', (size_t)(stop - at)));
         at = newline + 1) {
        const size_t n = (size_t)(newline - at);
        number++;
        if (n && (!length || memmem(at, n, word, length)))
            status = jsn_visit_line(path, number, at, n, visit, data, e);
    }
    file_map_close(&m);
    return status;
}
