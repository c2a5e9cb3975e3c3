/* jsonl.c -- see jsonl.h. */
#include "src/data/jsonl.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "src/base/utf8.h"

enum { DEPTH = 64 };

struct scan {
    const unsigned char *p, *end;
    const char *problem; /* NULL: none so far */
};

static bool fail(struct scan *s, const char *problem)
{
    if (!s->problem) s->problem = problem;
    return false;
}

static void skip_space(struct scan *s)
{
    while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\r' || *s->p == '\n'))
        s->p++;
}

static int hex4(const unsigned char *p, const unsigned char *end)
{
    if (end - p < 4) return -1;
    int v = 0;
    for (int i = 0; i < 4; i++) {
        const int c = p[i] | 32;
        if (p[i] >= '0' && p[i] <= '9')
            v = v << 4 | (p[i] - '0');
        else if (c >= 'a' && c <= 'f')
            v = v << 4 | (c - 'a' + 10);
        else
            return -1;
    }
    return v;
}

/* The escape sequence at p (a backslash): its bytes unescaped, or 0 if it is invalid. */
static int escape(const unsigned char **p, const unsigned char *end, unsigned char out[4])
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const unsigned char *q = *p + 1;
    if (q >= end) return 0;
    const char *simple = *q ? strchr(from, *q) : NULL;
    if (simple) {
        out[0] = (unsigned char)to[simple - from];
        *p = q + 1;
        return 1;
    }
    if (*q != 'u') return 0;
    const int high = hex4(q + 1, end);
    if (high < 0 || (high >= 0xDC00 && high < 0xE000)) return 0;
    q += 5;
    if (high < 0xD800 || high >= 0xE000) {
        *p = q;
        return utf8_put((uint32_t)high, (char *)out);
    }
    if (end - q < 6 || q[0] != '\\' || q[1] != 'u') return 0;
    const int low = hex4(q + 2, end);
    if (low < 0xDC00 || low >= 0xE000) return 0;
    *p = q + 6;
    return utf8_put(0x10000u + ((uint32_t)(high - 0xD800) << 10) + (uint32_t)(low - 0xDC00),
                    (char *)out);
}

int jsonl_unescape(const unsigned char **p, unsigned char out[4])
{
    if (**p == '\\') return escape(p, *p + 12, out);
    out[0] = *(*p)++;
    return 1;
}

/* A string at its opening quote; *text is where it stands. */
static bool scan_string(struct scan *s, struct jsonl_text *text, const unsigned char *line)
{
    s->p++;
    text->begin = (size_t)(s->p - line);
    text->length = 0;
    unsigned char bytes[4];
    while (s->p < s->end) {
        const unsigned char c = *s->p;
        if (c == '"') {
            text->end = (size_t)(s->p - line);
            s->p++;
            return true;
        }
        if (c == '\\') {
            const int n = escape(&s->p, s->end, bytes);
            if (!n) return fail(s, "invalid escape in a string");
            text->length += (size_t)n;
            continue;
        }
        if (c < 0x20) return fail(s, "control character in a string");
        uint32_t code;
        const int n = c < 0x80 ? 1 : utf8_next((const char *)s->p, (size_t)(s->end - s->p), &code);
        if (!n) return fail(s, "invalid UTF-8 in a string");
        s->p += n;
        text->length += (size_t)n;
    }
    return fail(s, "the line ends inside a string");
}

static bool is_digit(const struct scan *s)
{
    return s->p < s->end && *s->p >= '0' && *s->p <= '9';
}

static bool scan_digits(struct scan *s)
{
    if (!is_digit(s)) return fail(s, "invalid number");
    while (is_digit(s)) s->p++;
    return true;
}

static bool scan_number(struct scan *s)
{
    if (*s->p == '-') s->p++;
    const bool zero = s->p < s->end && *s->p == '0';
    if (!scan_digits(s)) return false;
    if (zero && s->p[-1] != '0') return fail(s, "number with a leading zero");
    if (s->p < s->end && *s->p == '.') {
        s->p++;
        if (!scan_digits(s)) return false;
    }
    if (s->p < s->end && (*s->p | 32) == 'e') {
        s->p++;
        if (s->p < s->end && (*s->p == '+' || *s->p == '-')) s->p++;
        return scan_digits(s);
    }
    return true;
}

static bool scan_word(struct scan *s, const char *word)
{
    const size_t n = strlen(word);
    if ((size_t)(s->end - s->p) < n || memcmp(s->p, word, n)) return fail(s, "a value expected");
    s->p += n;
    return true;
}

static bool scan_value(struct scan *s, const unsigned char *line, int depth);

