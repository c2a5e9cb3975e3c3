/* conf_value.c -- scalars of YAML 1.2's core schema, typed by the field that asks for them.
 *
 *   int    [-+]?[0-9]+ | 0o[0-7]+ | 0x[0-9a-fA-F]+
 *   float  [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?     .inf and .nan are refused
 *   bool   true True TRUE false False FALSE
 * Sizes add the suffixes k, M, G = 2^10, 2^20, 2^30. Integers may be spelled 3e6. */
#include <ctype.h>
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/conf_internal.h"
#include "src/base/json.h"

static const struct value_error good = {NULL, NULL};

static size_t digits(const char *s)
{
    size_t n = 0;
    while (s[n] >= '0' && s[n] <= '9') n++;
    return n;
}

/* Length of the float of the core schema that s begins with; 0: none. */
static size_t float_length(const char *s)
{
    const char *p = s + (*s == '-' || *s == '+');
    const size_t whole = digits(p);
    p += whole;
    size_t fraction = 0;
    if (*p == '.') p += 1 + (fraction = digits(p + 1));
    if (whole + fraction == 0) return 0;
    if (*p == 'e' || *p == 'E') {
        const char *q = p + 1 + (p[1] == '-' || p[1] == '+');
        if (digits(q)) p = q + digits(q);
    }
    return (size_t)(p - s);
}

/* Independent of the locale. */
static double parse_double(const char *s, bool *range)
{
    const locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    const locale_t before = uselocale(plain);
    errno = 0;
    const double v = strtod(s, NULL);
    *range = errno == ERANGE;
    uselocale(before);
    freelocale(plain);
    return v;
}

/* An unsigned integer in a base; false if it is none or does not fit. */
static bool parse_digits(const char *s, int base, uint64_t *out)
{
    uint64_t v = 0;
    if (!*s) return false;
    for (; *s; s++) {
        const int d = isdigit((unsigned char)*s)    ? *s - '0'
                      : isxdigit((unsigned char)*s) ? (*s | 32) - 'a' + 10
                                                    : 99;
        if (d >= base || v > (INT64_MAX - (uint64_t)d) / (uint64_t)base) return false;
        v = v * (uint64_t)base + (uint64_t)d;
    }
    *out = v;
    return true;
}

static bool parse_integer(const char *s, int64_t *out)
{
    uint64_t v;
    const bool negative = *s == '-';
    const char *p = s + (*s == '-' || *s == '+');
    const int base = p == s && strncmp(s, "0x", 2) == 0   ? 16
                     : p == s && strncmp(s, "0o", 2) == 0 ? 8
                                                          : 10;
    if (!parse_digits(base == 10 ? p : s + 2, base, &v)) return false;
    *out = negative ? -(int64_t)v : (int64_t)v;
    return true;
}

static double suffix(const char *s)
{
    if (!*s || s[1]) return 0;
    return *s == 'k' ? 0x1p10 : *s == 'M' ? 0x1p20 : *s == 'G' ? 0x1p30 : 0;
}

static bool is_word(const char *s, const char *const *words)
{
    for (; *words; words++)
        if (strcmp(s, *words) == 0) return true;
    return false;
}

static bool is_infinite(const char *s)
{
    static const char *const words[] = {"inf",  "Inf",  "INF",  "nan",  "NaN",  "NAN", ".inf",
                                        ".Inf", ".INF", ".nan", ".NaN", ".NAN", NULL};
    return is_word(s + (*s == '-' || *s == '+'), words);
}

/* Why a scalar is no number, as far as that can be told. */
static const char *number_hint(struct conf *c, const struct node *n, bool sizes)
{
    if (n->kind != NODE_SCALAR) return NULL;
    const char *s = n->text;
    const size_t length = float_length(s);
    if (!n->plain) return length && !s[length] ? "drop the quotes" : NULL;
    if (is_infinite(s)) return "it must be finite";
    if (!length) return NULL;
    const char *rest = s + length;
    if (suffix(rest) > 0 && !sizes) {
        bool range;
        const double v = parse_double(s, &range) * suffix(rest);
        return conf_text(c, "suffixes are for counts of tokens; write %s", number_show(c, v));
    }
    if (sizes && *rest && !rest[1] && strchr("KmgBbtT", *rest))
        return "suffixes are k, M and G (2^10, 2^20, 2^30)";
    if (strchr(s, '_')) return "write the number without '_'";
    if (*rest == ',') return "write the number without ','";
    return NULL;
}

