/* Prepared corpora: the same documents as their text, whatever the threads, the packing, the size
 * of shards, and after being stopped anywhere; what is broken is counted or refused. */
#include "src/data/inspect.h"
#include "tests/data/corpora.h"

static struct manifest m; /* of the last preparation: its counts stay readable */

static void put_text(const char *name, const char *text)
{
    put_file(name, text, strlen(text));
}

static void must_prepare(const char *path, const char *out, struct prepare_options o)
{
    struct error e;
    o.out = out;
    MUST(prepare_with(o, path, &m, &e), &e);
}

/* All files of two folders. */
static void same_folders(const char *a, const char *b)
{
    char **x, **y;
    size_t n, k;
    struct error e;
    MUST(file_list(a, &x, &n, &e), &e);
    MUST(file_list(b, &y, &k, &e), &e);
    ck_assert_uint_eq(n, k);
    for (size_t i = 0; i < n; i++) {
        char path[2][1024], *text[2];
        size_t size[2];
        ck_assert_str_eq(x[i], y[i]);
        snprintf(path[0], sizeof path[0], "%s/%s", a, x[i]);
        snprintf(path[1], sizeof path[1], "%s/%s", b, x[i]);
        for (int s = 0; s < 2; s++) MUST(file_read_all(path[s], &text[s], &size[s], &e), &e);
        ck_assert_uint_eq(size[0], size[1]);
        ck_assert_msg(!memcmp(text[0], text[1], size[0]), "%s differs", x[i]);
        free(text[0]);
        free(text[1]);
    }
    file_list_free(x, n);
    file_list_free(y, k);
}

TEST(prepared_is_the_text)
{
    static const char *const tokenizers[] = {"bytes", bpe};
    put_lines("lines.jsonl");
    for (int k = 0; k < 2; k++) {
        char out[512];
        snprintf(out, sizeof out, "%s", in_scratch(k ? "out-bpe" : "out-bytes"));
        must_prepare(in_scratch("lines.jsonl"), out,
                     (struct prepare_options){.tokenizer = tokenizers[k], .shard_tokens = 700});
        ck_assert_int_eq(m.documents, 90);
        ck_assert_int_eq(m.empty, 5);
        ck_assert_int_gt(m.shards, 2);
        struct data *a = open_source_at(in_scratch("lines.jsonl"), tokenizers[k], 0.1);
        struct data *b = open_source_at(out, tokenizers[k], 0.1);
        same_documents(a, b);
        char text[TOKEN_TEXT_MAX]; /* the end of a document is no text, however it is spelled */
        ck_assert_int_eq(data_decode(a, data_tokenizer(a)->end_of_document, text), 0);
        ck_assert_double_eq(data_bytes_per_token(a, 0, SPLIT_TRAIN),
                            data_bytes_per_token(b, 0, SPLIT_TRAIN));
        data_close(a);
        data_close(b);
    }
}
END

TEST(a_run_trains_on_either_alike)
{
    struct data *d[2];
    struct stream *s[2];
    struct batch b[2];
    struct error e;
    put_lines("lines.jsonl");
    must_prepare(in_scratch("lines.jsonl"), in_scratch("run"),
                 (struct prepare_options){.tokenizer = bpe});
    for (int k = 0; k < 2; k++) {
        d[k] = open_source_at(in_scratch(k ? "run" : "lines.jsonl"), bpe, 0.1);
        MUST(stream_open(&s[k], d[k], NULL, 64, 1, &e), &e);
        MUST(batch_open(&b[k], 512, &e), &e);
    }
    for (int step = 0; step < 20; step++) {
        const struct data_clock clock = {.tokens = 512 * step, .total = 20 * 512, .step = step};
        for (int k = 0; k < 2; k++) MUST(stream_next(s[k], &clock, 512, 64, &b[k], &e), &e);
        ck_assert_mem_eq(b[0].token, b[1].token, 512 * sizeof *b[0].token);
        ck_assert_mem_eq(b[0].target, b[1].target, 512 * sizeof *b[0].target);
        for (int i = 0; i < 512; i++) ck_assert_int_lt(b[0].token[i], 4096);
    }
    for (int k = 0; k < 2; k++) {
        batch_close(&b[k]);
        stream_close(s[k]);
        data_close(d[k]);
    }
}
END

TEST(threads_do_not_matter)
{
    put_lines("lines.jsonl");
    const struct prepare_options o = {.tokenizer = bpe, .shard_tokens = 500};
    parallel_init(1);
    must_prepare(in_scratch("lines.jsonl"), in_scratch("one"), o);
    parallel_init(3);
    must_prepare(in_scratch("lines.jsonl"), in_scratch("three"), o);
    same_folders(in_scratch("one"), in_scratch("three"));
}
END

