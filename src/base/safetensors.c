/* safetensors.c -- opening: everything is checked before anything is used. See safetensors.h;
 * values are read in safetensors_read.c, written in safetensors_write.c. */
#define _GNU_SOURCE /* memmem */
#include "src/base/safetensors.h"

#include <stdlib.h>
#include <string.h>

enum { HEADER_LIMIT = 100000000 };

static const struct {
    const char *name;
    enum safe_dtype dtype;
    size_t size;
} dtypes[] = {
    {"F32", SAFE_F32, 4},           {"F64", SAFE_F64, 8},
    {"F16", SAFE_F16, 2},           {"BF16", SAFE_BF16, 2},
    {"I32", SAFE_I32, 4},           {"I64", SAFE_I64, 8},
    {"U64", SAFE_U64, 8},           {"U8", SAFE_U8, 1},
    {"BOOL", SAFE_OTHER, 1},        {"I8", SAFE_OTHER, 1},
    {"F8_E4M3", SAFE_OTHER, 1},     {"F8_E5M2", SAFE_OTHER, 1},
    {"F8_E8M0", SAFE_OTHER, 1},     {"F8_E4M3FNUZ", SAFE_OTHER, 1},
    {"F8_E5M2FNUZ", SAFE_OTHER, 1}, {"I16", SAFE_OTHER, 2},
    {"U16", SAFE_OTHER, 2},         {"U32", SAFE_OTHER, 4},
    {"C64", SAFE_OTHER, 8},
};
enum { DTYPES = sizeof dtypes / sizeof *dtypes };

static int bad(const struct safe_file *s, const char *name, const char *what, struct error *e)
{
    return error_set(e, E_FORMAT, "'%s': tensor '%s' %s", s->path, name, what);
}

static int read_shape(const struct safe_file *s, struct safe_tensor *t, const jsn *shape,
                      struct error *e)
{
    if (!shape || !jsn_is_array(shape)) return bad(s, t->name, "has no shape", e);
    if (jsn_length(shape) > SAFE_DIMS) return bad(s, t->name, "has more than 4 dimensions", e);
    t->n_dims = (int)jsn_length(shape);
    t->count = 1;
    for (int i = 0; i < t->n_dims; i++) {
        const jsn *v = jsn_at(shape, (size_t)i);
        if (!jsn_is_integer(v) || jsn_as_int(v) < 0)
            return bad(s, t->name, "has a dimension that is no size", e);
        t->shape[i] = jsn_as_int(v);
        if (__builtin_mul_overflow(t->count, (size_t)t->shape[i], &t->count))
            return bad(s, t->name, "is too large", e);
    }
    return OK;
}

static int read_offsets(const struct safe_file *s, struct safe_tensor *t, const jsn *offsets,
                        size_t item, const unsigned char *data, size_t size, struct error *e)
{
    size_t bytes;
    if (!offsets || !jsn_is_array(offsets) || jsn_length(offsets) != 2 ||
        !jsn_is_integer(jsn_at(offsets, 0)) || !jsn_is_integer(jsn_at(offsets, 1)))
        return bad(s, t->name, "has no data_offsets", e);
    const int64_t from = jsn_as_int(jsn_at(offsets, 0)), to = jsn_as_int(jsn_at(offsets, 1));
    if (from < 0 || to < from || (uint64_t)to > size)
        return bad(s, t->name, "lies outside the file", e);
    t->bytes = (size_t)(to - from);
    if (__builtin_mul_overflow(t->count, item, &bytes) || bytes != t->bytes)
        return bad(s, t->name, "has a shape that does not fit its bytes", e);
    t->data = data + from;
    return OK;
}

static int read_tensor(const struct safe_file *s, struct safe_tensor *t, const char *name,
                       const jsn *entry, const unsigned char *data, size_t size, struct error *e)
{
    const char *dtype;
    int k = 0;
    t->name = name;
    if (!jsn_is_map(entry)) return bad(s, name, "is not described by an object", e);
    for (void *it = jsn_first(entry); it; it = jsn_next(entry, it))
        if (strcmp(jsn_key(it), "dtype") && strcmp(jsn_key(it), "shape") &&
            strcmp(jsn_key(it), "data_offsets"))
            return error_set(e, E_FORMAT, "'%s': tensor '%s' has an unknown key '%s'", s->path,
                             name, jsn_key(it));
    TRY(jsn_string(&s->header, entry, "dtype", true, &dtype, e));
    while (k < DTYPES && strcmp(dtypes[k].name, dtype)) k++;
    if (k == DTYPES)
        return error_set(e, E_FORMAT, "'%s': tensor '%s' has dtype '%s', which is not read",
                         s->path, name, dtype);
    t->dtype = dtypes[k].dtype;
    TRY(read_shape(s, t, jsn_get(entry, "shape"), e));
    return read_offsets(s, t, jsn_get(entry, "data_offsets"), dtypes[k].size, data, size, e);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct safe_tensor *)a)->name, ((const struct safe_tensor *)b)->name);
}

static int by_place(const void *a, const void *b)
{
    const struct safe_tensor *x = a, *y = b;
    if (x->data != y->data) return x->data < y->data ? -1 : 1;
    return x->bytes < y->bytes ? -1 : x->bytes > y->bytes;
}

