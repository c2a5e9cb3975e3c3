/* safetensors_write.c -- writing, with a checksum of every tensor and of the header. See
 * safetensors.h. */
#define _GNU_SOURCE /* memmem */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/safetensors.h"

struct entry {
    char *name;
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
    size_t n, n_meta, capacity, meta_capacity;
    struct entry *entry;
    struct pair *meta;
    bool no_memory; /* found while declaring, told by commit */
};

static const char *const names[] = {"F32", "F64", "F16", "BF16", "I32", "I64", "U64", "U8"};
static const int sizes[] = {4, 8, 2, 2, 4, 8, 8, 1};

int safe_writer_open(struct safe_writer **w, struct error *e)
{
    *w = calloc(1, sizeof **w);
    if (!*w) return error_set(e, E_MEMORY, "no memory for a list of tensors");
    safe_writer_metadata(*w, "format", "pt");
    return OK;
}

/* Room for one more in a list; false without memory. */
static bool grow(void **list, size_t n, size_t *capacity, size_t size)
{
    if (n < *capacity) return true;
    const size_t more = 2 * *capacity + 16;
    void *p = realloc(*list, more * size);
    if (!p) return false;
    *list = p;
    *capacity = more;
    return true;
}

void safe_writer_add(struct safe_writer *w, const char *name, enum safe_dtype dtype, int n_dims,
                     const int64_t *shape, const void *data)
{
    assert(dtype < SAFE_OTHER && n_dims <= SAFE_DIMS && strcmp(name, "__metadata__"));
    struct entry t = {.dtype = dtype, .n_dims = n_dims, .data = data};
    t.bytes = (size_t)sizes[dtype];
    for (int i = 0; i < n_dims; i++) {
        t.shape[i] = shape[i];
        const bool huge = __builtin_mul_overflow(t.bytes, (size_t)shape[i], &t.bytes);
        assert(shape[i] >= 0 && !huge && "more bytes than memory can hold");
    }
    if (grow((void **)&w->entry, w->n, &w->capacity, sizeof t) && (t.name = strdup(name)))
        w->entry[w->n++] = t;
    else
        w->no_memory = true;
}

void safe_writer_metadata(struct safe_writer *w, const char *key, const char *value)
{
    assert(strncmp(key, "crc32c", 6) && "checksums are the writer's own");
    char *text = strdup(value);
    for (size_t i = 0; text && i < w->n_meta; i++)
        if (strcmp(w->meta[i].key, key) == 0) {
            free(w->meta[i].value);
            w->meta[i].value = text;
            return;
        }
    char *name = strdup(key);
    if (text && name && grow((void **)&w->meta, w->n_meta, &w->meta_capacity, sizeof *w->meta)) {
        w->meta[w->n_meta++] = (struct pair){name, text};
        return;
    }
    free(name);
    free(text);
    w->no_memory = true;
}

/* Wide types first, so that every tensor is aligned; then by name, so that equal contents give
 * equal bytes. */
static int by_size_and_name(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (sizes[x->dtype] != sizes[y->dtype]) return sizes[y->dtype] - sizes[x->dtype];
    return strcmp(x->name, y->name);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct pair *)a)->key, ((const struct pair *)b)->key);
}

/* The sum of the header is put in when its text is there; until then it is zeros. */
static int put_metadata(struct jsn_out *o, const struct safe_writer *w)
{
    size_t longest = 0;
    for (size_t i = 0; i < w->n; i++)
        if (strlen(w->entry[i].name) > longest) longest = strlen(w->entry[i].name);
    const size_t size = longest + sizeof "crc32c.";
    char *key = malloc(size), sum[16];
    if (!key) return E_MEMORY;
    jsn_map_begin(o, "__metadata__");
    for (size_t i = 0; i < w->n_meta; i++) jsn_put_string(o, w->meta[i].key, w->meta[i].value);
    jsn_put_string(o, "crc32c", "00000000");
    for (size_t i = 0; i < w->n; i++) {
        snprintf(key, size, "crc32c.%s", w->entry[i].name);
        snprintf(sum, sizeof sum, "%08x", crc32c(0, w->entry[i].data, w->entry[i].bytes));
        jsn_put_string(o, key, sum);
    }
    jsn_map_end(o);
    free(key);
    return OK;
}

static void put_entry(struct jsn_out *o, const struct entry *t, int64_t at)
{
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
}

static int make_header(const struct safe_writer *w, struct jsn_out *o)
{
    int64_t at = 0;
    jsn_map_begin(o, NULL);
    TRY(put_metadata(o, w));
    for (size_t i = 0; i < w->n; i++) {
        put_entry(o, &w->entry[i], at);
        at += (int64_t)w->entry[i].bytes;
    }
    jsn_map_end(o);
    return OK;
}

static int write_parts(const struct safe_writer *w, char *header, size_t length, const char *path,
                       struct error *e)
{
    struct file_out f;
    unsigned char prefix[8];
    char sum[16];
    const size_t padded = (length + 7) / 8 * 8; /* so that the data are aligned */
    const char *pad = "       ";
    char *at = memmem(header, length, SAFE_HEADER_SUM, strlen(SAFE_HEADER_SUM));
    const uint32_t crc = crc32c(crc32c(0, header, length), pad, padded - length);
    snprintf(sum, sizeof sum, "%08x", crc);
    memcpy(at + strlen(SAFE_HEADER_SUM), sum, 8);
    for (int i = 0; i < 8; i++) prefix[i] = (unsigned char)((uint64_t)padded >> 8 * i);
    TRY(file_out_open(&f, path, e));
    /* the stream remembers a failure until the commit */
    (void)fwrite(prefix, 1, 8, f.f);
    (void)fwrite(header, 1, length, f.f);
    (void)fwrite(pad, 1, padded - length, f.f);
    for (size_t i = 0; i < w->n && !ferror(f.f); i++)
        if (w->entry[i].bytes) (void)fwrite(w->entry[i].data, 1, w->entry[i].bytes, f.f);
    return file_out_commit(&f, e);
}

int safe_writer_commit(struct safe_writer *w, const char *path, struct error *e)
{
    if (w->no_memory) return error_set(e, E_MEMORY, "no memory for the tensors of '%s'", path);
    if (w->n) qsort(w->entry, w->n, sizeof *w->entry, by_name);
    for (size_t i = 1; i < w->n; i++)
        if (strcmp(w->entry[i - 1].name, w->entry[i].name) == 0)
            return error_set(e, E_FORMAT, "cannot write '%s': two tensors are called '%s'", path,
                             w->entry[i].name);
    if (w->n) qsort(w->entry, w->n, sizeof *w->entry, by_size_and_name);
    qsort(w->meta, w->n_meta, sizeof *w->meta, by_key);
    struct jsn_out o;
    jsn_out_open(&o, false);
    int status = make_header(w, &o);
    if (status)
        error_set(e, E_MEMORY, "no memory for the header of '%s'", path);
    else
        status = write_parts(w, o.text, o.length, path, e);
    jsn_out_close(&o);
    return status;
}

void safe_writer_close(struct safe_writer *w)
{
    if (!w) return;
    for (size_t i = 0; i < w->n; i++) free(w->entry[i].name);
    for (size_t i = 0; i < w->n_meta; i++) {
        free(w->meta[i].key);
        free(w->meta[i].value);
    }
    free(w->meta);
    free(w->entry);
    free(w);
}
