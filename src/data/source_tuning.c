/* source_tuning.c -- records of a prompt and an answer, for tuning.
 *
 * Two kinds. `pairs`: a .jsonl file with a prompt and an answer a line. `documents`: long records that
 * nobody had to write, made from long texts as Xiong et al. 2023 (arXiv 2309.16039, section 4.3) make
 * theirs with a model: a piece of a document, and a question about a chunk of it whose answer is known
 * because the chunk is there:
 *
 *   <piece of `length` bytes in all> Q: what follows "<cue>"? A: <the words after it>
 *
 * The prompt has the paper's form, "{CONTEXT} Q: {QUESTION}, A:". loss `answer` takes the answer and
 * the end of the record as targets, `all` the prompt too (the paper's finding is that the loss on long
 * prompts helps). Records of both kinds are ordinary documents: `packing: {type: best_fit}` packs
 * short ones and pads behind long ones. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
#include "src/base/json.h"
#include "src/base/rng.h"
#include "src/data/source.h"

struct records {
    char *text; /* all records, one after another */
    size_t n, capacity;
    int64_t documents, room;
    int64_t *start;  /* [documents + 1] in text */
    int64_t *answer; /* [documents] first byte of the answer, counted from the record's start */
    int64_t longest;
    bool all;                /* the prompt is a target too */
    unsigned char *unscored; /* [longest] twice: what a prompt is, what an answer is */
};

static void records_close(void *self)
{
    struct records *r = self;
    free(r->text);
    free(r->start);
    free(r->answer);
    free(r->unscored);
    free(r);
}

static int64_t records_length(const void *self, int64_t document)
{
    const struct records *r = self;
    return r->start[document + 1] - r->start[document];
}

static uint64_t records_hash(const void *self, int64_t document)
{
    const struct records *r = self;
    uint64_t h = 0xCBF29CE484222325u;
    for (int64_t i = r->start[document]; i < r->start[document + 1]; i++)
        h = (h ^ (unsigned char)r->text[i]) * 0x100000001B3u;
    return h;
}

static void records_seek(const void *self, struct reader *r)
{
    (void)self, (void)r; /* document and offset say all */
}

static void records_read(const void *self, struct reader *r, unsigned char *out, size_t n)
{
    const struct records *x = self;
    memcpy(out, x->text + x->start[r->document] + r->offset, n);
    r->offset += (int64_t)n;
}

/* `longest` ones and then `longest` zeros: the flags of a record begin so far before the zeros that
 * its answer does. */
static const unsigned char *records_unscored(const void *self, const struct reader *r)
{
    const struct records *x = self;
    return x->unscored + x->longest - (x->all ? 0 : x->answer[r->document]);
}

static void records_fingerprint(const void *self, struct sha256 *h)
{
    const struct records *r = self;
    sha256_add(h, r->text, r->n);
    sha256_add(h, r->answer, (size_t)r->documents * sizeof *r->answer);
    sha256_add(h, &r->all, sizeof r->all);
}

static const struct source_type records_type = {
    .close = records_close,
    .length = records_length,
    .hash = records_hash,
    .seek = records_seek,
    .read = records_read,
    .unscored = records_unscored,
    .fingerprint = records_fingerprint,
};

/* ---- adding records ---- */

static int append(struct records *r, const char *text, size_t n, struct error *e)
{
    if (r->n + n > r->capacity) {
        const size_t capacity = 2 * (r->n + n);
        char *more = realloc(r->text, capacity);
        if (!more) return error_set(e, E_MEMORY, "no memory for %zu bytes of records", capacity);
        r->text = more;
        r->capacity = capacity;
    }
    memcpy(r->text + r->n, text, n);
    r->n += n;
    return OK;
}

static int begin_record(struct records *r, struct error *e)
{
    if (r->documents + 1 < r->room) return OK;
    r->room = r->room ? 2 * r->room : 64;
    int64_t *start = realloc(r->start, (size_t)(r->room + 1) * sizeof *start);
    if (start) r->start = start;
    int64_t *answer = realloc(r->answer, (size_t)r->room * sizeof *answer);
    if (answer) r->answer = answer;
    if (!start || !answer)
        return error_set(e, E_MEMORY, "no memory for %lld records", (long long)r->room);
    r->start[r->documents] = (int64_t)r->n;
    return OK;
}

