/* tokenizer.c -- from a name to a tokenizer, and back to files. See tokenizer.h. */
#include "src/data/tokenizer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/data/tokenizer_internal.h"

enum { BYTES = 256 };

static void make_bytes(struct tokenizer *t)
{
    strcpy(t->name, "bytes");
    strcpy(t->fingerprint, "bytes");
    t->vocab_size = BYTES + 1;
    t->end_of_document = BYTES;
    t->cuts_at_spaces = true;
    for (int i = 0; i < BYTES; i++) {
        t->byte_token[i] = i;
        t->byte[i] = (char)i;
    }
}

/* ---- opening ---- */

static bool holds(char *path, size_t size, const char *folder, const char *name)
{
    return !file_join(path, size, folder, name, NULL) && file_exists(path);
}

/* A folder's tiktoken file, by the name that tokenizer_save gives it. */
static bool holds_tiktoken(char *path, size_t size, const char *folder, const char **encoding)
{
    *encoding = NULL;
    if (holds(path, size, folder, "tokenizer.tiktoken")) return true;
    for (int i = 0; (*encoding = tiktoken_encoding(i)); i++) {
        char name[64];
        snprintf(name, sizeof name, "%s.tiktoken", *encoding);
        if (holds(path, size, folder, name)) return true;
    }
    return false;
}

static bool holds_both(char a[4096], char b[4096], const char *folder, const char *first,
                       const char *second)
{
    return holds(a, 4096, folder, first) && holds(b, 4096, folder, second);
}

bool tokenizer_in_folder(const char *folder)
{
    char a[4096], b[4096];
    const char *encoding;
    return holds(a, sizeof a, folder, "tokenizer.json") ||
           holds_both(a, b, folder, "vocab.bpe", "encoder.json") ||
           holds_both(a, b, folder, "merges.txt", "vocab.json") ||
           holds_tiktoken(a, sizeof a, folder, &encoding);
}

static int open_folder(struct tokenizer *t, const char *folder, struct error *e)
{
    char a[4096], b[4096];
    const char *encoding;
    if (holds(a, sizeof a, folder, "tokenizer.json")) return tokenizer_read_json(t, a, e);
    if (holds_both(a, b, folder, "vocab.bpe", "encoder.json") ||
        holds_both(a, b, folder, "merges.txt", "vocab.json"))
        return tokenizer_read_gpt2(t, a, b, e);
    if (holds_tiktoken(a, sizeof a, folder, &encoding))
        return tokenizer_read_tiktoken(t, a, encoding, e);
    return error_set(e, E_USAGE,
                     "'%s' holds no tokenizer: tokenizer.json, vocab.bpe with encoder.json, "
                     "merges.txt with vocab.json, or cl100k_base.tiktoken and the like",
                     folder);
}

/* The first byte says which of the formats of one file it is. */
static int open_file(struct tokenizer *t, const char *path, const char *encoding, struct error *e)
{
    struct file_map m;
    TRY(file_map_open(&m, path, e));
    size_t i = 0;
    while (i < m.size && strchr(" \t\r\n", m.data[i]) && m.data[i]) i++;
    const bool json = i < m.size && m.data[i] == '{';
    const bool protobuf = m.size > 4 && m.data[0] == '\n' && m.data[2] == '\n';
    file_map_close(&m);
    if (json && !encoding) return tokenizer_read_json(t, path, e);
    if (protobuf)
        return error_set(e, E_FORMAT,
                         "'%s' looks like a SentencePiece model: only byte-level BPE is read",
                         path);
    return tokenizer_read_tiktoken(t, path, encoding, e);
}

static int open_named(struct tokenizer *t, const char *name, struct error *e)
{
    char path[4096];
    if (strlen(name) >= sizeof path)
        return error_set(e, E_USAGE, "tokenizer path '%.200s...' is too long", name);
    snprintf(t->name, sizeof t->name, "%.511s", name);
    if (file_is_directory(name)) return open_folder(t, name, e);
    if (file_exists(name)) return open_file(t, name, NULL, e);
    strcpy(path, name);
    char *encoding = strrchr(path, '@');
    if (encoding) *encoding++ = '\0';
    if (encoding && file_exists(path)) return open_file(t, path, encoding, e);
    return error_set(e, E_USAGE,
                     "unknown tokenizer '%s': neither `bytes` nor a file or folder that is there",
                     name);
}

int tokenizer_open(struct tokenizer **out, const char *name, struct error *e)
{
    struct tokenizer *t = *out = calloc(1, sizeof *t);
    if (!t) return error_set(e, E_MEMORY, "no memory for a tokenizer");
    if (!name || !strcmp(name, "bytes")) {
        make_bytes(t);
        return OK;
    }
    const int status = open_named(t, name, e);
    if (!status) return OK;
    tokenizer_close(t);
    *out = NULL;
    return status;
}

void tokenizer_close(struct tokenizer *t)
{
    if (!t) return;
    vocabulary_close(t->vocabulary);
    splitter_close(t->splitter);
    for (int i = 0; t->files && i < 2; i++) free(t->files->file[i].data);
    free(t->files);
    free(t);
}

