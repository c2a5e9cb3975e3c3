/* tokenizer_nfc.c -- Unicode normal form C (UAX 15): decompose, order the marks, compose.
 *
 * Every character below U+0300 is in normal form already and composes with nothing before it, so
 * most text is only looked through. */
#include <stdlib.h>
#include <string.h>

#include "src/base/utf8.h"
#include "src/data/tokenizer_internal.h"
#include "src/data/tokenizer_nfc_compose.h"
#include "src/data/tokenizer_nfc_decompose.h"

enum {
    FIRST_OPEN = 0x300,
    RAW = 0x110000, /* + byte: a byte that is no UTF-8, kept as it is */
    S = 0xAC00,     /* Hangul syllables = leading x vowel x trailing */
    L = 0x1100,
    V = 0x1161,
    T = 0x11A7,
    LS = 19,
    VS = 21,
    TS = 28,
};

#define ROWS(table) (sizeof(table) / sizeof *(table))

static int class_of(uint32_t code)
{
    size_t low = 0, high = ROWS(nfc_class);
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (code > nfc_class[middle][1])
            low = middle + 1;
        else if (code < nfc_class[middle][0])
            high = middle;
        else
            return (int)nfc_class[middle][2];
    }
    return 0;
}

/* The full decomposition, at most 4 characters; how many. */
static int decompose(uint32_t code, uint32_t out[4])
{
    if (code >= S && code < S + LS * VS * TS) {
        const uint32_t s = code - S;
        out[0] = L + s / (VS * TS);
        out[1] = V + s % (VS * TS) / TS;
        out[2] = T + s % TS;
        return s % TS ? 3 : 2;
    }
    size_t low = 0, high = ROWS(nfc_decompose);
    while (low < high) {
        const size_t middle = (low + high) / 2;
        const uint32_t *row = nfc_decompose[middle];
        if (code > row[0]) {
            low = middle + 1;
        } else if (code < row[0]) {
            high = middle;
        } else {
            const int n = decompose(row[1], out);
            if (row[2]) out[n] = row[2];
            return n + (row[2] != 0);
        }
    }
    out[0] = code;
    return 1;
}

/* The character that two compose to, or 0. */
static uint32_t compose(uint32_t a, uint32_t b)
{
    if (a >= L && a < L + LS && b >= V && b < V + VS) return S + ((a - L) * VS + b - V) * TS;
    if (a >= S && a < S + LS * VS * TS && (a - S) % TS == 0 && b > T && b < T + TS)
        return a + b - T;
    size_t low = 0, high = ROWS(nfc_compose);
    while (low < high) {
        const size_t middle = (low + high) / 2;
        const uint32_t *row = nfc_decompose[nfc_compose[middle]];
        if (a == row[1] && b == row[2]) return row[0];
        if (a > row[1] || (a == row[1] && b > row[2]))
            low = middle + 1;
        else
            high = middle;
    }
    return 0;
}

struct codes {
    uint32_t *v;
    size_t n;
};

/* Marks between starters stand in order of their classes; equal classes keep their order. */
static void add_ordered(struct codes *c, uint32_t code)
{
    const int class = class_of(code);
    size_t i = c->n++;
    if (class)
        for (; i > 0 && class_of(c->v[i - 1]) > class; i--) c->v[i] = c->v[i - 1];
    c->v[i] = code;
}

static void compose_all(struct codes *c)
{
    size_t starter = SIZE_MAX, n = 0;
    int last = 0; /* class of the last character kept behind the starter */
    for (size_t i = 0; i < c->n; i++) {
        const uint32_t code = c->v[i];
        const int class = class_of(code);
        const bool adjacent = starter != SIZE_MAX && n == starter + 1;
        const bool open = starter != SIZE_MAX && (adjacent || (last < class && last > 0));
        const uint32_t both = open ? compose(c->v[starter], code) : 0;
        if (both) {
            c->v[starter] = both;
            continue;
        }
        if (!class) starter = n;
        last = class;
        c->v[n++] = code;
    }
    c->n = n;
}

static size_t put(uint32_t code, char *out)
{
    if (code >= RAW) {
        out[0] = (char)(code - RAW);
        return 1;
    }
    return (size_t)utf8_put(code, out);
}

/* True if no character is at or above U+0300: their first bytes are 0xCC and up. */
static bool closed(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)text[i] >= 0xCC) return false;
    return true;
}

int nfc_normalize(const char *text, size_t n, char **out, size_t *n_out, struct error *e)
{
    *out = NULL;
    *n_out = n;
    if (closed(text, n)) return OK;
    /* a character of k bytes decomposes to at most 2k characters */
    struct codes c = {malloc((2 * n + 4) * sizeof *c.v), 0};
    if (!c.v) return error_set(e, E_MEMORY, "no memory to normalize %zu bytes", n);
    for (size_t i = 0; i < n;) {
        uint32_t code = 0, part[4];
        const int size = utf8_next(text + i, n - i, &code);
        if (!size) code = RAW + (unsigned char)text[i];
        const int parts = decompose(code, part);
        for (int k = 0; k < parts; k++) add_ordered(&c, part[k]);
        i += size ? (size_t)size : 1;
    }
    compose_all(&c);
    char *made = malloc(4 * c.n + 1);
    size_t length = 0;
    for (size_t i = 0; made && i < c.n; i++) length += put(c.v[i], made + length);
    free(c.v);
    if (!made) return error_set(e, E_MEMORY, "no memory to normalize %zu bytes", n);
    *n_out = length;
    *out = made;
    return OK;
}
