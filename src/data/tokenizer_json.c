/* tokenizer_json.c -- Hugging Face's tokenizer.json, as far as it is byte-level BPE.
 *
 * Source: huggingface/tokenizers, src/models/bpe, src/pre_tokenizers, src/tokenizer. Read: model
 * BPE (ignore_merges); pre-tokenizers ByteLevel, Split, Digits and Sequences of them; normalizer
 * none or NFC; added tokens. Everything else that would change ids is refused by name. Decoders and
 * post-processors do not matter here: nothing is added at the ends, and bytes decode as bytes. */
#include <stdlib.h>
#include <string.h>

#include "src/base/json.h"
#include "src/data/tokenizer_internal.h"

struct reader {
    struct tokenizer *t;
    struct jsn_doc doc;
    const char *path;
    bool byte_level; /* some pre-tokenizer spells text in bytes */
};

static int refuse(const struct reader *r, const char *what, const char *name, struct error *e)
{
    return error_set(e, E_FORMAT, "'%s': %s '%s' is not done here", r->path, what, name);
}

/* ---- normalizer ---- */

static int read_normalizer(struct reader *r, const jsn *n, struct error *e)
{
    const char *type = "";
    if (!n) return OK;
    TRY(jsn_string(&r->doc, n, "type", true, &type, e));
    if (!strcmp(type, "NFC")) {
        r->t->vocabulary->nfc = true;
        return OK;
    }
    if (strcmp(type, "Sequence")) return refuse(r, "normalizer", type, e);
    const jsn *list = jsn_get(n, "normalizers");
    for (size_t i = 0; i < jsn_length(list); i++) TRY(read_normalizer(r, jsn_at(list, i), e));
    return OK;
}

/* ---- pre-tokenizers ---- */

static int read_split(struct reader *r, const jsn *n, struct error *e)
{
    const char *behavior = "", *text;
    bool invert = false;
    TRY(jsn_string(&r->doc, n, "behavior", true, &behavior, e));
    TRY(jsn_bool(&r->doc, n, "invert", false, &invert, e));
    const jsn *pattern = jsn_get(n, "pattern");
    const bool regex = jsn_get(pattern, "Regex") != NULL;
    TRY(jsn_string(&r->doc, pattern, regex ? "Regex" : "String", true, &text, e));
    /* Removed and inverted keeps the matches alone: the same where they cover the text, as the
     * patterns do that are written so */
    if (strcmp(behavior, "Isolated") && !(invert && !strcmp(behavior, "Removed")))
        return refuse(r, "split behavior", behavior, e);
    return splitter_add(r->t->splitter, text, strlen(text), regex ? SPLIT_ONIG : SPLIT_LITERAL,
                        r->path, e);
}

static int read_byte_level(struct reader *r, const jsn *n, struct error *e)
{
    bool space = true, regex = true;
    TRY(jsn_bool(&r->doc, n, "add_prefix_space", false, &space, e));
    TRY(jsn_bool(&r->doc, n, "use_regex", false, &regex, e));
    r->byte_level = true;
    if (space) TRY(splitter_add_space(r->t->splitter, e));
    if (!regex) return OK;
    return splitter_add(r->t->splitter, split_gpt2, strlen(split_gpt2), SPLIT_ONIG, r->path, e);
}

static int read_digits(struct reader *r, const jsn *n, struct error *e)
{
    bool each = false;
    TRY(jsn_bool(&r->doc, n, "individual_digits", false, &each, e));
    const char *pattern = each ? "\\p{N}" : "\\p{N}+";
    return splitter_add(r->t->splitter, pattern, strlen(pattern), SPLIT_ONIG, r->path, e);
}

static int read_pre_tokenizer(struct reader *r, const jsn *n, struct error *e)
{
    const char *type;
    if (!n) return OK;
    TRY(jsn_string(&r->doc, n, "type", true, &type, e));
    if (r->byte_level)
        return error_set(e, E_FORMAT, "'%s': pre-tokenizer '%s' behind ByteLevel is not done here",
                         r->path, type);
    if (!strcmp(type, "ByteLevel")) return read_byte_level(r, n, e);
    if (!strcmp(type, "Split")) return read_split(r, n, e);
    if (!strcmp(type, "Digits")) return read_digits(r, n, e);
    if (strcmp(type, "Sequence")) return refuse(r, "pre-tokenizer", type, e);
    const jsn *list = jsn_get(n, "pretokenizers");
    for (size_t i = 0; i < jsn_length(list); i++) TRY(read_pre_tokenizer(r, jsn_at(list, i), e));
    return OK;
}

