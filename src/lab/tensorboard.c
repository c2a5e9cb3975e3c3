/* tensorboard.c -- see tensorboard.h. */
#include "src/lab/tensorboard.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/file.h"
#include "src/lab/metrics.h"

/* Keys of protocol buffers: field << 3 | wire type (0 varint, 1 eight bytes, 2 length, 5 four). */
enum {
    EVENT_WALL_TIME = 1 << 3 | 1,
    EVENT_STEP = 2 << 3 | 0,
    EVENT_FILE_VERSION = 3 << 3 | 2,
    EVENT_SUMMARY = 5 << 3 | 2,
    SUMMARY_VALUE = 1 << 3 | 2,
    VALUE_TAG = 1 << 3 | 2,
    VALUE_SIMPLE = 2 << 3 | 5,
};

struct bytes {
    unsigned char *v;
    size_t n, capacity;
    bool failed;
};

static void put(struct bytes *b, const void *data, size_t n)
{
    if (b->n + n > b->capacity) {
        const size_t more = 2 * (b->n + n) + 256;
        unsigned char *v = realloc(b->v, more);
        b->failed |= !v;
        if (!v) return;
        b->v = v;
        b->capacity = more;
    }
    memcpy(b->v + b->n, data, n);
    b->n += n;
}

static void put_byte(struct bytes *b, int v)
{
    const unsigned char byte = (unsigned char)v;
    put(b, &byte, 1);
}

static void put_varint(struct bytes *b, uint64_t v)
{
    for (; v > 127; v >>= 7) put_byte(b, (int)(v & 127) | 128);
    put_byte(b, (int)v);
}

static void put_fixed(struct bytes *b, uint64_t v, int bytes)
{
    for (int i = 0; i < bytes; i++) put_byte(b, (int)(v >> 8 * i & 255));
}

static void put_double(struct bytes *b, int key, double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    put_byte(b, key);
    put_fixed(b, bits, 8);
}

static void put_text(struct bytes *b, int key, const char *text)
{
    put_byte(b, key);
    put_varint(b, strlen(text));
    put(b, text, strlen(text));
}

static uint32_t masked(const void *data, size_t n)
{
    const uint32_t c = crc32c(0, data, n);
    return (c >> 15 | c << 17) + 0xA282EAD8u;
}

static void frame(FILE *f, const struct bytes *record)
{
    unsigned char head[12], tail[4];
    for (int i = 0; i < 8; i++) head[i] = (unsigned char)((uint64_t)record->n >> 8 * i);
    const uint32_t of_length = masked(head, 8), of_data = masked(record->v, record->n);
    for (int i = 0; i < 4; i++) {
        head[8 + i] = (unsigned char)(of_length >> 8 * i);
        tail[i] = (unsigned char)(of_data >> 8 * i);
    }
    fwrite(head, 1, sizeof head, f);
    fwrite(record->v, 1, record->n, f);
    fwrite(tail, 1, sizeof tail, f);
}

struct export
{
    FILE *f;
    struct bytes event, summary, value;
    double began;
    int64_t scalars;
    bool by_tokens;
    double *seconds; /* [steps] since the beginning */
    int64_t steps, capacity;
};

static int put_value(void *data, const char *key, double value, struct error *e)
{
    struct export *x = data;
    const float single = (float)value;
    uint32_t bits;
    (void)e;
    memcpy(&bits, &single, sizeof bits);
    x->value.n = 0;
    put_text(&x->value, VALUE_TAG, key);
    put_byte(&x->value, VALUE_SIMPLE);
    put_fixed(&x->value, bits, 4);
    put_byte(&x->summary, SUMMARY_VALUE);
    put_varint(&x->summary, x->value.n);
    put(&x->summary, x->value.v, x->value.n);
    x->scalars++;
    return OK;
}

