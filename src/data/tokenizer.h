/* tokenizer.h -- inside src/data: text becomes token ids and back.
 *
 * Ids count from 0; the last one ends a document and stands for no text.
 * Threading: a tokenizer is read only. */
#ifndef DATA_TOKENIZER_H
#define DATA_TOKENIZER_H

#include <stddef.h>
#include <stdint.h>

#include "src/base/error.h"

enum { TOKEN_TEXT_MAX = 512 }; /* bytes that one token can stand for */

struct tokenizer {
    const char *name;
    int vocab_size; /* the end of a document included */
    int32_t end_of_document;
    /* *ids is malloc'ed (NULL for empty text); the caller frees it. */
    int (*encode)(const char *text, size_t n, int32_t **ids, size_t *n_ids, struct error *e);
    /* Writes the bytes of one token (0 for the end of a document), returns how many. */
    int (*decode)(int32_t id, char *out);
};

/* NULL means bytes. E_USAGE names what would be valid. */
int tokenizer_find(const char *name, const struct tokenizer **t, struct error *e);

#endif
