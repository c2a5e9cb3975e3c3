/* metrics.c -- see metrics.h. */
#define _GNU_SOURCE /* memmem, memrchr */
#include "src/lab/metrics.h"

#include <math.h>
#include <string.h>

#include "src/base/file.h"

int metrics_walk(const char *dir, const char *word, jsn_line_visit *visit, void *data,
                 struct error *e)
{
    return metrics_walk_file(dir, "metrics.jsonl", word, visit, data, e);
}

int metrics_walk_file(const char *dir, const char *name, const char *word, jsn_line_visit *visit,
                      void *data, struct error *e)
{
    char path[4096];
    TRY(file_join(path, sizeof path, dir, name, e));
    return file_exists(path) ? jsn_lines(path, word, visit, data, e) : OK;
}

int metrics_last(const char *dir, const char *word, jsn_line_visit *visit, void *data,
                 struct error *e)
{
    char path[4096];
    struct file_map m;
    int status = OK;
    TRY(file_join(path, sizeof path, dir, "metrics.jsonl", e));
    if (!file_exists(path)) return OK;
    TRY(file_map_open(&m, path, e));
    const char *text = (const char *)m.data;
    const char *stop =
        text ? memrchr(text, '\n', m.size) : NULL; /* of the line that is looked at */
    while (stop) {
        const char *before = memrchr(text, '\n', (size_t)(stop - text));
        const char *line = before ? before + 1 : text;
        if (memmem(line, (size_t)(stop - line), word, strlen(word))) {
            int number = 1;
            for (const char *at = text; at < line; at++) number += *at == '\n';
            status = jsn_visit_line(path, number, line, (size_t)(stop - line), visit, data, e);
            break;
        }
        stop = before;
    }
    file_map_close(&m);
    return status;
}

static int give(const jsn *value, const char *key, metrics_number *visit, void *data,
                struct error *e)
{
    if (value && !jsn_is_number(value)) return OK;
    return visit(data, key, value ? jsn_as_double(value) : NAN, e);
}

int metrics_numbers(const jsn *line, metrics_number *visit, void *data, struct error *e)
{
    for (void *it = jsn_first(line); it; it = jsn_next(line, it)) {
        const char *key = jsn_key(it);
        const jsn *value = jsn_get(line, key);
        if (strcmp(key, "step") == 0 || strcmp(key, "tokens") == 0) continue;
        if (!value || !jsn_is_array(value)) {
            TRY(give(value, key, visit, data, e));
            continue;
        }
        for (size_t i = 0; i < jsn_length(value); i++) {
            char entry[304];
            snprintf(entry, sizeof entry, "%.280s/%02zu", key, i);
            const jsn *at = jsn_at(value, i);
            TRY(give(at && jsn_is_number(at) ? at : NULL, entry, visit, data, e));
        }
    }
    return OK;
}
