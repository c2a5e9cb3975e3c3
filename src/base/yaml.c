/* yaml.c -- see yaml.h. */
#include "src/base/yaml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "src/base/utf8.h"

#define TAG_CORE "tag:yaml.org,2002:"

struct yaml {
    yaml_parser_t parser;
    yaml_event_t event;
    const char *text;
    size_t n;
    bool checked; /* the encoding */
};

struct yaml *yaml_open(const char *text, size_t n)
{
    struct yaml *y = calloc(1, sizeof *y);
    if (!y) return NULL;
    if (!yaml_parser_initialize(&y->parser)) {
        free(y);
        return NULL;
    }
    y->text = text;
    y->n = n;
    yaml_parser_set_encoding(&y->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&y->parser, (const unsigned char *)text, n);
    return y;
}

void yaml_close(struct yaml *y)
{
    if (!y) return;
    yaml_event_delete(&y->event);
    yaml_parser_delete(&y->parser);
    free(y);
}

/* Length of the line break at text[i], 0 if there is none: those that YAML 1.1 and libyaml count.
 */
static size_t break_length(const char *text, size_t n, size_t i)
{
    if (text[i] == '\r') return i + 1 < n && text[i + 1] == '\n' ? 2 : 1;
    if (text[i] == '\n') return 1;
    if (n - i >= 2 && memcmp(text + i, "\xC2\x85", 2) == 0) return 2;
    if (n - i >= 3 &&
        (memcmp(text + i, "\xE2\x80\xA8", 3) == 0 || memcmp(text + i, "\xE2\x80\xA9", 3) == 0))
        return 3;
    return 0;
}

const char *yaml_line(const char *text, size_t n, int number, size_t *length)
{
    *length = 0;
    size_t i = 0;
    for (int line = 1; i < n; line++) {
        const size_t start = i;
        while (i < n && !break_length(text, n, i)) i++;
        if (line == number) {
            *length = i - start;
            return text + start;
        }
        if (i < n) i += break_length(text, n, i);
    }
    return "";
}

/* Bytes that are not UTF-8 and control characters, which libyaml reports without a usable place. */
static bool encoding_is_good(const struct yaml *y, struct yaml_problem *p)
{
    p->line = p->column = 1;
    for (size_t i = 0; i < y->n;) {
        uint32_t code;
        const int length = utf8_next(y->text + i, y->n - i, &code);
        const unsigned char byte = (unsigned char)y->text[i];
        if (length == 0) {
            snprintf(p->text, sizeof p->text, "invalid UTF-8: byte 0x%02X", byte);
            snprintf(p->hint, sizeof p->hint, "text must be UTF-8");
            return false;
        }
        const size_t skip = break_length(y->text, y->n, i);
        if (!skip && (code < 0x20 ? code != '\t' : code >= 0x7F && code < 0xA0)) {
            snprintf(p->text, sizeof p->text, "control character U+%04X", (unsigned)code);
            return false;
        }
        if (skip) {
            p->line++;
            p->column = 1;
        } else {
            p->column++;
        }
        i += skip ? skip : (size_t)length;
    }
    return true;
}

/* Text from a place on; "" past the end. */
static const char *text_at(const struct yaml *y, int line, int column, size_t *left)
{
    size_t length;
    const char *s = yaml_line(y->text, y->n, line, &length);
    *left = 0;
    if (!*s && length == 0) return "";
    for (int c = 1; c < column && length > 0; c++) {
        uint32_t code;
        const int step = utf8_next(s, length, &code);
        s += step;
        length -= (size_t)step;
    }
    *left = y->n - (size_t)(s - y->text);
    return s;
}

/* The line that a mark names, and what stands before its column. */
static bool only_spaces_before(const struct yaml *y, int line, int column)
{
    size_t length;
    const char *s = yaml_line(y->text, y->n, line, &length);
    for (int i = 0; i < column - 1 && (size_t)i < length; i++)
        if (s[i] != ' ') return false;
    return true;
}

/* Whether the bracket at s is closed somewhere: quotes and comments are skipped. */
static bool is_closed(const char *s, size_t n)
{
    int depth = 0;
    char quote = 0;
    for (size_t i = 0; i < n; i++) {
        const char c = s[i];
        if (quote) {
            if (quote == '"' && c == '\\')
                i++;
            else if (c == quote)
                quote = 0;
        } else if (c == '#' && i > 0 && strchr(" \t\n", s[i - 1])) {
            while (i < n && s[i] != '\n') i++;
        } else if ((c == '"' || c == '\'') && i > 0 && strchr(" \t\n,[{:", s[i - 1])) {
            quote = c;
        } else if (c == '[' || c == '{') {
            depth++;
        } else if ((c == ']' || c == '}') && --depth == 0) {
            return true;
        }
    }
    return false;
}

#define SAY(p, field, ...) snprintf((p)->field, sizeof(p)->field, __VA_ARGS__)

