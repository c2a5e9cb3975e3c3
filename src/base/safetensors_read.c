/* safetensors_read.c -- values of tensors, their checksums first. See safetensors.h.
 *
 * Data may stand anywhere in the file, so elements are fetched with memcpy, which the compiler
 * turns into unaligned vector loads. */
#include <stdlib.h>
#include <string.h>

#include "src/base/safetensors.h"

static int check_sum(const struct safe_file *s, const struct safe_tensor *t, struct error *e)
{
    char sum[16];
    const size_t size = strlen(t->name) + sizeof "crc32c.";
    char *key = malloc(size);
    if (!key) return error_set(e, E_MEMORY, "no memory for the tensors of '%s'", s->path);
    snprintf(key, size, "crc32c.%s", t->name);
    const char *stored = safe_metadata(s, key);
    free(key);
    if (!stored) return OK;
    snprintf(sum, sizeof sum, "%08x", crc32c(0, t->data, t->bytes));
    if (strcmp(sum, stored) == 0) return OK;
    return error_set(e, E_FORMAT, "'%s': tensor '%s' is damaged (its checksum does not match)",
                     s->path, t->name);
}

int safe_verify(const struct safe_file *s, struct error *e)
{
    const jsn *meta = jsn_get(s->header.root, "__metadata__");
    for (void *it = meta ? jsn_first(meta) : NULL; it; it = jsn_next(meta, it))
        if (strncmp(jsn_key(it), "crc32c.", 7) == 0 && !safe_find(s, jsn_key(it) + 7))
            return error_set(e, E_FORMAT, "'%s': tensor '%s' has a checksum and is missing",
                             s->path, jsn_key(it) + 7);
    for (size_t i = 0; i < s->n; i++) TRY(check_sum(s, &s->tensor[i], e));
    return OK;
}

static void from_float(const unsigned char *p, size_t n, real *out)
{
    for (size_t i = 0; i < n; i++) {
        float v;
        memcpy(&v, p + 4 * i, 4);
        out[i] = (real)v;
    }
}

static void from_double(const unsigned char *p, size_t n, real *out)
{
    for (size_t i = 0; i < n; i++) {
        double v;
        memcpy(&v, p + 8 * i, 8);
        out[i] = (real)v;
    }
}

/* bfloat16 is the upper half of a float. */
static void from_brain(const unsigned char *p, size_t n, real *out)
{
    for (size_t i = 0; i < n; i++) {
        uint16_t h;
        float v;
        memcpy(&h, p + 2 * i, 2);
        const uint32_t bits = (uint32_t)h << 16;
        memcpy(&v, &bits, 4);
        out[i] = (real)v;
    }
}

/* Both forms of a half are made and one is taken, so the loop is one of vectors; and none passes
 * through a subnormal float, which the processor may be set to flush. Normal: the exponent's bias
 * grows from 15 to 127. Exponent 31, infinities and NaN, becomes 255. Subnormal: fraction 2^-24. */
static void from_half(const unsigned char *p, size_t n, real *out)
{
    for (size_t i = 0; i < n; i++) {
        uint16_t h;
        uint32_t bits;
        memcpy(&h, p + 2 * i, 2);
        const float small = (float)(h & 0x3FF) * 0x1p-24f;
        memcpy(&bits, &small, 4);
        const uint32_t normal =
            ((uint32_t)(h & 0x7FFF) << 13) + ((h & 0x7C00) == 0x7C00 ? 224u << 23 : 112u << 23);
        bits = h & 0x7C00 ? normal : bits;
        bits |= (uint32_t)(h & 0x8000) << 16;
        float v;
        memcpy(&v, &bits, 4);
        out[i] = (real)v;
    }
}

static void show_shape(char *out, size_t size, int n_dims, const int64_t *shape)
{
    size_t n = (size_t)snprintf(out, size, "[");
    for (int i = 0; i < n_dims && n < size; i++)
        n += (size_t)snprintf(out + n, size - n, "%s%lld", i ? ", " : "", (long long)shape[i]);
    if (n < size) snprintf(out + n, size - n, "]");
}

static int find(const struct safe_file *s, const char *name, const struct safe_tensor **t,
                struct error *e)
{
    *t = safe_find(s, name);
    return *t ? OK : error_set(e, E_FORMAT, "'%s' has no tensor '%s'", s->path, name);
}

int safe_read_real(const struct safe_file *s, const char *name, int n_dims, const int64_t *shape,
                   real *out, struct error *e)
{
    const struct safe_tensor *t;
    TRY(find(s, name, &t, e));
    if (t->n_dims != n_dims ||
        (n_dims && memcmp(t->shape, shape, (size_t)n_dims * sizeof *shape))) {
        char is[96], wanted[96];
        show_shape(is, sizeof is, t->n_dims, t->shape);
        show_shape(wanted, sizeof wanted, n_dims, shape);
        return error_set(e, E_FORMAT, "'%s': tensor '%s' has shape %s, %s is needed", s->path, name,
                         is, wanted);
    }
    void (*convert)(const unsigned char *, size_t, real *) = t->dtype == SAFE_F32    ? from_float
                                                             : t->dtype == SAFE_F64  ? from_double
                                                             : t->dtype == SAFE_F16  ? from_half
                                                             : t->dtype == SAFE_BF16 ? from_brain
                                                                                     : NULL;
    if (!convert)
        return error_set(e, E_FORMAT, "'%s': tensor '%s' is not of type F32, F64, F16 or BF16",
                         s->path, name);
    TRY(check_sum(s, t, e));
    convert(t->data, t->count, out);
    return OK;
}

int safe_read_raw(const struct safe_file *s, const char *name, enum safe_dtype dtype, size_t count,
                  void *out, struct error *e)
{
    const struct safe_tensor *t;
    TRY(find(s, name, &t, e));
    if (t->dtype != dtype)
        return error_set(e, E_FORMAT, "'%s': tensor '%s' has another type than is needed", s->path,
                         name);
    if (t->count != count)
        return error_set(e, E_FORMAT, "'%s': tensor '%s' has %zu elements, %zu are needed", s->path,
                         name, t->count, count);
    TRY(check_sum(s, t, e));
    if (t->bytes) memcpy(out, t->data, t->bytes);
    return OK;
}