static int put_line(void *data, const struct jsn_doc *line, struct error *e)
{
    struct export *x = data;
    int64_t step = 0, tokens = 0;
    TRY(jsn_int(line, line->root, "step", true, &step, e));
    TRY(jsn_int(line, line->root, "tokens", x->by_tokens, &tokens, e));
    x->event.n = x->summary.n = 0;
    TRY(metrics_numbers(line->root, put_value, x, e));
    const int64_t timed = step < x->steps ? step : x->steps - 1;
    put_double(&x->event, EVENT_WALL_TIME, x->began + (timed >= 0 ? x->seconds[timed] : 0));
    put_byte(&x->event, EVENT_STEP);
    put_varint(&x->event, (uint64_t)(x->by_tokens ? tokens : step));
    put_byte(&x->event, EVENT_SUMMARY);
    put_varint(&x->event, x->summary.n);
    put(&x->event, x->summary.v, x->summary.n);
    if (x->event.failed || x->summary.failed || x->value.failed)
        return error_set(e, E_MEMORY, "no memory for an event");
    frame(x->f, &x->event);
    return OK;
}

/* ---- wall times ---- */

/* Lines come in the order of steps; a step without one gets the time before it. */
static int put_time(void *data, const struct jsn_doc *line, struct error *e)
{
    struct export *x = data;
    int64_t step = -1;
    double seconds = 0;
    TRY(jsn_int(line, line->root, "step", true, &step, e));
    TRY(jsn_double(line, line->root, "seconds", false, &seconds, e));
    if (step < x->steps || step > 1 << 28) return OK;
    if (step >= x->capacity) {
        x->capacity = 2 * step + 64;
        double *v = realloc(x->seconds, (size_t)x->capacity * sizeof *v);
        if (!v) return error_set(e, E_MEMORY, "no memory for the times of a run");
        x->seconds = v;
    }
    const double last = x->steps ? x->seconds[x->steps - 1] : 0;
    while (x->steps < step) x->seconds[x->steps++] = last;
    x->seconds[x->steps++] = last + seconds;
    return OK;
}

static double file_time(const char *dir, const char *name)
{
    char path[4200];
    struct stat st;
    snprintf(path, sizeof path, "%s/%s", dir, name);
    return stat(path, &st) ? 0 : (double)st.st_mtim.tv_sec;
}

/* ---- the file ---- */

static const char ending[] = ".ropewalk.0.0";

static int remove_earlier(const char *out, struct error *e)
{
    char **names;
    size_t n;
    TRY(file_list(out, &names, &n, e));
    for (size_t i = 0; i < n; i++) {
        const size_t length = strlen(names[i]);
        char path[4200];
        if (strncmp(names[i], "events.out.tfevents.", 20) || length < sizeof ending ||
            strcmp(names[i] + length - strlen(ending), ending))
            continue;
        snprintf(path, sizeof path, "%s/%s", out, names[i]);
        unlink(path);
    }
    file_list_free(names, n);
    return OK;
}

static int write_events(struct export *x, const char *dir, struct error *e)
{
    put_double(&x->event, EVENT_WALL_TIME, x->began);
    put_text(&x->event, EVENT_FILE_VERSION, "brain.Event:2");
    if (x->event.failed) return error_set(e, E_MEMORY, "no memory for an event");
    frame(x->f, &x->event);
    TRY(metrics_walk(dir, NULL, put_line, x, e));
    return x->scalars ? OK : error_set(e, E_USAGE, "'%s' has no metrics yet", dir);
}

int tensorboard_export(const char *dir, const char *out, bool by_tokens, char *path,
                       int64_t *scalars, struct error *e)
{
    struct export x = {.by_tokens = by_tokens, .began = file_time(dir, "config.yaml")};
    struct file_out o;
    TRY(file_make_directories(out, e));
    TRY(remove_earlier(out, e));
    snprintf(path, 4096, "%s/events.out.tfevents.%010.0f%s", out, x.began, ending);
    int status = metrics_walk_file(dir, "timing.jsonl", NULL, put_time, &x, e);
    if (!status) status = file_out_open(&o, path, e);
    if (!status) {
        x.f = o.f;
        status = write_events(&x, dir, e);
        if (status)
            file_out_abort(&o);
        else
            status = file_out_commit(&o, e);
    }
    *scalars = x.scalars;
    free(x.event.v);
    free(x.summary.v);
    free(x.value.v);
    free(x.seconds);
    return status;
}
