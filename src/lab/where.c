/* where.c -- see where.h: recursive descent over or, and, not, parentheses, comparisons. */
#include "src/lab/where.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct parser {
    struct where *w;
    const char *text, *at;
    int depth;
    struct error *e;
};

static int fail(struct parser *p, const char *what)
{
    return error_set(p->e, E_USAGE, "%s\n  %s\n  %*s^", what, p->text, (int)(p->at - p->text), "");
}

static void skip(struct parser *p)
{
    p->at += strspn(p->at, " \t\n");
}

static int emit(struct parser *p, const char *fmt, ...) PRINTF(2, 3);
static int emit(struct parser *p, const char *fmt, ...)
{
    const size_t n = strlen(p->w->sql), left = sizeof p->w->sql - n;
    va_list ap;
    va_start(ap, fmt);
    const int added = vsnprintf(p->w->sql + n, left, fmt, ap);
    va_end(ap);
    return added < 0 || (size_t)added >= left ? fail(p, "the condition is too long") : OK;
}

static bool key_letter(char c)
{
    return isalnum((unsigned char)c) || (c && strchr("_./[]-:", c)) || (c & 0x80);
}

/* The keyword, as a whole word in any case. */
static bool takes(struct parser *p, const char *word)
{
    const size_t n = strlen(word);
    skip(p);
    for (size_t i = 0; i < n; i++)
        if (tolower((unsigned char)p->at[i]) != word[i]) return false;
    if (key_letter(p->at[n])) return false;
    p->at += n;
    return true;
}

static int bind(struct parser *p, const char *text, size_t n, bool number, double v, int *slot)
{
    if (p->w->n == WHERE_VALUES) return fail(p, "the condition has too many values");
    if (n >= sizeof p->w->value->text) return fail(p, "the value is too long");
    struct where_value *to = &p->w->value[p->w->n];
    snprintf(to->text, sizeof to->text, "%.*s", (int)n, text);
    to->number = v;
    to->is_number = number;
    *slot = ++p->w->n;
    return OK;
}

static int take_key(struct parser *p, char key[128])
{
    skip(p);
    size_t n = 0;
    while (key_letter(p->at[n])) n++;
    if (!n) return fail(p, "a key is expected here");
    if (n >= 128) return fail(p, "the key is too long");
    snprintf(key, 128, "%.*s", (int)n, p->at);
    p->at += n;
    return OK;
}

static int take_operator(struct parser *p, char op[3])
{
    static const char *const all[] = {"!=", "<=", ">=", "==", "=", "<", ">", "~"};
    skip(p);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (strncmp(p->at, all[i], strlen(all[i]))) continue;
        strcpy(op, strcmp(all[i], "==") ? all[i] : "=");
        p->at += strlen(all[i]);
        return OK;
    }
    return fail(p, "a comparison is expected here: = != < <= > >= ~");
}

static int take_value(struct parser *p, int *slot, bool *number)
{
    skip(p);
    const char quote = *p->at;
    *number = false;
    if (quote == '\'' || quote == '"') {
        const char *end = strchr(p->at + 1, quote);
        if (!end) return fail(p, "this quote is not closed");
        TRY(bind(p, p->at + 1, (size_t)(end - p->at - 1), false, NAN, slot));
        p->at = end + 1;
        return OK;
    }
    size_t n = strcspn(p->at, " \t\n()=<>!~");
    if (!n) return fail(p, "a value is expected here");
    char *end;
    const double v = strtod(p->at, &end);
    *number = end == p->at + n && isfinite(v);
    TRY(bind(p, p->at, n, *number, v, slot));
    p->at += n;
    return OK;
}

/* One of the runs table's own columns: 1 text, 2 number, 0 neither. */
static int own_column(const char *key)
{
    static const char *const texts[] = {"id", "name", "status", "dir"}, *const numbers[] = {
                                                                            "step", "tokens",
                                                                            "total"};
    for (int i = 0; i < 4; i++)
        if (strcmp(key, texts[i]) == 0) return 1;
    for (int i = 0; i < 3; i++)
        if (strcmp(key, numbers[i]) == 0) return 2;
    return 0;
}

static int compare(struct parser *p, const char *column, const char *op, int slot)
{
    if (strcmp(op, "~") == 0) return emit(p, "instr(%s, ?%d) > 0", column, slot);
    return emit(p, "%s %s ?%d", column, op, slot);
}

/* Text and number of a fact: a word is compared with the text, a number with the number. */
static int comparison(struct parser *p)
{
    char key[128], op[3];
    int key_slot = 0, slot = 0;
    bool number;
    TRY(take_key(p, key));
    TRY(take_operator(p, op));
    TRY(take_value(p, &slot, &number));
    if (*op == '~') {
        number = false;
        p->w->value[slot - 1].is_number = false;
    }
    const int own = own_column(key);
    if (own) {
        if (own == 1) p->w->value[slot - 1].is_number = false;
        if (own == 2 && !number) return fail(p, "this key is compared with a number");
        return compare(p, key, op, slot);
    }
    if (p->w->n_keys < 32) strcpy(p->w->key[p->w->n_keys++], key);
    TRY(bind(p, key, strlen(key), false, NAN, &key_slot));
    TRY(emit(p,
             "EXISTS (SELECT 1 FROM facts WHERE facts.run = runs.id AND (facts.key = ?%d OR "
             "substr(facts.key, -length(?%d) - 1) = '.' || ?%d) AND ",
             key_slot, key_slot, key_slot));
    TRY(compare(p, number ? "facts.number" : "facts.text", op, slot));
    return emit(p, ")");
}

static int disjunction(struct parser *p);

static int term(struct parser *p)
{
    if (p->depth > 100) return fail(p, "the condition is nested too deeply");
    if (takes(p, "not")) {
        TRY(emit(p, "NOT "));
        p->depth++;
        TRY(term(p));
        p->depth--;
        return OK;
    }
    skip(p);
    if (*p->at != '(') return comparison(p);
    p->at++;
    p->depth++;
    TRY(emit(p, "("));
    TRY(disjunction(p));
    skip(p);
    if (*p->at != ')') return fail(p, "')' is expected here");
    p->at++;
    p->depth--;
    return emit(p, ")");
}

static int conjunction(struct parser *p)
{
    TRY(term(p));
    while (takes(p, "and")) {
        TRY(emit(p, " AND "));
        TRY(term(p));
    }
    return OK;
}

static int disjunction(struct parser *p)
{
    TRY(conjunction(p));
    while (takes(p, "or")) {
        TRY(emit(p, " OR "));
        TRY(conjunction(p));
    }
    return OK;
}

int where_parse(struct where *w, const char *text, struct error *e)
{
    struct parser p = {w, text, text, 0, e};
    w->sql[0] = '\0';
    w->n = w->n_keys = 0;
    TRY(disjunction(&p));
    skip(&p);
    return *p.at ? fail(&p, "'and', 'or' or the end is expected here") : OK;
}
