/* level_label.c -- see level_label.h. */
#include "src/lab/level_label.h"

#include <stdio.h>
#include <string.h>

void level_label(const struct lab_param *x, char *label, size_t size)
{
    static const char opening[] = "{type: ";
    const char *text = x->given ? x->text : "-";
    const size_t n = strlen(text);
    snprintf(label, size, "%s", text);
    if (strncmp(text, opening, strlen(opening)) || text[n - 1] != '}' || strchr(text + 1, '{') ||
        n >= size)
        return;
    size_t to = 0;
    bool options = false, list = false;
    for (const char *at = text + strlen(opening); at < text + n - 1; at++) {
        if (*at == '[' || *at == ']') {
            list = *at == '[';
        } else if (*at == ',' && !options) {
            label[to++] = '(';
            options = true;
        } else if (*at != ' ') {
            label[to++] = *at == ':' ? '=' : *at == ',' && list ? '+' : *at;
        }
    }
    if (options) label[to++] = ')';
    label[to] = '\0';
}