TEST(long_texts_are_encoded_in_pieces)
{
    enum { SIZE = 5 << 20 };
    char *text = malloc(SIZE);
    int32_t *ids;
    size_t n;
    int64_t k;
    struct error e;
    struct tokenizer *t;
    fill_words(text, SIZE, 3);
    put_file("long.txt", text, SIZE);
    must_prepare(in_scratch("long.txt"), in_scratch("long"),
                 (struct prepare_options){.tokenizer = bpe, .shard_tokens = 1000});
    ck_assert_int_eq(m.documents, 1);
    ck_assert_int_eq(m.bytes, SIZE);
    MUST(tokenizer_open(&t, bpe, &e), &e);
    MUST(tokenizer_encode(t, text, SIZE, &ids, &n, &e), &e);
    struct data *d = open_source_at(in_scratch("long"), bpe, 0);
    struct data *whole = open_source_at(in_scratch("long.txt"), bpe, 0);
    int32_t *is = document_of(d, 0, &k);
    ck_assert_int_eq(k, n);
    ck_assert_mem_eq(is, ids, n * sizeof *ids);
    ck_assert(d->source[0].type->hash(d->source[0].self, 0) ==
              whole->source[0].type->hash(whole->source[0].self, 0));
    data_close(d);
    data_close(whole);
    tokenizer_close(t);
    free(is);
    free(ids);
    free(text);
}
END

/* {"text":"packed one"}\n{"text":"packed two"}\n, by gzip and by zstd */
static const unsigned char gz[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0xff,
                                   0xab, 0x56, 0x2a, 0x49, 0xad, 0x28, 0x51, 0xb2, 0x52, 0x2a,
                                   0x48, 0x4c, 0xce, 0x4e, 0x4d, 0x51, 0xc8, 0xcf, 0x4b, 0x55,
                                   0xaa, 0xe5, 0xaa, 0x46, 0x13, 0x2d, 0x29, 0xcf, 0x07, 0x8a,
                                   0x02, 0x00, 0x2b, 0x78, 0xd9, 0x45, 0x2c, 0x00, 0x00, 0x00};
static const unsigned char zst[] = {
    0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58, 0x15, 0x01, 0x00, 0xe0, 0x7b, 0x22, 0x74, 0x65, 0x78,
    0x74, 0x22, 0x3a, 0x22, 0x70, 0x61, 0x63, 0x6b, 0x65, 0x64, 0x20, 0x6f, 0x6e, 0x65, 0x22,
    0x7d, 0x0a, 0x74, 0x77, 0x6f, 0x22, 0x7d, 0x0a, 0x01, 0x00, 0x12, 0x99, 0x4d};

TEST(packed_files_and_folders)
{
    struct error e;
    unsigned char twice[2 * sizeof gz];
    memcpy(twice, gz, sizeof gz);
    memcpy(twice + sizeof gz, gz, sizeof gz);
    MUST(file_make_directories(in_scratch("in/deep"), &e), &e);
    put_file("in/a.jsonl.gz", twice, sizeof twice);
    put_file("in/b.jsonl.zst", zst, sizeof zst);
    put_file("in/deep/c.txt", "packed one", 10);
    put_file("in/other.md", "no", 2);
    must_prepare(in_scratch("in"), in_scratch("packed"), (struct prepare_options){0});
    ck_assert_int_eq(m.documents, 7);
    struct data *d = open_source_at(in_scratch("packed"), NULL, 0);
    for (int64_t i = 0; i < 7; i++) {
        int64_t n;
        int32_t *id = document_of(d, i, &n);
        ck_assert_int_eq(n, 10);
        for (int k = 0; k < 10; k++)
            ck_assert_int_eq(id[k], (i == 6 || i % 2 == 0 ? "packed one" : "packed two")[k]);
        free(id);
    }
    data_close(d);
}
END

static void refused(const char *name, const char *out, int status, const char *text)
{
    struct error e = {0};
    const struct prepare_options o = {.out = in_scratch(out)};
    FAILS(prepare_with(o, in_scratch(name), &m, &e), status, &e, text, scratch);
}

