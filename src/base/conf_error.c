/* conf_error.c -- errors with their line and a caret, all of them in one go. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/conf_internal.h"
#include "src/base/utf8.h"
#include "src/base/yaml.h"

/* A message is one line that a terminal can bear, whatever the user typed. */
static char *printable(struct conf *c, const char *text)
{
    const size_t n = strlen(text);
    char *out = conf_take(c, 4 * n + 1), *end = out;
    for (size_t i = 0; i < n;) {
        uint32_t code;
        const int length = utf8_next(text + i, n - i, &code);
        if (length == 0 || code < 0x20 || (code >= 0x7F && code < 0xA0)) {
            end += code == '\n' && length ? sprintf(end, "\\n")
                                          : sprintf(end, "\\x%02X", (unsigned char)text[i]);
            i++;
        } else {
            memcpy(end, text + i, (size_t)length);
            end += length;
            i += (size_t)length;
        }
    }
    *end = 0;
    return out;
}

void conf_verror(struct conf *c, struct place at, const char *hint, const char *fmt, va_list ap)
{
    char raw[1024];
    vsnprintf(raw, sizeof raw, fmt, ap);
    const char *text = printable(c, raw);
    for (int i = 0; i < c->n_problems; i++) {
        const struct problem *p = &c->problems[i];
        if (p->at.line == at.line && p->at.column == at.column && p->at.file == at.file &&
            strcmp(p->text, text) == 0)
            return;
    }
    c->problems = conf_grow(c, c->problems, c->n_problems, sizeof *c->problems);
    c->problems[c->n_problems] =
        (struct problem){at, text, hint ? printable(c, hint) : NULL, 0, c->n_problems};
    c->n_problems++;
}

void conf_error(struct conf *c, struct place at, const char *hint, const char *fmt, ...)
{
    if (!c) return;
    va_list ap;
    va_start(ap, fmt);
    conf_verror(c, at, hint, fmt, ap);
    va_end(ap);
}

void node_error(struct conf *c, const struct node *n, const char *hint, const char *fmt, ...)
{
    if (n->via.line > 0)
        hint = conf_text(c, "%s%sby way of the anchor at line %d column %d", hint ? hint : "",
                         hint ? "; " : "", n->via.line, n->via.column);
    va_list ap;
    va_start(ap, fmt);
    conf_verror(c, n->at, hint, fmt, ap);
    va_end(ap);
}

void conf_take_errors(struct conf *c, const struct conf *from, const char *context)
{
    for (int i = 0; i < from->n_problems; i++) {
        const struct problem *p = &from->problems[i];
        const char *hint = !p->hint  ? context
                           : context ? conf_text(c, "%s (%s)", p->hint, context)
                                     : p->hint;
        conf_error(c, p->at, hint, "%s", p->text);
    }
}

/* ---- the line and its caret ---- */

/* What is printed for the bytes at s: visible characters as they are, the rest escaped. Returns the bytes consumed, and the columns it takes. */
static size_t show_next(const char *s, size_t n, char out[8], int *columns)
{
    uint32_t code = 0;
    const int length = utf8_next(s, n, &code);
    if (length == 0 || code < 0x20 || (code >= 0x7F && code < 0xA0)) {
        if (length && code == '\t')
            snprintf(out, 8, "\\t");
        else
            snprintf(out, 8, "\\x%02X", (unsigned char)*s);
        *columns = (int)strlen(out);
        return 1;
    }
    memcpy(out, s, (size_t)length);
    out[length] = 0;
    *columns = utf8_width(code);
    return (size_t)length;
}

/* Characters of the token at s[i]: a quoted scalar, a bracket, a plain scalar or key; in the path
 * of an argument one segment. */
static size_t token_length(const char *s, size_t n, size_t i, bool argument)
{
    const char *equals = argument ? memchr(s, '=', n) : NULL;
    const size_t path = !argument ? 0 : equals ? (size_t)(equals - s) : n;
    size_t j = i;
    if (i < path) {
        while (j < path && (j == i || !strchr(".[]=", s[j]))) j++;
        return j - i;
    }
    if (i >= n || strchr("[{\t", s[i])) return 1;
    if (s[i] == '"' || s[i] == '\'') {
        for (j = i + 1; j < n && s[j] != s[i]; j++)
            if (s[i] == '"' && s[j] == '\\') j++;
        return j < n ? j + 1 - i : n - i;
    }
    size_t end = i;
    for (; j < n; j++) {
        const bool space_next = j + 1 == n || s[j + 1] == ' ';
        if ((s[j] == ':' || s[j] == ',') && space_next) break;
        if (s[j] == ',' || s[j] == ']' || s[j] == '}' || (s[j] == ' ' && s[j + 1] == '#')) break;
        if (s[j] != ' ' && s[j] != '\t') end = j + 1;
    }
    return end > i ? end - i : 1;
}

enum { WINDOW = 100, LEAD = 60 };

