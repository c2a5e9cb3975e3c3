/* inspect.c -- see inspect.h. */
#include "src/data/inspect.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/rng.h"
#include "src/data/internal.h"

static int ascending(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void count_pairs(struct inspection *out, const int64_t *length)
{
    double all = 0;
    for (int64_t i = 0; i < out->documents; i++) all += (double)length[i] * (double)(length[i] - 1);
    for (int k = 0; k < LENGTH_CLASSES; k++) {
        const int64_t distance = (int64_t)1 << k;
        double far = 0;
        for (int64_t i = out->documents; i-- > 0 && length[i] > distance;)
            far += (double)(length[i] - distance) * (double)(length[i] - distance - 1);
        out->beyond[k] = all > 0 ? far / all : NAN;
    }
}

int inspect_source(struct data *d, int source, struct inspection *out, struct error *e)
{
    const struct source *s = &d->source[source];
    int64_t *length = malloc((size_t)s->documents * sizeof *length);
    if (!length)
        return error_set(e, E_MEMORY, "no memory for %lld documents", (long long)s->documents);
    *out = (struct inspection){.documents = s->documents, .empty = s->empty};
    for (int64_t i = 0; i < s->documents; i++) {
        const int64_t n = length[i] = s->type->length(s->self, i);
        const struct part whole = {.document = i, .end = n};
        out->tokens += n;
        out->class_documents[length_class(n)]++;
        out->class_tokens[length_class(n)] += n;
        out->bytes += part_bytes(d, source, &whole);
    }
    qsort(length, (size_t)s->documents, sizeof *length, ascending);
    out->shortest = length[0];
    out->median = length[s->documents / 2];
    out->longest = length[s->documents - 1];
    count_pairs(out, length);
    free(length);
    return OK;
}

size_t inspect_sample(struct data *d, int source, int64_t number, char *out, size_t most,
                      int64_t *document)
{
    const struct source *s = &d->source[source];
    *document = (int64_t)rng_permute(1, "inspect", (uint64_t)(number % s->documents),
                                     (uint64_t)s->documents);
    const int64_t length = s->type->length(s->self, *document);
    const struct part whole = {.document = *document, .end = length};
    size_t n = 0;
    for (int64_t i = 0; i < length; i++) {
        int32_t id;
        size_t size;
        part_read(d, source, &d->reader[source], &whole, i, 1, &id);
        const char *text = tokenizer_text(d->tokenizer, id & ~TOKEN_UNSCORED, &size);
        if (n + size > most) break;
        if (size) memcpy(out + n, text, size);
        n += size;
    }
    return n;
}

static int verify(const char *folder, const char *name, const char *want, struct error *e)
{
    char path[4096], hex[65];
    TRY(file_join(path, sizeof path, folder, name, e));
    TRY(sha256_file(path, hex, e));
    if (!strcmp(hex, want)) return OK;
    return error_set(e, E_FORMAT, "'%s' is not what the manifest says: sha256 %s, not %s", path,
                     hex, want);
}

int inspect_verify(const char *folder, struct error *e)
{
    struct manifest m;
    if (!file_is_directory(folder))
        return error_set(e, E_USAGE, "'%s' is no prepared folder: nothing to hold it against",
                         folder);
    TRY(manifest_read(&m, folder, e));
    int status = OK;
    for (int i = 0; i < m.shards && !status; i++) {
        status = verify(folder, m.shard[i].file, m.shard[i].sha256, e);
        if (!status) status = verify(folder, m.shard[i].index, m.shard[i].index_sha256, e);
    }
    manifest_close(&m);
    return status;
}
