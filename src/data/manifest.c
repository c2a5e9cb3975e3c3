/* manifest.c -- manifest.json of a prepared corpus. See shard.h. */
#include <stdlib.h>
#include <string.h>

#include "src/base/json.h"
#include "src/data/shard.h"

static const char format[] = "ropewalk tokens 1";

int length_class(int64_t tokens)
{
    int k = 0;
    while (tokens >> (k + 1) && k < LENGTH_CLASSES - 1) k++;
    return k;
}

bool manifest_exists(const char *folder)
{
    char path[4096];
    return !file_join(path, sizeof path, folder, "manifest.json", NULL) && file_exists(path);
}

void manifest_close(struct manifest *m)
{
    free(m->shard);
    m->shard = NULL;
}

int manifest_add(struct manifest *m, const struct shard_entry *entry, struct error *e)
{
    struct shard_entry *more = realloc(m->shard, (size_t)(m->shards + 1) * sizeof *more);
    if (!more) return error_set(e, E_MEMORY, "no memory for a list of shards");
    m->shard = more;
    m->shard[m->shards++] = *entry;
    m->documents += entry->documents;
    m->tokens += entry->tokens;
    m->bytes += entry->bytes;
    return OK;
}

/* ---- writing ---- */

static void put_classes(struct jsn_out *o, const struct manifest *m)
{
    jsn_array_begin(o, "length_histogram");
    for (int k = 0; k < LENGTH_CLASSES; k++) {
        if (!m->class_documents[k]) continue;
        jsn_map_begin(o, NULL);
        jsn_put_int(o, "first", (int64_t)1 << k);
        jsn_put_int(o, "last", ((int64_t)2 << k) - 1);
        jsn_put_int(o, "documents", m->class_documents[k]);
        jsn_put_int(o, "tokens", m->class_tokens[k]);
        jsn_map_end(o);
    }
    jsn_array_end(o);
}

static void put_shards(struct jsn_out *o, const struct manifest *m)
{
    jsn_array_begin(o, "shards");
    for (int i = 0; i < m->shards; i++) {
        const struct shard_entry *s = &m->shard[i];
        jsn_map_begin(o, NULL);
        jsn_put_string(o, "file", s->file);
        jsn_put_string(o, "index", s->index);
        jsn_put_int(o, "documents", s->documents);
        jsn_put_int(o, "tokens", s->tokens);
        jsn_put_int(o, "bytes", s->bytes);
        jsn_put_string(o, "sha256", s->sha256);
        jsn_put_string(o, "index_sha256", s->index_sha256);
        jsn_map_end(o);
    }
    jsn_array_end(o);
}

int manifest_write(const struct manifest *m, const char *folder, struct error *e)
{
    char path[4096];
    struct jsn_out o;
    TRY(file_join(path, sizeof path, folder, "manifest.json", e));
    jsn_out_open(&o, true);
    jsn_map_begin(&o, NULL);
    jsn_put_string(&o, "format", format);
    jsn_put_bool(&o, "complete", m->complete);
    jsn_put_string(&o, "tokenizer", m->tokenizer);
    jsn_put_string(&o, "tokenizer_sha256", m->tokenizer_sha256);
    jsn_put_int(&o, "vocab_size", m->vocab_size);
    jsn_put_int(&o, "end_of_document", m->end_of_document);
    jsn_put_int(&o, "documents", m->documents);
    jsn_put_int(&o, "tokens", m->tokens);
    jsn_put_int(&o, "bytes", m->bytes);
    jsn_put_int(&o, "consumed", m->consumed);
    jsn_put_int(&o, "empty", m->empty);
    jsn_put_int(&o, "broken", m->broken);
    jsn_put_int(&o, "invalid_utf8", m->invalid_utf8);
    jsn_put_string(&o, "settings", m->settings);
    jsn_put_string(&o, "content", m->content);
    put_classes(&o, m);
    put_shards(&o, m);
    jsn_map_end(&o);
    const int status = file_write_all(path, o.text, o.length, e);
    jsn_out_close(&o);
    return status;
}

/* ---- reading ---- */

static int get_text(const struct jsn_doc *d, const jsn *map, const char *key, char *out,
                    size_t size, struct error *e)
{
    const char *text;
    TRY(jsn_string(d, map, key, true, &text, e));
    if (strlen(text) >= size) return error_set(e, E_FORMAT, "%s: '%s' is too long", d->name, key);
    strcpy(out, text);
    return OK;
}

