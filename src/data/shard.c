/* shard.c -- open a shard and hold its index against it. See shard.h. */
#include "src/data/shard.h"

#include <inttypes.h>
#include <string.h>

static const char index_magic[8] = "RWDOCIDX";

uint32_t tokens_largest(const void *v, int width, size_t n)
{
    uint32_t largest = 0;
    if (width == 2) {
        const uint16_t *t = v;
#pragma omp parallel for reduction(max : largest) schedule(static) if (n > 1 << 20)
        for (size_t i = 0; i < n; i++) largest = t[i] > largest ? t[i] : largest;
    } else {
        const uint32_t *t = v;
#pragma omp parallel for reduction(max : largest) schedule(static) if (n > 1 << 20)
        for (size_t i = 0; i < n; i++) largest = t[i] > largest ? t[i] : largest;
    }
    return largest;
}

static int check_tokens(struct shard *s, const char *path, const struct shard_entry *entry,
                        int vocab_size, struct error *e)
{
    const int32_t *header = (const int32_t *)s->tokens.data;
    if (s->tokens.size < SHARD_HEADER)
        return error_set(e, E_FORMAT, "'%s' has %zu bytes: too short for a header", path,
                         s->tokens.size);
    const bool narrow = header[0] == 20240520 && header[1] == 1;
    if (!narrow && !(header[0] == 20240801 && header[1] == 7))
        return error_set(e, E_FORMAT,
                         "'%s' is no shard of tokens: its header begins %" PRId32 " %" PRId32, path,
                         header[0], header[1]);
    s->width = narrow ? 2 : 4;
    s->count = header[2];
    s->token = s->tokens.data + SHARD_HEADER;
    if (s->count < 0 || s->tokens.size != SHARD_HEADER + (size_t)s->count * (size_t)s->width)
        return error_set(e, E_FORMAT,
                         "'%s' has %zu bytes, not those of its header's %" PRId64 " tokens", path,
                         s->tokens.size, s->count);
    if (entry && s->count != entry->tokens)
        return error_set(e, E_FORMAT, "'%s' has %" PRId64 " tokens, its manifest says %" PRId64,
                         path, s->count, entry->tokens);
    const uint32_t largest = tokens_largest(s->token, s->width, (size_t)s->count);
    if (largest >= (uint32_t)vocab_size)
        return error_set(e, E_FORMAT, "'%s' holds id %" PRIu32 ", which is not in [0, %d)", path,
                         largest, vocab_size);
    return OK;
}

static int check_documents(const struct shard *s, const char *path, int32_t end_of_document,
                           struct error *e)
{
    uint64_t before = 0;
    for (int64_t i = 0; i < s->documents; i++) {
        const uint64_t end = s->document[i].end;
        int32_t last = -1;
        /* at least one token and the end */
        if (end < before + 2 || end > (uint64_t)s->count)
            return error_set(e, E_FORMAT,
                             "'%s': document %" PRId64 " ends at token %" PRIu64
                             ", not in [%" PRIu64 ", %" PRId64 "]",
                             path, i, end, before + 2, s->count);
        tokens_read(s->token, s->width, (size_t)end - 1, 1, &last);
        if (last != end_of_document)
            return error_set(e, E_FORMAT,
                             "'%s': document %" PRId64 " ends at token %" PRIu64
                             ", which is %" PRId32 ", not the end of a document (%" PRId32 ")",
                             path, i, end - 1, last, end_of_document);
        before = end;
    }
    if (before == (uint64_t)s->count) return OK;
    return error_set(e, E_FORMAT, "'%s': the documents end at token %" PRIu64 " of %" PRId64, path,
                     before, s->count);
}

static int check_index(struct shard *s, const char *path, const struct shard_entry *entry,
                       int32_t end_of_document, struct error *e)
{
    uint64_t header[SHARD_INDEX_HEADER / 8] = {0};
    if (s->index.size >= SHARD_INDEX_HEADER) memcpy(header, s->index.data, SHARD_INDEX_HEADER);
    if (memcmp(header, index_magic, 8) || header[1] != 1)
        return error_set(e, E_FORMAT, "'%s' is no index of documents", path);
    s->documents = (int64_t)header[2];
    s->document = (const struct shard_document *)(s->index.data + SHARD_INDEX_HEADER);
    const size_t room = (s->index.size - SHARD_INDEX_HEADER) / sizeof *s->document;
    if (s->index.size != SHARD_INDEX_HEADER + room * sizeof *s->document || header[2] != room ||
        s->documents != entry->documents || header[3] != (uint64_t)s->count)
        return error_set(e, E_FORMAT,
                         "'%s' is of %" PRIu64 " documents and %" PRIu64 " tokens in %zu bytes: "
                         "the shard has %" PRId64 " and %" PRId64,
                         path, header[2], header[3], s->index.size, entry->documents, s->count);
    return check_documents(s, path, end_of_document, e);
}

int shard_open(struct shard *s, const char *folder, const struct shard_entry *entry, int vocab_size,
               int32_t end_of_document, struct error *e)
{
    char path[4096];
    *s = (struct shard){0};
    TRY(file_join(path, sizeof path, folder, entry->file, e));
    TRY(file_map_open(&s->tokens, path, e));
    TRY(check_tokens(s, path, entry, vocab_size, e));
    TRY(file_join(path, sizeof path, folder, entry->index, e));
    TRY(file_map_open(&s->index, path, e));
    return check_index(s, path, entry, end_of_document, e);
}

void shard_close(struct shard *s)
{
    file_map_close(&s->tokens);
    file_map_close(&s->index);
}
