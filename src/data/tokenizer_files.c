/* tokenizer_files.c -- GPT-2's pair of files, and tiktoken's single one.
 *
 * Source: openai/gpt-2 src/encoder.py; openai/tiktoken tiktoken/load.py, tiktoken_ext. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/json.h"
#include "src/data/tokenizer_internal.h"

static const char end_of_text[] = "<|endoftext|>";

static int add_special(struct tokenizer *t, const char *path, const char *text, int32_t id,
                       bool known, struct error *e)
{
    const struct added_token token = {.text = text, .n = strlen(text), .id = id, .special = true};
    if (!known) TRY(vocabulary_add(t->vocabulary, path, id, text, token.n, false, e));
    return vocabulary_add_special(t->vocabulary, token, e);
}

/* ---- vocab.bpe and encoder.json ---- */

static size_t count_lines(const char *text, size_t n)
{
    size_t lines = 1;
    for (size_t i = 0; i < n; i++) lines += text[i] == '\n';
    return lines;
}

static int bad_line(const char *path, int line, const char *what, struct error *e)
{
    return error_at(e, E_FORMAT, &(struct place){path, line, 0}, "%s", what);
}

/* "left right"; the rank is the number of the line. */
static int read_merge(struct tokenizer *t, const char *path, int line, const char *text, size_t n,
                      int32_t rank, struct error *e)
{
    struct vocabulary *v = t->vocabulary;
    char both[2 * TOKEN_TEXT_MAX];
    const char *space = memchr(text, ' ', n);
    const size_t left = space ? (size_t)(space - text) : 0;
    if (!space || n > TOKEN_TEXT_MAX || !left || left + 1 == n)
        return bad_line(path, line, "two tokens expected, one space between them", e);
    const int a = byte_level_read(text, left, both);
    const int b = a < 0 ? -1 : byte_level_read(space + 1, n - left - 1, both + a);
    const int32_t l = b < 0 ? -1 : vocabulary_find(v, both, (size_t)a);
    const int32_t r = b < 0 ? -1 : vocabulary_find(v, both + a, (size_t)b);
    const int32_t id = b < 0 ? -1 : vocabulary_find(v, both, (size_t)(a + b));
    if (l < 0 || r < 0 || id < 0)
        return bad_line(path, line, "the merge does not join two tokens to a third", e);
    vocabulary_merge(v, l, r, rank, id);
    return OK;
}

static int read_merges(struct tokenizer *t, const char *path, const char *text, size_t size,
                       struct error *e)
{
    int32_t rank = 0;
    int line = 0;
    for (size_t at = 0; at < size;) {
        const char *end = memchr(text + at, '\n', size - at);
        size_t n = end ? (size_t)(end - text) - at : size - at;
        const size_t next = at + n + 1;
        line++;
        if (n && text[at + n - 1] == '\r') n--;
        const bool comment = line == 1 && n >= 8 && !memcmp(text + at, "#version", 8);
        if (n && !comment) TRY(read_merge(t, path, line, text + at, n, rank++, e));
        at = next;
    }
    return OK;
}

static int read_encoder(struct tokenizer *t, const char *path, const jsn *root, struct error *e)
{
    const int n = (int)jsn_length(root);
    char text[4 * TOKEN_TEXT_MAX];
    for (void *it = jsn_first(root); it; it = jsn_next(root, it)) {
        const char *key = jsn_key(it);
        const jsn *value = jsn_value(it);
        const size_t size = strlen(key);
        const int bytes = size < sizeof text ? byte_level_read(key, size, text) : -1;
        if (!jsn_is_integer(value) || jsn_as_int(value) < 0 || jsn_as_int(value) >= n || bytes < 0)
            return error_set(e, E_FORMAT,
                             "'%s': token '%.100s' is not spelled in bytes with an id in [0, %d)",
                             path, key, n);
        const int32_t id = (int32_t)jsn_as_int(value);
        TRY(vocabulary_add(t->vocabulary, path, id, text, (size_t)bytes, true, e));
    }
    const int32_t end = vocabulary_find(t->vocabulary, end_of_text, strlen(end_of_text));
    return end < 0 ? OK : add_special(t, path, end_of_text, end, true, e);
}