TEST(broken_input_is_refused_with_its_place)
{
    put_text("cut.jsonl", "{\"text\":\"a\"}\n\n{\"text\":\"b");
    put_text("field.jsonl", "{\"text\":\"a\"}\n{\"txt\":\"b\"}\n");
    put_file("utf8.jsonl", "{\"text\":\"a\xFF\"}\n", 14);
    put_file("nul.jsonl", "{\"text\":\"a\0\"}\n", 14);
    put_file("cut.jsonl.gz", gz, sizeof gz - 9);
    put_file("cut.jsonl.zst", zst, sizeof zst - 5);
    unsigned char bad[sizeof gz];
    memcpy(bad, gz, sizeof gz);
    bad[20] ^= 0x55;
    put_file("bad.jsonl.gz", bad, sizeof bad);
    put_file("void.jsonl", "{\"text\":\"\"}\n", 12);
    put_file("x.pdf", "?", 1);
    refused("cut.jsonl", "b1", E_FORMAT,
            "%s/cut.jsonl:3:11: error: invalid JSON: the line ends inside a string");
    refused("field.jsonl", "b2", E_FORMAT, "%s/field.jsonl:2:1: error: no field 'text'");
    refused("utf8.jsonl", "b3", E_FORMAT,
            "%s/utf8.jsonl:1:11: error: invalid JSON: invalid UTF-8 in a string");
    refused("nul.jsonl", "b4", E_FORMAT,
            "%s/nul.jsonl:1:11: error: invalid JSON: control character in a string");
    refused("cut.jsonl.gz", "b5", E_FORMAT,
            "'%s/cut.jsonl.gz' ends in the middle: it was cut at byte 41");
    refused("cut.jsonl.zst", "b6", E_FORMAT,
            "'%s/cut.jsonl.zst' ends in the middle: it was cut at byte 38");
    refused("bad.jsonl.gz", "b7", E_FORMAT,
            "'%s/bad.jsonl.gz' is damaged near byte 24: invalid distance too far back");
    refused("void.jsonl", "b8", E_FORMAT, "nothing to prepare: 1 documents, none with text");
    refused("x.pdf", "b9", E_USAGE,
            "'%s/x.pdf' is neither .txt nor .jsonl, nor one of them as .gz or .zst");
    refused("none.txt", "b10", E_IO, "cannot open '%s/none.txt': No such file or directory");
}
END

TEST(text_that_cannot_be_encoded_is_named)
{
    struct error e;
    static const char model[] =
        "{\"pre_tokenizer\":{\"type\":\"ByteLevel\",\"add_prefix_space\":false},\"model\":"
        "{\"vocab\":{\"a\":0,\"b\":1},\"merges\":[]}}";
    put_text("ab.json", model);
    put_text("abc.jsonl", "{\"text\":\"ab\"}\n{\"text\":\"ba\"}\n{\"text\":\"abc\"}\n");
    const struct prepare_options o = {.out = in_scratch("ab"), .tokenizer = in_scratch("ab.json")};
    FAILS(prepare_with(o, in_scratch("abc.jsonl"), &m, &e), E_FORMAT, &e,
          "%s/abc.jsonl:3: error: byte 0x63 has no token in '%s/ab.json'", scratch, scratch);
    struct data *d;
    FAILS(try_open(&d, in_scratch("abc.jsonl"), in_scratch("ab.json"), 0, &e), E_FORMAT, &e,
          "source 's': document 2: byte 0x63 has no token in '%s/ab.json'", scratch);
}
END

TEST(broken_lines_can_be_counted)
{
    put_text("some.jsonl", "{\"text\":\"a\"}\n{\"txt\":\"b\"}\nnonsense\n{\"text\":\"c\"}");
    must_prepare(in_scratch("some.jsonl"), in_scratch("some"),
                 (struct prepare_options){.skip_broken = true});
    ck_assert_int_eq(m.documents, 2);
    ck_assert_int_eq(m.broken, 2);
    ck_assert_int_eq(m.consumed, 4);
}
END

TEST(any_bytes_are_kept)
{
    struct error e;
    unsigned char all[512];
    int64_t n;
    for (int i = 0; i < 512; i++) all[i] = (unsigned char)(i * 37);
    MUST(file_make_directories(in_scratch("raw"), &e), &e);
    put_file("raw/a.txt", all, sizeof all);
    put_file("raw/b.txt", "fine\0NUL", 8);
    put_file("raw/c.txt", "", 0);
    must_prepare(in_scratch("raw"), in_scratch("raw-out"), (struct prepare_options){0});
    ck_assert_int_eq(m.documents, 2);
    ck_assert_int_eq(m.invalid_utf8, 1);
    ck_assert_int_eq(m.empty, 1);
    struct data *d = open_source_at(in_scratch("raw-out"), NULL, 0);
    int32_t *id = document_of(d, 0, &n);
    ck_assert_int_eq(n, 512);
    for (int i = 0; i < 512; i++) ck_assert_int_eq(id[i], all[i]);
    free(id);
    id = document_of(d, 1, &n);
    ck_assert_int_eq(n, 8);
    ck_assert_int_eq(id[4], 0);
    free(id);
    data_close(d);
}
END