/* The ranges must cover the buffer: no hole, no overlap, nothing behind. */
static int check_cover(struct safe_file *s, const unsigned char *data, size_t size, struct error *e)
{
    const unsigned char *at = data;
    if (s->n) qsort(s->tensor, s->n, sizeof *s->tensor, by_place);
    for (size_t i = 0; i < s->n; i++) {
        if (s->tensor[i].data != at)
            return bad(s, s->tensor[i].name, "overlaps another one or leaves a hole", e);
        at += s->tensor[i].bytes;
    }
    if (at != data + size)
        return error_set(e, E_FORMAT, "'%s': %zu bytes behind the last tensor", s->path,
                         (size_t)(data + size - at));
    return OK;
}

/* The format allows strings only. */
static int check_metadata(const struct safe_file *s, const jsn *meta, struct error *e)
{
    if (!jsn_is_map(meta))
        return error_set(e, E_FORMAT, "'%s': __metadata__ is no object", s->path);
    for (void *it = jsn_first(meta); it; it = jsn_next(meta, it))
        if (!jsn_is_string(jsn_value(it)))
            return error_set(e, E_FORMAT, "'%s': '%s' in __metadata__ is no string", s->path,
                             jsn_key(it));
    return OK;
}

/* The checksum of the header itself, where safetensors_write.c stored one: it stands in the text
 * as SAFE_HEADER_SUM followed by eight digits, which count as zeros. */
static int check_header(const struct safe_file *s, const char *header, size_t length,
                        struct error *e)
{
    const size_t n = strlen(SAFE_HEADER_SUM);
    const char *at = memmem(header, length, SAFE_HEADER_SUM, n);
    if (!at || (size_t)(header + length - at) < n + 8) return OK;
    at += n;
    char sum[16];
    uint32_t crc = crc32c(0, header, (size_t)(at - header));
    crc = crc32c(crc, "00000000", 8);
    crc = crc32c(crc, at + 8, (size_t)(header + length - at - 8));
    snprintf(sum, sizeof sum, "%08x", crc);
    if (memcmp(sum, at, 8) == 0) return OK;
    return error_set(e, E_FORMAT, "'%s': the header is damaged (its checksum does not match)",
                     s->path);
}

static int read_entries(struct safe_file *s, const unsigned char *data, size_t size,
                        struct error *e)
{
    const jsn *root = s->header.root;
    if (!jsn_is_map(root)) return error_set(e, E_FORMAT, "'%s': header is no object", s->path);
    s->tensor = calloc(jsn_length(root) + 1, sizeof *s->tensor);
    if (!s->tensor) return error_set(e, E_MEMORY, "no memory for the tensors of '%s'", s->path);
    for (void *it = jsn_first(root); it; it = jsn_next(root, it)) {
        if (strcmp(jsn_key(it), "__metadata__") == 0) {
            TRY(check_metadata(s, jsn_value(it), e));
            continue;
        }
        TRY(read_tensor(s, &s->tensor[s->n], jsn_key(it), jsn_value(it), data, size, e));
        s->n++;
    }
    TRY(check_cover(s, data, size, e));
    if (s->n) qsort(s->tensor, s->n, sizeof *s->tensor, by_name);
    return OK;
}

static int read_file(struct safe_file *s, struct error *e)
{
    uint64_t length = 0;
    if (s->map.size < 8)
        return error_set(e, E_FORMAT, "'%s': %zu bytes are no safetensors file", s->path,
                         s->map.size);
    for (int i = 0; i < 8; i++) length |= (uint64_t)s->map.data[i] << 8 * i;
    if (length > HEADER_LIMIT || length > s->map.size - 8)
        return error_set(e, E_FORMAT,
                         "'%s': a header of %llu bytes does not fit in a file of %zu bytes",
                         s->path, (unsigned long long)length, s->map.size);
    const char *header = (const char *)s->map.data + 8;
    if (length == 0 || header[0] != '{')
        return error_set(e, E_FORMAT, "'%s': the header does not begin with '{'", s->path);
    TRY(check_header(s, header, length, e));
    TRY(jsn_open_text(&s->header, s->path, header, length, e));
    return read_entries(s, s->map.data + 8 + length, s->map.size - 8 - length, e);
}

int safe_open(struct safe_file *s, const char *path, struct error *e)
{
    *s = (struct safe_file){0};
    if (strlen(path) >= sizeof s->path) return error_set(e, E_IO, "path '%s' is too long", path);
    strcpy(s->path, path);
    TRY(file_map_open(&s->map, path, e));
    const int status = read_file(s, e);
    if (status) safe_close(s);
    return status;
}

void safe_close(struct safe_file *s)
{
    free(s->tensor);
    if (s->header.root) jsn_close(&s->header);
    file_map_close(&s->map);
    *s = (struct safe_file){0};
}

const struct safe_tensor *safe_find(const struct safe_file *s, const char *name)
{
    const struct safe_tensor key = {.name = name};
    return s->n ? bsearch(&key, s->tensor, s->n, sizeof *s->tensor, by_name) : NULL;
}

const char *safe_metadata(const struct safe_file *s, const char *key)
{
    const jsn *meta = jsn_get(s->header.root, "__metadata__"),
              *v = meta ? jsn_get(meta, key) : NULL;
    return v ? jsn_as_string(v, NULL) : NULL;
}
