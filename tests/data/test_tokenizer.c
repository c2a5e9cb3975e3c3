/* Tokenizers: ids as Hugging Face gives them, whatever bytes come back, files that are refused.
 * tests/golden/tokenizers: bpe4096.json was trained, and all ids were made, by Hugging Face's
 * tokenizers; splits.json holds the ids of the same vocabulary under other pre-tokenizers. */
#include "src/base/json.h"
#include "src/data/tokenizer_internal.h"
#include "tests/base/scratch.h"

static const char folder[] = "tests/golden/tokenizers";

static struct tokenizer *open_it(const char *name)
{
    struct tokenizer *t;
    struct error e;
    MUST(tokenizer_open(&t, name, &e), &e);
    return t;
}

/* Encoding gives these ids. */
static void ids_are(const struct tokenizer *t, const char *text, size_t n, const jsn *want,
                    const char *what)
{
    int32_t *ids;
    size_t count;
    struct error e;
    MUST(tokenizer_encode(t, text, n, &ids, &count, &e), &e);
    for (size_t i = 0; i < count && i < jsn_length(want); i++)
        ck_assert_msg(ids[i] == jsn_as_int(jsn_at(want, i)), "%s: '%s': id %zu is %d, not %d", what,
                      text, i, ids[i], (int)jsn_as_int(jsn_at(want, i)));
    ck_assert_uint_eq(count, jsn_length(want));
    free(ids);
}

/* Decoding gives the text back. */
static void comes_back(const struct tokenizer *t, const char *text, size_t n)
{
    int32_t *ids;
    size_t count, at = 0;
    struct error e;
    MUST(tokenizer_encode(t, text, n, &ids, &count, &e), &e);
    for (size_t i = 0; i < count; i++) {
        size_t size;
        const char *piece = tokenizer_text(t, ids[i], &size);
        ck_assert_uint_le(at + size, n);
        ck_assert_mem_eq(text + at, piece, size);
        at += size;
    }
    ck_assert_uint_eq(at, n);
    free(ids);
}

TEST(trained_vocabulary)
{
    struct jsn_doc d;
    struct error e;
    char path[256];
    struct tokenizer *t = open_it("tests/golden/tokenizers/bpe4096.json");
    ck_assert_int_eq(t->vocab_size, 4096);
    ck_assert_int_eq(t->end_of_document, 0);
    snprintf(path, sizeof path, "%s/bpe4096-golden.json", folder);
    MUST(jsn_open(&d, path, &e), &e);
    ck_assert_uint_eq(jsn_length(d.root), 7);
    for (size_t i = 0; i < jsn_length(d.root); i++) {
        size_t n;
        const char *text = jsn_as_string(jsn_get(jsn_at(d.root, i), "text"), &n);
        ids_are(t, text, n, jsn_get(jsn_at(d.root, i), "ids"), "bpe4096");
        comes_back(t, text, n);
    }
    jsn_close(&d);
    tokenizer_close(t);
}
END

/* bpe4096.json with another normalizer, pre-tokenizer and ignore_merges. */
static void put_variant(const char *name, const jsn *split)
{
    char *text, *made;
    size_t n;
    struct error e;
    MUST(file_read_all("tests/golden/tokenizers/bpe4096.json", &text, &n, &e), &e);
    const char *from = strstr(text, "\"normalizer\""), *to = strstr(text, "\"post_processor\"");
    const char *flag = strstr(text, "\"ignore_merges\": false");
    ck_assert(from && to && flag);
    const char *value = jsn_as_bool(jsn_get(split, "ignore_merges")) ? "true " : "false";
    made = malloc(n + 8192);
    n = (size_t)sprintf(made, "%.*s\"normalizer\": %s, \"pre_tokenizer\": %s, %.*s",
                        (int)(from - text), text, jsn_as_string(jsn_get(split, "normalizer"), NULL),
                        jsn_as_string(jsn_get(split, "pre_tokenizer"), NULL), (int)(flag - to), to);
    n += (size_t)sprintf(made + n, "\"ignore_merges\": %s%s", value,
                         flag + strlen("\"ignore_merges\": false"));
    put_file(name, made, n);
    free(made);
    free(text);
}