/* ---- files that are kept ---- */

int tokenizer_keep(struct tokenizer *t, int slot, const char *path, const char *name,
                   const char **data, size_t *n, struct error *e)
{
    if (!t->files) t->files = calloc(1, sizeof *t->files);
    if (!t->files) return error_set(e, E_MEMORY, "no memory for a tokenizer");
    struct kept_file *f = &t->files->file[slot];
    snprintf(f->name, sizeof f->name, "%s", name);
    TRY(file_read_all(path, &f->data, &f->n, e));
    *data = f->data;
    *n = f->n;
    return OK;
}

int tokenizer_save(const struct tokenizer *t, const char *folder, struct error *e)
{
    char path[4096];
    for (int i = 0; t->files && i < 2; i++) {
        const struct kept_file *f = &t->files->file[i];
        if (!f->data) continue;
        TRY(file_join(path, sizeof path, folder, f->name, e));
        TRY(file_write_all(path, f->data, f->n, e));
    }
    return OK;
}

/* ---- ids ---- */

/* The names under which published vocabularies hold the end of a document, the commonest first. */
static const char *const document_ends[] = {
    "<|endoftext|>",
    "<|end_of_text|>",
    "</s>",
    "<eos>",
    "<|end_of_document|>",
    "<\xEF\xBD\x9C"
    "end\xE2\x96\x81of\xE2\x96\x81sentence\xEF\xBD\x9C>",
};

static void find_end(struct tokenizer *t)
{
    const struct vocabulary *v = t->vocabulary;
    for (size_t k = 0; k < sizeof document_ends / sizeof *document_ends; k++)
        for (int i = 0; i < v->n_added; i++)
            if (v->added[i].n == strlen(document_ends[k]) &&
                !memcmp(v->added[i].text, document_ends[k], v->added[i].n)) {
                t->end_of_document = v->added[i].id;
                return;
            }
    t->end_of_document = t->vocab_size++; /* none: an id of its own that spells nothing */
}

struct borders {
    const char *text;
    uint64_t at; /* a bit for each byte behind which a piece ends */
};

static int note_border(void *to, const char *text, size_t n, struct error *e)
{
    struct borders *b = to;
    (void)e;
    if (text >= b->text && text < b->text + 64) b->at |= 1ull << (text + n - b->text);
    return OK;
}

/* Of patterns, and of added tokens: seen on an example, since neither can be proved. */
static int find_cuts(struct tokenizer *t, struct error *e)
{
    const char text[] = "one two. Three four's FIVE sIx\nseven eight";
    const struct vocabulary *v = t->vocabulary;
    struct borders b = {text, 0};
    struct split_state *s;
    TRY(split_state_open(&s, t->splitter, e));
    int status = split_run(s, text, sizeof text - 1, note_border, &b, e);
    split_state_close(s);
    TRY(status);
    t->cuts_at_spaces = true;
    for (size_t i = 1; i + 2 < sizeof text; i++)
        if (text[i] == ' ' && (text[i - 1] | 32) >= 'a' && !(b.at >> i & 1))
            t->cuts_at_spaces = false;
    for (int i = 0; i < v->n_added; i++)
        if (!v->added[i].special && memchr(v->added[i].text, ' ', v->added[i].n))
            t->cuts_at_spaces = false;
    return OK;
}

int tokenizer_finish(struct tokenizer *t, struct error *e)
{
    struct vocabulary *v = t->vocabulary;
    TRY(find_cuts(t, e));
    t->vocab_size = v->n;
    find_end(t);
    for (int i = 0; i < BYTES; i++) {
        const char byte = (char)i;
        t->byte_token[i] = vocabulary_find(v, &byte, 1);
    }
    for (int i = 0; i < v->n; i++) {
        sha256_add(&v->identity, &v->length[i], sizeof v->length[i]);
        if (v->length[i]) sha256_add(&v->identity, v->text + v->at[i], v->length[i]);
    }
    for (int i = 0; i < v->n_added; i++) {
        const struct added_token *a = &v->added[i];
        const int32_t word[5] = {a->id, a->special, a->normalized, a->takes_left, a->takes_right};
        sha256_add(&v->identity, word, sizeof word);
    }
    char splits[65];
    splitter_identity(t->splitter, splits);
    sha256_add(&v->identity, splits, 64);
    const int32_t word[3] = {t->end_of_document, v->whole_words, v->nfc};
    sha256_add(&v->identity, word, sizeof word);
    sha256_hex(&v->identity, t->fingerprint);
    return OK;
}

const char *tokenizer_text(const struct tokenizer *t, int32_t id, size_t *n)
{
    const struct vocabulary *v = t->vocabulary;
    *n = 0;
    if (id < 0 || id >= t->vocab_size) return NULL;
    if (!v) {
        *n = id < BYTES;
        return t->byte + id % BYTES;
    }
    if (id >= v->n) return NULL;
    *n = v->length[id];
    return v->text + v->at[id];
}
