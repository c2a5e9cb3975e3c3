/* compressed.h -- inside src/data: a file read from front to back, gzip and Zstandard unpacked.
 *
 * The first bytes say what it is, not the name. Several members in a row (as of split downloads)
 * are one text. Threading: one thread per stream. */
#ifndef DATA_COMPRESSED_H
#define DATA_COMPRESSED_H

#include <stddef.h>
#include <stdint.h>

#include "src/base/error.h"

struct byte_stream;

/* "-" is standard input. */
int byte_stream_open(struct byte_stream **s, const char *path, struct error *e);
void byte_stream_close(struct byte_stream *s);
/* Up to n bytes of text; *got is 0 only at the end. E_FORMAT if the file is damaged or ends in the
 * middle of a member. */
int byte_stream_read(struct byte_stream *s, void *out, size_t n, size_t *got, struct error *e);
/* Bytes of the file itself taken so far. */
int64_t byte_stream_taken(const struct byte_stream *s);

#endif
