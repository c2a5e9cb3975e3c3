/* Learned vocabularies: the merges of Hugging Face's trainer, whatever the threads and the files. */
#include "src/base/json.h"
#include "src/data/tokenizer.h"
#include "src/data/tokenizer_train.h"
#include "tests/base/scratch.h"

static struct bpe_report report;

static int train(const char *path, const char *out, const struct bpe_options *o, struct error *e)
{
    struct corpus *c;
    TRY(corpus_open(&c, 1, &path, NULL, true, e));
    const int status = bpe_train(c, o, out, &report, NULL, NULL, e);
    corpus_close(c);
    return status;
}

/* The texts of bpe4096-golden.json, a file each. */
static void put_texts(void)
{
    struct jsn_doc d;
    struct error e;
    MUST(jsn_open(&d, "tests/golden/tokenizers/bpe4096-golden.json", &e), &e);
    MUST(file_make_directories(in_scratch("texts"), &e), &e);
    for (size_t i = 0; i < jsn_length(d.root); i++) {
        char name[32];
        size_t n;
        const char *text = jsn_as_string(jsn_get(jsn_at(d.root, i), "text"), &n);
        snprintf(name, sizeof name, "texts/%zu.txt", i);
        put_file(name, text, n);
    }
    jsn_close(&d);
}

/* merges.json: what tokenizers' BpeTrainer learned from these texts with a vocabulary of 500, a
 * least frequency of 2 and the whole alphabet. */
TEST(merges_of_another_trainer)
{
    struct error e;
    struct jsn_doc want, is;
    put_texts();
    MUST(train(in_scratch("texts"), in_scratch("a.json"), &(struct bpe_options){500, 2, NULL}, &e),
         &e);
    ck_assert_int_eq(report.documents, 7);
    MUST(jsn_open(&want, "tests/golden/tokenizers/merges.json", &e), &e);
    MUST(jsn_open(&is, in_scratch("a.json"), &e), &e);
    const jsn *merges = jsn_get(jsn_get(is.root, "model"), "merges");
    ck_assert_uint_eq(jsn_length(merges), jsn_length(want.root));
    ck_assert_int_eq(report.vocab_size, 257 + (int)jsn_length(merges));
    for (size_t i = 0; i < jsn_length(merges); i++)
        ck_assert_str_eq(jsn_as_string(jsn_at(merges, i), NULL),
                         jsn_as_string(jsn_at(want.root, i), NULL));
    jsn_close(&want);
    jsn_close(&is);
}
END

static void same_files(const char *a, const char *b)
{
    char *x, *y;
    size_t n, m;
    struct error e;
    MUST(file_read_all(in_scratch(a), &x, &n, &e), &e);
    MUST(file_read_all(in_scratch(b), &y, &m, &e), &e);
    ck_assert_uint_eq(n, m);
    ck_assert_mem_eq(x, y, n);
    free(x);
    free(y);
}

TEST(threads_and_files_do_not_matter)
{
    struct error e;
    const struct bpe_options o = {400, 1, "llama3"};
    FILE *f = fopen(in_scratch("one.jsonl"), "w");
    put_texts();
    struct jsn_doc d;
    MUST(jsn_open(&d, "tests/golden/tokenizers/bpe4096-golden.json", &e), &e);
    for (size_t i = jsn_length(d.root); i-- > 0;) {
        struct jsn_out line;
        jsn_out_open(&line, false);
        jsn_map_begin(&line, NULL);
        jsn_put_string(&line, "text", jsn_as_string(jsn_get(jsn_at(d.root, i), "text"), NULL));
        jsn_map_end(&line);
        if (i != 3) fprintf(f, "%s\n", line.text); /* 3 holds a NUL */
        jsn_out_close(&line);
    }
    jsn_close(&d);
    fputs("{\"text\": \"\\u0000\\u0001\\u007f\"}\n", f);
    ck_assert_int_eq(fclose(f), 0);
    parallel_init(1);
    MUST(train(in_scratch("texts"), in_scratch("a.json"), &o, &e), &e);
    parallel_init(3);
    MUST(train(in_scratch("texts"), in_scratch("b.json"), &o, &e), &e);
    MUST(train(in_scratch("one.jsonl"), in_scratch("c.json"), &o, &e), &e);
    same_files("a.json", "b.json");
    same_files("a.json", "c.json");
}
END

TEST(what_is_learned_encodes)
{
    struct error e;
    struct tokenizer *t;
    int32_t *ids;
    size_t n, at = 0;
    char text[512];
    put_texts();
    MUST(train(in_scratch("texts"), in_scratch("a.json"), &(struct bpe_options){700, 1, "qwen2"},
               &e),
         &e);
    MUST(tokenizer_open(&t, in_scratch("a.json"), &e), &e);
    ck_assert_int_eq(t->vocab_size, report.vocab_size);
    ck_assert_int_eq(t->end_of_document, 0);
    for (int i = 0; i < 512; i++) text[i] = (char)(i * 7);
    MUST(tokenizer_encode(t, text, sizeof text, &ids, &n, &e), &e);
    for (size_t i = 0; i < n; i++) {
        size_t size;
        const char *piece = tokenizer_text(t, ids[i], &size);
        ck_assert_mem_eq(text + at, piece, size);
        at += size;
    }
    ck_assert_uint_eq(at, sizeof text);
    free(ids);
    tokenizer_close(t);
}
END

TEST(what_cannot_be_learned)
{
    struct error e;
    const char *out = in_scratch("no.json");
    put_file("bad.jsonl", "{\"text\":\"a\"}\n{\"text\":", 21);
    FAILS(train(in_scratch("bad.jsonl"), out, &(struct bpe_options){300, 1, NULL}, &e), E_FORMAT,
          &e, "%s/bad.jsonl:2:9: error: invalid JSON: the line ends where a value should stand",
          scratch);
    FAILS(train(in_scratch("bad.jsonl"), out, &(struct bpe_options){256, 1, NULL}, &e), E_USAGE, &e,
          "a vocabulary of 256 is less than the 256 bytes and the end of a document");
    FAILS(train(in_scratch("bad.jsonl"), out, &(struct bpe_options){300, 1, "gpt3"}, &e), E_USAGE,
          &e, "unknown split 'gpt3'; valid: gpt2, llama3, qwen2, o200k");
    put_file("few.txt", "ababab", 6);
    MUST(train(in_scratch("few.txt"), out, &(struct bpe_options){300, 1, NULL}, &e), &e);
    ck_assert_int_eq(report.vocab_size, 257 + 3); /* ab, abab, ababab */
    put_file("none.txt", "", 0);
    MUST(train(in_scratch("none.txt"), out, &(struct bpe_options){300, 1, NULL}, &e), &e);
    ck_assert_int_eq(report.vocab_size, 257);
}
END

int main(void)
{
    parallel_init(2);
    scratch_open();
    return scratch_close(run_tests("tokenizer_train", merges_of_another_trainer,
                                   threads_and_files_do_not_matter, what_is_learned_encodes,
                                   what_cannot_be_learned, NULL));
}
