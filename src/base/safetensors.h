/* safetensors.h -- named arrays in a file: 8 bytes header length, a JSON header, the bytes.
 *
 * Format: https://github.com/huggingface/safetensors. The reader maps the file and believes
 * nothing: header length, JSON, dtype, shape, offsets (no hole, no overlap, no trailing bytes) are
 * checked before anything is used. The writer streams to a temporary name and stores a CRC-32C of
 * every tensor in __metadata__ ("crc32c.<name>", eight hexadecimal digits), and one of the header
 * ("crc32c"; its own digits count as zeros, the padding belongs to it). Where they are there,
 * safe_open verifies the header and safe_read_* the tensor that it reads: a flipped byte in a
 * checkpoint is found on load. A program that rewrites a header drops "crc32c". */
#ifndef BASE_SAFETENSORS_H
#define BASE_SAFETENSORS_H

#include "src/base/file.h"
#include "src/base/json.h"
#include "src/base/real.h"

enum { SAFE_DIMS = 4 };
enum safe_dtype {
    SAFE_F32,
    SAFE_F64,
    SAFE_F16,
    SAFE_BF16,
    SAFE_I32,
    SAFE_I64,
    SAFE_U64,
    SAFE_U8,
    SAFE_OTHER
};

struct safe_tensor {
    const char *name; /* points into the header document */
    enum safe_dtype dtype;
    int n_dims;
    int64_t shape[SAFE_DIMS];
    size_t count;              /* elements */
    const unsigned char *data; /* into the map; may be unaligned */
    size_t bytes;
};

struct safe_file {
    struct file_map map;
    struct jsn_doc header;
    char path[4096];
    size_t n;
    struct safe_tensor *tensor; /* sorted by name */
};

int safe_open(struct safe_file *s, const char *path, struct error *e);
/* Every checksum of the file, before anything of it is used. E_FORMAT names the damaged tensor. */
int safe_verify(const struct safe_file *s, struct error *e);
void safe_close(struct safe_file *s);
const struct safe_tensor *safe_find(const struct safe_file *s, const char *name);
/* __metadata__[key], or NULL. */
const char *safe_metadata(const struct safe_file *s, const char *key);
/* Convert to real (from F32, F64, F16, BF16); shape must be exactly `shape`. E_FORMAT names the
 * tensor and both shapes. */
int safe_read_real(const struct safe_file *s, const char *name, int n_dims, const int64_t *shape,
                   real *out, struct error *e);
/* Copy raw bytes of a tensor with this dtype and count. */
int safe_read_raw(const struct safe_file *s, const char *name, enum safe_dtype dtype, size_t count,
                  void *out, struct error *e);

/* Writing: declare every tensor (data is referenced, not copied), then write. real is stored as F32
 * in the float build and F64 in the double build. __metadata__ begins as {"format": "pt"}; a key
 * that is given twice keeps the last value. Equal contents give equal bytes, in whatever order they
 * were declared. */
struct safe_writer;
int safe_writer_open(struct safe_writer **w, struct error *e);
void safe_writer_add(struct safe_writer *w, const char *name, enum safe_dtype dtype, int n_dims,
                     const int64_t *shape, const void *data);
void safe_writer_metadata(struct safe_writer *w, const char *key, const char *value);
/* Atomic: temporary, sync, rename. */
int safe_writer_commit(struct safe_writer *w, const char *path, struct error *e);
void safe_writer_close(struct safe_writer *w);

/* What stands before the eight digits of the header's own checksum. */
#define SAFE_HEADER_SUM "\"crc32c\": \""

#ifdef REAL_DOUBLE
#define SAFE_REAL SAFE_F64
#else
#define SAFE_REAL SAFE_F32
#endif

#endif
