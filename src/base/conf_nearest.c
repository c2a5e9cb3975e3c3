/* conf_nearest.c -- nearest names.
 *
 * Distance: Damerau-Levenshtein with adjacent transpositions (optimal string alignment; Damerau
 * 1964), case ignored. A name is a candidate within max(1, length / 3) of the word. */
#include <ctype.h>
#include <string.h>

#include "src/base/conf_internal.h"

enum { WORD = 64, NAMES_WIDTH = 140 };

static int least(int a, int b)
{
    return a < b ? a : b;
}

static int distance(const char *a, const char *b)
{
    const size_t n = strlen(a), m = strlen(b);
    if (n >= WORD || m >= WORD) return WORD;
    int d[3][WORD + 1]; /* rows i - 2, i - 1, i, in turn */
    for (size_t j = 0; j <= m; j++) d[0][j] = (int)j;
    for (size_t i = 1; i <= n; i++) {
        int *row = d[i % 3];
        const int *up = d[(i - 1) % 3], *up2 = d[(i + 1) % 3];
        const int x = tolower((unsigned char)a[i - 1]);
        row[0] = (int)i;
        for (size_t j = 1; j <= m; j++) {
            const int y = tolower((unsigned char)b[j - 1]);
            row[j] = least(least(up[j] + 1, row[j - 1] + 1), up[j - 1] + (x != y));
            if (i > 1 && j > 1 && x == tolower((unsigned char)b[j - 2]) &&
                tolower((unsigned char)a[i - 2]) == y)
                row[j] = least(row[j], up2[j - 2] + 1);
        }
    }
    return d[n % 3][m];
}

static int common_prefix(const char *a, const char *b)
{
    int n = 0;
    while (a[n] && a[n] == b[n]) n++;
    return n;
}

/* Candidates stay in order of cost: distance first, then the longer common prefix. */
static void insert(struct nearest *s, const char *name, int cost)
{
    for (int i = 0; i < s->n; i++)
        if (strcmp(s->name[i], name) == 0) return;
    int at = s->n;
    while (at > 0 && s->cost[at - 1] > cost) at--;
    if (at == CONF_CANDIDATES) return;
    const int last = s->n < CONF_CANDIDATES ? s->n++ : CONF_CANDIDATES - 1;
    for (int i = last; i > at; i--) {
        s->name[i] = s->name[i - 1];
        s->cost[i] = s->cost[i - 1];
    }
    s->name[at] = name;
    s->cost[at] = cost;
}

void nearest_add(struct nearest *s, const char *name)
{
    const int length = (int)strlen(s->word), limit = length / 3 > 1 ? length / 3 : 1;
    const int d = distance(s->word, name);
    if (d > limit || length == 0) return;
    insert(s, name, d * WORD - common_prefix(s->word, name));
}

/* Whether each part of the word (between '_') is a part of the name. */
static bool holds_parts(const char *word, const char *name)
{
    for (const char *p = word; *p;) {
        const size_t n = strcspn(p, "_");
        if (n < 3) return false;
        const char *q = name;
        while (*q && (strncmp(q, p, n) != 0 || (q[n] && q[n] != '_'))) {
            q += strcspn(q, "_");
            q += *q == '_';
        }
        if (!*q) return false;
        p += n;
        p += *p == '_';
    }
    return *word;
}

void nearest_add_parts(struct nearest *s, const char *name)
{
    nearest_add(s, name);
    const size_t n = strlen(s->word), m = strlen(name), shorter = n < m ? n : m;
    const bool prefix = shorter >= 3 && strncmp(s->word, name, shorter) == 0;
    if (prefix || holds_parts(s->word, name))
        insert(s, name, WORD * WORD - common_prefix(s->word, name));
}

const char *nearest_hint(struct conf *c, const struct nearest *s)
{
    switch (s->n) {
    case 0:
        return NULL;
    case 1:
        return conf_text(c, "did you mean '%s'?", s->name[0]);
    case 2:
        return conf_text(c, "did you mean '%s' or '%s'?", s->name[0], s->name[1]);
    default:
        return conf_text(c, "did you mean '%s', '%s' or '%s'?", s->name[0], s->name[1], s->name[2]);
    }
}

const char *conf_nearest(const char *word, const char *const *names)
{
    struct nearest s = {.word = word};
    for (; *names; names++) nearest_add(&s, *names);
    return s.n ? s.name[0] : NULL;
}

const char *list_names(struct conf *c, const char *const *names)
{
    const char *all = "";
    for (; *names; names++) {
        if (strlen(all) + strlen(*names) > NAMES_WIDTH) return conf_text(c, "%s, ...", all);
        all = conf_text(c, "%s%s%s", all, *all ? ", " : "", *names);
    }
    return all;
}

const char *list_types(struct conf *c, const struct conf_registry *registry)
{
    int n = 0;
    while (registry->types[n]) n++;
    const char **names = conf_take(c, sizeof *names * (size_t)(n + 1));
    for (int i = 0; i < n; i++) names[i] = registry->types[i]->name;
    return list_names(c, names);
}
