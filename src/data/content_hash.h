/* content_hash.h -- inside src/data: 64 bits of a document's text, which decide its split.
 *
 * The text may come in pieces of any size: equal texts have equal hashes, whatever file, escapes or
 * packing they lie in. Not against adversaries: equal documents must meet, no more. */
#ifndef DATA_CONTENT_HASH_H
#define DATA_CONTENT_HASH_H

#include <stddef.h>
#include <stdint.h>

struct content_hash {
    uint64_t h, length;
    unsigned char rest[8]; /* length % 8 bytes that fill no word yet */
};

void content_hash_add(struct content_hash *c, const void *text, size_t n); /* begin with {0} */
uint64_t content_hash_end(const struct content_hash *c);

#endif
