/* data_prepare.c -- text to shards of tokens. */
#include <stdlib.h>

#include "src/base/progress.h"
#include "src/cli/data.h"
#include "src/data/prepare.h"

struct shown {
    struct cli *c;
    struct progress bar;
    double done;
};

static void show(void *data, double done, double total)
{
    struct shown *s = data;
    s->done = done;
    progress_update(&s->bar, done, total, "B", NULL);
}

static void tell(void *data, const char *text)
{
    progress_message(&((struct shown *)data)->bar, "note: %s", text);
}

static void print_manifest(const struct manifest *m, const char *out)
{
    printf("%s: %lld documents, %lld tokens in %d shards, %lld bytes of text (%.3f a token)\n", out,
           (long long)m->documents, (long long)m->tokens, m->shards, (long long)m->bytes,
           (double)m->bytes / (double)(m->tokens - m->documents));
    if (m->empty) printf("left out: %lld empty documents\n", (long long)m->empty);
    if (m->broken) printf("left out: %lld lines that cannot be read\n", (long long)m->broken);
    if (m->invalid_utf8)
        printf("kept as bytes: %lld documents that are not UTF-8\n", (long long)m->invalid_utf8);
}

static int run_prepare(struct cli *c, struct error *e)
{
    struct prepare_options o = {0};
    int64_t shard_tokens = 100 << 20;
    const struct flag flags[] = {
        {"out", FLAG_STRING, &o.out, 0, 0, "FOLDER", "where the shards go"},
        {"tokenizer", FLAG_STRING, &o.tokenizer, 0, 0, "T", "bytes (default), a file, or a folder"},
        {"field", FLAG_STRING, &o.field, 0, 0, "NAME", "field of .jsonl; default text"},
        {"shard-tokens", FLAG_INT, &shard_tokens, 1, 2e9, "N", "size of a shard; default 100M"},
        {"skip-broken", FLAG_BOOL, &o.skip_broken, 0, 0, NULL, "count unreadable lines, go on"},
        {"fresh", FLAG_BOOL, &o.fresh, 0, 0, NULL, "throw away the shards that are there"},
        {0},
    };
    struct manifest m;
    struct shown s = {.c = c};
    TRY(cli_parse(c, flags, 1, -1, e));
    if (!o.out) return error_set(e, E_USAGE, "%s: --out is missing", c->verb->name);
    o.paths = c->argc;
    o.path = (const char *const *)c->argv;
    o.shard_tokens = shard_tokens;
    o.progress = show;
    o.note = tell;
    o.data = &s;
    progress_open(&s.bar, stderr, "prepare", 0, c->quiet);
    TRY(prepare_run(&o, &m, e));
    progress_close(&s.bar, s.done, s.done, "B", NULL);
    print_manifest(&m, o.out);
    manifest_close(&m);
    return OK;
}

const struct verb job_prepare = {
    .name = "data prepare",
    .operands = "--out FOLDER [--tokenizer T] PATH...",
    .summary = "text to shards of tokens, once for many runs",
    .help =
        "Encodes .txt (a document each) and .jsonl (a document a line) files, also .gz and "
        ".zst,\nglobs, folders, or standard input (-), into shards that llm.c can read too, "
        "with an index\nof documents and a manifest. A source of a run names the folder as its "
        "`path`. The bytes\ndo not depend on the threads. After a kill the same command goes on "
        "where the last shard\nended.\n\n"
        "examples:\n"
        "  ropewalk data prepare --tokenizer bpe4096.json --out prepared/books books/*.txt\n"
        "  ropewalk data prepare --out prepared/rfcs rfcs.jsonl.zst --field text\n"
        "  zcat dump.jsonl.gz | ropewalk data prepare --out prepared/dump --skip-broken -",
    .run = run_prepare,
};
