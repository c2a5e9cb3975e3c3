/* progress.c -- see progress.h.
 *
 *   train  [=========>          ]  46%  1.2M/2.6M tok  3.4k tok/s  loss 2.345  ETA 0:42
 *
 * The bar takes the columns that the text leaves; where they are too few for a bar it goes, then
 * the line is cut. */
#include "src/base/progress.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "src/base/utf8.h"

enum { BAR_LEAST = 10, BAR_MOST = 40, COLUMNS = 80 };
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
    p->started = clock_seconds();
    p->last = p->terminal ? -INFINITY : p->started; /* a bar shows at once */
    p->done_at_start = done_at_start;
    snprintf(p->label, sizeof p->label, "%s", label);
}

static int columns(const struct progress *p)
{
    struct winsize w;
    return ioctl(fileno(p->f), TIOCGWINSZ, &w) == 0 && w.ws_col > 0 ? w.ws_col : COLUMNS;
}

/* 999, 1.2k, 46k, 1.2M: two digits or three, so that the line keeps its width. */
static const char *short_number(char out[32], double v)
{
    const char *const suffix[] = {"", "k", "M", "G", "T", "P"};
    int i = 0;
    for (; v >= 999.5 && i < 5; i++) v /= 1000;
    const bool whole = v >= 9.95 || (i == 0 && v == floor(v));
    snprintf(out, 32, whole ? "%.0f%s" : v < 0.95 ? "%.2g%s" : "%.1f%s", v, suffix[i]);
    return out;
}

/* 0:42, 1:02:03, 3d 04:05; "?" where it cannot be known. */
static const char *duration(char out[32], double seconds)
{
    if (!(seconds >= 0 && seconds < 1e8)) return strcpy(out, "?");
    const long s = lround(seconds);
    if (s >= 86400)
        snprintf(out, 32, "%ldd %02ld:%02ld", s / 86400, s / 3600 % 24, s / 60 % 60);
    else if (s >= 3600)
        snprintf(out, 32, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
    else
        snprintf(out, 32, "%ld:%02ld", s / 60, s % 60);
    return out;
}

/* What stands behind the bar. */
static void describe(const struct progress *p, char *out, size_t size, double done, double total,
                     const char *unit, const char *note, bool last)
{
    char a[32], b[32], r[32], t[32];
    const double elapsed = clock_seconds() - p->started;
    const double rate = elapsed > 0 ? (done - p->done_at_start) / elapsed : 0;
    const double left = rate > 0 ? fmax(total - done, 0) / rate : -1;
    size_t n = 0;
    if (total > 0)
        n += (size_t)snprintf(out, size, "%3.0f%%  %s/%s %s",
                              floor(100 * fmin(fmax(done / total, 0), 1)), short_number(a, done),
                              short_number(b, total), unit);
    else
        n += (size_t)snprintf(out, size, "%s %s", short_number(a, done), unit);
    n += (size_t)snprintf(out + n, size - n, "  %s %s/s", short_number(r, fmax(rate, 0)), unit);
    if (n < size && note && *note) n += (size_t)snprintf(out + n, size - n, "  %s", note);
    if (n < size)
        snprintf(out + n, size - n, "  %s %s", last ? "took" : "ETA",
                 duration(t, last ? elapsed : left));
}

/* Columns that text takes; with `most` >= 0 the text is cut to that many. */
static int measure(char *text, int most)
{
    int width = 0;
    for (size_t i = 0, n = strlen(text); i < n;) {
        uint32_t code = '?';
        const int length = utf8_next(text + i, n - i, &code);
        if (most >= 0 && width + utf8_width(code) > most) {
            text[i] = '\0';
            break;
        }
        width += utf8_width(code);
        i += length ? (size_t)length : 1;
    }
    return width;
}

static void draw_bar(const struct progress *p, char *text, double share)
{
    char label[sizeof p->label], bar[BAR_MOST + 1] = "";
    const int most = columns(p) - 1; /* a full line would wrap */
    snprintf(label, sizeof label, "%s", p->label);
    int width = most - measure(label, most) - measure(text, -1) - 6;
    if (width > BAR_MOST) width = BAR_MOST;
    const char *on = p->color ? "\033[36m" : "", *off = p->color ? "\033[0m" : "";
    fprintf(p->f, "\r\033[K%s%s%s", on, label, off);
    if (width >= BAR_LEAST) {
        const int full = (int)(share * width);
        for (int i = 0; i < width; i++)
            bar[i] = (char)(i < full - 1 || (i < full && full == width) ? '='
                            : i == full - 1                             ? '>'
                                                                        : ' ');
        bar[width] = '\0';
        fprintf(p->f, "  [%s%s%s]", on, bar, off);
    } else {
        const int room = most - measure(label, -1) - 2;
        if (room <= 0) return;
        measure(text, room);
    }
    fprintf(p->f, "  %s", text);
}

static void draw(struct progress *p, double done, double total, const char *unit, const char *note,
                 bool last)
{
    char text[512];
    describe(p, text, sizeof text, done, total, unit, note, last);
    if (p->terminal)
        draw_bar(p, text, total > 0 ? fmin(fmax(done / total, 0), 1) : last);
    else
        fprintf(p->f, "%s  %s", p->label, text);
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
    if (p->terminal) {
        fputs("\r\033[K", p->f);
        p->last = -INFINITY; /* the bar comes back with the next update */
    }
    va_start(ap, fmt);
    vfprintf(p->f, fmt, ap);
    va_end(ap);
    fputc('\n', p->f);
    fflush(p->f);
}
