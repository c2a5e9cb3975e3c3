/* data_tokenizer.c -- learn a vocabulary of byte pairs from text. */
#include <stdlib.h>

#include "src/base/progress.h"
#include "src/cli/data.h"
#include "src/data/tokenizer_train.h"

static void show(void *data, double done, double total, const char *unit)
{
    progress_update(data, done, total, unit, NULL);
}

static int run_tokenizer(struct cli *c, struct error *e)
{
    const char *out = NULL, *split = "gpt2", *field = "text";
    int64_t size = 4096, least = 2;
    const struct flag flags[] = {
        {"out", FLAG_STRING, &out, 0, 0, "FILE", "the tokenizer.json to write"},
        {"vocab-size", FLAG_INT, &size, 257, 1 << 20, "N", "tokens in all; default 4096"},
        {"split", FLAG_STRING, &split, 0, 0, "NAME", "gpt2 (default), llama3, qwen2 or o200k"},
        {"min-count", FLAG_INT, &least, 1, 1e12, "N", "rarer pairs stay apart; default 2"},
        {"field", FLAG_STRING, &field, 0, 0, "NAME", "field of .jsonl; default text"},
        {0},
    };
    struct corpus *corpus;
    struct bpe_report r;
    struct progress p;
    TRY(cli_parse(c, flags, 1, -1, e));
    if (!out) return error_set(e, E_USAGE, "%s: --out is missing", c->verb->name);
    TRY(corpus_open(&corpus, c->argc, (const char *const *)c->argv, field, true, e));
    progress_open(&p, stderr, "tokenizer", 0, c->quiet);
    const struct bpe_options o = {(int)size, least, split};
    const int status = bpe_train(corpus, &o, out, &r, show, &p, e);
    corpus_close(corpus);
    TRY(status);
    progress_close(&p, r.vocab_size, (double)size, "tokens", NULL);
    printf("%s: %d tokens from %lld documents, %lld bytes, %lld words (%lld different)\n", out,
           r.vocab_size, (long long)r.documents, (long long)r.bytes, (long long)r.words,
           (long long)r.different_words);
    if (r.vocab_size < size) cli_note(c, "the text has no more pairs that are common enough");
    return OK;
}

const struct verb job_tokenizer = {
    .name = "data tokenizer",
    .operands = "--out FILE [--vocab-size N] PATH...",
    .summary = "learn a byte-pair vocabulary from text",
    .help = "Learns byte-level byte pairs from .txt and .jsonl files (also .gz, .zst), globs, "
            "folders,\nor standard input (-), and writes a tokenizer.json that Hugging Face opens. "
            "The result\ndepends on the text alone, not on threads or the order of files.\n\n"
            "examples:\n"
            "  ropewalk data tokenizer --vocab-size 4096 --out bpe4096.json books/*.txt\n"
            "  ropewalk data tokenizer --split llama3 --out bpe.json corpus.jsonl.zst",
    .run = run_tokenizer,
};