TEST(splits_of_other_models)
{
    struct jsn_doc d;
    struct error e;
    MUST(jsn_open(&d, "tests/golden/tokenizers/splits.json", &e), &e);
    const jsn *texts = jsn_get(d.root, "texts"), *splits = jsn_get(d.root, "splits");
    ck_assert_uint_ge(jsn_length(splits), 9);
    for (size_t k = 0; k < jsn_length(splits); k++) {
        const jsn *s = jsn_at(splits, k), *ids = jsn_get(s, "ids");
        const char *name = jsn_as_string(jsn_get(s, "name"), NULL);
        put_variant("t.json", s);
        struct tokenizer *t = open_it(in_scratch("t.json"));
        for (size_t i = 0; i < jsn_length(texts); i++) {
            size_t n;
            const char *text = jsn_as_string(jsn_at(texts, i), &n);
            ids_are(t, text, n, jsn_at(ids, i), name);
            if (!strstr(name, "nfc") && strcmp(name, "gpt2space")) comes_back(t, text, n);
        }
        tokenizer_close(t);
    }
    jsn_close(&d);
}
END

TEST(any_bytes_come_back)
{
    static const char *const names[] = {"bytes", "tests/golden/tokenizers/bpe4096.json"};
    struct rng rng = rng_open(1, "bytes");
    char *text = malloc(1 << 16);
    for (int k = 0; k < 2; k++) {
        struct tokenizer *t = open_it(names[k]);
        for (int round = 0; round < 60; round++) {
            const size_t n = rng_below(&rng, round < 50 ? 200 : 1 << 16);
            const uint64_t alphabet = round % 3 ? 256 : 4;
            for (size_t i = 0; i < n; i++) text[i] = (char)rng_below(&rng, alphabet);
            comes_back(t, text, n);
        }
        comes_back(t, "", 0);
        tokenizer_close(t);
    }
    free(text);
}
END

/* The definition, slowly. */
static int merge_plainly(const struct tokenizer *t, const char *text, int n, int32_t *id)
{
    for (int i = 0; i < n; i++) id[i] = t->byte_token[(unsigned char)text[i]];
    for (;;) {
        const struct merge *best = NULL;
        int at = 0;
        for (int i = 0; i + 1 < n; i++) {
            const struct merge *m = vocabulary_pair(t->vocabulary, id[i], id[i + 1]);
            if (!m || (best && m->rank >= best->rank)) continue;
            best = m;
            at = i;
        }
        if (!best) return n;
        id[at] = best->id;
        memmove(id + at + 1, id + at + 2, (size_t)(--n - at - 1) * sizeof *id);
    }
}

TEST(words_of_every_length)
{
    struct tokenizer *t = open_it("tests/golden/tokenizers/bpe4096.json");
    struct rng rng = rng_open(2, "words");
    for (int n = 1; n <= 300; n++)
        for (int alphabet = 1; alphabet <= 9; alphabet += 4) {
            char text[300];
            int32_t want[300], *ids;
            size_t count;
            struct error e;
            for (int i = 0; i < n; i++) text[i] = "etaoinshr"[rng_below(&rng, (uint64_t)alphabet)];
            const int m = merge_plainly(t, text, n, want);
            MUST(tokenizer_encode(t, text, (size_t)n, &ids, &count, &e), &e);
            ck_assert_uint_eq(count, m);
            ck_assert_mem_eq(ids, want, count * sizeof *ids);
            free(ids);
        }
    tokenizer_close(t);
}
END

struct token_count {
    size_t n, ends;
};

static int count(void *to, const int32_t *id, size_t n, struct error *e)
{
    struct token_count *seen = to;
    (void)e;
    for (size_t i = 0; i < n; i++) seen->ends += id[i] == 0;
    seen->n += n;
    return OK;
}

TEST(documents_do_not_spell_special_tokens)
{
    struct tokenizer *t = open_it("tests/golden/tokenizers/bpe4096.json");
    struct encoder *c;
    struct error e;
    int32_t *ids;
    size_t n;
    MUST(tokenizer_encode(t, "a<|endoftext|>", 14, &ids, &n, &e), &e);
    ck_assert(n == 2 && ids[1] == 0);
    free(ids);
    MUST(encoder_open(&c, t, &e), &e);
    struct token_count seen = {0};
    MUST(encoder_run(c, "a<|endoftext|>", 14, false, count, &seen, &e), &e);
    ck_assert(seen.n > 4 && !seen.ends);
    encoder_close(c);
    tokenizer_close(t);
}
END

/* ---- one small vocabulary in three formats ---- */

