/* sentence.c -- see sentence.h. */
#include "src/data/sentence.h"

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_stop(char c)
{
    return c == '.' || c == '!' || c == '?';
}

static bool begins(const char *text, size_t i, bool opens)
{
    int lines = 0;
    size_t before = i;
    if (is_space(text[i])) return false;
    for (; before > 0 && is_space(text[before - 1]); before--) lines += text[before - 1] == '\n';
    if (before == 0) return opens;
    return before < i && (lines > 1 || is_stop(text[before - 1]));
}

/* The sentence that begins at s->begin; false: it has no end, or is too short or too long. */
static bool measure(const char *text, size_t n, int most, struct sentence *s)
{
    s->bytes = 0;
    for (size_t i = s->begin; i < n && s->bytes <= most; s->bytes++) {
        if (!is_space(text[i])) {
            i++;
            continue;
        }
        if (is_stop(text[i - 1])) {
            s->end = i;
            return s->bytes >= SENTENCE_LEAST;
        }
        int lines = 0;
        for (; i < n && is_space(text[i]); i++) lines += text[i] == '\n';
        if (lines > 1) return false;
    }
    return false;
}

bool sentence_next(const char *text, size_t n, size_t from, int most, struct sentence *s)
{
    for (s->begin = from; s->begin < n; s->begin++)
        if (begins(text, s->begin, from == 0) && measure(text, n, most, s)) return true;
    return false;
}

void sentence_fold(const char *text, const struct sentence *s, unsigned char *out)
{
    for (size_t i = s->begin; i < s->end; i++)
        if (!is_space(text[i]))
            *out++ = (unsigned char)text[i];
        else if (!is_space(text[i - 1]))
            *out++ = ' ';
}
