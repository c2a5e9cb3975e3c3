/* reader.c -- see source.h. */
#include <stdlib.h>

#include "src/data/source.h"

int reader_open(struct reader *r, const struct source *s, struct error *e)
{
    *r = (struct reader){.document = -1};
    if (!s->type->scratch) return OK;
    r->scratch = malloc(s->type->scratch);
    return r->scratch ? OK : error_set(e, E_MEMORY, "no memory to read source '%s'", s->name);
}

void reader_close(struct reader *r)
{
    free(r->scratch);
    r->scratch = NULL;
}

void reader_seek(struct reader *r, const struct source *s, int64_t document, int64_t offset)
{
    if (r->document == document && r->offset == offset) return;
    r->document = document;
    r->offset = offset;
    s->type->seek(s->self, r);
}

void reader_read(struct reader *r, const struct source *s, unsigned char *out, size_t n)
{
    s->type->read(s->self, r, out, n);
}