static const char *const merges[][2] = {
    {"h", "e"}, {"l", "l"}, {"he", "ll"}, {"hell", "o"}, {" ", "hello"}, {"\xC3", "\xA9"},
};
enum { MERGES = sizeof merges / sizeof *merges };

static size_t spell(const char *text, char *out)
{
    size_t n = 0;
    for (; *text; text++) n += (size_t)byte_level_put((unsigned char)*text, out + n);
    out[n] = '\0';
    return n;
}

static void quote(FILE *f, const char *text, size_t n)
{
    fputc('"', f);
    for (size_t i = 0; i < n; i++)
        text[i] == '"' || text[i] == '\\' ? fprintf(f, "\\%c", text[i]) : fputc(text[i], f);
    fputc('"', f);
}

static void base64(FILE *f, const unsigned char *s, size_t n)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < n; i += 3) {
        const unsigned w = (unsigned)s[i] << 16 | (i + 1 < n ? (unsigned)s[i + 1] << 8 : 0) |
                           (i + 2 < n ? s[i + 2] : 0);
        fprintf(f, "%c%c%c%c", digit[w >> 18], digit[w >> 12 & 63],
                i + 1 < n ? digit[w >> 6 & 63] : '=', i + 2 < n ? digit[w & 63] : '=');
    }
}

static void write_formats(void)
{
    char text[64];
    FILE *bpe = fopen(in_scratch("vocab.bpe"), "w"), *map = fopen(in_scratch("encoder.json"), "w");
    FILE *tik = fopen(in_scratch("small.tiktoken"), "w");
    ck_assert(bpe && map && tik);
    fprintf(bpe, "#version: 0.2\n");
    fprintf(map, "{");
    for (int b = 0; b < 256; b++) {
        const unsigned char byte = (unsigned char)b;
        const int n = byte_level_put(byte, text);
        quote(map, text, (size_t)n);
        fprintf(map, ": %d, ", b);
        base64(tik, &byte, 1);
        fprintf(tik, " %d\n", b);
    }
    for (int i = 0; i < MERGES; i++) {
        char left[64], both[160];
        spell(merges[i][0], left);
        spell(merges[i][1], text);
        fprintf(bpe, "%s %s\n", left, text);
        snprintf(both, sizeof both, "%s%s", left, text);
        quote(map, both, strlen(both));
        fprintf(map, ": %d, ", 256 + i);
        snprintf(both, sizeof both, "%s%s", merges[i][0], merges[i][1]);
        base64(tik, (unsigned char *)both, strlen(both));
        fprintf(tik, " %d\n", 256 + i);
    }
    fprintf(map, "\"<|endoftext|>\": %d}", 256 + MERGES);
    ck_assert(!fclose(bpe) && !fclose(map) && !fclose(tik));
}

TEST(three_formats_agree)
{
    write_formats();
    char tik[600];
    snprintf(tik, sizeof tik, "%s@r50k_base", in_scratch("small.tiktoken"));
    struct tokenizer *a = open_it(scratch), *b = open_it(tik);
    struct tokenizer *c = open_it(in_scratch("small.tiktoken"));
    ck_assert_int_eq(a->vocab_size, 256 + MERGES + 1);
    ck_assert_int_eq(a->end_of_document, 256 + MERGES);
    ck_assert_int_eq(b->vocab_size, a->vocab_size); /* an end of a document of its own */
    ck_assert(!a->note && !b->note && c->note);
    ck_assert_str_ne(b->fingerprint, c->fingerprint); /* other splits are another tokenizer */
    const char text[] = "hello hello  helloo hell\xC3\xA9 he\nllo";
    const int32_t want[] = {259, 260, ' ', 260, 'o', ' ', 258, 261, ' ', 256, '\n', 257, 'o'};
    for (int k = 0; k < 2; k++) {
        int32_t *ids;
        size_t n;
        struct error e;
        MUST(tokenizer_encode(k ? b : a, text, sizeof text - 1, &ids, &n, &e), &e);
        ck_assert_uint_eq(n, sizeof want / sizeof *want);
        ck_assert_mem_eq(ids, want, sizeof want);
        free(ids);
    }
    tokenizer_close(a);
    tokenizer_close(b);
    tokenizer_close(c);
}
END

