/* json_write.c -- JSON text, key by key: equal values give equal bytes. See json.h. */
#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/json.h"
#include "src/base/utf8.h"

static void add(struct jsn_out *o, const char *text, size_t n)
{
    if (o->length + n + 1 > o->capacity) {
        o->capacity = 2 * (o->length + n + 1) + 256;
        o->text = realloc(o->text, o->capacity);
        if (!o->text) abort(); /* a few kilobytes: the system is beyond reporting */
    }
    memcpy(o->text + o->length, text, n);
    o->length += n;
    o->text[o->length] = '\0';
}

static void add_text(struct jsn_out *o, const char *text)
{
    add(o, text, strlen(text));
}

void jsn_out_open(struct jsn_out *o, bool pretty)
{
    *o = (struct jsn_out){.pretty = pretty};
    jsn_out_clear(o);
}

void jsn_out_close(struct jsn_out *o)
{
    free(o->text);
    *o = (struct jsn_out){0};
}

void jsn_out_clear(struct jsn_out *o)
{
    o->length = 0;
    o->depth = 0;
    o->first[0] = 1;
    add(o, "", 0);
}

static void new_line(struct jsn_out *o)
{
    if (!o->pretty) return;
    add(o, "\n", 1);
    for (int i = 0; i < o->depth; i++) add(o, "  ", 2);
}

/* The bytes as a JSON string; what is not UTF-8 becomes U+FFFD, byte by byte. */
static void add_string(struct jsn_out *o, const char *v, size_t n)
{
    add(o, "\"", 1);
    for (size_t i = 0; i < n;) {
        const unsigned char c = (unsigned char)v[i];
        char escape[8];
        uint32_t code;
        const int length = utf8_next(v + i, n - i, &code);
        if (c == '"' || c == '\\') {
            add(o, (char[]){'\\', (char)c}, 2);
        } else if (c == '\n' || c == '\t' || c == '\r') {
            add_text(o, c == '\n' ? "\\n" : c == '\t' ? "\\t" : "\\r");
        } else if (c < 0x20) {
            snprintf(escape, sizeof escape, "\\u%04x", c);
            add_text(o, escape);
        } else if (length > 0) {
            add(o, v + i, (size_t)length);
        } else {
            add_text(o, "\xef\xbf\xbd");
        }
        i += length > 0 ? (size_t)length : 1;
    }
    add(o, "\"", 1);
}

/* What stands before a value: comma, line, key. */
static void begin(struct jsn_out *o, const char *key)
{
    if (!o->first[o->depth]) add(o, ",", 1);
    if (!o->first[o->depth] && !o->pretty && o->depth) add(o, " ", 1);
    if (o->depth) new_line(o);
    o->first[o->depth] = 0;
    if (!key) return;
    add_string(o, key, strlen(key));
    add(o, ": ", 2);
}

static void open_level(struct jsn_out *o, const char *key, const char *bracket)
{
    begin(o, key);
    add_text(o, bracket);
    assert(o->depth + 1 < (int)sizeof o->first);
    o->first[++o->depth] = 1;
}

static void close_level(struct jsn_out *o, const char *bracket)
{
    assert(o->depth > 0);
    const bool empty = o->first[o->depth];
    o->depth--;
    if (!empty) new_line(o);
    add_text(o, bracket);
}

void jsn_map_begin(struct jsn_out *o, const char *key)
{
    open_level(o, key, "{");
}

void jsn_map_end(struct jsn_out *o)
{
    close_level(o, "}");
}

void jsn_array_begin(struct jsn_out *o, const char *key)
{
    open_level(o, key, "[");
}

void jsn_array_end(struct jsn_out *o)
{
    close_level(o, "]");
}

void jsn_put_int(struct jsn_out *o, const char *key, int64_t v)
{
    char text[32];
    begin(o, key);
    snprintf(text, sizeof text, "%" PRId64, v);
    add_text(o, text);
}

void jsn_put_uint(struct jsn_out *o, const char *key, uint64_t v)
{
    char text[32];
    begin(o, key);
    snprintf(text, sizeof text, "%" PRIu64, v);
    add_text(o, text);
}

void jsn_put_double(struct jsn_out *o, const char *key, double v)
{
    char text[32];
    begin(o, key);
    add_text(o, isfinite(v) ? format_double(text, v) : "null");
}

void jsn_put_bool(struct jsn_out *o, const char *key, bool v)
{
    begin(o, key);
    add_text(o, v ? "true" : "false");
}

void jsn_put_bytes(struct jsn_out *o, const char *key, const char *v, size_t n)
{
    begin(o, key);
    add_string(o, v, n);
}

void jsn_put_string(struct jsn_out *o, const char *key, const char *v)
{
    if (v) {
        jsn_put_bytes(o, key, v, strlen(v));
        return;
    }
    begin(o, key);
    add_text(o, "null");
}
