/* tokenizer.c -- see tokenizer.h. */
#include "src/data/tokenizer.h"

#include <stdlib.h>
#include <string.h>

enum { BYTES = 256 };

static int bytes_encode(const char *text, size_t n, int32_t **ids, size_t *n_ids, struct error *e)
{
    *ids = NULL;
    *n_ids = n;
    if (!n) return OK;
    *ids = malloc(n * sizeof **ids);
    if (!*ids) return error_set(e, E_MEMORY, "no memory for %zu token ids", n);
    for (size_t i = 0; i < n; i++) (*ids)[i] = (unsigned char)text[i];
    return OK;
}

static int bytes_decode(int32_t id, char *out)
{
    if (id < 0 || id >= BYTES) return 0;
    out[0] = (char)id;
    return 1;
}

static const struct tokenizer bytes = {
    .name = "bytes",
    .vocab_size = BYTES + 1,
    .end_of_document = BYTES,
    .encode = bytes_encode,
    .decode = bytes_decode,
};

int tokenizer_find(const char *name, const struct tokenizer **t, struct error *e)
{
    *t = &bytes;
    if (!name || !strcmp(name, bytes.name)) return OK;
    return error_set(e, E_USAGE, "unknown tokenizer '%s'; valid: bytes", name);
}