static int get_shards(const struct jsn_doc *d, struct manifest *m, struct error *e)
{
    const jsn *list = jsn_get(d->root, "shards");
    const int64_t documents = m->documents, tokens = m->tokens, bytes = m->bytes;
    m->documents = m->tokens = m->bytes = 0;
    for (size_t i = 0; i < jsn_length(list); i++) {
        const jsn *s = jsn_at(list, i);
        struct shard_entry x;
        TRY(get_text(d, s, "file", x.file, sizeof x.file, e));
        TRY(get_text(d, s, "index", x.index, sizeof x.index, e));
        TRY(get_text(d, s, "sha256", x.sha256, sizeof x.sha256, e));
        TRY(get_text(d, s, "index_sha256", x.index_sha256, sizeof x.index_sha256, e));
        TRY(jsn_int(d, s, "documents", true, &x.documents, e));
        TRY(jsn_int(d, s, "tokens", true, &x.tokens, e));
        TRY(jsn_int(d, s, "bytes", true, &x.bytes, e));
        if (strchr(x.file, '/') || strchr(x.index, '/'))
            return error_set(e, E_FORMAT, "%s: shard %zu lies in another folder", d->name, i);
        TRY(manifest_add(m, &x, e));
    }
    if (documents == m->documents && tokens == m->tokens && bytes == m->bytes) return OK;
    return error_set(e, E_FORMAT,
                     "%s: the shards do not add up to its %lld documents, %lld tokens "
                     "and %lld bytes",
                     d->name, (long long)documents, (long long)tokens, (long long)bytes);
}

static int get_classes(const struct jsn_doc *d, struct manifest *m, struct error *e)
{
    const jsn *list = jsn_get(d->root, "length_histogram");
    for (size_t i = 0; i < jsn_length(list); i++) {
        int64_t first = 0;
        TRY(jsn_int(d, jsn_at(list, i), "first", true, &first, e));
        const int k = length_class(first);
        TRY(jsn_int(d, jsn_at(list, i), "documents", true, &m->class_documents[k], e));
        TRY(jsn_int(d, jsn_at(list, i), "tokens", true, &m->class_tokens[k], e));
    }
    return OK;
}

static int get_all(const struct jsn_doc *d, struct manifest *m, struct error *e)
{
    const char *is = "";
    TRY(jsn_string(d, d->root, "format", false, &is, e));
    if (strcmp(is, format))
        return error_set(e, E_FORMAT, "%s: format '%s' is not '%s'", d->name, is, format);
    TRY(jsn_bool(d, d->root, "complete", true, &m->complete, e));
    TRY(get_text(d, d->root, "tokenizer", m->tokenizer, sizeof m->tokenizer, e));
    TRY(get_text(d, d->root, "tokenizer_sha256", m->tokenizer_sha256, sizeof m->tokenizer_sha256,
                 e));
    TRY(get_text(d, d->root, "settings", m->settings, sizeof m->settings, e));
    TRY(get_text(d, d->root, "content", m->content, sizeof m->content, e));
    const struct {
        const char *key;
        int64_t *out;
    } count[] = {{"vocab_size", &m->vocab_size},
                 {"end_of_document", &m->end_of_document},
                 {"documents", &m->documents},
                 {"tokens", &m->tokens},
                 {"bytes", &m->bytes},
                 {"consumed", &m->consumed},
                 {"empty", &m->empty},
                 {"broken", &m->broken},
                 {"invalid_utf8", &m->invalid_utf8}};
    for (size_t i = 0; i < sizeof count / sizeof *count; i++)
        TRY(jsn_int(d, d->root, count[i].key, true, count[i].out, e));
    TRY(get_classes(d, m, e));
    return get_shards(d, m, e);
}

int manifest_read(struct manifest *m, const char *folder, struct error *e)
{
    char path[4096];
    struct jsn_doc d;
    *m = (struct manifest){0};
    TRY(file_join(path, sizeof path, folder, "manifest.json", e));
    TRY(jsn_open(&d, path, e));
    const int status = get_all(&d, m, e);
    jsn_close(&d);
    if (status) manifest_close(m);
    return status;
}