static void end_record(struct records *r, int64_t answer)
{
    r->answer[r->documents] = answer;
    r->start[++r->documents] = (int64_t)r->n;
    const int64_t length = (int64_t)r->n - r->start[r->documents - 1];
    if (length > r->longest) r->longest = length;
}

static int finish(struct records *r, struct error *e)
{
    r->unscored = malloc(2 * (size_t)r->longest + 1);
    if (!r->unscored) return error_set(e, E_MEMORY, "no memory for a record");
    memset(r->unscored, 1, (size_t)r->longest);
    memset(r->unscored + r->longest, 0, (size_t)r->longest);
    return OK;
}

/* ---- pairs ---- */

static int add_pair(struct records *r, const struct tuning_config *c, const char *path, int line,
                    const char *text, size_t n, struct error *e)
{
    struct jsn_doc d;
    char name[4200];
    const char *prompt = NULL, *answer = NULL;
    snprintf(name, sizeof name, "%.4000s:%d", path, line);
    TRY(jsn_open_text(&d, name, text, n, e));
    int status = jsn_string(&d, d.root, c->prompt, true, &prompt, e);
    if (!status) status = jsn_string(&d, d.root, c->answer, true, &answer, e);
    if (!status && !*answer) status = error_set(e, E_FORMAT, "%s: the answer is empty", name);
    if (!status) status = begin_record(r, e);
    if (!status) status = append(r, prompt, strlen(prompt), e);
    if (!status) status = append(r, answer, strlen(answer), e);
    if (!status) end_record(r, (int64_t)strlen(prompt));
    jsn_close(&d);
    return status;
}

static int add_pairs(struct records *r, const struct tuning_config *c, const char *path,
                     struct error *e)
{
    char *text;
    size_t n;
    int line = 1, status = OK;
    TRY(file_read_all(path, &text, &n, e));
    for (char *s = text; s < text + n && !status; line++) {
        const char *end = memchr(s, '\n', (size_t)(text + n - s));
        const size_t length = end ? (size_t)(end - s) : (size_t)(text + n - s);
        if (length) status = add_pair(r, c, path, line, s, length, e);
        s += length + 1;
    }
    free(text);
    return status;
}

/* ---- records from documents ---- */

struct corpus {
    char **text;
    size_t *n;
    int64_t documents;
    size_t total;
};

static bool word_starts(const char *text, size_t at)
{
    const unsigned char before = at ? (unsigned char)text[at - 1] : ' ',
                        c = (unsigned char)text[at];
    return (before == ' ' || before == '\n') && c != ' ' && c != '\n' && (c & 0xC0) != 0x80;
}

/* The first start of a word from `at` on, before `end`. */
static size_t next_word(const char *text, size_t at, size_t end)
{
    while (at < end && !word_starts(text, at)) at++;
    return at;
}

/* Cue and answer as one line: runs of white space become a blank. */
static int append_flat(struct records *r, const char *text, size_t n, struct error *e)
{
    for (size_t i = 0; i < n; i++) {
        const bool white = text[i] == ' ' || text[i] == '\n' || text[i] == '\t' || text[i] == '\r';
        if (white && (i + 1 == n || i == 0 || r->text[r->n - 1] == ' ')) continue;
        TRY(append(r, white ? " " : text + i, 1, e));
    }
    return OK;
}

