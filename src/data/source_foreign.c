/* source_foreign.c -- shards that other programs made, as a source: mapped, never copied.
 *
 *   .bin that begins 20240520 1 or 20240801 7    llm.c (16- and 32-bit tokens)
 *   .bin beside an .idx "MMIDIDX"                Megatron-LM, GPT-NeoX: the index holds documents
 *   .bin otherwise                               nanoGPT: 16-bit tokens and nothing else
 *   .npy                                         NumPy, one dimension of integers
 *
 * But for Megatron's, documents are what lies between ends of documents, whether these stand before
 * or behind them. Every id must be in the vocabulary. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/npy.h"
#include "src/data/content_hash.h"
#include "src/data/source.h"
#include "src/data/tokenizer.h"

struct view {
    struct file_map map;
    struct npy npy;
    const unsigned char *at;
    int width; /* bytes an id: 1, 2, 4, 8; little-endian, never negative */
    int64_t n;
};

struct span {
    int view;
    int64_t begin, end; /* tokens, without the end of the document */
};

struct foreign {
    int views;
    struct view *view;
    int64_t documents, capacity, empty;
    struct span *document;
};

static int64_t id_at(const struct view *v, int64_t i)
{
    const unsigned char *p = v->at + i * v->width;
    int64_t id = 0;
    memcpy(&id, p, (size_t)v->width);
    return id;
}

static void foreign_close(void *self)
{
    struct foreign *f = self;
    for (int i = 0; i < f->views; i++) {
        file_map_close(&f->view[i].map);
        npy_close(&f->view[i].npy);
    }
    free(f->view);
    free(f->document);
    free(f);
}

static int64_t foreign_length(const void *self, int64_t document)
{
    const struct span *d = &((const struct foreign *)self)->document[document];
    return d->end - d->begin;
}

static uint64_t foreign_hash(const void *self, int64_t document)
{
    const struct foreign *f = self;
    const struct span *d = &f->document[document];
    struct content_hash h = {0};
    for (int64_t i = d->begin; i < d->end; i++) {
        const int32_t id = (int32_t)id_at(&f->view[d->view], i);
        content_hash_add(&h, &id, sizeof id);
    }
    return content_hash_end(&h);
}

static void foreign_tokens(const void *self, int64_t document, int64_t at, int64_t n, int32_t *out)
{
    const struct foreign *f = self;
    const struct span *d = &f->document[document];
    const struct view *v = &f->view[d->view];
    for (int64_t i = 0; i < n; i++) out[i] = (int32_t)id_at(v, d->begin + at + i);
}

static void foreign_fingerprint(const void *self, struct sha256 *h)
{
    const struct foreign *f = self;
    for (int i = 0; i < f->views; i++) {
        const struct view *v = &f->view[i];
        sha256_add(h, &v->n, sizeof v->n);
        sha256_add(h, v->at, (size_t)(v->n * v->width));
    }
    for (int64_t i = 0; i < f->documents; i++)
        sha256_add(h, &f->document[i].begin, sizeof f->document[i].begin);
}

static const struct source_type foreign_type = {
    .close = foreign_close,
    .length = foreign_length,
    .hash = foreign_hash,
    .tokens = foreign_tokens,
    .fingerprint = foreign_fingerprint,
};

/* ---- documents ---- */

static int add_document(struct foreign *f, struct span d, struct error *e)
{
    if (d.begin == d.end) {
        f->empty++;
        return OK;
    }
    if (f->documents == f->capacity) {
        const int64_t capacity = 2 * f->capacity + 256;
        struct span *more = realloc(f->document, (size_t)capacity * sizeof *more);
        if (!more) return error_set(e, E_MEMORY, "no memory for an index of documents");
        f->document = more;
        f->capacity = capacity;
    }
    f->document[f->documents++] = d;
    return OK;
}

static int check_ids(const struct view *v, const char *path, const struct tokenizer *t,
                     struct error *e)
{
    for (int64_t i = 0; i < v->n; i++) {
        const int64_t id = id_at(v, i);
        if (id < 0 || id >= t->vocab_size)
            return error_set(e, E_FORMAT,
                             "'%s': token %" PRId64 " is %" PRId64 ", which is not in [0, %d) of "
                             "tokenizer '%s'",
                             path, i, id, t->vocab_size, t->name);
    }
    return OK;
}

