/* shard_write.c -- write a shard and its index. See shard.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/data/shard.h"

static int failed(const struct shard_writer *w, struct error *e)
{
    return error_set(e, E_IO, "cannot write '%s': %s", w->tokens.path, strerror(errno));
}

int shard_writer_open(struct shard_writer *w, const char *folder, int number, int width,
                      struct error *e)
{
    char path[4096], name[64], header[SHARD_HEADER] = {0};
    *w = (struct shard_writer){.width = width};
    snprintf(name, sizeof name, "shard-%05d.bin", number);
    TRY(file_join(path, sizeof path, folder, name, e));
    TRY(file_out_open(&w->tokens, path, e));
    if (fwrite(header, sizeof header, 1, w->tokens.f) == 1) return OK;
    failed(w, e);
    file_out_abort(&w->tokens);
    return E_IO;
}

int shard_writer_tokens(struct shard_writer *w, const struct token_list *t, struct error *e)
{
    if (!t->n) return OK;
    if ((int64_t)t->n >= SHARD_TOKENS_MAX - w->count)
        return error_set(e, E_USAGE,
                         "'%s' would hold over %d tokens: the documents are too long for shards "
                         "of this size",
                         w->tokens.path, SHARD_TOKENS_MAX);
    if (fwrite(t->v, (size_t)w->width, t->n, w->tokens.f) != t->n) return failed(w, e);
    w->count += (int64_t)t->n;
    return OK;
}

int shard_writer_end(struct shard_writer *w, int32_t end_of_document, int64_t bytes, uint64_t hash,
                     struct error *e)
{
    const uint16_t narrow = (uint16_t)end_of_document;
    const void *id = w->width == 2 ? (const void *)&narrow : (const void *)&end_of_document;
    if ((size_t)w->documents == w->capacity) {
        const size_t capacity = 2 * w->capacity + 1024;
        struct shard_document *more = realloc(w->document, capacity * sizeof *more);
        if (!more) return error_set(e, E_MEMORY, "no memory for an index of documents");
        w->document = more;
        w->capacity = capacity;
    }
    if (fwrite(id, (size_t)w->width, 1, w->tokens.f) != 1) return failed(w, e);
    w->count++;
    w->bytes += bytes;
    w->document[w->documents++] =
        (struct shard_document){(uint64_t)w->count, (uint64_t)bytes, hash};
    return OK;
}

static int write_index(const struct shard_writer *w, const char *path, struct error *e)
{
    struct file_out o;
    uint64_t header[SHARD_INDEX_HEADER / 8] = {0, 1, (uint64_t)w->documents, (uint64_t)w->count,
                                               (uint64_t)w->bytes};
    memcpy(header, "RWDOCIDX", 8);
    TRY(file_out_open(&o, path, e));
    fwrite(header, sizeof header, 1, o.f);
    if (w->documents) fwrite(w->document, sizeof *w->document, (size_t)w->documents, o.f);
    return file_out_commit(&o, e);
}

int shard_writer_commit(struct shard_writer *w, const char *folder, int number,
                        struct shard_entry *entry, struct error *e)
{
    char path[4096];
    const int32_t header[3] = {w->width == 2 ? 20240520 : 20240801, w->width == 2 ? 1 : 7,
                               (int32_t)w->count};
    *entry = (struct shard_entry){.documents = w->documents, .tokens = w->count, .bytes = w->bytes};
    snprintf(entry->file, sizeof entry->file, "shard-%05d.bin", number);
    snprintf(entry->index, sizeof entry->index, "shard-%05d.idx", number);
    if (fseek(w->tokens.f, 0, SEEK_SET) || fwrite(header, sizeof header, 1, w->tokens.f) != 1) {
        failed(w, e);
        shard_writer_abort(w);
        return E_IO;
    }
    int status = file_join(path, sizeof path, folder, entry->index, e);
    if (!status) status = write_index(w, path, e);
    if (!status) status = sha256_file(path, entry->index_sha256, e);
    if (status) {
        shard_writer_abort(w);
        return status;
    }
    free(w->document);
    w->document = NULL;
    TRY(file_out_commit(&w->tokens, e));
    TRY(file_join(path, sizeof path, folder, entry->file, e));
    return sha256_file(path, entry->sha256, e);
}

void shard_writer_abort(struct shard_writer *w)
{
    file_out_abort(&w->tokens);
    free(w->document);
    w->document = NULL;
}
