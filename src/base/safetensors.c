/* safetensors.c -- reading: everything is checked before anything is used. See safetensors.h. */
#include "src/base/safetensors.h"

#include <stdlib.h>
#include <string.h>

enum { HEADER_LIMIT = 100000000 };

static const struct {
    const char *name;
    enum safe_dtype dtype;
    int size;
} dtypes[] = {
    {"F32", SAFE_F32, 4},    {"F64", SAFE_F64, 8},   {"F16", SAFE_F16, 2},   {"BF16", SAFE_BF16, 2},
    {"I32", SAFE_I32, 4},    {"I64", SAFE_I64, 8},   {"U64", SAFE_U64, 8},   {"U8", SAFE_U8, 1},
    {"BOOL", SAFE_OTHER, 1}, {"I8", SAFE_OTHER, 1},  {"I16", SAFE_OTHER, 2}, {"U16", SAFE_OTHER, 2},
    {"U32", SAFE_OTHER, 4},  {"C64", SAFE_OTHER, 8},
};
enum { DTYPES = sizeof dtypes / sizeof *dtypes };

static int bad(const struct safe_file *s, const char *name, const char *what, struct error *e)
{
    return error_set(e, E_FORMAT, "'%s': tensor '%s' %s", s->path, name, what);
}

static int read_shape(const struct safe_file *s, struct safe_tensor *t, const jsn *shape,
                      struct error *e)
{
    if (!shape || !jsn_is_array(shape) || jsn_length(shape) > SAFE_DIMS)
        return bad(s, t->name, "has no shape of at most 4 dimensions", e);
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

static int read_tensor(const struct safe_file *s, struct safe_tensor *t, const char *name,
                       const jsn *entry, const unsigned char *data, size_t size, struct error *e)
{
    const char *dtype;
    int k = 0;
    size_t bytes;
    t->name = name;
    if (!jsn_is_map(entry)) return bad(s, name, "is not described by an object", e);
    TRY(jsn_string(&s->header, entry, "dtype", true, &dtype, e));
    while (k < DTYPES && strcmp(dtypes[k].name, dtype)) k++;
    if (k == DTYPES)
        return error_set(e, E_FORMAT, "'%s': tensor '%s' has dtype '%s', which is not read",
                         s->path, name, dtype);
    t->dtype = dtypes[k].dtype;
    TRY(read_shape(s, t, jsn_get(entry, "shape"), e));
    const jsn *offsets = jsn_get(entry, "data_offsets");
    if (!offsets || !jsn_is_array(offsets) || jsn_length(offsets) != 2 ||
        !jsn_is_integer(jsn_at(offsets, 0)) || !jsn_is_integer(jsn_at(offsets, 1)))
        return bad(s, name, "has no data_offsets", e);
    const int64_t from = jsn_as_int(jsn_at(offsets, 0)), to = jsn_as_int(jsn_at(offsets, 1));
    if (from < 0 || to < from || (uint64_t)to > size)
        return bad(s, name, "lies outside the file", e);
    t->bytes = (size_t)(to - from);
    if (__builtin_mul_overflow(t->count, (size_t)dtypes[k].size, &bytes) || bytes != t->bytes)
        return bad(s, name, "has a shape that does not fit its bytes", e);
    t->data = data + from;
    return OK;
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
    qsort(s->tensor, s->n, sizeof *s->tensor, by_place);
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

static int check_sums(const struct safe_file *s, struct error *e)
{
    for (size_t i = 0; i < s->n; i++) {
        char key[512], sum[16];
        snprintf(key, sizeof key, "crc32c.%s", s->tensor[i].name);
        const char *stored = safe_metadata(s, key);
        if (!stored) continue;
        snprintf(sum, sizeof sum, "%08x", crc32c(0, s->tensor[i].data, s->tensor[i].bytes));
        if (strcmp(sum, stored))
            return bad(s, s->tensor[i].name, "is damaged (its checksum does not match)", e);
    }
    return OK;
}

static int read_entries(struct safe_file *s, const unsigned char *data, size_t size,
                        struct error *e)
{
    const jsn *root = s->header.root;
    if (!jsn_is_map(root)) return error_set(e, E_FORMAT, "'%s': header is no object", s->path);
    s->tensor = calloc(jsn_length(root) + 1, sizeof *s->tensor);
    if (!s->tensor) return error_set(e, E_MEMORY, "no memory for the tensors of '%s'", s->path);
    for (void *it = jsn_first(root); it; it = jsn_next(root, it)) {
        if (strcmp(jsn_key(it), "__metadata__") == 0) continue;
        TRY(read_tensor(s, &s->tensor[s->n], jsn_key(it), jsn_value(it), data, size, e));
        s->n++;
    }
    TRY(check_cover(s, data, size, e));
    qsort(s->tensor, s->n, sizeof *s->tensor, by_name);
    return check_sums(s, e);
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
    TRY(jsn_open_text(&s->header, s->path, header, length, e));
    return read_entries(s, s->map.data + 8 + length, s->map.size - 8 - length, e);
}

int safe_open(struct safe_file *s, const char *path, struct error *e)
{
    *s = (struct safe_file){0};
    snprintf(s->path, sizeof s->path, "%s", path);
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
    return bsearch(&key, s->tensor, s->n, sizeof *s->tensor, by_name);
}

const char *safe_metadata(const struct safe_file *s, const char *key)
{
    const jsn *meta = jsn_get(s->header.root, "__metadata__"),
              *v = meta ? jsn_get(meta, key) : NULL;
    return v && jsn_is_string(v) ? jsn_as_string(v, NULL) : NULL;
}

/* ---- values ---- */

static float from_half(uint16_t h)
{
    const uint32_t sign = (uint32_t)(h & 0x8000) << 16, exponent = h >> 10 & 31,
                   fraction = h & 1023;
    uint32_t bits;
    float v;
    if (exponent == 0) { /* subnormal: fraction * 2^-24 */
        v = (float)fraction * 0x1p-24f;
        return sign ? -v : v;
    }
    bits = sign | (exponent == 31 ? 255u : exponent + 112) << 23 | fraction << 13;
    memcpy(&v, &bits, 4);
    return v;
}

static real element(const struct safe_tensor *t, size_t i)
{
    if (t->dtype == SAFE_F64) {
        double v;
        memcpy(&v, t->data + 8 * i, 8);
        return (real)v;
    }
    if (t->dtype == SAFE_F32) {
        float v;
        memcpy(&v, t->data + 4 * i, 4);
        return v;
    }
    uint16_t h;
    memcpy(&h, t->data + 2 * i, 2);
    if (t->dtype == SAFE_F16) return from_half(h);
    const uint32_t bits = (uint32_t)h << 16;
    float v;
    memcpy(&v, &bits, 4);
    return v;
}

static void show_shape(char *out, size_t size, int n_dims, const int64_t *shape)
{
    size_t n = (size_t)snprintf(out, size, "[");
    for (int i = 0; i < n_dims && n < size; i++)
        n += (size_t)snprintf(out + n, size - n, "%s%lld", i ? ", " : "", (long long)shape[i]);
    if (n < size) snprintf(out + n, size - n, "]");
}

int safe_read_real(const struct safe_file *s, const char *name, int n_dims, const int64_t *shape,
                   real *out, struct error *e)
{
    const struct safe_tensor *t = safe_find(s, name);
    if (!t) return error_set(e, E_FORMAT, "'%s' has no tensor '%s'", s->path, name);
    if (t->n_dims != n_dims || memcmp(t->shape, shape, (size_t)n_dims * sizeof *shape)) {
        char is[96], wanted[96];
        show_shape(is, sizeof is, t->n_dims, t->shape);
        show_shape(wanted, sizeof wanted, n_dims, shape);
        return error_set(e, E_FORMAT, "'%s': tensor '%s' has shape %s, %s is needed", s->path, name,
                         is, wanted);
    }
    if (t->dtype != SAFE_F32 && t->dtype != SAFE_F64 && t->dtype != SAFE_F16 &&
        t->dtype != SAFE_BF16)
        return bad(s, name, "is not of type F32, F64, F16 or BF16", e);
    if (t->dtype == SAFE_REAL && t->bytes)
        memcpy(out, t->data, t->bytes);
    else
        for (size_t i = 0; i < t->count; i++) out[i] = element(t, i);
    return OK;
}

int safe_read_raw(const struct safe_file *s, const char *name, enum safe_dtype dtype, size_t count,
                  void *out, struct error *e)
{
    const struct safe_tensor *t = safe_find(s, name);
    if (!t) return error_set(e, E_FORMAT, "'%s' has no tensor '%s'", s->path, name);
    if (t->dtype != dtype || t->count != count)
        return error_set(
            e, E_FORMAT,
            "'%s': tensor '%s' has another type or size (%zu elements, %zu are needed)", s->path,
            name, t->count, count);
    if (t->bytes) memcpy(out, t->data, t->bytes);
    return OK;
}
