/* figure_metrics.c -- figures of training: what runs logged, by tokens trained. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/lab/figure_points.h"
#include "src/lab/figure_reading.h"
#include "src/lab/figure_sources.h"

enum { STRETCHES = 240, PANELS = 5, MARKS = 6 };

struct metrics {
    struct figure_points points;
    char text[512];
    int n;
    const char *name[PANELS];
    double longest; /* tokens of the longest run */
    bool some;      /* a run has been looked at */
    struct marks {
        double length; /* of the line before */
        int n;         /* more than MARKS: a smooth schedule, which no lines show */
        double at[MARKS];
    } marks; /* tokens at which the row length changed, where that is so in all runs */
};

static int split_names(struct metrics *m, const char *what, struct error *e)
{
    char *at = m->text;
    snprintf(m->text, sizeof m->text, "%s", what);
    m->n = 0;
    for (char *w; (w = strsep(&at, ", "));) {
        if (!*w) continue;
        if (m->n == PANELS) return error_set(e, E_USAGE, "more than %d metrics", PANELS);
        m->name[m->n++] = w;
    }
    return m->n ? OK : error_set(e, E_USAGE, "metrics= names no metric");
}

static double number(const jsn *line, const char *key)
{
    const jsn *v = jsn_get(line, key);
    return v && jsn_is_number(v) ? jsn_as_double(v) : NAN;
}

/* The longest run, and where rows change their length. */
struct look {
    struct metrics *m;
    struct marks own;
};

static void look_ahead(void *to, const jsn *line)
{
    struct look *l = to;
    struct metrics *m = l->m;
    struct marks *x = &l->own;
    const double tokens = number(line, "tokens"), length = number(line, "length");
    if (tokens > m->longest) m->longest = tokens;
    if (!isfinite(length)) return;
    if (x->length > 0 && length != x->length && x->n <= MARKS) {
        if (x->n < MARKS) x->at[x->n] = tokens;
        x->n++;
    }
    x->length = length;
}

/* Means of one run over equal stretches of tokens. */
struct stretches {
    const struct metrics *m;
    double sum[PANELS][STRETCHES], tokens[PANELS][STRETCHES];
    int n[PANELS][STRETCHES];
};

static void add_line(void *to, const jsn *line)
{
    struct stretches *s = to;
    const struct metrics *m = s->m;
    const double tokens = number(line, "tokens");
    if (!(tokens >= 0)) return;
    int k = (int)(tokens / m->longest * STRETCHES);
    if (k == STRETCHES) k--;
    for (int i = 0; i < m->n; i++) {
        const double y = number(line, m->name[i]);
        if (!isfinite(y)) continue;
        s->sum[i][k] += y;
        s->tokens[i][k] += tokens;
        s->n[i][k]++;
    }
}

static int add_run(void *to, const char *run, const char *given, struct error *e)
{
    struct metrics *m = to;
    char name[256];
    int series;
    struct stretches *s = calloc(1, sizeof *s);
    if (!s) abort();
    s->m = m;
    figure_run_name(run, name);
    int status = figure_points_series(&m->points, *given ? given : name, &series, e);
    if (!status) status = figure_each_line(run, "metrics.jsonl", add_line, s, e);
    for (int i = 0; !status && i < m->n; i++)
        for (int k = 0; k < STRETCHES; k++) {
            int panel;
            if (!s->n[i][k]) continue;
            status = figure_points_panel(&m->points, m->name[i], &panel, e);
            if (status) break;
            /* stretches that all runs share, so that replicates meet */
            figure_points_add(&m->points,
                              (struct figure_point){.series = series,
                                                    .panel = panel,
                                                    .x = (k + 0.5) * m->longest / STRETCHES,
                                                    .y = s->sum[i][k] / s->n[i][k],
                                                    .low = NAN,
                                                    .high = NAN});
        }
    free(s);
    return status;
}

static int note_length(void *to, const char *run, const char *given, struct error *e)
{
    struct metrics *m = to;
    struct look l = {.m = m};
    (void)given;
    TRY(figure_each_line(run, "metrics.jsonl", look_ahead, &l, e));
    l.own.length = 0;
    if (!m->some)
        m->marks = l.own;
    else if (memcmp(&l.own, &m->marks, sizeof l.own))
        m->marks.n = 0;
    m->some = true;
    return OK;
}

int figure_from_metrics(const struct figure_type *f, int n, char *const *sources,
                        struct result *out, struct error *e)
{
    struct metrics *m = calloc(1, sizeof *m);
    if (!m) abort();
    m->points.out = out;
    result_open(out, f->v.name);
    int status = split_names(m, f->what, e), runs = 0;
    for (int pass = 0; pass < 2 && !status; pass++)
        for (int i = 0; i < n && !status; i++) {
            if (strncmp(sources[i], "metrics=", 8) == 0) {
                if (!pass) status = split_names(m, sources[i] + 8, e);
                continue;
            }
            runs++;
            status = figure_each_run(sources[i], pass ? add_run : note_length, m, e);
        }
    if (!status && !runs) status = error_set(e, E_USAGE, "no source: name folders of runs");
    if (!status && !m->points.n) status = error_set(e, E_USAGE, "no run logged '%s'", m->name[0]);
    const int marks = m->marks.n > MARKS ? 0 : m->marks.n;
    if (!status) result_int(out, NULL, "marks", marks);
    for (int k = 0; !status && k < marks; k++)
        result_real(out, NULL, result_text(out, "mark_%d", k + 1), m->marks.at[k]);
    if (!status) figure_points_result(&m->points, "tokens", "tokens");
    figure_points_close(&m->points);
    free(m);
    if (status) result_close(out);
    return status;
}
