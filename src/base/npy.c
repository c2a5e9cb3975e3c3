/* npy.c -- see npy.h. */
#include "src/base/npy.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

enum { HEADER_LIMIT = 10000 };

/* The header is a Python dictionary with three keys; this reads only what NumPy writes. */
struct cursor {
    const char *at, *end;
};

/* What the header has said so far. */
struct header {
    char descr[16];
    bool fortran, order, shape;
};

static void skip(struct cursor *c, const char *set)
{
    while (c->at < c->end && *c->at && strchr(set, *c->at)) c->at++;
}

static bool take(struct cursor *c, const char *word)
{
    const size_t n = strlen(word);
    skip(c, " \n\t");
    if ((size_t)(c->end - c->at) < n || memcmp(c->at, word, n)) return false;
    c->at += n;
    return true;
}

static bool take_string(struct cursor *c, char *out, size_t size)
{
    size_t n = 0;
    skip(c, " \n\t");
    if (c->at == c->end || (*c->at != '\'' && *c->at != '"')) return false;
    const char quote = *c->at++;
    for (; c->at < c->end && *c->at != quote; c->at++) {
        if (n + 1 >= size) return false;
        out[n++] = *c->at;
    }
    out[n] = '\0';
    return c->at++ < c->end;
}

static bool take_shape(struct cursor *c, struct npy *n)
{
    if (!take(c, "(")) return false;
    for (n->n_dims = 0; !take(c, ")"); n->n_dims++) {
        int64_t v = 0;
        skip(c, " ");
        if (n->n_dims == NPY_DIMS || c->at == c->end || *c->at < '0' || *c->at > '9') return false;
        for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++) {
            if (v > (INT64_MAX - 9) / 10) return false;
            v = 10 * v + (*c->at - '0');
        }
        n->shape[n->n_dims] = v;
        if (!take(c, ",")) {
            n->n_dims++;
            return take(c, ")");
        }
    }
    return true;
}

static bool read_type(struct npy *n, const char *descr)
{
    if (strcmp(descr, "|b1") == 0) descr = "|u1";
    if (strlen(descr) != 3 || !strchr("<|", descr[0]) || !strchr("fiu", descr[1]) ||
        !strchr("1248", descr[2]))
        return false;
    n->kind = descr[1];
    n->size = descr[2] - '0';
    return (descr[0] == '<' || n->size == 1) && !(n->kind == 'f' && n->size == 1);
}

/* One `key: value`; false for anything but the three keys, each once. */
static bool take_item(struct cursor *c, struct npy *n, struct header *h)
{
    char key[32];
    if (!take_string(c, key, sizeof key) || !take(c, ":")) return false;
    if (!strcmp(key, "descr") && !*h->descr) return take_string(c, h->descr, sizeof h->descr);
    if (!strcmp(key, "shape") && !h->shape) return h->shape = take_shape(c, n);
    if (strcmp(key, "fortran_order") || h->order) return false;
    h->fortran = take(c, "True");
    return h->order = h->fortran || take(c, "False");
}

static int read_header(struct npy *n, const char *path, struct cursor c, struct error *e)
{
    struct header h = {0};
    bool good = take(&c, "{"), more = true;
    while (good && !take(&c, "}")) {
        good = more && take_item(&c, n, &h);
        more = take(&c, ",");
    }
    skip(&c, " \n\t");
    if (!good || c.at != c.end) return error_set(e, E_FORMAT, "'%s': damaged .npy header", path);
    if (!h.shape || !h.order || !*h.descr)
        return error_set(e, E_FORMAT, "'%s': .npy header without descr, fortran_order or shape",
                         path);
    if (h.fortran)
        return error_set(e, E_FORMAT, "'%s': columns first (fortran_order): save it in C order",
                         path);
    if (!read_type(n, h.descr))
        return error_set(e, E_FORMAT, "'%s': type '%s' is not little-endian f, i or u", path,
                         h.descr);
    return OK;
}

static int count_elements(struct npy *n, const char *path, size_t bytes, struct error *e)
{
    size_t total = (size_t)n->size;
    for (int i = 0; i < n->n_dims; i++)
        if (__builtin_mul_overflow(total, (size_t)n->shape[i], &total))
            return error_set(e, E_FORMAT, "'%s': the shape in the header is too large", path);
    if (total != bytes)
        return error_set(e, E_FORMAT,
                         "'%s': the header asks for %zu bytes of data, the file has %zu", path,
                         total, bytes);
    n->count = total / (size_t)n->size;
    return OK;
}