/* A collection in flow style that ends where it should not. */
static void explain_flow(const struct yaml *y, struct yaml_problem *p, const char *problem)
{
    const int line = (int)y->parser.context_mark.line + 1,
              column = (int)y->parser.context_mark.column + 1;
    const bool map = strstr(problem, "'}'") != NULL;
    size_t left;
    const char *opener = text_at(y, line, column, &left);
    if (!is_closed(opener, left)) {
        SAY(p, text, "'%c' is never closed", map ? '{' : '[');
        SAY(p, hint, "opened here; a '%c' is missing", map ? '}' : ']');
        p->line = line;
        p->column = column;
        return;
    }
    SAY(p, text, "expected ',' or '%c'", map ? '}' : ']');
    const char *here = text_at(y, p->line, p->column, &left);
    if (p->column > 1 && left && (*here == '[' || *here == '{') && !strchr(" \t,[{:", here[-1])) {
        SAY(p, hint, "inside the '%c' of line %d column %d a word with '%c' needs quotes",
            map ? '{' : '[', line, column, *here);
        return;
    }
    SAY(p, hint, "inside the '%c' of line %d column %d; is a ',' missing before this?",
        map ? '{' : '[', line, column);
}

/* A line that should hold a key and a value; *p stands at its beginning. */
static void explain_key(const struct yaml *y, struct yaml_problem *p)
{
    size_t left, length;
    const char *s = text_at(y, p->line, p->column, &left);
    (void)yaml_line(s, left, 1, &length);
    const char *colon = memchr(s, ':', length);
    SAY(p, text, "expected 'key: value'");
    if (colon && colon + 1 < s + length)
        SAY(p, hint, "a space is missing after ':'");
    else
        SAY(p, hint, "a ':' is missing after the key, or '- ' before a list's entry");
}

static void explain_character(const struct yaml *y, struct yaml_problem *p)
{
    size_t left;
    const char c = *text_at(y, p->line, p->column, &left);
    if (c == '\t') {
        SAY(p, text, "tab used for indentation");
        SAY(p, hint, "indent with spaces");
    } else {
        SAY(p, text, "a plain value cannot begin with '%c'", c);
        SAY(p, hint, "quote the value");
    }
}

static int indentation(const char *s, size_t length)
{
    int n = 0;
    while ((size_t)n < length && s[n] == ' ') n++;
    return n;
}

/* A ':' where no key can be: two in a line, a line that is indented too far, or one that continues
 * the line before it, which lacks its own ": ". */
static void explain_colon(const struct yaml *y, struct yaml_problem *p)
{
    size_t length, left, above = 0;
    const char *s = yaml_line(y->text, y->n, p->line, &length);
    const int indent = indentation(s, length);
    const char *first = memchr(s, ':', length);
    if (first && first < text_at(y, p->line, p->column, &left)) {
        SAY(p, text, "a second ':' in one line");
        SAY(p, hint, "quote the value, or begin a new line");
        return;
    }
    p->column = indent + 1;
    int line = p->line;
    while (--line > 0) {
        s = yaml_line(y->text, y->n, line, &above);
        if (above > (size_t)indentation(s, above)) break;
    }
    if (line > 0 && indentation(s, above) == indent) {
        p->line = line;
        explain_key(y, p);
        return;
    }
    SAY(p, text, "this key is indented deeper than the keys before it");
    SAY(p, hint, "keys of one map stand in one column");
}

/* Nothing where a value should be: mostly the end of a text with an open bracket. */
static void explain_no_value(const struct yaml *y, struct yaml_problem *p)
{
    SAY(p, text, "expected a value");
    size_t left, length;
    if (*text_at(y, p->line, p->column, &left)) return;
    for (int line = 1; line <= p->line; line++) {
        const char *s = yaml_line(y->text, y->n, line, &length);
        int column = 0;
        for (size_t i = 0; i < length; i++) {
            column += ((unsigned char)s[i] & 0xC0) != 0x80;
            if (!strchr("[{", s[i]) || is_closed(s + i, y->n - (size_t)(s + i - y->text))) continue;
            SAY(p, text, "'%c' is never closed", s[i]);
            SAY(p, hint, "opened here; a '%c' is missing", s[i] == '{' ? '}' : ']');
            p->line = line;
            p->column = column;
            return;
        }
    }
}

