/* metrics_table.c -- see metrics_table.h. */
#include "src/lab/metrics_table.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/lab/metrics.h"

struct column {
    char *key;
    double value;
    int written; /* in the row that is being gathered */
};

struct rows {
    FILE *f; /* NULL: the keys are being collected */
    struct column *column;
    int n, capacity, next; /* next: where the last key was found, as lines repeat their order */
    int64_t step, tokens;
    int begun;
};

static struct column *find(struct rows *r, const char *key)
{
    for (int i = 0; i < r->n; i++) {
        struct column *c = &r->column[(r->next + i) % r->n];
        if (strcmp(c->key, key)) continue;
        r->next = (int)(c - r->column) + 1;
        return c;
    }
    return NULL;
}

static int take_number(void *data, const char *key, double value, struct error *e)
{
    struct rows *r = data;
    struct column *c = find(r, key);
    if (!c) {
        if (r->n == r->capacity) {
            const int more = 2 * r->capacity + 32;
            struct column *v = realloc(r->column, (size_t)more * sizeof *v);
            if (!v) return error_set(e, E_MEMORY, "no memory for the keys of a run");
            r->column = v;
            r->capacity = more;
        }
        c = &r->column[r->n++];
        *c = (struct column){.key = strdup(key)};
        if (!c->key) return error_set(e, E_MEMORY, "no memory for the keys of a run");
    }
    c->value = value;
    c->written = 1;
    return OK;
}

static void flush_row(struct rows *r)
{
    char text[64];
    if (r->f && r->begun) {
        fprintf(r->f, "%" PRId64 ",%" PRId64, r->step, r->tokens);
        for (int i = 0; i < r->n; i++) {
            const struct column *c = &r->column[i];
            const char *shown = !c->written ? "" : isnan(c->value) ? "nan" : NULL;
            fprintf(r->f, ",%s", shown ? shown : format_double(text, c->value));
        }
        fputc('\n', r->f);
    }
    for (int i = 0; i < r->n; i++) r->column[i].written = 0;
}

static int take_line(void *data, const struct jsn_doc *line, struct error *e)
{
    struct rows *r = data;
    int64_t step = 0;
    TRY(jsn_int(line, line->root, "step", true, &step, e));
    if (!r->begun || step != r->step) flush_row(r);
    r->begun = 1;
    r->step = step;
    TRY(jsn_int(line, line->root, "tokens", false, &r->tokens, e));
    return metrics_numbers(line->root, take_number, r, e);
}

static void heading(const struct rows *r)
{
    fputs("step,tokens", r->f);
    for (int i = 0; i < r->n; i++) {
        const char *key = r->column[i].key;
        const int quoted = key[strcspn(key, ",\"\n")] != '\0';
        fputs(quoted ? ",\"" : ",", r->f);
        for (; *key; key++) {
            if (*key == '"') fputc('"', r->f);
            fputc(*key, r->f);
        }
        if (quoted) fputc('"', r->f);
    }
    fputc('\n', r->f);
}

int metrics_csv(FILE *f, const char *dir, struct error *e)
{
    struct rows r = {0};
    int status = metrics_walk(dir, NULL, take_line, &r, e);
    if (!status && !r.begun) status = error_set(e, E_USAGE, "'%s' has no metrics yet", dir);
    if (!status) {
        flush_row(&r);
        r.f = f;
        r.begun = 0;
        heading(&r);
        status = metrics_walk(dir, NULL, take_line, &r, e);
    }
    if (!status) flush_row(&r);
    for (int i = 0; i < r.n; i++) free(r.column[i].key);
    free(r.column);
    return status;
}
