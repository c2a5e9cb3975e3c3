/* corpus.c -- see corpus.h. */
#include "src/data/corpus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "src/base/file.h"
#include "src/data/compressed.h"
#include "src/data/jsonl.h"

enum { CHUNK = 1 << 20, PIECE = 1 << 20 };

enum kind { KIND_NONE, KIND_TEXT, KIND_LINES, KIND_INPUT };

struct corpus_file {
    char *path;
    enum kind kind;
    double size;
};

struct corpus {
    char *field;
    bool cut;
    int files, file; /* of them the one that is read */
    struct corpus_file *v;
    struct byte_stream *stream; /* NULL: the file is not open */
    enum kind kind;
    int line;
    double total, finished; /* bytes */
    struct corpus_block block;
    size_t begin, end, room; /* of block.bytes: what is read and not yet a document */
    size_t documents_room;
};

/* ---- which files ---- */

static bool ends_with(const char *s, size_t n, const char *end)
{
    const size_t m = strlen(end);
    return n >= m && !memcmp(s + n - m, end, m);
}

static enum kind kind_of(const char *path)
{
    size_t n = strlen(path);
    if (ends_with(path, n, ".gz")) n -= 3;
    if (ends_with(path, n, ".zst")) n -= 4;
    return ends_with(path, n, ".jsonl") ? KIND_LINES
           : ends_with(path, n, ".txt") ? KIND_TEXT
                                        : KIND_NONE;
}

static int add_file(struct corpus *c, const char *path, enum kind kind, struct error *e)
{
    struct stat st;
    struct corpus_file *more = realloc(c->v, (size_t)(c->files + 1) * sizeof *more);
    if (more) c->v = more;
    char *copy = strdup(path);
    if (!more || !copy) {
        free(copy);
        return error_set(e, E_MEMORY, "no memory for a list of files");
    }
    const double size = kind != KIND_INPUT && !stat(path, &st) ? (double)st.st_size : 0;
    c->v[c->files++] = (struct corpus_file){copy, kind, size};
    c->total += size;
    return OK;
}

static int add_folder(struct corpus *c, const char *folder, struct error *e)
{
    char **names, path[4096];
    size_t n;
    int status = OK;
    TRY(file_list(folder, &names, &n, e));
    for (size_t i = 0; i < n && !status; i++) {
        if (names[i][0] == '.') continue;
        status = file_join(path, sizeof path, folder, names[i], e);
        if (!status && file_is_directory(path))
            status = add_folder(c, path, e);
        else if (!status && kind_of(path))
            status = add_file(c, path, kind_of(path), e);
    }
    file_list_free(names, n);
    return status;
}

static int add_path(struct corpus *c, const char *path, struct error *e)
{
    char **names;
    size_t n;
    if (!strcmp(path, "-")) return add_file(c, path, KIND_INPUT, e);
    TRY(file_glob(path, &names, &n, e));
    int status = OK;
    for (size_t i = 0; i < n && !status; i++) {
        const int before = c->files;
        const enum kind kind = kind_of(names[i]);
        if (file_is_directory(names[i])) {
            status = add_folder(c, names[i], e);
            if (!status && c->files == before)
                status = error_set(e, E_USAGE, "folder '%s' holds no .txt or .jsonl (.gz, .zst)",
                                   names[i]);
        } else if (!kind) {
            status = error_set(e, E_USAGE,
                               "'%s' is neither .txt nor .jsonl, nor one of them as .gz or .zst",
                               names[i]);
        } else {
            status = add_file(c, names[i], kind, e);
        }
    }
    file_list_free(names, n);
    return status;
}

int corpus_open(struct corpus **out, int paths, const char *const *path, const char *field,
                bool cut, struct error *e)
{
    struct corpus *c = *out = calloc(1, sizeof *c);
    if (c) c->cut = cut;
    if (c) c->field = strdup(field ? field : "text");
    int status = c && c->field ? OK : error_set(e, E_MEMORY, "no memory for a corpus");
    for (int i = 0; i < paths && !status; i++) status = add_path(c, path[i], e);
    if (!status) return OK;
    corpus_close(c);
    *out = NULL;
    return status;
}

void corpus_close(struct corpus *c)
{
    if (!c) return;
    byte_stream_close(c->stream);
    for (int i = 0; i < c->files; i++) free(c->v[i].path);
    free(c->v);
    free(c->field);
    free(c->block.bytes);
    free(c->block.document);
    free(c);
}

int corpus_files(const struct corpus *c)
{
    return c->files;
}

const char *corpus_file(const struct corpus *c, int file)
{
    return c->v[file].kind == KIND_INPUT ? "standard input" : c->v[file].path;
}

void corpus_progress(const struct corpus *c, double *done, double *total)
{
    *done = c->finished + (c->stream ? (double)byte_stream_taken(c->stream) : 0);
    *total = c->total;
}

/* ---- blocks ---- */

static int add_document(struct corpus *c, size_t at, size_t n, struct error *e)
{
    struct corpus_block *b = &c->block;
    if ((size_t)b->n == c->documents_room) {
        const size_t room = 2 * c->documents_room + 64;
        struct corpus_document *more = realloc(b->document, room * sizeof *more);
        if (!more) return error_set(e, E_MEMORY, "no memory for %zu documents", room);
        b->document = more;
        c->documents_room = room;
    }
    b->document[b->n++] = (struct corpus_document){
        .at = at, .n = n, .file = c->file, .line = c->line, .json = c->kind == KIND_LINES};
    return OK;
}

