/* prepare.c -- see prepare.h. */
#include "src/data/prepare.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "src/base/utf8.h"
#include "src/data/content_hash.h"
#include "src/data/corpus.h"

enum { BLOCK = 16 << 20, BROKEN_SHOWN = 10 };

/* What the threads find out about a document of the block. */
struct seen {
    int64_t bytes;
    uint64_t hash; /* of a whole document; pieces are hashed in order */
    bool invalid_utf8, broken;
    struct token_list tokens;
};

struct preparation {
    const struct prepare_options *o;
    struct tokenizer *t;
    struct corpus *corpus;
    struct encode_pool *pool;
    struct corpus_text *text; /* [threads] */
    struct manifest *m;
    const struct corpus_block *block;
    struct seen *seen;          /* [seen_room] */
    int64_t seen_room, *number; /* of the document, counted over the whole input */
    int64_t skip, documents;    /* done by an earlier process; read so far */
    int64_t old_broken;
    uint64_t chain; /* hash of the documents read so far */
    struct shard_writer writer;
    bool writing;
    /* the document that is being put together from pieces */
    struct content_hash hash;
    int64_t bytes, tokens;
    bool invalid_utf8;
    int lock;
};

static void note(const struct preparation *p, const char *text)
{
    if (p->o->note) p->o->note(p->o->data, text);
}

/* ---- on the threads ---- */

static bool valid_utf8(const char *text, size_t n)
{
    for (size_t i = 0; i < n;) {
        uint64_t word;
        uint32_t code;
        if (n - i >= 8 && (memcpy(&word, text + i, 8), !(word & 0x8080808080808080u))) {
            i += 8;
            continue;
        }
        const int size = utf8_next(text + i, n - i, &code);
        if (!size) return false;
        i += (size_t)size;
    }
    return true;
}

static int give_text(void *self, int thread, int64_t i, const char **text, size_t *n,
                     struct error *e)
{
    struct preparation *p = self;
    struct seen *s = &p->seen[i];
    struct corpus_text *t = &p->text[thread];
    struct content_hash h = {0};
    *n = 0;
    *text = "";
    s->bytes = 0;
    s->invalid_utf8 = s->broken = false;
    const int status = corpus_text(p->corpus, p->block, i, t, e);
    if (status == E_FORMAT && p->o->skip_broken) {
        s->broken = true;
        s->hash = 0;
        return OK;
    }
    TRY(status);
    content_hash_add(&h, t->v, t->n);
    s->hash = content_hash_end(&h);
    s->bytes = (int64_t)t->n;
    if (p->number[i] < p->skip) return OK; /* its tokens are written already */
    s->invalid_utf8 = !p->block->document[i].json && !valid_utf8(t->v, t->n);
    *text = t->v;
    *n = t->n;
    return OK;
}

static void name_document(void *self, int64_t i, char *out, size_t size)
{
    const struct preparation *p = self;
    const struct corpus_document *d = &p->block->document[i];
    const char *file = corpus_file(p->corpus, d->file);
    if (d->json)
        snprintf(out, size, "%s:%d: error", file, d->line);
    else
        snprintf(out, size, "%s: error", file);
}

/* ---- in order ---- */

static int close_shard(struct preparation *p, struct error *e)
{
    struct shard_entry entry;
    p->writing = false;
    TRY(shard_writer_commit(&p->writer, p->o->out, p->m->shards, &entry, e));
    TRY(manifest_add(p->m, &entry, e));
    p->m->consumed = p->documents;
    snprintf(p->m->content, sizeof p->m->content, "%016" PRIx64, p->chain);
    return manifest_write(p->m, p->o->out, e);
}

static int write_piece(struct preparation *p, const struct token_list *tokens, struct error *e)
{
    if (!p->writing) {
        TRY(shard_writer_open(&p->writer, p->o->out, p->m->shards, token_width(p->t->vocab_size),
                              e));
        p->writing = true;
    }
    p->tokens += (int64_t)tokens->n;
    return shard_writer_tokens(&p->writer, tokens, e);
}

static int end_document(struct preparation *p, uint64_t hash, struct error *e)
{
    if (p->tokens) {
        const int k = length_class(p->tokens);
        p->m->class_documents[k]++;
        p->m->class_tokens[k] += p->tokens;
        p->m->invalid_utf8 += p->invalid_utf8;
        TRY(shard_writer_end(&p->writer, p->t->end_of_document, p->bytes, hash, e));
        if (p->writer.count >= p->o->shard_tokens) return close_shard(p, e);
        return OK;
    }
    p->m->empty++;
    return OK;
}

static void note_broken(struct preparation *p, int64_t i)
{
    struct error why;
    struct corpus_text t = {0};
    p->m->broken++;
    if (p->m->broken - p->old_broken > BROKEN_SHOWN) return;
    if (corpus_text(p->corpus, p->block, i, &t, &why)) note(p, why.text);
    free(t.v);
}

