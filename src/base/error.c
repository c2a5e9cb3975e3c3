/* error.c -- see error.h. */
#include "src/base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int error_set(struct error *e, enum status status, const char *fmt, ...)
{
    if (!e) return status;
    e->status = status;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(e->text, sizeof e->text, fmt, ap);
    va_end(ap);
    return status;
}

int error_at(struct error *e, enum status status, const struct place *at, const char *fmt, ...)
{
    if (!e) return status;
    e->status = status;
    int n = 0;
    const int size = (int)sizeof e->text;
    if (at && at->file) n += snprintf(e->text + n, size - n, "%s:", at->file);
    if (at && at->line > 0 && n < size) n += snprintf(e->text + n, size - n, "%d:", at->line);
    if (at && at->column > 0 && n < size) n += snprintf(e->text + n, size - n, "%d:", at->column);
    if (n < size) n += snprintf(e->text + n, size - n, n ? " error: " : "error: ");
    if (n >= size) return status;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(e->text + n, size - n, fmt, ap);
    va_end(ap);
    return status;
}

int error_wrap(struct error *e, const char *fmt, ...)
{
    if (!e) return E_USAGE;
    char old[sizeof e->text];
    memcpy(old, e->text, sizeof old);
    va_list ap;
    va_start(ap, fmt);
    const int n = vsnprintf(e->text, sizeof e->text, fmt, ap);
    va_end(ap);
    if (n >= 0 && n < (int)sizeof e->text)
        snprintf(e->text + n, sizeof e->text - (size_t)n, ": %.*s", (int)sizeof old - n - 3, old);
    return e->status;
}
