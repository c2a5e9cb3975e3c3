/* run_diff.c -- see run_diff.h. */
#include "src/lab/run_diff.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"

struct pair {
    const char *part, *key, *a, *b;
};

struct differences {
    struct pair *v;
    int n, same;
};

/* Facts of one part: those of a in their order, then what b alone has. */
static void compare(struct differences *d, const char *part, const struct run_facts_list *a,
                    const struct run_facts_list *b)
{
    for (int i = 0; i < a->n; i++) {
        const struct run_fact *other = run_fact_find(b, a->v[i].key);
        if (other && strcmp(other->text, a->v[i].text) == 0)
            d->same++;
        else
            d->v[d->n++] =
                (struct pair){part, a->v[i].key, a->v[i].text, other ? other->text : "-"};
    }
    for (int i = 0; i < b->n; i++)
        if (!run_fact_find(a, b->v[i].key))
            d->v[d->n++] = (struct pair){part, b->v[i].key, "-", b->v[i].text};
}

/* Length of the common beginning in whole lines, and how many those are. */
static size_t common_lines(const struct file_map *a, const struct file_map *b, int *lines)
{
    size_t whole = 0;
    *lines = 0;
    for (size_t i = 0; i < a->size && i < b->size && a->data[i] == b->data[i]; i++)
        if (a->data[i] == '\n') {
            whole = i + 1;
            (*lines)++;
        }
    return whole;
}

static int compare_metrics(struct table *t, const char *a, const char *b, struct error *e)
{
    char path[2][4200], text[200];
    struct file_map m[2];
    int lines;
    snprintf(path[0], sizeof path[0], "%s/metrics.jsonl", a);
    snprintf(path[1], sizeof path[1], "%s/metrics.jsonl", b);
    if (!file_exists(path[0]) || !file_exists(path[1]))
        return table_note(t, "metrics.jsonl is not there in both.", e);
    TRY(file_map_open(&m[0], path[0], e));
    const int status = file_map_open(&m[1], path[1], e);
    if (!status) {
        const size_t whole = common_lines(&m[0], &m[1], &lines);
        if (whole == m[0].size && whole == m[1].size)
            snprintf(text, sizeof text, "The metrics are the same, byte for byte (%d lines).",
                     lines);
        else
            snprintf(text, sizeof text,
                     "The metrics are the same for %d lines and differ from "
                     "line %d on.",
                     lines, lines + 1);
        file_map_close(&m[1]);
    }
    file_map_close(&m[0]);
    return status ? status : table_note(t, text, e);
}

static int fill(struct table *t, const struct differences *d, const struct run_record *a,
                const struct run_record *b, struct error *e)
{
    const char *const titles[] = {"part", "key", a->id, b->id};
    char text[100];
    for (int c = 0; c < 4; c++) TRY(table_heading(t, c, titles[c], false, false, e));
    for (int r = 0; r < d->n; r++) {
        TRY(table_words(t, r, 0, d->v[r].part, e));
        TRY(table_words(t, r, 1, d->v[r].key, e));
        TRY(table_words(t, r, 2, d->v[r].a, e));
        TRY(table_words(t, r, 3, d->v[r].b, e));
    }
    snprintf(text, sizeof text, "%d facts differ, %d agree.", d->n, d->same);
    TRY(table_note(t, text, e));
    return compare_metrics(t, a->dir, b->dir, e);
}

int run_diff(struct table *t, const struct run_record *a, const struct run_record *b,
             struct error *e)
{
    const size_t most = (size_t)a->config.n + a->summary.n + a->metadata.n + b->config.n +
                        b->summary.n + b->metadata.n + 2;
    struct differences d = {malloc(most * sizeof *d.v), 0, 0};
    *t = (struct table){0};
    if (!d.v) return error_set(e, E_MEMORY, "no memory to compare two runs");
    compare(&d, "config", &a->config, &b->config);
    if (a->status != b->status)
        d.v[d.n++] = (struct pair){"status", "status", run_status_word(a->status),
                                   run_status_word(b->status)};
    compare(&d, "summary", &a->summary, &b->summary);
    compare(&d, "metadata", &a->metadata, &b->metadata);
    int status = table_open(t, "difference of two runs", d.n, 4, e);
    if (!status) status = fill(t, &d, a, b, e);
    if (status) table_close(t);
    free(d.v);
    return status;
}
