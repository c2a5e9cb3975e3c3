/* figure_speed.c -- how fast runs trained, by the length of their rows: metrics.jsonl says how long the
 * rows of a step were, timing.jsonl how long the step took. */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
#include "src/base/json.h"
#include "src/lab/figure_points.h"
#include "src/lab/figure_sources.h"

struct step_time {
    int64_t step;
    double length, rate; /* tokens a second */
};

struct steps {
    int n, capacity;
    struct step_time *v;
};

static int read_lines(const char *run, const char *name, struct steps *s, const char *key,
                      size_t offset, struct error *e)
{
    char path[4500], *text;
    size_t n;
    snprintf(path, sizeof path, "%s/%s", run, name);
    TRY(file_read_all(path, &text, &n, e));
    int status = OK, at = 0;
    for (char *line = text, *end; !status && (end = strchr(line, '\n')); line = end + 1) {
        struct jsn_doc d;
        status = jsn_open_text(&d, path, line, (size_t)(end - line), e);
        if (status) break;
        const jsn *step = jsn_get(d.root, "step"), *v = jsn_get(d.root, key);
        const int64_t number = step && jsn_is_number(step) ? (int64_t)jsn_as_double(step) : -1;
        if (v && jsn_is_number(v) && number >= 0) {
            while (at < s->n && s->v[at].step < number) at++;
            if (at == s->n && s->n == s->capacity) {
                s->capacity = s->capacity ? 2 * s->capacity : 1024;
                s->v = realloc(s->v, (size_t)s->capacity * sizeof *s->v);
                if (!s->v) abort();
            }
            if (at == s->n) s->v[s->n++] = (struct step_time){number, NAN, NAN};
            if (s->v[at].step == number) *(double *)((char *)&s->v[at] + offset) = jsn_as_double(v);
        }
        jsn_close(&d);
    }
    free(text);
    return status;
}

static int by_length(const void *a, const void *b)
{
    const struct step_time *x = a, *y = b;
    if (x->length != y->length) return x->length < y->length ? -1 : 1;
    return (x->rate > y->rate) - (x->rate < y->rate);
}

/* Median and quartiles of the steps of each length. The first step of a length, which takes its
 * memory, is left out where there are others. */
static void add_lengths(struct steps *s, int series, int panel, struct figure_points *p)
{
    int kept = 0;
    double before = 0;
    for (int i = 0; i < s->n; i++) {
        const double length = s->v[i].length;
        const bool first = length != before, more = i + 1 < s->n && s->v[i + 1].length == length;
        before = length;
        if ((first && more) || !isfinite(s->v[i].length) || !isfinite(s->v[i].rate)) continue;
        s->v[kept++] = s->v[i];
    }
    qsort(s->v, (size_t)kept, sizeof *s->v, by_length);
    double *rate = malloc(((size_t)kept + 1) * sizeof *rate);
    if (!rate) abort();
    for (int i = 0, n; i < kept; i += n) {
        for (n = 0; i + n < kept && s->v[i + n].length == s->v[i].length; n++)
            rate[n] = s->v[i + n].rate / 1e3;
        figure_points_add(p, (struct figure_point){.series = series,
                                                   .panel = panel,
                                                   .x = s->v[i].length,
                                                   .y = rate[n / 2],
                                                   .low = rate[n / 4],
                                                   .high = rate[n - 1 - n / 4]});
    }
    free(rate);
}

static int add_run(void *to, const char *run, const char *given, struct error *e)
{
    struct figure_points *p = to;
    struct steps s = {0};
    char name[256];
    int series, panel;
    figure_run_name(run, name);
    TRY(figure_points_series(p, *given ? given : name, &series, e));
    TRY(figure_points_panel(p, "speed", &panel, e));
    int status =
        read_lines(run, "metrics.jsonl", &s, "length", offsetof(struct step_time, length), e);
    if (!status)
        status = read_lines(run, "timing.jsonl", &s, "tokens_per_second",
                            offsetof(struct step_time, rate), e);
    if (!status) add_lengths(&s, series, panel, p);
    free(s.v);
    return status;
}

int figure_from_speed(const struct figure_type *f, int n, char *const *sources, struct result *out,
                      struct error *e)
{
    struct figure_points p = {.out = out};
    int status = n ? OK : error_set(e, E_USAGE, "no source: name folders of runs");
    result_open(out, f->v.name);
    for (int i = 0; i < n && !status; i++) status = figure_each_run(sources[i], add_run, &p, e);
    if (!status && !p.n) status = error_set(e, E_USAGE, "no run has timed steps");
    if (!status) figure_points_result(&p, "length", "tokens");
    figure_points_close(&p);
    if (status) result_close(out);
    return status;
}