/* A whole document, or the next piece of one. */
static int take(struct preparation *p, int64_t i, struct error *e)
{
    const struct corpus_document *d = &p->block->document[i];
    struct seen *s = &p->seen[i];
    const bool pieces = d->continues || p->bytes > 0, skipped = p->documents < p->skip;
    if (pieces) content_hash_add(&p->hash, p->block->bytes + d->at, d->n);
    p->bytes += s->bytes;
    p->invalid_utf8 |= s->invalid_utf8;
    if (!skipped && s->tokens.n) TRY(write_piece(p, &s->tokens, e));
    if (d->continues) return OK;
    const uint64_t hash = pieces ? content_hash_end(&p->hash) : s->hash;
    p->documents++;
    p->chain = (p->chain ^ hash ^ (uint64_t)s->broken) * 0x9E3779B97F4A7C15u;
    p->chain ^= p->chain >> 31;
    int status = OK;
    if (!skipped && s->broken)
        note_broken(p, i);
    else if (!skipped)
        status = end_document(p, hash, e);
    p->hash = (struct content_hash){0};
    p->bytes = p->tokens = 0;
    p->invalid_utf8 = false;
    return status;
}

/* What an earlier process has read must be what is read now. */
static int check_skipped(const struct preparation *p, bool end, struct error *e)
{
    char content[33];
    snprintf(content, sizeof content, "%016" PRIx64, p->chain);
    if (p->skip && (p->documents == p->skip ? strcmp(content, p->m->content) : end))
        return error_set(e, E_USAGE,
                         "the input is not what '%s' was begun with: --fresh begins it again",
                         p->o->out);
    return OK;
}

static int reserve(struct preparation *p, int64_t n, struct error *e)
{
    if (n <= p->seen_room) return OK;
    struct seen *more = realloc(p->seen, (size_t)n * sizeof *more);
    if (more) p->seen = more;
    int64_t *numbers = realloc(p->number, (size_t)n * sizeof *numbers);
    if (numbers) p->number = numbers;
    if (!more || !numbers)
        return error_set(e, E_MEMORY, "no memory for %lld documents", (long long)n);
    memset(p->seen + p->seen_room, 0, (size_t)(n - p->seen_room) * sizeof *p->seen);
    p->seen_room = n;
    return OK;
}

/* Each document has a list of tokens of its own, and keeps its memory for the next block. */
static int encode_block(struct preparation *p, struct token_list *list, struct error *e)
{
    const struct encode_source from = {p, give_text, name_document, NULL};
    const int64_t n = p->block->n;
    int64_t number = p->documents;
    for (int64_t i = 0; i < n; i++) {
        p->number[i] = number;
        number += !p->block->document[i].continues;
        list[i] = p->seen[i].tokens;
    }
    const int status = encode_pool_run(p->pool, &from, n, list, e);
    for (int64_t i = 0; i < n; i++) p->seen[i].tokens = list[i];
    return status;
}

static int do_block(struct preparation *p, struct error *e)
{
    const int64_t n = p->block->n;
    TRY(reserve(p, n, e));
    struct token_list *list = calloc((size_t)n, sizeof *list);
    if (!list) return error_set(e, E_MEMORY, "no memory for %lld documents", (long long)n);
    const int status = encode_block(p, list, e);
    free(list);
    TRY(status);
    for (int64_t i = 0; i < n; i++) {
        TRY(take(p, i, e));
        /* a long document's tokens would stay for good */
        if (p->seen[i].tokens.capacity > 1 << 20) token_list_close(&p->seen[i].tokens);
        if (p->documents == p->skip && !p->block->document[i].continues)
            TRY(check_skipped(p, false, e));
    }
    return OK;
}

static int do_all(struct preparation *p, struct error *e)
{
    for (;;) {
        double done, total;
        TRY(corpus_next(p->corpus, p->o->block ? (size_t)p->o->block : BLOCK, &p->block, e));
        if (!p->block->n) break;
        TRY(do_block(p, e));
        corpus_progress(p->corpus, &done, &total);
        if (p->o->progress) p->o->progress(p->o->data, done, total);
    }
    TRY(check_skipped(p, p->documents < p->skip, e));
    if (p->writing && p->writer.documents) TRY(close_shard(p, e));
    p->m->consumed = p->documents;
    snprintf(p->m->content, sizeof p->m->content, "%016" PRIx64, p->chain);
    if (!p->m->documents)
        return error_set(e, E_FORMAT, "nothing to prepare: %lld documents, none with text%s",
                         (long long)p->documents, p->m->broken ? " or broken" : "");
    p->m->complete = true;
    return manifest_write(p->m, p->o->out, e);
}

/* ---- the folder ---- */