static int cut_at_ends(struct foreign *f, const struct tokenizer *t, struct error *e)
{
    const int view = f->views - 1;
    const struct view *v = &f->view[view];
    int64_t begin = 0;
    /* an end in front of everything ends nothing */
    if (v->n && id_at(v, 0) == t->end_of_document) begin = 1;
    for (int64_t i = begin; i < v->n; i++) {
        if (id_at(v, i) != t->end_of_document) continue;
        TRY(add_document(f, (struct span){view, begin, i}, e));
        begin = i + 1;
    }
    return begin < v->n ? add_document(f, (struct span){view, begin, v->n}, e) : OK;
}

/* ---- formats ---- */

static int new_view(struct foreign *f, struct view **v, struct error *e)
{
    struct view *more = realloc(f->view, (size_t)(f->views + 1) * sizeof *more);
    if (!more) return error_set(e, E_MEMORY, "no memory for a list of shards");
    f->view = more;
    *v = &f->view[f->views++];
    memset(*v, 0, sizeof **v);
    return OK;
}

static int open_npy(struct view *v, const char *path, struct error *e)
{
    TRY(npy_open(&v->npy, path, e));
    if (v->npy.n_dims != 1 || v->npy.kind == 'f')
        return error_set(e, E_FORMAT, "'%s' is not one dimension of integers", path);
    v->at = v->npy.data;
    v->width = v->npy.size;
    v->n = (int64_t)v->npy.count;
    return OK;
}

static int open_bin(struct view *v, const char *path, struct error *e)
{
    TRY(file_map_open(&v->map, path, e));
    const size_t size = v->map.size;
    int32_t header[3] = {0};
    if (size >= 1024) memcpy(header, v->map.data, sizeof header);
    const bool narrow = header[0] == 20240520 && header[1] == 1;
    if (narrow || (header[0] == 20240801 && header[1] == 7)) {
        v->width = narrow ? 2 : 4;
        v->n = header[2];
        v->at = v->map.data + 1024;
        if (v->n >= 0 && size == 1024 + (size_t)v->n * (size_t)v->width) return OK;
        return error_set(e, E_FORMAT,
                         "'%s' has %zu bytes, not those of its header's %" PRId64 " tokens", path,
                         size, v->n);
    }
    if (size % 2)
        return error_set(e, E_FORMAT, "'%s' has %zu bytes: no number of 16-bit tokens", path, size);
    v->width = 2;
    v->n = (int64_t)size / 2;
    v->at = v->map.data;
    return OK;
}

/* Megatron's index: 9 bytes of magic, u64 version, u8 type, u64 sequences, u64 borders, i32 sizes,
 * i64 byte offsets, i64 borders of documents in sequences. */
struct megatron {
    const unsigned char *data;
    size_t size;
    uint64_t sequences, borders;
    int width;
};

static int64_t word_at(const struct megatron *m, size_t at)
{
    int64_t v;
    memcpy(&v, m->data + at, sizeof v);
    return v;
}

static int bad_index(const char *path, uint64_t i, const char *what, struct error *e)
{
    return error_set(e, E_FORMAT, "'%s': document %" PRIu64 " %s", path, i, what);
}

/* Documents lie behind each other; *covered: where the one before ends. */
static int megatron_document(struct foreign *f, const struct megatron *m, uint64_t i,
                             int64_t *covered, const char *path, const struct tokenizer *t,
                             struct error *e)
{
    const struct view *v = &f->view[f->views - 1];
    const size_t sizes = 34, offsets = sizes + 4 * m->sequences,
                 borders = offsets + 8 * m->sequences;
    const int64_t from = word_at(m, borders + 8 * i), to = word_at(m, borders + 8 * (i + 1));
    int64_t begin = 0, end = 0;
    if (from < 0 || to < from || (uint64_t)to > m->sequences)
        return bad_index(path, i, "is of no row of sequences", e);
    for (int64_t k = from; k < to; k++) {
        int32_t size;
        memcpy(&size, m->data + sizes + 4 * (size_t)k, sizeof size);
        const int64_t at = word_at(m, offsets + 8 * (size_t)k);
        if (size < 0 || at < 0 || at % m->width || at / m->width > v->n - size)
            return bad_index(path, i, "lies outside of its file", e);
        if (k > from && at / m->width != end) return bad_index(path, i, "lies in pieces", e);
        if (k == from) begin = at / m->width;
        end = at / m->width + size;
    }
    if (to > from && begin != *covered)
        return error_set(e, E_FORMAT,
                         "'%s': document %" PRIu64 " begins at token %" PRId64
                         ", the one before ends at %" PRId64,
                         path, i, begin, *covered);
    if (to > from) *covered = end;
    if (end > begin && id_at(v, end - 1) == t->end_of_document) end--;
    return add_document(f, (struct span){f->views - 1, begin, end}, e);
}