static bool is_letter(unsigned char c)
{
    return (c | 32) >= 'a' && (c | 32) <= 'z';
}

/* A piece of a long text, up to the last space between letters; none if there is no such place. */
static int take_piece(struct corpus *c, struct error *e)
{
    const unsigned char *p = c->block.bytes;
    if (c->end - c->begin <= 2 * PIECE) return OK;
    for (size_t at = c->end - 2; at > c->begin + PIECE; at--) {
        if (p[at] != ' ' || !is_letter(p[at - 1]) || !is_letter(p[at + 1])) continue;
        TRY(add_document(c, c->begin, at - c->begin, e));
        c->block.document[c->block.n - 1].continues = true;
        c->begin = at;
        break;
    }
    return OK;
}

static bool blank(const unsigned char *line, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (line[i] != ' ' && line[i] != '\t' && line[i] != '\r') return false;
    return true;
}

static int add_line(struct corpus *c, size_t end, struct error *e)
{
    c->line++;
    if (!blank(c->block.bytes + c->begin, end - c->begin))
        TRY(add_document(c, c->begin, end - c->begin, e));
    c->begin = end;
    return OK;
}

/* Whole lines among the bytes from `from` on, where the last read began. */
static int take_lines(struct corpus *c, size_t from, struct error *e)
{
    for (const unsigned char *newline;
         (newline = memchr(c->block.bytes + from, '\n', c->end - from));) {
        const size_t at = (size_t)(newline - c->block.bytes);
        TRY(add_line(c, at, e));
        from = c->begin = at + 1;
    }
    return OK;
}

static int make_room(struct corpus *c, struct error *e)
{
    if (c->room - c->end >= CHUNK) return OK;
    const size_t room = c->room + c->room / 2 + 2 * CHUNK;
    unsigned char *more = realloc(c->block.bytes, room);
    if (!more) return error_set(e, E_MEMORY, "no memory for a document of %zu bytes", room);
    c->block.bytes = more;
    c->room = room;
    return OK;
}

static int open_next(struct corpus *c, struct error *e)
{
    const struct corpus_file *f = &c->v[c->file];
    TRY(byte_stream_open(&c->stream, f->path, e));
    c->kind = f->kind;
    c->line = 0;
    c->begin = c->end;
    return OK;
}

static int finish_file(struct corpus *c, struct error *e)
{
    if (c->kind == KIND_LINES && c->end > c->begin) TRY(add_line(c, c->end, e));
    if (c->kind == KIND_TEXT || c->kind == KIND_INPUT) {
        if (c->kind == KIND_TEXT || c->end > c->begin)
            TRY(add_document(c, c->begin, c->end - c->begin, e));
        c->begin = c->end;
    }
    c->finished += (double)byte_stream_taken(c->stream);
    byte_stream_close(c->stream);
    c->stream = NULL;
    c->file++;
    return OK;
}

static int read_some(struct corpus *c, struct error *e)
{
    size_t got;
    TRY(make_room(c, e));
    TRY(byte_stream_read(c->stream, c->block.bytes + c->end, c->room - c->end, &got, e));
    if (!got) return finish_file(c, e);
    if (c->kind == KIND_INPUT && c->end == c->begin && c->block.bytes[c->end] == '{')
        c->kind = KIND_LINES;
    const size_t from = c->end;
    c->end += got;
    if (c->kind == KIND_LINES) return take_lines(c, from, e);
    return c->cut ? take_piece(c, e) : OK;
}

int corpus_next(struct corpus *c, size_t bytes, const struct corpus_block **b, struct error *e)
{
    /* what is left of the last block goes to the front */
    if (c->begin) memmove(c->block.bytes, c->block.bytes + c->begin, c->end - c->begin);
    c->end -= c->begin;
    c->begin = 0;
    c->block.n = 0;
    *b = &c->block;
    /* documents stand one behind the other: bytes before `begin` belong to whole ones */
    while (c->file < c->files && (c->begin < bytes || !c->block.n)) {
        if (!c->stream) TRY(open_next(c, e));
        TRY(read_some(c, e));
    }
    return OK;
}

/* ---- texts ---- */

static int reserve(struct corpus_text *t, size_t n, struct error *e)
{
    if (t->capacity >= n) return OK;
    free(t->v);
    t->capacity = 0;
    t->v = malloc(n);
    if (!t->v) return error_set(e, E_MEMORY, "no memory for a document of %zu bytes", n);
    t->capacity = n;
    return OK;
}

int corpus_text(const struct corpus *c, const struct corpus_block *b, int64_t i,
                struct corpus_text *t, struct error *e)
{
    const struct corpus_document *d = &b->document[i];
    const unsigned char *raw = b->bytes + d->at;
    t->n = 0;
    if (!d->json) {
        TRY(reserve(t, d->n, e));
        if (d->n) memcpy(t->v, raw, d->n);
        t->n = d->n;
        return OK;
    }
    struct jsonl_text text;
    const struct place at = {corpus_file(c, d->file), d->line, 0};
    TRY(jsonl_find(raw, d->n, c->field, &at, &text, e));
    TRY(reserve(t, text.length, e));
    const unsigned char *p = raw + text.begin, *end = raw + text.end;
    if ((size_t)(end - p) == text.length) {
        if (text.length) memcpy(t->v, p, text.length);
        t->n = text.length;
        return OK;
    }
    while (p < end) {
        unsigned char unit[4];
        const int size = jsonl_unescape(&p, unit);
        memcpy(t->v + t->n, unit, (size_t)size);
        t->n += (size_t)size;
    }
    return OK;
}