/* The members of a map or array after its opening bracket, for values that nobody reads. */
static bool scan_members(struct scan *s, const unsigned char *line, int depth, bool map)
{
    const unsigned char close = map ? '}' : ']';
    struct jsonl_text key;
    s->p++;
    skip_space(s);
    if (s->p < s->end && *s->p == close) {
        s->p++;
        return true;
    }
    for (;;) {
        skip_space(s);
        if (map) {
            if (s->p >= s->end || *s->p != '"') return fail(s, "a key expected");
            if (!scan_string(s, &key, line)) return false;
            skip_space(s);
            if (s->p >= s->end || *s->p != ':') return fail(s, "':' expected");
            s->p++;
        }
        if (!scan_value(s, line, depth)) return false;
        skip_space(s);
        if (s->p >= s->end) return fail(s, map ? "',' or '}' expected" : "',' or ']' expected");
        if (*s->p++ == close) return true;
        if (s->p[-1] != ',') {
            s->p--;
            return fail(s, map ? "',' or '}' expected" : "',' or ']' expected");
        }
    }
}

static bool scan_value(struct scan *s, const unsigned char *line, int depth)
{
    skip_space(s);
    if (s->p >= s->end) return fail(s, "the line ends where a value should stand");
    struct jsonl_text text;
    switch (*s->p) {
    case '"':
        return scan_string(s, &text, line);
    case '{':
    case '[':
        if (depth >= DEPTH) return fail(s, "nesting over 64 levels");
        return scan_members(s, line, depth + 1, *s->p == '{');
    case 't':
        return scan_word(s, "true");
    case 'f':
        return scan_word(s, "false");
    case 'n':
        return scan_word(s, "null");
    default:
        if (*s->p == '-' || is_digit(s)) return scan_number(s);
        return fail(s, "a value expected");
    }
}

static bool key_is(const unsigned char *line, const struct jsonl_text *key, const char *field)
{
    if (key->length != strlen(field)) return false;
    const unsigned char *p = line + key->begin;
    for (size_t done = 0; done < key->length;) {
        unsigned char bytes[4];
        const int n = jsonl_unescape(&p, bytes);
        if (memcmp(bytes, field + done, (size_t)n)) return false;
        done += (size_t)n;
    }
    return true;
}

static int report(const struct place *at, const unsigned char *line, const unsigned char *p,
                  struct error *e, const char *before, const char *text)
{
    struct place where = *at;
    where.column = 1;
    for (const unsigned char *q = line; q < p; q++) where.column += (*q & 0xC0) != 0x80;
    return error_at(e, E_FORMAT, &where, "%s%s", before, text);
}

static const char *kind_of(unsigned char c)
{
    return c == '{'               ? "an object"
           : c == '['             ? "an array"
           : c == 't' || c == 'f' ? "a boolean"
           : c == 'n'             ? "null"
                                  : "a number";
}

/* One member of the top object; sets *found when it is the field. */
static int read_member(struct scan *s, const unsigned char *line, const char *field,
                       const struct place *at, struct jsonl_text *out, bool *found, struct error *e)
{
    char text[320];
    struct jsonl_text key;
    if (s->p >= s->end || *s->p != '"') return fail(s, "a key expected"), OK;
    const unsigned char *key_at = s->p;
    if (!scan_string(s, &key, line)) return OK;
    skip_space(s);
    if (s->p >= s->end || *s->p != ':') return fail(s, "':' expected"), OK;
    s->p++;
    skip_space(s);
    if (!key_is(line, &key, field)) {
        scan_value(s, line, 1);
        return OK;
    }
    if (*found) {
        snprintf(text, sizeof text, "field '%.256s' stands twice", field);
        return report(at, line, key_at, e, "", text);
    }
    if (s->p < s->end && *s->p != '"') {
        const unsigned char *value_at = s->p;
        if (!scan_value(s, line, 1)) return OK;
        snprintf(text, sizeof text, "field '%.256s' is %s, not a string", field,
                 kind_of(*value_at));
        return report(at, line, value_at, e, "", text);
    }
    *found = true;
    if (s->p >= s->end)
        fail(s, "the line ends where a value should stand");
    else
        scan_string(s, out, line);
    return OK;
}

int jsonl_find(const unsigned char *line, size_t n, const char *field, const struct place *at,
               struct jsonl_text *out, struct error *e)
{
    struct scan s = {line, line + n, NULL};
    bool found = false;
    skip_space(&s);
    if (s.p >= s.end || *s.p != '{')
        fail(&s, "'{' expected (an object on each line)");
    else
        s.p++;
    skip_space(&s);
    bool more = !s.problem && !(s.p < s.end && *s.p == '}');
    if (!s.problem && !more) s.p++;
    while (more) {
        skip_space(&s);
        TRY(read_member(&s, line, field, at, out, &found, e));
        if (s.problem) break;
        skip_space(&s);
        if (s.p < s.end && *s.p == '}')
            more = false;
        else if (s.p >= s.end || *s.p != ',')
            more = fail(&s, "',' or '}' expected");
        if (!s.problem) s.p++;
    }
    if (!s.problem) skip_space(&s);
    if (!s.problem && s.p < s.end) fail(&s, "text after the object");
    if (s.problem) return report(at, line, s.p, e, "invalid JSON: ", s.problem);
    if (found) return OK;
    char text[320];
    snprintf(text, sizeof text, "no field '%.256s'", field);
    return report(at, line, line, e, "", text);
}