static int add_made(struct records *r, const struct tuning_config *c, const struct corpus *from,
                    struct rng *rng, bool *made, struct error *e)
{
    static const char ask[] = " Q: what follows \"", then[] = "\"?, A: ";
    const size_t most = 3 * (size_t)c->chunk, tail = most + sizeof ask + sizeof then;
    size_t byte = rng_below(rng, from->total);
    int64_t k = 0;
    *made = false;
    while (byte >= from->n[k]) byte -= from->n[k++];
    const char *text = from->text[k];
    const size_t room = (size_t)c->length - tail;
    size_t piece = from->n[k] < room ? from->n[k] : room;
    if (piece < 4 * (size_t)c->chunk) return OK;
    const size_t begin = next_word(text, rng_below(rng, from->n[k] - piece + 1), from->n[k]);
    if (begin + piece > from->n[k]) piece = from->n[k] - begin;
    if (piece < 4 * (size_t)c->chunk) return OK;
    const size_t end = begin + piece;
    const size_t cue = next_word(text, begin + rng_below(rng, piece - 3 * (size_t)c->chunk), end);
    const size_t answer = next_word(text, cue + (size_t)c->chunk, end);
    const size_t stop = next_word(text, answer + (size_t)c->chunk, end);
    if (stop >= end || stop - cue > most) return OK; /* words end where they end */
    TRY(begin_record(r, e));
    const int64_t start = r->start[r->documents];
    TRY(append(r, text + begin, piece, e));
    TRY(append(r, ask, sizeof ask - 1, e));
    TRY(append_flat(r, text + cue, answer - cue, e));
    TRY(append(r, then, sizeof then - 1, e));
    const int64_t at = (int64_t)r->n - start;
    TRY(append_flat(r, text + answer, stop - answer, e));
    end_record(r, at);
    *made = true;
    return OK;
}

static int read_corpus(struct corpus *c, const struct conf_strings *paths, struct error *e)
{
    for (int i = 0; i < paths->n; i++) {
        char **names;
        size_t n;
        TRY(file_glob(paths->v[i], &names, &n, e));
        int status = OK;
        for (size_t k = 0; k < n && !status; k++) {
            const size_t room = (size_t)c->documents + 1;
            char **text = realloc(c->text, room * sizeof *text);
            if (text) c->text = text;
            size_t *sizes = realloc(c->n, room * sizeof *sizes);
            if (sizes) c->n = sizes;
            status = text && sizes
                         ? file_read_all(names[k], &c->text[c->documents], &c->n[c->documents], e)
                         : error_set(e, E_MEMORY, "no memory for %zu documents", room);
            if (!status) c->total += c->n[c->documents++];
        }
        file_list_free(names, n);
        TRY(status);
    }
    return OK;
}

static int make_records(struct records *r, const struct tuning_config *c, int64_t tokens,
                        const char *name, uint64_t seed, struct error *e)
{
    struct corpus from = {0};
    int status = read_corpus(&from, &c->documents, e);
    char stream[300];
    snprintf(stream, sizeof stream, "tuning/%s", name);
    struct rng rng = rng_open(seed, stream);
    for (int64_t attempt = 0, misses = 0; !status && (int64_t)r->n < tokens; attempt++) {
        bool made = false;
        if (from.total) status = add_made(r, c, &from, &rng, &made, e);
        misses = made ? 0 : misses + 1;
        if (!status && misses > 1000)
            status = error_set(e, E_USAGE,
                               "no document has room for a chunk of %d bytes and its question",
                               c->chunk);
    }
    for (int64_t k = 0; k < from.documents; k++) free(from.text[k]);
    free(from.text);
    free(from.n);
    return status;
}

int source_open_tuning(struct source *s, const struct source_config *c, uint64_t seed,
                       struct error *e)
{
    const struct tuning_config *t = &c->tuning;
    struct records *r = calloc(1, sizeof *r);
    if (!r) return error_set(e, E_MEMORY, "no memory for source '%s'", s->name);
    r->all = t->loss == TUNING_LOSS_ALL;
    s->type = &records_type;
    s->self = r;
    int status = OK;
    if (t->pairs.n && t->documents.n)
        status = error_set(e, E_USAGE, "`pairs` and `documents` exclude each other");
    else if (t->length < 8 * t->chunk)
        status = error_set(e, E_USAGE, "records of %d bytes are too short to ask for %d of them",
                           t->length, t->chunk);
    for (int i = 0; i < t->pairs.n && !status; i++) {
        char **names;
        size_t n;
        status = file_glob(t->pairs.v[i], &names, &n, e);
        if (status) break;
        for (size_t k = 0; k < n && !status; k++) status = add_pairs(r, t, names[k], e);
        file_list_free(names, n);
    }
    if (!status && t->documents.n) status = make_records(r, t, c->tokens, s->name, seed, e);
    if (!status && !r->documents) status = error_set(e, E_FORMAT, "there is no record");
    if (!status) status = finish(r, e);
    s->documents = r->documents;
    return status ? error_wrap(e, "source '%s'", s->name) : OK;
}
