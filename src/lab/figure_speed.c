/* figure_speed.c -- how fast runs trained, by the length of their rows: metrics.jsonl says how long the
 * rows of a step were, timing.jsonl how long the step took. */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include "src/lab/figure_points.h"
#include "src/lab/figure_reading.h"
#include "src/lab/figure_sources.h"

struct step_time {
    int64_t step;
    double length, rate; /* tokens a second */
    int series;
};

struct steps {
    int n, capacity;
    struct step_time *v;
};

/* Steps of all runs so far, and where the present one's begin. */
struct timing {
    struct figure_points points;
    struct steps all;
    int from;
};

/* One quantity of the present run's steps, from the lines that have it. */
struct quantity {
    struct steps *steps;
    int at; /* steps come in order */
    const char *key;
    size_t offset; /* of the field in struct step_time */
};

static void read_line(void *to, const jsn *line)
{
    struct quantity *q = to;
    struct steps *s = q->steps;
    const jsn *step = jsn_get(line, "step"), *v = jsn_get(line, q->key);
    const int64_t number = step && jsn_is_number(step) ? (int64_t)jsn_as_double(step) : -1;
    if (!v || !jsn_is_number(v) || number < 0) return;
    while (q->at < s->n && s->v[q->at].step < number) q->at++;
    if (q->at == s->n && s->n == s->capacity) {
        s->capacity = s->capacity ? 2 * s->capacity : 1024;
        s->v = realloc(s->v, (size_t)s->capacity * sizeof *s->v);
        if (!s->v) abort();
    }
    if (q->at == s->n) s->v[s->n++] = (struct step_time){number, NAN, NAN, 0};
    struct step_time *own = &s->v[q->at];
    if (own->step == number) *(double *)((char *)own + q->offset) = jsn_as_double(v);
}

static int by_length(const void *a, const void *b)
{
    const struct step_time *x = a, *y = b;
    if (x->series != y->series) return x->series - y->series;
    if (x->length != y->length) return x->length < y->length ? -1 : 1;
    return (x->rate > y->rate) - (x->rate < y->rate);
}

/* The first step of each length, which takes its memory, goes where there are others; the rest gets
 * the run's series. */
static void keep_steps(struct timing *t, int series)
{
    struct steps *s = &t->all;
    int kept = t->from;
    double before = 0;
    for (int i = t->from; i < s->n; i++) {
        const double length = s->v[i].length;
        const bool first = length != before, more = i + 1 < s->n && s->v[i + 1].length == length;
        before = length;
        if ((first && more) || !isfinite(length) || !isfinite(s->v[i].rate)) continue;
        s->v[kept] = s->v[i];
        s->v[kept++].series = series;
    }
    s->n = t->from = kept;
}

/* Median and quartiles of the steps of each series and length. */
static void add_points(struct timing *t, int panel)
{
    struct step_time *v = t->all.v;
    qsort(v, (size_t)t->all.n, sizeof *v, by_length);
    for (int i = 0, n; i < t->all.n; i += n) {
        for (n = 1;
             i + n < t->all.n && v[i + n].series == v[i].series && v[i + n].length == v[i].length;
             n++) {
        }
        figure_points_add(&t->points,
                          (struct figure_point){.series = v[i].series,
                                                .panel = panel,
                                                .x = v[i].length,
                                                .y = v[i + n / 2].rate / 1e3,
                                                .low = v[i + n / 4].rate / 1e3,
                                                .high = v[i + n - 1 - n / 4].rate / 1e3});
    }
}

static int add_run(void *to, const char *run, const char *given, struct error *e)
{
    struct timing *t = to;
    char name[256];
    int series;
    figure_run_name(run, name);
    TRY(figure_points_series(&t->points, *given ? given : name, &series, e));
    struct quantity length = {&t->all, t->from, "length", offsetof(struct step_time, length)},
                    rate = {&t->all, t->from, "tokens_per_second",
                            offsetof(struct step_time, rate)};
    TRY(figure_each_line(run, "metrics.jsonl", read_line, &length, e));
    TRY(figure_each_line(run, "timing.jsonl", read_line, &rate, e));
    keep_steps(t, series);
    return OK;
}

int figure_from_speed(const struct figure_type *f, int n, char *const *sources, struct result *out,
                      struct error *e)
{
    struct timing t = {.points = {.out = out}};
    int status = n ? OK : error_set(e, E_USAGE, "no source: name folders of runs"), panel;
    result_open(out, f->v.name);
    for (int i = 0; i < n && !status; i++) status = figure_each_run(sources[i], add_run, &t, e);
    if (!status && !t.all.n) status = error_set(e, E_USAGE, "no run has timed steps");
    if (!status) status = figure_points_panel(&t.points, "speed", &panel, e);
    if (!status) {
        add_points(&t, panel);
        figure_points_result(&t.points, "length", "tokens");
    }
    figure_points_close(&t.points);
    free(t.all.v);
    if (status) result_close(out);
    return status;
}
