/* table_format.h -- the flags --format and --json of verbs that print a table. */
#ifndef CLI_TABLE_FORMAT_H
#define CLI_TABLE_FORMAT_H

#include "src/cli/cli.h"
#include "src/lab/table.h"

struct table_flags {
    const char *format; /* NULL: text */
    bool json;
};

#define TABLE_FLAGS(f)                                                                             \
    {"format", FLAG_STRING, &(f)->format, 0, 0, "text|md|tex|csv|json", "default text"},           \
    {                                                                                              \
        "json", FLAG_BOOL, &(f)->json, 0, 0, NULL, "the same as --format json"                     \
    }

/* E_USAGE: no such format. */
int table_flags_format(enum table_format *out, const struct table_flags *f, const struct cli *c,
                       struct error *e);

#endif
