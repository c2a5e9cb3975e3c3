/* safetensors_write.c -- writing, with a checksum of every tensor. See safetensors.h. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/safetensors.h"

struct entry {
    char name[160];
    enum safe_dtype dtype;
    int n_dims;
    int64_t shape[SAFE_DIMS];
    const void *data;
    size_t bytes;
};

struct pair {
    char *key, *value;
};

struct safe_writer {
    int n, capacity, n_meta;
    struct entry *entry;
    struct pair *meta;
};

static const char *const names[] = {"F32", "F64", "F16", "BF16", "I32", "I64", "U64", "U8"};
static const int sizes[] = {4, 8, 2, 2, 4, 8, 8, 1};

int safe_writer_open(struct safe_writer **w, struct error *e)
{
    *w = calloc(1, sizeof **w);
    return *w ? OK : error_set(e, E_MEMORY, "no memory for a list of tensors");
}

/* A list grows by a few hundred bytes; a system without them is beyond reporting. */
static void *grow(void *p, size_t n, size_t size)
{
    p = realloc(p, n * size);
    if (!p) abort();
    return p;
}

void safe_writer_add(struct safe_writer *w, const char *name, enum safe_dtype dtype, int n_dims,
                     const int64_t *shape, const void *data)
{
    if (w->n == w->capacity) {
        w->capacity = 2 * w->capacity + 16;
        w->entry = grow(w->entry, (size_t)w->capacity, sizeof *w->entry);
    }
    struct entry *t = &w->entry[w->n++];
    *t = (struct entry){.dtype = dtype, .n_dims = n_dims, .data = data};
    snprintf(t->name, sizeof t->name, "%s", name);
    t->bytes = (size_t)sizes[dtype];
    for (int i = 0; i < n_dims; i++) {
        t->shape[i] = shape[i];
        t->bytes *= (size_t)shape[i];
    }
}

void safe_writer_metadata(struct safe_writer *w, const char *key, const char *value)
{
    w->meta = grow(w->meta, (size_t)w->n_meta + 1, sizeof *w->meta);
    w->meta[w->n_meta++] = (struct pair){strdup(key), strdup(value)};
}

/* Wide types first, so that every tensor is aligned; then by name, so that equal contents give
 * equal bytes. */
static int by_size_and_name(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (sizes[x->dtype] != sizes[y->dtype]) return sizes[y->dtype] - sizes[x->dtype];
    return strcmp(x->name, y->name);
}

static void put_metadata(struct jsn_out *o, const struct safe_writer *w)
{
    jsn_map_begin(o, "__metadata__");
    jsn_put_string(o, "format", "pt");
    for (int i = 0; i < w->n_meta; i++) jsn_put_string(o, w->meta[i].key, w->meta[i].value);
    for (int i = 0; i < w->n; i++) {
        char key[200], sum[16];
        snprintf(key, sizeof key, "crc32c.%s", w->entry[i].name);
        snprintf(sum, sizeof sum, "%08x", crc32c(0, w->entry[i].data, w->entry[i].bytes));
        jsn_put_string(o, key, sum);
    }
    jsn_map_end(o);
}

static void put_header(struct jsn_out *o, const struct safe_writer *w)
{
    int64_t at = 0;
    jsn_map_begin(o, NULL);
    put_metadata(o, w);
    for (int i = 0; i < w->n; i++) {
        const struct entry *t = &w->entry[i];
        jsn_map_begin(o, t->name);
        jsn_put_string(o, "dtype", names[t->dtype]);
        jsn_array_begin(o, "shape");
        for (int k = 0; k < t->n_dims; k++) jsn_put_int(o, NULL, t->shape[k]);
        jsn_array_end(o);
        jsn_array_begin(o, "data_offsets");
        jsn_put_int(o, NULL, at);
        jsn_put_int(o, NULL, at + (int64_t)t->bytes);
        jsn_array_end(o);
        jsn_map_end(o);
        at += (int64_t)t->bytes;
    }
    jsn_map_end(o);
}

int safe_writer_commit(struct safe_writer *w, const char *path, struct error *e)
{
    struct jsn_out o;
    struct file_out f;
    unsigned char length[8];
    qsort(w->entry, (size_t)w->n, sizeof *w->entry, by_size_and_name);
    TRY(file_out_open(&f, path, e));
    jsn_out_open(&o, false);
    put_header(&o, w);
    const size_t padded = (o.length + 7) / 8 * 8;
    for (int i = 0; i < 8; i++) length[i] = (unsigned char)((uint64_t)padded >> 8 * i);
    (void)fwrite(length, 1, 8, f.f); /* the stream remembers a failure until the commit */
    (void)fwrite(o.text, 1, o.length, f.f);
    for (size_t i = o.length; i < padded; i++) fputc(' ', f.f);
    for (int i = 0; i < w->n; i++)
        if (w->entry[i].bytes) (void)fwrite(w->entry[i].data, 1, w->entry[i].bytes, f.f);
    jsn_out_close(&o);
    return file_out_commit(&f, e);
}

void safe_writer_close(struct safe_writer *w)
{
    if (!w) return;
    for (int i = 0; i < w->n_meta; i++) {
        free(w->meta[i].key);
        free(w->meta[i].value);
    }
    free(w->meta);
    free(w->entry);
    free(w);
}