static struct value_error bad(struct conf *c, const struct node *n, const char *expected)
{
    return (struct value_error){expected, number_hint(c, n, strstr(expected, "count") != NULL)};
}

struct value_error value_real(struct conf *c, const struct node *n, double *out)
{
    int64_t whole;
    if (n->kind != NODE_SCALAR || !n->plain) return bad(c, n, "a number");
    const size_t length = float_length(n->text);
    if (length && !n->text[length]) {
        bool range;
        const double v = parse_double(n->text, &range);
        if (range) return (struct value_error){"a number that a double can hold", NULL};
        *out = v;
        return good;
    }
    if (!parse_integer(n->text, &whole)) return bad(c, n, "a number");
    *out = (double)whole;
    return good;
}

/* A whole number of at most 2^53 that is spelled as a float, with or without a suffix. */
static struct value_error whole_float(struct conf *c, const struct node *n, bool sizes,
                                      const char *expected, int64_t *out)
{
    const size_t length = float_length(n->text);
    const char *rest = n->text + length;
    const double factor = *rest ? sizes ? suffix(rest) : 0 : 1;
    if (!length || factor == 0) return bad(c, n, expected);
    bool range;
    const double v = parse_double(n->text, &range) * factor;
    if (v != floor(v)) return (struct value_error){expected, "it must be whole"};
    if (fabs(v) > 0x1p62) return (struct value_error){expected, "it is too large"};
    *out = (int64_t)v;
    return good;
}

struct value_error value_size(struct conf *c, const struct node *n, int64_t *out)
{
    static const char expected[] = "a count (such as 4096, 64k, 20M or 3e6)";
    if (n->kind != NODE_SCALAR || !n->plain) return bad(c, n, expected);
    if (parse_integer(n->text, out)) return good;
    return whole_float(c, n, true, expected, out);
}

struct value_error value_int(struct conf *c, const struct node *n, int64_t *out)
{
    static const char expected[] = "an integer";
    if (n->kind != NODE_SCALAR || !n->plain) return bad(c, n, expected);
    if (parse_integer(n->text, out)) return good;
    return whole_float(c, n, false, expected, out);
}

struct value_error value_bool(const struct node *n, bool *out)
{
    static const char *const yes[] = {"true", "True", "TRUE", NULL},
                             *const no[] = {"false", "False", "FALSE", NULL},
                             *const old[] = {"yes", "no",  "on",  "off", "Yes", "No",
                                             "On",  "Off", "YES", "NO",  "ON",  "OFF",
                                             "y",   "n",   "Y",   "N",   NULL};
    if (n->kind == NODE_SCALAR && n->plain && (is_word(n->text, yes) || is_word(n->text, no))) {
        *out = is_word(n->text, yes);
        return good;
    }
    const char *hint = NULL;
    if (n->kind == NODE_SCALAR) {
        if (!n->plain && (is_word(n->text, yes) || is_word(n->text, no)))
            hint = "drop the quotes";
        else if (n->plain && is_word(n->text, old))
            hint = "YAML 1.2 knows true and false alone";
    }
    return (struct value_error){"true or false", hint};
}

const char *number_show(struct conf *c, double v)
{
    char text[32];
    if (v == floor(v) && fabs(v) < 1e16) return conf_text(c, "%.0f", v + 0.0);
    return conf_text(c, "%s", format_double(text, v));
}

bool string_needs_quotes(const char *s)
{
    static const char *const words[] = {"true", "false", "null", "yes", "no", "on",
                                        "off",  "y",     "n",    "~",   NULL};
    if (!*s || isspace((unsigned char)*s) || isspace((unsigned char)s[strlen(s) - 1])) return true;
    if (strchr("-?:,[]{}#&*!|>'\"%@`=<", *s) || is_infinite(s)) return true;
    for (int i = 0; words[i]; i++)
        if (strcasecmp(s, words[i]) == 0) return true;
    /* Whatever begins like a number: other readers know dates, 1_000, 1:30, 0b1 and 1e-4. */
    if (isdigit((unsigned char)*s) ||
        ((*s == '+' || *s == '.') && (isdigit((unsigned char)s[1]) || s[1] == '.')))
        return true;
    for (; *s; s++) {
        if ((unsigned char)*s < 0x20 || *s == 0x7F || strchr("{}[],?:\"\\", *s)) return true;
        if (*s == '#' && s[-1] == ' ') return true;
    }
    return false;
}