int tokenizer_read_gpt2(struct tokenizer *t, const char *merges, const char *vocabulary,
                        struct error *e)
{
    const char *text[2];
    size_t n[2];
    struct jsn_doc doc;
    TRY(tokenizer_keep(t, 0, merges, "vocab.bpe", &text[0], &n[0], e));
    TRY(tokenizer_keep(t, 1, vocabulary, "encoder.json", &text[1], &n[1], e));
    TRY(jsn_open_text(&doc, vocabulary, text[1], n[1], e));
    int status = jsn_is_map(doc.root)
                     ? vocabulary_open(&t->vocabulary, (int)jsn_length(doc.root),
                                       count_lines(text[0], n[0]), e)
                     : error_set(e, E_FORMAT, "'%s' is not a map of tokens to ids", vocabulary);
    if (!status) status = read_encoder(t, vocabulary, doc.root, e);
    jsn_close(&doc);
    TRY(status);
    TRY(read_merges(t, merges, text[0], n[0], e));
    TRY(splitter_open(&t->splitter, e));
    TRY(splitter_add(t->splitter, split_gpt2, strlen(split_gpt2), SPLIT_ONIG, merges, e));
    return tokenizer_finish(t, e);
}

/* ---- tiktoken ---- */

struct special {
    const char *text;
    int32_t id;
};

/* The published encodings: a file of `tokens` lines belongs to it. */
static const struct encoding {
    const char *name;
    int tokens;
    const char *split;
    enum split_syntax syntax;
    struct special special[6];
} encodings[] = {
    {"r50k_base", 50256, split_gpt2, SPLIT_RUST, {{end_of_text, 50256}}},
    {"p50k_base", 50280, split_gpt2, SPLIT_RUST, {{end_of_text, 50256}}},
    {"cl100k_base",
     100256,
     split_cl100k,
     SPLIT_RUST,
     {{end_of_text, 100257},
      {"<|fim_prefix|>", 100258},
      {"<|fim_middle|>", 100259},
      {"<|fim_suffix|>", 100260},
      {"<|endofprompt|>", 100276}}},
    {"o200k_base",
     199998,
     split_o200k,
     SPLIT_RUST,
     {{end_of_text, 199999}, {"<|endofprompt|>", 200018}}},
    {"llama3",
     128000,
     split_llama3,
     SPLIT_RUST,
     {{"<|begin_of_text|>", 128000}, {"<|end_of_text|>", 128001}, {"<|eot_id|>", 128009}}},
    {"qwen2",
     151643,
     split_qwen2,
     SPLIT_RUST,
     {{end_of_text, 151643}, {"<|im_start|>", 151644}, {"<|im_end|>", 151645}}},
};

enum { ENCODINGS = sizeof encodings / sizeof *encodings };

const char *tiktoken_encoding(int i)
{
    return i < ENCODINGS ? encodings[i].name : NULL;
}

static int find_encoding(struct tokenizer *t, const char *path, const char *name, int tokens,
                         const struct encoding **out, struct error *e)
{
    for (int i = 0; i < ENCODINGS; i++) {
        *out = &encodings[i];
        if (name ? !strcmp(name, encodings[i].name) : tokens == encodings[i].tokens) return OK;
    }
    if (name)
        return error_set(e, E_USAGE,
                         "'%s': unknown encoding '%s'; valid: r50k_base, p50k_base, cl100k_base, "
                         "o200k_base, llama3, qwen2",
                         path, name);
    *out = &encodings[2];
    t->note = "a tiktoken file of no published size: words are cut as in cl100k_base (another: "
              "FILE@r50k_base)";
    return OK;
}

static int base64_digit(char c)
{
    return c >= 'A' && c <= 'Z'   ? c - 'A'
           : c >= 'a' && c <= 'z' ? c - 'a' + 26
           : c >= '0' && c <= '9' ? c - '0' + 52
           : c == '+'             ? 62
           : c == '/'             ? 63
                                  : -1;
}

/* Bytes written, -1 if it is not base64. */
static int base64_read(const char *text, size_t n, char out[TOKEN_TEXT_MAX])
{
    int length = 0;
    if (!n || n % 4 || n / 4 * 3 > TOKEN_TEXT_MAX) return -1;
    for (size_t i = 0; i < n; i += 4) {
        const int pad = i + 4 == n ? (text[i + 3] == '=') + (text[i + 2] == '=') : 0;
        uint32_t word = 0;
        for (int k = 0; k < 4; k++) {
            const int digit = k < 4 - pad ? base64_digit(text[i + (size_t)k]) : 0;
            if (digit < 0) return -1;
            word = word << 6 | (uint32_t)digit;
        }
        for (int k = 0; k < 3 - pad; k++) out[length++] = (char)(word >> (16 - 8 * k));
    }
    return length;
}