/* Six files of the same lines; the text of one. */
static char *put_files(const char *folder, size_t *n)
{
    char name[64], *text;
    struct error e;
    MUST(file_make_directories(in_scratch(folder), &e), &e);
    for (int i = 0; i < 6; i++) {
        snprintf(name, sizeof name, "%s/%d.jsonl", folder, i);
        put_lines(name);
    }
    MUST(file_read_all(in_scratch(name), &text, n, &e), &e);
    return text;
}

/* Stopped by a broken line after some shards; mended, it goes on to the same bytes. */
TEST(goes_on_where_it_stopped)
{
    struct error e;
    char out[512], in[512], name[32];
    size_t n;
    char *text = put_files("stops", &n);
    snprintf(out, sizeof out, "%s", in_scratch("again"));
    snprintf(in, sizeof in, "%s", in_scratch("stops"));
    const struct prepare_options o = {
        .tokenizer = bpe, .shard_tokens = 700, .out = out, .block = 1};
    must_prepare(in, in_scratch("fresh"),
                 (struct prepare_options){.tokenizer = bpe, .shard_tokens = 700});
    for (int i = 5; i > 0; i -= 2) {
        snprintf(name, sizeof name, "stops/%d.jsonl", i);
        put_file(name, text, n / 2);
    }
    for (int i = 1; i < 6; i += 2) {
        ck_assert_int_eq(prepare_with(o, in, &m, &e), E_FORMAT);
        snprintf(name, sizeof name, "stops/%d.jsonl", i);
        put_file(name, text, n);
        struct data *d;
        FAILS(try_open(&d, out, bpe, 0, &e), E_USAGE, &e,
              "'%s' is not prepared to its end: the same `data prepare` goes on", out);
    }
    put_text("again/shard-00002.bin.4711-0.tmp", "a kill left this");
    put_text("again/tokenizer.json.4711-3.tmp", "and this");
    must_prepare(in, out, o);
    same_folders(in_scratch("fresh"), out);
    must_prepare(in, out, o); /* once more: nothing to do */
    same_folders(in_scratch("fresh"), out);
    free(text);
}
END

TEST(goes_on_with_nothing_else)
{
    struct error e;
    char out[512], in[512];
    size_t n;
    char *text = put_files("others", &n);
    snprintf(out, sizeof out, "%s", in_scratch("other"));
    snprintf(in, sizeof in, "%s", in_scratch("others"));
    struct prepare_options o = {.shard_tokens = 700, .out = out, .block = 1};
    put_file("others/4.jsonl", text, n / 2);
    ck_assert_int_eq(prepare_with(o, in, &m, &e), E_FORMAT);
    text[20] ^= 32;
    put_file("others/4.jsonl", text, n);
    put_file("others/0.jsonl", text, n);
    FAILS(prepare_with(o, in, &m, &e), E_USAGE, &e,
          "the input is not what '%s' was begun with: --fresh begins it again", out);
    for (int i = 0; i < 6; i++) {
        char name[32];
        snprintf(name, sizeof name, "others/%d.jsonl", i);
        put_file(name, text, 0);
    }
    FAILS(prepare_with(o, in, &m, &e), E_USAGE, &e,
          "the input is not what '%s' was begun with: --fresh begins it again", out);
    o.tokenizer = bpe;
    FAILS(prepare_with(o, in, &m, &e), E_USAGE, &e,
          "'%s' holds a preparation of other files or with other settings: --fresh throws it away",
          out);
    o.fresh = true;
    free(put_files("others", &n));
    must_prepare(in, out, o);
    ck_assert_int_eq(m.documents, 6 * 90);
    free(text);
}
END

/* ---- shards that lie ---- */

static char *shard_text, *index_text;
static size_t shard_n, index_n;

static void lie(const char *name, const char *text, size_t n, size_t at, uint64_t word, size_t size)
{
    char *copy = malloc(n);
    memcpy(copy, text, n);
    memcpy(copy + at, &word, size);
    put_file(name, copy, n);
    free(copy);
}

static void lies(const char *text)
{
    struct error e;
    struct data *d;
    FAILS(try_open(&d, in_scratch("lie"), NULL, 0, &e), E_FORMAT, &e, text, scratch);
    put_file("lie/shard-00000.bin", shard_text, shard_n);
    put_file("lie/shard-00000.idx", index_text, index_n);
}