/* ---- model ---- */

static int check_model(const struct reader *r, const jsn *model, struct error *e)
{
    const char *type = "BPE";
    static const char *const affixes[] = {"continuing_subword_prefix", "end_of_word_suffix"};
    TRY(jsn_string(&r->doc, model, "type", false, &type, e));
    if (strcmp(type, "BPE")) return refuse(r, "model", type, e);
    for (int i = 0; i < 2; i++) {
        const char *affix = "";
        TRY(jsn_string(&r->doc, model, affixes[i], false, &affix, e));
        if (*affix) return refuse(r, affixes[i], affix, e);
    }
    double dropout = 0;
    TRY(jsn_double(&r->doc, model, "dropout", false, &dropout, e));
    if (dropout > 0) return refuse(r, "model with", "dropout", e);
    return OK;
}

/* One past the largest id; E_FORMAT if an id is no sensible number. */
static int count_ids(const struct reader *r, const jsn *vocab, const jsn *added, int *n,
                     struct error *e)
{
    enum { MOST = 1 << 24 };
    int64_t largest = -1;
    for (void *it = jsn_first(vocab); it; it = jsn_next(vocab, it)) {
        const jsn *id = jsn_value(it);
        if (!jsn_is_integer(id) || jsn_as_int(id) < 0 || jsn_as_int(id) >= MOST)
            return error_set(e, E_FORMAT, "'%s': the id of token '%.100s' is not in [0, %d)",
                             r->path, jsn_key(it), MOST);
        if (jsn_as_int(id) > largest) largest = jsn_as_int(id);
    }
    for (size_t i = 0; i < jsn_length(added); i++) {
        int64_t id;
        TRY(jsn_int(&r->doc, jsn_at(added, i), "id", true, &id, e));
        if (id < 0 || id >= MOST)
            return error_set(e, E_FORMAT, "'%s': the id of added token %zu is not in [0, %d)",
                             r->path, i, MOST);
        if (id > largest) largest = id;
    }
    *n = (int)largest + 1;
    return OK;
}

static int read_added(struct reader *r, const jsn *vocab, const jsn *added, struct error *e)
{
    struct vocabulary *v = r->t->vocabulary;
    for (size_t i = 0; i < jsn_length(added); i++) {
        const jsn *a = jsn_at(added, i);
        struct added_token token = {.normalized = true};
        int64_t id;
        TRY(jsn_int(&r->doc, a, "id", true, &id, e));
        TRY(jsn_string(&r->doc, a, "content", true, &token.text, e));
        TRY(jsn_bool(&r->doc, a, "special", false, &token.special, e));
        TRY(jsn_bool(&r->doc, a, "normalized", false, &token.normalized, e));
        TRY(jsn_bool(&r->doc, a, "lstrip", false, &token.takes_left, e));
        TRY(jsn_bool(&r->doc, a, "rstrip", false, &token.takes_right, e));
        bool word = false;
        TRY(jsn_bool(&r->doc, a, "single_word", false, &word, e));
        if (word) return refuse(r, "added token with", "single_word", e);
        token.n = strlen(token.text);
        token.id = (int32_t)id;
        const jsn *word_id = jsn_get(vocab, token.text);
        const bool model = word_id && jsn_as_int(word_id) == id; /* a word may be spelled so, too */
        TRY(vocabulary_add(v, r->path, token.id, token.text, token.n, model, e));
        TRY(vocabulary_add_special(v, token, e));
    }
    return OK;
}

static int read_vocabulary(struct reader *r, const jsn *vocab, struct error *e)
{
    struct vocabulary *v = r->t->vocabulary;
    for (void *it = jsn_first(vocab); it; it = jsn_next(vocab, it)) {
        char text[4 * TOKEN_TEXT_MAX];
        const char *key = jsn_key(it);
        const int32_t id = (int32_t)jsn_as_int(jsn_value(it));
        if (v->length[id] && v->length[id] == strlen(key) &&
            !memcmp(v->text + v->at[id], key, v->length[id]))
            continue; /* an added token, spelled as it is */
        const int n = strlen(key) < sizeof text ? byte_level_read(key, strlen(key), text) : -1;
        if (n < 0) { /* not spelled in bytes: no word ever becomes it, but it has an id */
            TRY(vocabulary_add(v, r->path, id, key, strlen(key), false, e));
            continue;
        }
        TRY(vocabulary_add(v, r->path, id, text, (size_t)n, true, e));
    }
    return OK;
}

