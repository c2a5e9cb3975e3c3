/* squad_text.c -- see squad_text.h. */
#include "src/eval/squad_text.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "src/base/utf8.h"

struct range {
    uint32_t first, last;
};

#define ROWS(table) ((int)(sizeof(table) / sizeof *(table)))

static bool within(const struct range *r, int n, uint32_t code)
{
    for (int i = 0; i < n; i++)
        if (code >= r[i].first && code <= r[i].last) return true;
    return false;
}

/* What str.split() cuts at. */
static bool is_space(uint32_t code)
{
    static const struct range spaces[] = {
        {9, 13},          {28, 32},         {0x85, 0x85},     {0xA0, 0xA0},     {0x1680, 0x1680},
        {0x2000, 0x200A}, {0x2028, 0x2029}, {0x202F, 0x202F}, {0x205F, 0x205F}, {0x3000, 0x3000}};
    return within(spaces, ROWS(spaces), code);
}

/* \w: letters and digits. Beyond ASCII all but marks, punctuation and symbols, by blocks. */
static bool is_word(uint32_t code)
{
    static const struct range none[] = {
        {0x80, 0xA9},     {0xAB, 0xB1},     {0xB4, 0xB4},       {0xB6, 0xB8},      {0xBB, 0xBB},
        {0xBF, 0xBF},     {0xD7, 0xD7},     {0xF7, 0xF7},       {0x2C2, 0x2C5},    {0x2D2, 0x2DF},
        {0x300, 0x36F},   {0x483, 0x489},   {0x591, 0x5CF},     {0x2000, 0x206F},  {0x207A, 0x207E},
        {0x208A, 0x208E}, {0x20A0, 0x20FF}, {0x2190, 0x245F},   {0x2500, 0x2775},  {0x2794, 0x2BFF},
        {0x2E00, 0x2E2E}, {0x2E30, 0x2FFF}, {0x3000, 0x3004},   {0x3008, 0x3020},  {0x302A, 0x3030},
        {0xD800, 0xF8FF}, {0xFE00, 0xFE6F}, {0xFF01, 0xFF0F},   {0xFF1A, 0xFF20},  {0xFF3B, 0xFF40},
        {0xFF5B, 0xFF65}, {0xFFE0, 0xFFFF}, {0x1F000, 0x1F0FF}, {0x1F10D, 0x1FBEF}};
    if (code < 0x80) return isalnum((int)code);
    return !within(none, ROWS(none), code);
}

/* Latin, Greek, Cyrillic, Armenian: letters that differ from their small ones by a constant, or
 * stand beside them, from `first` on every second one. */
static uint32_t lower(uint32_t code)
{
    static const struct {
        uint32_t first, last, step, add;
    } letters[] = {{'A', 'Z', 1, 32},      {0xC0, 0xD6, 1, 32},    {0xD8, 0xDE, 1, 32},
                   {0x100, 0x12E, 2, 1},   {0x132, 0x136, 2, 1},   {0x139, 0x147, 2, 1},
                   {0x14A, 0x176, 2, 1},   {0x179, 0x17D, 2, 1},   {0x386, 0x386, 1, 38},
                   {0x388, 0x38A, 1, 37},  {0x38C, 0x38C, 1, 64},  {0x38E, 0x38F, 1, 63},
                   {0x391, 0x3A1, 1, 32},  {0x3A3, 0x3AB, 1, 32},  {0x400, 0x40F, 1, 80},
                   {0x410, 0x42F, 1, 32},  {0x460, 0x480, 2, 1},   {0x48A, 0x4BE, 2, 1},
                   {0x4D0, 0x52E, 2, 1},   {0x531, 0x556, 1, 48},  {0x1E00, 0x1E94, 2, 1},
                   {0x1EA0, 0x1EFE, 2, 1}, {0xFF21, 0xFF3A, 1, 32}};
    if (code == 0x178) return 0xFF;
    for (int i = 0; i < ROWS(letters); i++)
        if (code >= letters[i].first && code <= letters[i].last &&
            (code - letters[i].first) % letters[i].step == 0)
            return code + letters[i].add;
    return code;
}

/* The next character of s and its length; a byte that is no UTF-8 is a character of its own. */
static int next(const char *s, size_t n, uint32_t *code)
{
    const int length = utf8_next(s, n, code);
    if (length) return length;
    *code = 0xFFFF;
    return 1;
}

static void lower_without_punctuation(char *text)
{
    char *to = text;
    for (const char *s = text, *end = text + strlen(text); s < end;) {
        uint32_t code;
        const int length = next(s, (size_t)(end - s), &code);
        if (code == 0xFFFF)
            *to++ = *s;
        else if (is_space(code))
            *to++ = ' ';
        else if (code >= 0x80 || !ispunct((int)code))
            to += utf8_put(lower(code), to); /* never longer than the capital */
        s += length;
    }
    *to = '\0';
}

static bool is_article(const char *s, size_t n)
{
    return (n == 1 && *s == 'a') || (n == 2 && !memcmp(s, "an", 2)) ||
           (n == 3 && !memcmp(s, "the", 3));
}

static void blank_articles(char *text)
{
    const char *end = text + strlen(text);
    for (char *s = text; s < end;) {
        uint32_t code;
        char *stop = s;
        int length;
        while (stop < end && (length = next(stop, (size_t)(end - stop), &code), is_word(code)))
            stop += length;
        if (is_article(s, (size_t)(stop - s))) memset(s, ' ', (size_t)(stop - s));
        s = stop == s ? s + next(s, (size_t)(end - s), &code) : stop;
    }
}

void squad_normalize(char *text)
{
    lower_without_punctuation(text);
    blank_articles(text);
}