static int megatron_documents(struct foreign *f, const struct file_map *map, const char *path,
                              const struct tokenizer *t, struct error *e)
{
    static const int widths[] = {0, 1, 1, 2, 4, 8, 0, 0, 2};
    struct megatron m = {map->data, map->size, 0, 0, 0};
    if (map->size < 34) return error_set(e, E_FORMAT, "'%s' is too short for an index", path);
    const int type = map->data[17];
    m.width = type < 9 ? widths[type] : 0;
    if (word_at(&m, 9) != 1 || !m.width)
        return error_set(e, E_FORMAT,
                         "'%s' is an index of version %" PRId64 " and type %d: version "
                         "1 and integers are read",
                         path, word_at(&m, 9), type);
    m.sequences = (uint64_t)word_at(&m, 18);
    m.borders = (uint64_t)word_at(&m, 26);
    if (m.sequences > map->size || m.borders > map->size || !m.borders ||
        34 + 12 * m.sequences + 8 * m.borders != map->size)
        return error_set(e, E_FORMAT,
                         "'%s' has %zu bytes, not those of %" PRIu64 " sequences and %" PRIu64
                         " borders",
                         path, map->size, m.sequences, m.borders);
    struct view *v = &f->view[f->views - 1];
    v->width = m.width;
    v->n = (int64_t)v->map.size / m.width;
    v->at = v->map.data;
    TRY(check_ids(v, path, t, e));
    int64_t covered = 0;
    for (uint64_t i = 0; i + 1 < m.borders; i++)
        TRY(megatron_document(f, &m, i, &covered, path, t, e));
    if (covered == v->n) return OK;
    return error_set(e, E_FORMAT,
                     "'%s' is of %" PRId64 " tokens, its .bin has %" PRId64
                     ": the rest would be lost",
                     path, covered, v->n);
}

static bool is_megatron(const char *bin, char *idx, size_t size)
{
    const size_t n = strlen(bin);
    char magic[9] = {0};
    if (n + 1 > size) return false;
    memcpy(idx, bin, n + 1);
    memcpy(idx + n - 4, ".idx", 4);
    FILE *f = fopen(idx, "rb");
    const bool read = f && fread(magic, sizeof magic, 1, f) == 1;
    if (f) fclose(f);
    return read && !memcmp(magic, "MMIDIDX\0", 9);
}

static int open_megatron(struct foreign *f, struct view *v, const char *bin, const char *idx,
                         const struct tokenizer *t, struct error *e)
{
    struct file_map map;
    TRY(file_map_open(&v->map, bin, e));
    TRY(file_map_open(&map, idx, e));
    const int status = megatron_documents(f, &map, idx, t, e);
    file_map_close(&map);
    return status;
}

static bool ends_with(const char *s, const char *end)
{
    const size_t n = strlen(s), m = strlen(end);
    return n >= m && !strcmp(s + n - m, end);
}

bool source_is_foreign(const char *path)
{
    return ends_with(path, ".bin") || ends_with(path, ".npy");
}

static int add_file(struct foreign *f, const char *path, const struct tokenizer *t, struct error *e)
{
    struct view *v = NULL;
    char idx[4096];
    if (!source_is_foreign(path))
        return error_set(e, E_USAGE, "'%s' is neither .bin nor .npy: a source is of one kind",
                         path);
    TRY(new_view(f, &v, e));
    if (ends_with(path, ".bin") && is_megatron(path, idx, sizeof idx))
        return open_megatron(f, v, path, idx, t, e);
    TRY(ends_with(path, ".npy") ? open_npy(v, path, e) : open_bin(v, path, e));
    TRY(check_ids(v, path, t, e));
    return cut_at_ends(f, t, e);
}

int source_open_foreign(struct source *s, const struct source_config *c, const struct tokenizer *t,
                        struct error *e)
{
    struct foreign *f = calloc(1, sizeof *f);
    if (!f) return error_set(e, E_MEMORY, "no memory for source '%s'", s->name);
    s->type = &foreign_type;
    s->self = f;
    for (int i = 0; i < c->path.n; i++) {
        char **names;
        size_t n;
        int status = OK;
        TRY(file_glob(c->path.v[i], &names, &n, e));
        for (size_t k = 0; k < n && !status; k++) status = add_file(f, names[k], t, e);
        file_list_free(names, n);
        TRY(status);
    }
    s->documents = f->documents;
    s->empty = f->empty;
    if (f->documents) return OK;
    return error_set(e, E_FORMAT, "source '%s' holds no documents", s->name);
}