TEST(saved_beside_a_model)
{
    struct error e;
    char saved[512];
    write_formats();
    strcpy(saved, in_scratch("saved"));
    char named[600];
    snprintf(named, sizeof named, "%s@qwen2", in_scratch("small.tiktoken"));
    const char *const names[] = {"tests/golden/tokenizers/bpe4096.json", scratch,
                                 in_scratch("small.tiktoken"), named};
    for (int i = 0; i < 4; i++) {
        struct tokenizer *t = open_it(names[i]);
        MUST(file_make_directories(saved, &e), &e);
        ck_assert(!tokenizer_in_folder(saved));
        MUST(tokenizer_save(t, saved, &e), &e);
        ck_assert(tokenizer_in_folder(saved));
        struct tokenizer *u = open_it(saved);
        ck_assert_str_eq(t->fingerprint, u->fingerprint);
        tokenizer_close(t);
        tokenizer_close(u);
        MUST(file_remove_tree(saved, &e), &e);
    }
}
END

/* ---- files that are refused ---- */

static void refused(const char *name, int status, const char *text)
{
    struct tokenizer *t;
    struct error e = {0};
    const char *path = in_scratch(name);
    FAILS(tokenizer_open(&t, path, &e), status, &e, text, path);
    ck_assert_ptr_null(t);
}

#define BYTE_LEVEL "\"pre_tokenizer\":{\"type\":\"ByteLevel\",\"add_prefix_space\":false}"
#define MODEL                                                                                      \
    "\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0,\"b\":1,\"ab\":2},\"merges\":[\"a b\"]}"

