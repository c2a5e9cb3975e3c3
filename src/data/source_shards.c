/* source_shards.c -- prepared corpora as a source: shards stay memory-mapped, documents are found
 * by their index. */
#include <stdlib.h>
#include <string.h>

#include "src/data/shard.h"
#include "src/data/source.h"

struct shards {
    int n;
    struct shard *v;
    struct shard_entry *entry;
    int64_t *first; /* [n + 1] documents before each */
};

static void shards_close(void *self)
{
    struct shards *s = self;
    for (int i = 0; i < s->n; i++) shard_close(&s->v[i]);
    free(s->v);
    free(s->entry);
    free(s->first);
    free(s);
}

/* The shard of a document, whose number becomes that in the shard. */
static const struct shard *find(const struct shards *s, int64_t *document)
{
    int low = 0, high = s->n - 1;
    while (low < high) {
        const int middle = low + (high - low + 1) / 2;
        if (s->first[middle] <= *document)
            low = middle;
        else
            high = middle - 1;
    }
    *document -= s->first[low];
    return &s->v[low];
}

static int64_t shards_length(const void *self, int64_t document)
{
    const struct shard *s = find(self, &document);
    return (int64_t)s->document[document].end - 1 - shard_begin(s, document);
}

static uint64_t shards_hash(const void *self, int64_t document)
{
    const struct shard *s = find(self, &document);
    return s->document[document].hash;
}

static void shards_tokens(const void *self, int64_t document, int64_t at, int64_t n, int32_t *out)
{
    const struct shard *s = find(self, &document);
    tokens_read(s->token, s->width, (size_t)(shard_begin(s, document) + at), (size_t)n, out);
}

/* The manifest's hashes stand for the files: `data inspect --verify` holds them against each other.
 */
static void shards_fingerprint(const void *self, struct sha256 *h)
{
    const struct shards *s = self;
    for (int i = 0; i < s->n; i++) {
        sha256_add(h, s->entry[i].sha256, 64);
        sha256_add(h, s->entry[i].index_sha256, 64);
    }
}

static const struct source_type shards_type = {
    .close = shards_close,
    .length = shards_length,
    .hash = shards_hash,
    .tokens = shards_tokens,
    .fingerprint = shards_fingerprint,
};

static int add_shard(struct shards *s, const char *folder, const struct shard_entry *entry,
                     const struct tokenizer *t, struct error *e)
{
    const size_t n = (size_t)s->n + 1;
    struct shard *v = realloc(s->v, n * sizeof *v);
    if (v) s->v = v;
    struct shard_entry *entries = realloc(s->entry, n * sizeof *entries);
    if (entries) s->entry = entries;
    int64_t *first = realloc(s->first, (n + 1) * sizeof *first);
    if (first) s->first = first;
    if (!v || !entries || !first) return error_set(e, E_MEMORY, "no memory for %zu shards", n);
    s->entry[s->n] = *entry;
    struct shard *shard = &s->v[s->n++];
    TRY(shard_open(shard, folder, entry, t->vocab_size, t->end_of_document, e));
    s->first[0] = 0;
    s->first[s->n] = s->first[s->n - 1] + shard->documents;
    return OK;
}

static int check_manifest(const struct manifest *m, const char *folder, const struct tokenizer *t,
                          struct error *e)
{
    if (!m->complete)
        return error_set(
            e, E_USAGE, "'%s' is not prepared to its end: the same `data prepare` goes on", folder);
    if (!strcmp(m->tokenizer_sha256, t->fingerprint)) return OK;
    if (!strcmp(m->tokenizer, "bytes"))
        return error_set(e, E_USAGE, "'%s' was prepared with tokenizer bytes, not '%s'", folder,
                         t->name);
    return error_set(e, E_USAGE,
                     "'%s' was prepared with tokenizer '%s', not '%s': say `tokenizer: %s`", folder,
                     m->tokenizer, t->name, folder);
}

static int add_folder(struct source *s, const char *folder, const struct tokenizer *t,
                      struct error *e)
{
    struct manifest m;
    TRY(manifest_read(&m, folder, e));
    int status = check_manifest(&m, folder, t, e);
    for (int i = 0; i < m.shards && !status; i++)
        status = add_shard(s->self, folder, &m.shard[i], t, e);
    s->empty += m.empty;
    manifest_close(&m);
    return status;
}

int source_open_shards(struct source *s, const struct source_config *c, const struct tokenizer *t,
                       struct error *e)
{
    struct shards *shards = calloc(1, sizeof *shards);
    if (!shards) return error_set(e, E_MEMORY, "no memory for source '%s'", s->name);
    s->type = &shards_type;
    s->self = shards;
    for (int i = 0; i < c->path.n; i++) {
        if (!manifest_exists(c->path.v[i]))
            return error_set(
                e, E_USAGE,
                "'%s' is no prepared corpus (a folder with manifest.json): a source is "
                "of one kind",
                c->path.v[i]);
        TRY(add_folder(s, c->path.v[i], t, e));
    }
    s->documents = shards->first[shards->n];
    return OK;
}
