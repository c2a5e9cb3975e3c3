/* source_text.c -- documents from text files: each .txt is one, each line of a .jsonl is one.
 *
 * Files stay memory-mapped. Opening makes one pass over the lines of .jsonl to check them and to
 * note where each text stands; a text is unescaped where it is read. Bytes are bytes: a .txt may
 * hold anything. */
#include <stdlib.h>
#include <string.h>

#include "src/data/content_hash.h"
#include "src/data/jsonl.h"
#include "src/data/source.h"

struct document {
    int file;
    bool plain;          /* nothing to unescape */
    size_t begin;        /* in the file */
    int64_t raw, length; /* bytes in the file, bytes of text */
};

struct text {
    int files;
    struct file_map *map;
    int64_t documents, capacity, empty;
    struct document *document;
};

static void text_close(void *self)
{
    struct text *t = self;
    for (int i = 0; i < t->files; i++) file_map_close(&t->map[i]);
    free(t->map);
    free(t->document);
    free(t);
}

static int64_t text_length(const void *self, int64_t document)
{
    const struct text *t = self;
    return t->document[document].length;
}

static uint64_t text_hash(const void *self, int64_t document)
{
    const struct text *t = self;
    const struct document *d = &t->document[document];
    const unsigned char *p = t->map[d->file].data + d->begin, *end = p + d->raw;
    struct content_hash h = {0};
    if (d->plain) content_hash_add(&h, p, (size_t)d->raw);
    while (!d->plain && p < end) {
        unsigned char unit[4];
        const int n = jsonl_unescape(&p, unit);
        content_hash_add(&h, unit, (size_t)n);
    }
    return content_hash_end(&h);
}

static void text_seek(const void *self, struct reader *r)
{
    const struct text *t = self;
    const struct document *d = &t->document[r->document];
    r->raw = d->begin + (size_t)r->offset;
    r->skip = 0;
    if (d->plain) return;
    const unsigned char *data = t->map[d->file].data, *p = data + d->begin;
    unsigned char unit[4];
    for (int64_t at = 0;;) {
        const unsigned char *q = p;
        const int n = at == r->offset ? 0 : jsonl_unescape(&q, unit);
        if (at + n >= r->offset && (n == 0 || at + n > r->offset)) {
            r->raw = (size_t)(p - data);
            r->skip = (int)(r->offset - at);
            return;
        }
        at += n;
        p = q;
    }
}

static void text_read(const void *self, struct reader *r, unsigned char *out, size_t n)
{
    const struct text *t = self;
    const struct document *d = &t->document[r->document];
    const unsigned char *data = t->map[d->file].data, *p = data + r->raw;
    r->offset += (int64_t)n;
    if (d->plain) {
        memcpy(out, p, n);
        r->raw += n;
        return;
    }
    for (size_t i = 0; i < n;) {
        unsigned char unit[4];
        const unsigned char *q = p;
        const int size = jsonl_unescape(&q, unit);
        while (r->skip < size && i < n) out[i++] = unit[r->skip++];
        if (r->skip < size) break;
        r->skip = 0;
        p = q;
    }
    r->raw = (size_t)(p - data);
}

static void text_fingerprint(const void *self, struct sha256 *h)
{
    const struct text *t = self;
    for (int i = 0; i < t->files; i++) {
        const uint64_t size = t->map[i].size;
        sha256_add(h, &size, sizeof size);
        sha256_add(h, t->map[i].data, t->map[i].size);
    }
}

static const struct source_type text_type = {
    .close = text_close,
    .length = text_length,
    .hash = text_hash,
    .seek = text_seek,
    .read = text_read,
    .fingerprint = text_fingerprint,
};

static int add_document(struct text *t, struct document d, struct error *e)
{
    if (!d.length) {
        t->empty++;
        return OK;
    }
    if (t->documents == t->capacity) {
        const int64_t capacity = t->capacity ? t->capacity * 2 : 64;
        struct document *more = realloc(t->document, (size_t)capacity * sizeof *more);
        if (!more) return error_set(e, E_MEMORY, "no memory for an index of documents");
        t->document = more;
        t->capacity = capacity;
    }
    t->document[t->documents++] = d;
    return OK;
}

static bool blank(const unsigned char *line, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!strchr(" \t\r", line[i]) || !line[i]) return false;
    return true;
}

static int index_lines(struct text *t, int file, const char *path, const char *field,
                       struct error *e)
{
    const struct file_map *m = &t->map[file];
    struct place at = {path, 0, 0};
    for (size_t begin = 0, end; begin < m->size; begin = end + 1) {
        const unsigned char *line = m->data + begin, *newline = memchr(line, '\n', m->size - begin);
        end = newline ? (size_t)(newline - m->data) : m->size;
        at.line++;
        if (blank(line, end - begin)) continue;
        struct jsonl_text text;
        TRY(jsonl_find(line, end - begin, field, &at, &text, e));
        const int64_t raw = (int64_t)(text.end - text.begin), length = (int64_t)text.length;
        TRY(add_document(t,
                         (struct document){.file = file,
                                           .plain = raw == length,
                                           .begin = begin + text.begin,
                                           .raw = raw,
                                           .length = length},
                         e));
    }
    return OK;
}

static bool ends_with(const char *s, const char *end)
{
    const size_t n = strlen(s), m = strlen(end);
    return n >= m && !strcmp(s + n - m, end);
}

static int add_file(struct text *t, const char *path, const char *field, struct error *e)
{
    struct file_map *more = realloc(t->map, (size_t)(t->files + 1) * sizeof *more);
    if (!more) return error_set(e, E_MEMORY, "no memory for a list of files");
    t->map = more;
    const bool lines = ends_with(path, ".jsonl");
    if (!lines && !ends_with(path, ".txt"))
        return error_set(e, E_USAGE, "'%s' is neither .txt nor .jsonl%s", path,
                         ends_with(path, ".gz") || ends_with(path, ".zst")
                             ? ": `ropewalk data prepare` reads packed files"
                             : "");
    TRY(file_map_open(&t->map[t->files], path, e));
    const int file = t->files++;
    if (lines) return index_lines(t, file, path, field, e);
    const int64_t size = (int64_t)t->map[file].size;
    return add_document(
        t, (struct document){.file = file, .plain = true, .raw = size, .length = size}, e);
}

static int add_paths(struct text *t, const struct source_config *c, struct error *e)
{
    const char *field = c->field ? c->field : "text";
    for (int i = 0; i < c->path.n; i++) {
        char **names;
        size_t n;
        TRY(file_glob(c->path.v[i], &names, &n, e));
        int status = OK;
        for (size_t k = 0; k < n && !status; k++) status = add_file(t, names[k], field, e);
        file_list_free(names, n);
        TRY(status);
    }
    return OK;
}

int source_open_text(struct source *s, const struct source_config *c, struct error *e)
{
    struct text *t = calloc(1, sizeof *t);
    if (!t) return error_set(e, E_MEMORY, "no memory for source '%s'", s->name);
    s->type = &text_type;
    s->self = t;
    TRY(add_paths(t, c, e));
    s->documents = t->documents;
    s->empty = t->empty;
    if (t->documents) return OK;
    return error_set(e, E_FORMAT, "source '%s' holds no text: %lld empty documents in %d files",
                     s->name, (long long)t->empty, t->files);
}