/* One line, "base64 rank"; `tokens` bounds the ranks. */
static int read_rank(struct tokenizer *t, const char *path, int line, const char *text, size_t n,
                     int tokens, struct error *e)
{
    char token[TOKEN_TEXT_MAX + 4];
    const char *space = memchr(text, ' ', n);
    const int bytes = space ? base64_read(text, (size_t)(space - text), token) : -1;
    int64_t rank = 0;
    bool number = space && space + 1 < text + n;
    for (const char *p = space ? space + 1 : text; number && p < text + n; p++) {
        number = *p >= '0' && *p <= '9' && rank < tokens;
        rank = 10 * rank + (*p - '0');
    }
    if (bytes < 1 || !number || rank >= tokens)
        return error_at(e, E_FORMAT, &(struct place){path, line, 0},
                        "a token in base64 and its rank below %d expected", tokens);
    return vocabulary_add(t->vocabulary, path, (int32_t)rank, token, (size_t)bytes, true, e);
}

/* tiktoken joins any two parts whose text is a token: a merge for each way to cut a token. */
static void derive_merges(struct vocabulary *v, int tokens, bool count, size_t *n)
{
    for (int32_t id = 0; id < tokens; id++) {
        const char *text = v->text + v->at[id];
        for (uint32_t cut = 1; cut < v->length[id]; cut++) {
            const int32_t left = vocabulary_find(v, text, cut);
            const int32_t right =
                left < 0 ? -1 : vocabulary_find(v, text + cut, v->length[id] - cut);
            if (right < 0) continue;
            if (count)
                ++*n;
            else
                vocabulary_merge(v, left, right, id, id);
        }
    }
}

/* The number of lines that hold anything. */
static int count_tokens(const char *text, size_t size)
{
    int n = 0;
    for (size_t i = 0; i < size; i++) n += text[i] > ' ' && (i == 0 || text[i - 1] == '\n');
    return n;
}

static int read_ranks(struct tokenizer *t, const char *path, const char *text, size_t size,
                      int tokens, struct error *e)
{
    int line = 0;
    for (size_t at = 0; at < size;) {
        const char *end = memchr(text + at, '\n', size - at);
        size_t n = end ? (size_t)(end - text) - at : size - at;
        const size_t next = at + n + 1;
        line++;
        while (n && (text[at + n - 1] == '\r' || text[at + n - 1] == ' ')) n--;
        if (n) TRY(read_rank(t, path, line, text + at, n, tokens, e));
        at = next;
    }
    return OK;
}

int tokenizer_read_tiktoken(struct tokenizer *t, const char *path, const char *encoding,
                            struct error *e)
{
    const char *text;
    size_t n, merges = 0;
    const struct encoding *known;
    TRY(tokenizer_keep(t, 0, path, "tokenizer.tiktoken", &text, &n, e));
    /* p50k_base leaves out one rank, that of the end of a text */
    const int lines = count_tokens(text, n);
    if (!lines) return error_set(e, E_FORMAT, "'%s' holds no tokens", path);
    TRY(find_encoding(t, path, encoding, lines, &known, e));
    snprintf(t->files->file[0].name, sizeof t->files->file[0].name, "%s.tiktoken", known->name);
    const bool published = lines == known->tokens;
    int tokens = published ? lines + (known->tokens == 50280) : lines, ids = tokens;
    for (int i = 0; published && i < 6 && known->special[i].text; i++)
        if (known->special[i].id >= ids) ids = known->special[i].id + 1;
    if (published && known->tokens == 128000) ids = 128256; /* reserved ones up to there */
    TRY(vocabulary_open(&t->vocabulary, ids, 0, e));
    TRY(read_ranks(t, path, text, n, tokens, e));
    derive_merges(t->vocabulary, tokens, true, &merges);
    TRY(vocabulary_reserve_merges(t->vocabulary, merges, e));
    derive_merges(t->vocabulary, tokens, false, &merges);
    for (int i = 0; published && i < 6 && known->special[i].text; i++)
        TRY(add_special(t, path, known->special[i].text, known->special[i].id, false, e));
    t->vocabulary->whole_words = true;
    TRY(splitter_open(&t->splitter, e));
    TRY(splitter_add(t->splitter, known->split, strlen(known->split), known->syntax, path, e));
    return tokenizer_finish(t, e);
}