static int read_map(struct npy *n, const char *path, struct error *e)
{
    const unsigned char *p = n->map.data;
    if (n->map.size < 10 || memcmp(p, "\x93NUMPY", 6))
        return error_set(e, E_FORMAT, "'%s' is not a .npy file", path);
    const int major = p[6];
    if (major < 1 || major > 3)
        return error_set(e, E_FORMAT, "'%s': .npy version %d is not 1, 2 or 3", path, major);
    const size_t prefix = major == 1 ? 10 : 12;
    size_t length = (size_t)p[8] | (size_t)p[9] << 8;
    if (major > 1) {
        if (n->map.size < prefix) return error_set(e, E_FORMAT, "'%s' is cut short", path);
        length |= (size_t)p[10] << 16 | (size_t)p[11] << 24;
    }
    if (length > HEADER_LIMIT || prefix + length > n->map.size)
        return error_set(e, E_FORMAT, "'%s': .npy header of %zu bytes is too long or cut short",
                         path, length);
    const struct cursor c = {(const char *)p + prefix, (const char *)p + prefix + length};
    TRY(read_header(n, path, c, e));
    n->data = p + prefix + length;
    return count_elements(n, path, n->map.size - prefix - length, e);
}

int npy_open(struct npy *n, const char *path, struct error *e)
{
    *n = (struct npy){0};
    TRY(file_map_open(&n->map, path, e));
    const int status = read_map(n, path, e);
    if (status) npy_close(n);
    return status;
}

void npy_close(struct npy *n)
{
    file_map_close(&n->map);
}

#define ELEMENT(type)                                                                              \
    {                                                                                              \
        type v;                                                                                    \
        memcpy(&v, n->data + i * sizeof v, sizeof v);                                              \
        return (int64_t)v;                                                                         \
    }

int64_t npy_int(const struct npy *n, size_t i)
{
    const bool is_signed = n->kind == 'i';
    switch (n->size) {
    case 1:
        if (is_signed) ELEMENT(int8_t);
        ELEMENT(uint8_t);
    case 2:
        if (is_signed) ELEMENT(int16_t);
        ELEMENT(uint16_t);
    case 4:
        if (is_signed) ELEMENT(int32_t);
        ELEMENT(uint32_t);
    default:
        ELEMENT(int64_t);
    }
}

/* ---- writing ---- */

int npy_out_open(struct npy_out *o, const char *path, int n_dims, const int64_t *shape,
                 struct error *e)
{
    char header[512], dims[128] = "";
    size_t used = 0;
    assert(n_dims >= 0 && n_dims <= NPY_DIMS);
    o->left = 1;
    for (int i = 0; i < n_dims; i++) {
        used += (size_t)snprintf(dims + used, sizeof dims - used, "%s%lld%s", i ? " " : "",
                                 (long long)shape[i], i + 1 < n_dims || n_dims == 1 ? "," : "");
        const bool huge = __builtin_mul_overflow(o->left, (size_t)shape[i], &o->left);
        assert(shape[i] >= 0 && !huge);
    }
    int n = snprintf(header, sizeof header,
                     "{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }", dims);
    while ((10 + n + 1) % 64) header[n++] = ' ';
    header[n++] = '\n';
    TRY(file_out_open(&o->out, path, e));
    const unsigned char prefix[] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, n & 255, n >> 8};
    (void)fwrite(prefix, 1, sizeof prefix, o->out.f); /* failures show at the commit */
    (void)fwrite(header, 1, (size_t)n, o->out.f);
    return OK;
}

int npy_out_floats(struct npy_out *o, const float *v, size_t count, struct error *e)
{
    if (count > o->left) return error_set(e, E_FORMAT, "'%s': too many values", o->out.path);
    o->left -= count;
    if (count == 0 || fwrite(v, sizeof *v, count, o->out.f) == count) return OK;
    return error_set(e, E_IO, "cannot write '%s': %s", o->out.path, strerror(errno));
}

int npy_out_commit(struct npy_out *o, struct error *e)
{
    if (o->left) {
        file_out_abort(&o->out);
        return error_set(e, E_FORMAT, "'%s': %zu values are missing", o->out.path, o->left);
    }
    return file_out_commit(&o->out, e);
}

void npy_out_abort(struct npy_out *o)
{
    file_out_abort(&o->out);
}
