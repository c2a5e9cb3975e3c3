/* reproduce_table.c -- see reproduce.h. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
#include "src/cli/reproduce.h"

enum { COLUMNS = 5 };
static const char *const columns[COLUMNS] = {"claim", "paper", "ours", "verdict", "cost"};

/* A cell that ends no column of a Markdown table before its time. */
static void put_cell(const char *text)
{
    for (; *text; text++) {
        if (*text == '|') putchar('\\');
        putchar(*text);
    }
}

static void put_row(const char *first, const char *const *cell, bool markdown)
{
    printf(markdown ? "| %s" : "%s", first);
    for (int i = 0; i < COLUMNS; i++) {
        fputs(markdown ? " | " : "\t", stdout);
        if (markdown)
            put_cell(cell[i]);
        else
            fputs(cell[i], stdout);
    }
    puts(markdown ? " |" : "");
}

void verdicts_head(bool markdown)
{
    put_row("experiment", columns, markdown);
    if (markdown) puts("|---|---|---|---|---|---|");
}

static int check_head(char *const *cell, const char *path, struct error *e)
{
    for (int i = 0; i < COLUMNS; i++)
        if (strcmp(cell[i], columns[i]))
            return error_set(e, E_FORMAT, "%s:1: column %d is '%s', not '%s'", path, i + 1, cell[i],
                             columns[i]);
    return OK;
}

int verdicts_print(const char *name, const char *out, bool markdown, struct error *e)
{
    char path[PATH_MAX], *text;
    size_t n;
    TRY(file_join(path, sizeof path, out, "verdicts.tsv", e));
    TRY(file_read_all(path, &text, &n, e));
    int line = 0, status = OK;
    for (char *row = text, *end; *row && !status; row = end) {
        char *cell[COLUMNS + 1];
        int cells = 0;
        end = row + strcspn(row, "\n");
        if (*end) *end++ = '\0';
        for (char *s = row; s && cells <= COLUMNS; s = strchr(s, '\t'), s += s != NULL)
            cell[cells++] = s;
        for (int i = 1; i < cells; i++) cell[i][-1] = '\0';
        line++;
        if (cells != COLUMNS)
            status = error_set(e, E_FORMAT, "%s:%d: %d cells, not %d", path, line, cells, COLUMNS);
        else if (line == 1)
            status = check_head(cell, path, e);
        else
            put_row(name, (const char *const *)cell, markdown);
    }
    if (!status && line < 2) status = error_set(e, E_FORMAT, "%s: no verdict in it", path);
    free(text);
    return status;
}