/* "a b", or ["a", "b"]. */
static int read_merge(struct reader *r, const jsn *merge, size_t rank, struct error *e)
{
    struct vocabulary *v = r->t->vocabulary;
    char text[2][4 * TOKEN_TEXT_MAX], both[2 * TOKEN_TEXT_MAX];
    const char *part[2] = {0};
    size_t size[2] = {0};
    if (jsn_is_string(merge)) {
        size_t n;
        part[0] = jsn_as_string(merge, &n);
        const char *space = strchr(part[0], ' ');
        if (space) {
            part[1] = space + 1;
            size[0] = (size_t)(space - part[0]);
            size[1] = n - size[0] - 1;
        }
    } else if (jsn_is_array(merge) && jsn_length(merge) == 2) {
        for (size_t i = 0; i < 2; i++)
            if (jsn_is_string(jsn_at(merge, i)))
                part[i] = jsn_as_string(jsn_at(merge, i), &size[i]);
    }
    int n[2] = {-1, -1};
    int32_t id[3] = {-1, -1, -1};
    for (int i = 0; i < 2 && part[i]; i++) {
        if (size[i] < sizeof text[i]) n[i] = byte_level_read(part[i], size[i], text[i]);
        if (n[i] > 0 && n[i] <= TOKEN_TEXT_MAX) id[i] = vocabulary_find(v, text[i], (size_t)n[i]);
    }
    if (id[0] >= 0 && id[1] >= 0) {
        memcpy(both, text[0], (size_t)n[0]);
        memcpy(both + n[0], text[1], (size_t)n[1]);
        id[2] = vocabulary_find(v, both, (size_t)(n[0] + n[1]));
    }
    if (id[2] < 0)
        return error_set(e, E_FORMAT, "'%s': merge %zu does not join two tokens to a third",
                         r->path, rank);
    vocabulary_merge(v, id[0], id[1], (int32_t)rank, id[2]);
    return OK;
}

static int read_model(struct reader *r, struct error *e)
{
    const jsn *root = r->doc.root, *model = jsn_get(root, "model");
    const jsn *vocab = jsn_get(model, "vocab"), *merges = jsn_get(model, "merges");
    const jsn *added = jsn_get(root, "added_tokens");
    int n = 0;
    if (!jsn_is_map(vocab) || !jsn_is_array(merges))
        return error_set(e, E_FORMAT,
                         "'%s' is no tokenizer.json of BPE: no model with vocab and "
                         "merges",
                         r->path);
    TRY(check_model(r, model, e));
    TRY(count_ids(r, vocab, added, &n, e));
    TRY(vocabulary_open(&r->t->vocabulary, n, jsn_length(merges), e));
    TRY(jsn_bool(&r->doc, model, "ignore_merges", false, &r->t->vocabulary->whole_words, e));
    TRY(read_added(r, vocab, added, e));
    TRY(read_vocabulary(r, vocab, e));
    for (size_t i = 0; i < jsn_length(merges); i++) TRY(read_merge(r, jsn_at(merges, i), i, e));
    TRY(read_normalizer(r, jsn_get(root, "normalizer"), e));
    TRY(splitter_open(&r->t->splitter, e));
    TRY(read_pre_tokenizer(r, jsn_get(root, "pre_tokenizer"), e));
    if (!r->byte_level)
        return error_set(e, E_FORMAT,
                         "'%s' has no ByteLevel pre-tokenizer: only byte-level BPE is read",
                         r->path);
    return tokenizer_finish(r->t, e);
}

int tokenizer_read_json(struct tokenizer *t, const char *path, struct error *e)
{
    const char *data;
    size_t n;
    struct reader r = {.t = t, .path = path};
    TRY(tokenizer_keep(t, 0, path, "tokenizer.json", &data, &n, e));
    TRY(jsn_open_text(&r.doc, path, data, n, e));
    const int status = read_model(&r, e);
    jsn_close(&r.doc);
    return status;
}
