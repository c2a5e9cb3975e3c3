/* progress.c -- see progress.h. */
#include "src/base/progress.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { WIDTH = 24 };
static const double redraw_seconds = 0.1;

double clock_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void progress_open(struct progress *p, FILE *f, const char *label, double done_at_start, bool quiet)
{
    const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");
    *p = (struct progress){.f = f, .quiet = quiet, .plain_seconds = 5};
    p->terminal = isatty(fileno(f)) && !(term && strcmp(term, "dumb") == 0);
    p->color = p->terminal && !(no_color && *no_color);
    p->started = p->last = clock_seconds();
    p->done_at_start = done_at_start;
    snprintf(p->label, sizeof p->label, "%s", label);
}

/* 1234567 -> "1.23M" */
static const char *short_number(char *out, size_t size, double v)
{
    const char *const suffix[] = {"", "k", "M", "G", "T"};
    int i = 0;
    for (; v >= 1000 && i < 4; i++) v /= 1000;
    snprintf(out, size, i ? "%.3g%s" : "%.0f%s", v, suffix[i]);
    return out;
}

static const char *duration(char *out, size_t size, double seconds)
{
    const long s = (long)(seconds + 0.5);
    if (seconds > 1e7 || seconds < 0)
        snprintf(out, size, "?");
    else if (s >= 3600)
        snprintf(out, size, "%ldh%02ldm", s / 3600, s / 60 % 60);
    else if (s >= 60)
        snprintf(out, size, "%ldm%02lds", s / 60, s % 60);
    else
        snprintf(out, size, "%lds", s);
    return out;
}

static void draw(struct progress *p, double done, double total, const char *unit, const char *note,
                 bool last)
{
    char a[32], b[32], r[32], t[32], bar[WIDTH * 3 + 1] = "";
    const double elapsed = clock_seconds() - p->started;
    const double rate = elapsed > 0 ? (done - p->done_at_start) / elapsed : 0;
    const double left = last ? elapsed : rate > 0 ? (total - done) / rate : -1;
    const double share = total > 0 ? done / total : 1;
    if (p->terminal)
        for (int i = 0; i < WIDTH; i++) strcat(bar, i < share * WIDTH ? "=" : " ");
    if (p->terminal) fprintf(p->f, "\r\033[K%s", p->color ? "\033[36m" : "");
    fprintf(p->f, "%s", p->label);
    if (p->terminal) fprintf(p->f, "%s [%s]", p->color ? "\033[0m" : "", bar);
    fprintf(p->f, " %3.0f%% %s/%s %s", 100 * share, short_number(a, sizeof a, done),
            short_number(b, sizeof b, total), unit);
    if (note) fprintf(p->f, "  %s", note);
    fprintf(p->f, "  %s %s/s  %s %s", short_number(r, sizeof r, rate), unit, last ? "took" : "left",
            duration(t, sizeof t, left));
    if (!p->terminal || last) fputc('\n', p->f);
    fflush(p->f);
}

void progress_update(struct progress *p, double done, double total, const char *unit,
                     const char *note)
{
    if (p->quiet) return;
    const double now = clock_seconds();
    if (now - p->last < (p->terminal ? redraw_seconds : p->plain_seconds)) return;
    p->last = now;
    draw(p, done, total, unit, note, false);
}

void progress_close(struct progress *p, double done, double total, const char *unit,
                    const char *note)
{
    if (!p->quiet) draw(p, done, total, unit, note, true);
}

void progress_message(struct progress *p, const char *fmt, ...)
{
    va_list ap;
    if (p->quiet) return;
    if (p->terminal) fputs("\r\033[K", p->f);
    va_start(ap, fmt);
    vfprintf(p->f, fmt, ap);
    va_end(ap);
    fputc('\n', p->f);
    fflush(p->f);
}