/* What libyaml means, in the words of somebody who wrote a configuration. */
static void explain_syntax(const struct yaml *y, struct yaml_problem *p)
{
    const char *problem = y->parser.problem ? y->parser.problem : "unreadable";
    const char *context = y->parser.context ? y->parser.context : "";
    const yaml_mark_t *from = &y->parser.context_mark;
    if (strstr(problem, "did not find expected ',' or")) {
        explain_flow(y, p, problem);
    } else if (strstr(problem, "could not find expected ':'")) {
        p->line = (int)from->line + 1;
        p->column = (int)from->column + 1;
        explain_key(y, p);
    } else if (strstr(problem, "cannot start any token")) {
        explain_character(y, p);
    } else if (strstr(problem, "tab character")) {
        SAY(p, text, "tab used for indentation");
        SAY(p, hint, "indent with spaces");
    } else if (strstr(context, "directive")) {
        p->line = (int)from->line + 1;
        p->column = (int)from->column + 1;
        explain_character(y, p);
    } else if (strstr(problem, "mapping values are not allowed")) {
        explain_colon(y, p);
    } else if (strstr(context, "quoted scalar") && strstr(problem, "unexpected end")) {
        p->line = (int)from->line + 1;
        p->column = (int)from->column + 1;
        SAY(p, text, "the quote is never closed");
        SAY(p, hint, "opened here");
    } else if (strstr(problem, "unknown escape")) {
        SAY(p, text, "unknown escape in a double-quoted value");
        SAY(p, hint, "write '\\\\', or use single quotes");
    } else if (strstr(problem, "block sequence entries")) {
        SAY(p, text, "a list's '-' must begin a line");
        SAY(p, hint, "or write the list as [a, b]");
    } else if (strstr(problem, "did not find expected '-'")) {
        SAY(p, text, "expected another '- ' entry");
        SAY(p, hint, "the list began at line %d column %d", (int)from->line + 1,
            (int)from->column + 1);
    } else if (strstr(problem, "did not find expected key")) {
        const bool indent = only_spaces_before(y, p->line, p->column);
        SAY(p, text, indent ? "expected a key of the map that is open here" : "text after a value");
        if (indent)
            SAY(p, hint, "the map began at line %d column %d; check the indentation",
                (int)from->line + 1, (int)from->column + 1);
        else
            SAY(p, hint, "quote the whole value");
    } else if (strstr(context, "alias") || strstr(context, "anchor")) {
        p->line = (int)from->line + 1;
        p->column = (int)from->column + 1;
        SAY(p, text, "a name must follow '%c'", strstr(context, "alias") ? '*' : '&');
        SAY(p, hint, "quote the value if it is text");
    } else if (strstr(problem, "node content")) {
        explain_no_value(y, p);
    } else if (strstr(problem, "<document start>")) {
        SAY(p, text, "text after the end of the document");
    } else {
        SAY(p, text, "%s", problem);
    }
}

static void copy_marks(const struct yaml *y, struct yaml_item *item)
{
    item->line = (int)y->event.start_mark.line + 1;
    item->column = (int)y->event.start_mark.column + 1;
}

static const char *other_tag(const yaml_char_t *tag)
{
    const char *t = (const char *)tag;
    return !t || strcmp(t, TAG_CORE "str") == 0 || strcmp(t, "!") == 0 ? NULL : t;
}

bool yaml_next(struct yaml *y, struct yaml_item *item, struct yaml_problem *p)
{
    *p = (struct yaml_problem){0};
    if (!y->checked && !encoding_is_good(y, p)) return false;
    y->checked = true;
    for (;;) {
        yaml_event_delete(&y->event);
        if (!yaml_parser_parse(&y->parser, &y->event)) {
            p->line = (int)y->parser.problem_mark.line + 1;
            p->column = (int)y->parser.problem_mark.column + 1;
            explain_syntax(y, p);
            return false;
        }
        *item = (struct yaml_item){0};
        copy_marks(y, item);
        const yaml_event_t *v = &y->event;
        switch (v->type) {
        case YAML_DOCUMENT_START_EVENT:
            item->kind = YAML_DOCUMENT;
            return true;
        case YAML_SCALAR_EVENT:
            item->kind = YAML_SCALAR;
            item->text = (const char *)v->data.scalar.value;
            item->length = v->data.scalar.length;
            item->plain = v->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && !v->data.scalar.tag;
            item->anchor = (const char *)v->data.scalar.anchor;
            item->tag = other_tag(v->data.scalar.tag);
            return true;
        case YAML_ALIAS_EVENT:
            item->kind = YAML_ALIAS;
            item->anchor = (const char *)v->data.alias.anchor;
            return true;
        case YAML_MAPPING_START_EVENT:
            item->kind = YAML_MAP;
            item->anchor = (const char *)v->data.mapping_start.anchor;
            item->tag = (const char *)v->data.mapping_start.tag;
            return true;
        case YAML_SEQUENCE_START_EVENT:
            item->kind = YAML_LIST;
            item->anchor = (const char *)v->data.sequence_start.anchor;
            item->tag = (const char *)v->data.sequence_start.tag;
            return true;
        case YAML_MAPPING_END_EVENT:
            item->kind = YAML_MAP_END;
            return true;
        case YAML_SEQUENCE_END_EVENT:
            item->kind = YAML_LIST_END;
            return true;
        case YAML_STREAM_END_EVENT:
            item->kind = YAML_END;
            return true;
        default: /* start of the stream, end of a document */
            break;
        }
    }
}