/* All that decides the shards, but the input's content. */
static void hash_settings(const struct preparation *p, char hex[65])
{
    struct sha256 h;
    const char *field = p->o->field ? p->o->field : "text";
    const int64_t numbers[2] = {p->o->shard_tokens, p->o->skip_broken};
    sha256_init(&h);
    sha256_add(&h, p->t->fingerprint, strlen(p->t->fingerprint) + 1);
    sha256_add(&h, field, strlen(field) + 1);
    sha256_add(&h, numbers, sizeof numbers);
    for (int i = 0; i < corpus_files(p->corpus); i++)
        sha256_add(&h, corpus_file(p->corpus, i), strlen(corpus_file(p->corpus, i)) + 1);
    sha256_hex(&h, hex);
}

/* Ends in ".<process>-<number>.tmp", as files do that were not finished (src/base/file.h). */
static bool is_temporary(const char *name)
{
    const size_t n = strlen(name);
    size_t i = n > 4 && !strcmp(name + n - 4, ".tmp") ? n - 4 : 0, digits = 0;
    for (; i > 0 && name[i - 1] >= '0' && name[i - 1] <= '9'; i--) digits++;
    if (!digits || i == 0 || name[--i] != '-') return false;
    for (digits = 0; i > 0 && name[i - 1] >= '0' && name[i - 1] <= '9'; i--) digits++;
    return digits && i > 1 && name[i - 1] == '.';
}

/* What a kill left unfinished, and with `all` the shards and the manifest; nothing else that lies
 * there. */
static int remove_old(const char *folder, bool all, struct error *e)
{
    char **names, path[4096];
    size_t n;
    int status = OK;
    TRY(file_list(folder, &names, &n, e));
    for (size_t i = 0; i < n && !status; i++) {
        const bool ours = !strncmp(names[i], "shard-", 6) || !strcmp(names[i], "manifest.json");
        if (!is_temporary(names[i]) && !(all && ours)) continue;
        status = file_join(path, sizeof path, folder, names[i], e);
        if (!status) status = file_remove_tree(path, e);
    }
    file_list_free(names, n);
    return status;
}

static int lock_folder(struct preparation *p, struct error *e)
{
    char path[4096];
    TRY(file_make_directories(p->o->out, e));
    TRY(file_join(path, sizeof path, p->o->out, "lock", e));
    p->lock = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (p->lock < 0) return error_set(e, E_IO, "cannot write '%s': %s", path, strerror(errno));
    if (flock(p->lock, LOCK_EX | LOCK_NB) == 0) return OK;
    return error_set(e, E_USAGE, "another process is preparing '%s'", p->o->out);
}

/* Go on with what is there, or begin. */
static int open_folder(struct preparation *p, struct error *e)
{
    char settings[65];
    struct manifest *m = p->m;
    TRY(lock_folder(p, e));
    TRY(remove_old(p->o->out, p->o->fresh, e));
    hash_settings(p, settings);
    if (manifest_exists(p->o->out)) {
        TRY(manifest_read(m, p->o->out, e));
        if (strcmp(m->settings, settings))
            return error_set(e, E_USAGE,
                             "'%s' holds a preparation of other files or with other settings: "
                             "--fresh throws it away",
                             p->o->out);
        p->skip = m->consumed;
        p->old_broken = m->broken;
        return OK;
    }
    snprintf(m->tokenizer, sizeof m->tokenizer, "%.511s", p->t->name);
    strcpy(m->tokenizer_sha256, p->t->fingerprint);
    strcpy(m->settings, settings);
    m->vocab_size = p->t->vocab_size;
    m->end_of_document = p->t->end_of_document;
    return tokenizer_save(p->t, p->o->out, e);
}

static int prepare(struct preparation *p, struct error *e)
{
    const struct prepare_options *o = p->o;
    TRY(tokenizer_open(&p->t, o->tokenizer, e));
    if (p->t->note) note(p, p->t->note);
    TRY(corpus_open(&p->corpus, o->paths, o->path, o->field, p->t->cuts_at_spaces, e));
    TRY(open_folder(p, e));
    if (p->m->complete) return OK;
    TRY(encode_pool_open(&p->pool, p->t, e));
    p->text = calloc((size_t)encode_pool_threads(p->pool), sizeof *p->text);
    if (!p->text) return error_set(e, E_MEMORY, "no memory to prepare a corpus");
    const int status = do_all(p, e);
    if (status && p->writing) shard_writer_abort(&p->writer);
    return status;
}

int prepare_run(const struct prepare_options *o, struct manifest *m, struct error *e)
{
    struct preparation p = {.o = o, .m = m, .lock = -1};
    *m = (struct manifest){0};
    const int status = prepare(&p, e);
    for (int i = 0; p.text && i < encode_pool_threads(p.pool); i++) free(p.text[i].v);
    for (int64_t i = 0; i < p.seen_room; i++) token_list_close(&p.seen[i].tokens);
    free(p.text);
    free(p.seen);
    free(p.number);
    encode_pool_close(p.pool);
    corpus_close(p.corpus);
    tokenizer_close(p.t);
    if (p.lock >= 0) close(p.lock);
    if (status) manifest_close(m);
    return status;
}