TEST(what_is_not_done_is_named)
{
    static const struct {
        const char *text, *message;
    } bad[] = {
        {"{}", "'%s' is no tokenizer.json of BPE: no model with vocab and merges"},
        {"{" MODEL "}", "'%s' has no ByteLevel pre-tokenizer: only byte-level BPE is read"},
        {"{" BYTE_LEVEL ",\"normalizer\":{\"type\":\"NFKC\"}," MODEL "}",
         "'%s': normalizer 'NFKC' is not done here"},
        {"{\"pre_tokenizer\":{\"type\":\"Metaspace\"}," MODEL "}",
         "'%s': pre-tokenizer 'Metaspace' is not done here"},
        {"{" BYTE_LEVEL ",\"model\":{\"type\":\"Unigram\",\"vocab\":{},\"merges\":[]}}",
         "'%s': model 'Unigram' is not done here"},
        {"{" BYTE_LEVEL ",\"model\":{\"vocab\":{\"a\":0,\"b\":1},\"merges\":[\"a b\"]}}",
         "'%s': merge 0 does not join two tokens to a third"},
        {"{" BYTE_LEVEL ",\"model\":{\"vocab\":{\"a\":0,\"b\":0},\"merges\":[]}}",
         "'%s': id 0 stands twice"},
        {"{\"pre_tokenizer\":{\"type\":\"Split\",\"behavior\":\"MergedWithNext\",\"pattern\":"
         "{\"String\":\" \"}}," MODEL "}",
         "'%s': split behavior 'MergedWithNext' is not done here"},
        {"{\"pre_tokenizer\":{\"type\":\"Split\",\"behavior\":\"Isolated\",\"pattern\":{\"Regex\":"
         "\"\\\\w+\"}}," MODEL "}",
         "'%s': the split pattern '\\w+' has an escape sequence of another meaning at byte 0: not "
         "done"},
        {"{\"pre_tokenizer\":{\"type\":\"Split\",\"behavior\":\"Isolated\",\"pattern\":{\"Regex\":"
         "\"a{1,3}+\"}}," MODEL "}",
         "'%s': the split pattern 'a{1,3}+' has a repeated interval at byte 5: not done"},
        {"{\"added_tokens\":[{\"id\":3,\"content\":\"<m>\",\"single_word\":true}]," BYTE_LEVEL
         "," MODEL "}",
         "'%s': added token with 'single_word' is not done here"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        put_file("bad.json", bad[i].text, strlen(bad[i].text));
        refused("bad.json", E_FORMAT, bad[i].message);
    }
    put_file("bad.tiktoken", "QQ== 0\nQg== 5\n", 14);
    refused("bad.tiktoken", E_FORMAT,
            "%s:2: error: a token in base64 and its rank below 2 expected");
    put_file("void.tiktoken", "\n\n", 2);
    refused("void.tiktoken", E_FORMAT, "'%s' holds no tokens");
    put_file("spm.model", "\n\x0E\n\x05<unk>", 9);
    refused("spm.model", E_FORMAT,
            "'%s' looks like a SentencePiece model: only byte-level BPE is read");
    refused("none.json", E_USAGE,
            "unknown tokenizer '%s': neither `bytes` nor a file or folder that is there");
}
END

TEST(a_byte_without_a_token_is_an_error)
{
    put_file("ab.json", "{" BYTE_LEVEL "," MODEL "}", strlen("{" BYTE_LEVEL "," MODEL "}"));
    const char *path = in_scratch("ab.json");
    struct tokenizer *t = open_it(path);
    struct error e;
    int32_t *ids;
    size_t n;
    ck_assert_int_eq(t->vocab_size, 4);
    ck_assert_int_eq(t->end_of_document, 3);
    MUST(tokenizer_encode(t, "abab", 4, &ids, &n, &e), &e);
    ck_assert(n == 2 && ids[0] == 2 && ids[1] == 2);
    free(ids);
    FAILS(tokenizer_encode(t, "abc", 3, &ids, &n, &e), E_FORMAT, &e,
          "byte 0x63 has no token in '%s'", path);
    tokenizer_close(t);
}
END

TEST(added_tokens_take_white_space)
{
    static const char json[] =
        "{\"added_tokens\":[{\"id\":3,\"content\":\"<l>\",\"lstrip\":true},{\"id\":4,\"content\":"
        "\"<r>\",\"rstrip\":true,\"normalized\":false}]," BYTE_LEVEL "," MODEL "}";
    static const char text[] = "ab \xE3\x80\x80\t<l>a<r> \n b<l><r>";
    const int32_t want[] = {2, 3, 0, 4, 1, 3, 4};
    put_file("strip.json", json, sizeof json - 1);
    struct tokenizer *t = open_it(in_scratch("strip.json"));
    struct error e;
    int32_t *ids;
    size_t n;
    MUST(tokenizer_encode(t, text, sizeof text - 1, &ids, &n, &e), &e);
    ck_assert_uint_eq(n, 7);
    ck_assert_mem_eq(ids, want, sizeof want);
    free(ids);
    tokenizer_close(t);
}
END

/* Every byte of a file changed in some ways: an error, or a tokenizer that works. */
static void damage(const char *name, const char *text, size_t n)
{
    static const char sample[] = "abab 12 \xC3\xA9\n";
    char *copy = malloc(n);
    for (size_t i = 0; i < n; i++)
        for (int k = 0; k < 6; k++) {
            struct tokenizer *t;
            struct error e;
            int32_t *ids;
            size_t count;
            memcpy(copy, text, n);
            copy[i] = (char)(k == 0 ? copy[i] ^ 1 : k == 1 ? copy[i] ^ 0x80 : "0\"}["[k - 2]);
            put_file(name, copy, k == 5 ? i : n);
            if (tokenizer_open(&t, in_scratch(name), &e)) continue;
            if (!tokenizer_encode(t, sample, sizeof sample - 1, &ids, &count, &e)) free(ids);
            tokenizer_close(t);
        }
    free(copy);
}

TEST(damaged_files_never_crash)
{
    static const char json[] =
        "{\"added_tokens\":[{\"id\":3,\"content\":\"<e>\",\"special\":true}],\"normalizer\":"
        "{\"type\":\"NFC\"},\"pre_tokenizer\":{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":"
        "\"Split\",\"pattern\":{\"Regex\":\"\\\\p{N}{1,3}|[^\\\\s]+\"},\"behavior\":\"Isolated\"},"
        "{\"type\":\"ByteLevel\",\"add_prefix_space\":false,\"use_regex\":false}]},"
        "\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0,\"b\":1,\"ab\":2},\"merges\":[[\"a\",\"b\"]"
        "]}}";
    struct tokenizer *t;
    struct error e;
    put_file("whole.json", json, sizeof json - 1);
    MUST(tokenizer_open(&t, in_scratch("whole.json"), &e), &e);
    tokenizer_close(t);
    damage("damaged.json", json, sizeof json - 1);
    damage("damaged.tiktoken", "YQ== 0\nYg== 1\nYWI= 2\n", 22);
}
END

int main(void)
{
    scratch_open();
    return scratch_close(run_tests(
        "tokenizer", trained_vocabulary, splits_of_other_models, any_bytes_come_back,
        words_of_every_length, documents_do_not_spell_special_tokens, three_formats_agree,
        saved_beside_a_model, what_is_not_done_is_named, a_byte_without_a_token_is_an_error,
        added_tokens_take_white_space, damaged_files_never_crash, NULL));
}