/* The line with its number, then the caret below the token. Long lines are cut around it. */
static void show_line(FILE *f, const struct problem *p, const char *line, size_t n, bool argument)
{
    size_t start = 0; /* byte of the token */
    for (int column = 1; column < p->at.column && start < n; column++) {
        uint32_t code;
        const int length = utf8_next(line + start, n - start, &code);
        start += length ? (size_t)length : 1;
    }
    const size_t end = start + token_length(line, n, start, argument);
    char shown[8];
    int columns, before = 0, width = 0;
    for (size_t i = 0; i < n; width += columns) {
        if (i < start) before = width;
        i += show_next(line + i, n - i, shown, &columns);
        if (i <= start) before = width + columns;
    }
    const int cut = width > WINDOW && before > LEAD ? before - LEAD : 0;
    if (p->at.line > 0)
        fprintf(f, "%5d | %s", p->at.line, cut ? "..." : "");
    else
        fprintf(f, "      | %s", cut ? "..." : "");
    int at = 0, indent = cut ? 3 : 0, caret = 0;
    for (size_t i = 0; i < n;) {
        const size_t here = i;
        i += show_next(line + i, n - i, shown, &columns);
        at += columns;
        if (at <= cut) continue;
        if (at - cut > WINDOW) {
            fputs("...", f);
            break;
        }
        fputs(shown, f);
        if (here < start)
            indent += columns;
        else if (here < end)
            caret += columns;
    }
    fprintf(f, "\n      | %*s^", indent, "");
    for (int i = 1; i < caret; i++) fputc('~', f);
    fprintf(f, "%s%s\n", p->hint ? " " : "", p->hint ? p->hint : "");
}

static const struct source *find_source(const struct conf *c, const char *name)
{
    for (int i = 0; name && i < c->n_sources; i++)
        if (c->sources[i].name == name) return &c->sources[i];
    for (int i = 0; name && i < c->n_sources; i++)
        if (strcmp(c->sources[i].name, name) == 0) return &c->sources[i];
    return NULL;
}

static void show_problem(FILE *f, const struct conf *c, const struct problem *p)
{
    if (p->at.file) fprintf(f, "%s:", p->at.file);
    if (p->at.line > 0) fprintf(f, "%d:", p->at.line);
    if (p->at.column > 0) fprintf(f, "%d:", p->at.column);
    fprintf(f, "%serror: %s\n", p->at.file ? " " : "", p->text);
    const struct source *s = find_source(c, p->at.file);
    if (s && p->at.column > 0) {
        size_t n, skip = s->length >= 3 && memcmp(s->text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
        const char *line =
            yaml_line(s->text + skip, s->length - skip, p->at.line > 0 ? p->at.line : 1, &n);
        show_line(f, p, line, n, s->argument);
    } else if (p->hint) {
        fprintf(f, "      | %s\n", p->hint);
    }
}

static int source_index(const struct conf *c, const char *name)
{
    const struct source *s = find_source(c, name);
    return s ? (int)(s - c->sources) : -1;
}

static int compare(const void *x, const void *y)
{
    const struct problem *a = x, *b = y;
    if (a->source != b->source) return a->source < b->source ? -1 : 1;
    if (a->at.line != b->at.line) return a->at.line < b->at.line ? -1 : 1;
    if (a->at.column != b->at.column) return a->at.column < b->at.column ? -1 : 1;
    return a->order < b->order ? -1 : 1;
}

int conf_finish(struct conf *c, struct error *e)
{
    if (!c) return error_set(e, E_USAGE, "no configuration");
    if (c->n_problems == 0) return OK;
    if (!e) return E_USAGE;
    for (int i = 0; i < c->n_problems; i++)
        c->problems[i].source = source_index(c, c->problems[i].at.file);
    qsort(c->problems, (size_t)c->n_problems, sizeof *c->problems, compare);
    enum { FOOTER = 64 };
    e->status = E_USAGE;
    size_t used = 0;
    int shown = 0;
    for (; shown < c->n_problems; shown++) {
        char *text = NULL;
        size_t n = 0;
        FILE *f = open_memstream(&text, &n);
        if (!f) return error_set(e, E_MEMORY, "no memory");
        show_problem(f, c, &c->problems[shown]);
        fclose(f);
        const bool fits = used + n + FOOTER < sizeof e->text;
        if (fits) memcpy(e->text + used, text, n);
        if (fits) used += n;
        free(text);
        if (!fits) break;
    }
    e->text[used] = 0;
    if (shown < c->n_problems)
        used += (size_t)snprintf(e->text + used, sizeof e->text - used,
                                 "%d errors, the first %d are shown", c->n_problems, shown);
    else if (shown > 1)
        used += (size_t)snprintf(e->text + used, sizeof e->text - used, "%d errors", shown);
    if (used && e->text[used - 1] == '\n') e->text[used - 1] = 0;
    return E_USAGE;
}

int conf_problems(const struct conf *c)
{
    return c->n_problems;
}