TEST(a_shard_that_lies_is_refused)
{
    struct error e;
    put_file("two.jsonl", "{\"text\":\"abc\"}\n{\"text\":\"de\"}\n", 29);
    must_prepare(in_scratch("two.jsonl"), in_scratch("lie"), (struct prepare_options){0});
    MUST(file_read_all(in_scratch("lie/shard-00000.bin"), &shard_text, &shard_n, &e), &e);
    MUST(file_read_all(in_scratch("lie/shard-00000.idx"), &index_text, &index_n, &e), &e);
    ck_assert_uint_eq(shard_n, 1024 + 2 * 7);
    ck_assert_uint_eq(index_n, 64 + 2 * 24);
    MUST(inspect_verify(in_scratch("lie"), &e), &e);
#define INDEX(at, word) lie("lie/shard-00000.idx", index_text, index_n, at, word, 8)
#define SHARD(at, word, size) lie("lie/shard-00000.bin", shard_text, shard_n, at, word, size)
    INDEX(64, 3);
    lies("'%s/lie/shard-00000.idx': document 0 ends at token 2, which is 99, not the end of a "
         "document (256)");
    INDEX(64, 1);
    lies("'%s/lie/shard-00000.idx': document 0 ends at token 1, not in [2, 7]");
    INDEX(64 + 24, 8);
    lies("'%s/lie/shard-00000.idx': document 1 ends at token 8, not in [6, 7]");
    INDEX(16, 3);
    lies("'%s/lie/shard-00000.idx' is of 3 documents and 7 tokens in 112 bytes: the shard has 2 "
         "and 7");
    INDEX(0, 0);
    lies("'%s/lie/shard-00000.idx' is no index of documents");
    SHARD(8, 8, 4);
    lies("'%s/lie/shard-00000.bin' has 1038 bytes, not those of its header's 8 tokens");
    SHARD(1026, 300, 2);
    lies("'%s/lie/shard-00000.bin' holds id 300, which is not in [0, 257)");
    SHARD(0, 7, 4);
    lies("'%s/lie/shard-00000.bin' is no shard of tokens: its header begins 7 1");
    put_file("lie/shard-00000.bin", shard_text, 100);
    lies("'%s/lie/shard-00000.bin' has 100 bytes: too short for a header");
    SHARD(1026, 'x', 2); /* a change that only the hash shows */
    ck_assert_int_eq(inspect_verify(in_scratch("lie"), &e), E_FORMAT);
    struct data *d;
    FAILS(try_open(&d, in_scratch("lie"), bpe, 0, &e), E_USAGE, &e,
          "'%s' was prepared with tokenizer bytes, not '%s'", in_scratch("lie"), bpe);
    free(shard_text);
    free(index_text);
}
END

TEST(inspection_counts_pairs)
{
    struct error e;
    struct inspection x;
    char text[64], name[64];
    int64_t document;
    put_file("pairs.jsonl", "{\"text\":\"abcde\"}\n{\"text\":\"fg\"}\n{\"text\":\"\"}\n", 43);
    struct data *d = open_source_at(in_scratch("pairs.jsonl"), NULL, 0);
    MUST(inspect_source(d, 0, &x, &e), &e);
    ck_assert(x.documents == 2 && x.empty == 1 && x.tokens == 7 && x.bytes == 7);
    ck_assert(x.shortest == 2 && x.median == 5 && x.longest == 5);
    ck_assert(x.class_documents[1] == 1 && x.class_documents[2] == 1 && x.class_tokens[2] == 5);
    /* 10 + 1 pairs; of five tokens 6 are farther apart than 1, 3 than 2, none than 4 */
    ck_assert_double_eq_tol(x.beyond[0], 6.0 / 11, 1e-15);
    ck_assert_double_eq_tol(x.beyond[1], 3.0 / 11, 1e-15);
    ck_assert_double_eq(x.beyond[2], 0);
    const size_t n = inspect_sample(d, 0, 0, text, 3, &document);
    snprintf(name, sizeof name, "%.*s", (int)n, text);
    ck_assert_str_eq(name, document ? "fg" : "abc");
    data_close(d);
}
END

int main(void)
{
    parallel_init(2);
    scratch_open();
    return scratch_close(run_tests(
        "prepare", prepared_is_the_text, a_run_trains_on_either_alike, threads_do_not_matter,
        long_texts_are_encoded_in_pieces, packed_files_and_folders,
        broken_input_is_refused_with_its_place, text_that_cannot_be_encoded_is_named,
        broken_lines_can_be_counted, any_bytes_are_kept, goes_on_where_it_stopped,
        goes_on_with_nothing_else, a_shard_that_lies_is_refused, inspection_counts_pairs, NULL));
}
