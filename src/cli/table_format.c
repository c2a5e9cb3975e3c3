/* table_format.c -- see table_format.h. */
#include "src/cli/table_format.h"

int table_flags_format(enum table_format *out, const struct table_flags *f, const struct cli *c,
                       struct error *e)
{
    *out = f->json ? TABLE_JSON : f->format ? table_format_of(f->format) : TABLE_TEXT;
    if (*out != TABLE_FORMAT_COUNT) return OK;
    return error_set(e, E_USAGE, "%s: --format '%s' is none of text, md, tex, csv, json",
                     c->verb->name, f->format);
}
