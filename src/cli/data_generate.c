/* data_generate.c -- generated corpora as files, for other programs or to be looked at. */
#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
#include "src/base/json.h"
#include "src/base/utf8.h"
#include "src/cli/data.h"
#include "src/data/source.h"
#include "src/data/task.h"

static bool is_utf8(const char *text, size_t n)
{
    for (size_t i = 0; i < n;) {
        uint32_t code;
        const int size = utf8_next(text + i, n - i, &code);
        if (!size) return false;
        i += (size_t)size;
    }
    return true;
}

/* Symbols that are no text (mqar's) become numbers: JSON could not hold their bytes. */
static void put_document(struct jsn_out *o, const unsigned char *text, size_t n)
{
    if (is_utf8((const char *)text, n)) {
        jsn_put_bytes(o, "text", (const char *)text, n);
        return;
    }
    jsn_array_begin(o, "tokens");
    for (size_t i = 0; i < n; i++) jsn_put_int(o, NULL, text[i]);
    jsn_array_end(o);
}

static int write_document(FILE *f, struct jsn_out *o, const struct source *s, struct reader *r,
                          int64_t document, unsigned char *text, struct error *e)
{
    const size_t n = (size_t)s->type->length(s->self, document);
    reader_seek(r, s, document, 0);
    reader_read(r, s, text, n);
    jsn_out_clear(o);
    jsn_map_begin(o, NULL);
    put_document(o, text, n);
    jsn_map_end(o);
    fprintf(f, "%s\n", o->text);
    return ferror(f) ? error_set(e, E_IO, "the generated documents cannot be written") : OK;
}

static int write_documents(FILE *f, const struct source *s, struct error *e)
{
    int64_t longest = 1;
    struct reader r;
    struct jsn_out o;
    for (int64_t i = 0; i < s->documents; i++) {
        const int64_t n = s->type->length(s->self, i);
        if (n > longest) longest = n;
    }
    TRY(reader_open(&r, s, e));
    unsigned char *text = malloc((size_t)longest);
    int status = text ? OK : error_set(e, E_MEMORY, "no memory for a document");
    jsn_out_open(&o, false);
    for (int64_t i = 0; i < s->documents && !status; i++)
        status = write_document(f, &o, s, &r, i, text, e);
    jsn_out_close(&o);
    free(text);
    reader_close(&r);
    return status;
}

static int write_file(const char *path, const struct source *s, struct error *e)
{
    struct file_out out;
    if (!path) return write_documents(stdout, s, e);
    TRY(file_out_open(&out, path, e));
    const int status = write_documents(out.f, s, e);
    if (!status) return file_out_commit(&out, e);
    file_out_abort(&out);
    return status;
}

struct task_option {
    struct conf_variant task;
};

static const struct conf_field task_fields[] = {
    CONF_VARIANT(struct task_option, task, &retrieval_registry, "retrieval task"),
    CONF_END,
};
static const struct conf_schema task_schema = {"task", sizeof(struct task_option), task_fields};

/* A retrieval task, by name or as a map with options: the value of the key `task` of a source. */
static int read_task(struct conf **conf, const char *yaml, struct source_config *config,
                     struct error *e)
{
    struct task_option option;
    const size_t size = strlen(yaml) + 16;
    char *text = malloc(size);
    if (!text) return error_set(e, E_MEMORY, "no memory");
    snprintf(text, size, "task: %s\n", yaml);
    const int status = conf_open_text(conf, "GENERATOR", text, e);
    free(text);
    TRY(status);
    conf_bind(*conf, &task_schema, &option);
    TRY(conf_finish(*conf, e));
    config->task = option.task;
    return OK;
}

static int open_source(struct source *s, struct conf **conf, const char *generator, int64_t tokens,
                       uint64_t seed, struct error *e)
{
    struct source_config config = {.tokens = tokens, .weight = 1};
    if (*generator == '{' || conf_registry_find(&retrieval_registry, generator)) {
        TRY(read_task(conf, generator, &config, e));
        return source_open_task(s, &config, seed, e);
    }
    config.generate = generator;
    return source_open_generated(s, &config, seed, e);
}

static int run_generate(struct cli *c, struct error *e)
{
    int64_t tokens = 1 << 20, seed = 1;
    const char *out = NULL, *name = NULL;
    const struct flag flags[] = {
        {"tokens", FLAG_INT, &tokens, 1, 1e12, "N", "how much; default 1M"},
        {"seed", FLAG_INT, &seed, 0, 9e15, "S", "another corpus; default 1"},
        {"name", FLAG_STRING, &name, 0, 0, "NAME",
         "of the source, part of the seed; default its own"},
        {"out", FLAG_STRING, &out, 0, 0, "FILE", "a .jsonl; default standard output"},
        {0},
    };
    TRY(cli_parse(c, flags, 1, 1, e));
    struct source s = {0};
    struct conf *conf = NULL;
    snprintf(s.name, sizeof s.name, "%s", name ? name : c->argv[0]);
    int status = open_source(&s, &conf, c->argv[0], tokens, (uint64_t)seed, e);
    if (!status) status = write_file(out, &s, e);
    if (!status && out)
        printf("%s: %lld documents of '%s'\n", out, (long long)s.documents, c->argv[0]);
    if (s.self) s.type->close(s.self);
    conf_close(conf);
    return status;
}

const struct verb job_generate = {
    .name = "data generate",
    .operands = "GENERATOR [--tokens N] [--out FILE]",
    .summary = "a generated corpus as .jsonl",
    .help = "Writes the documents that a source with `generate: GENERATOR` of the same name, seed "
            "and\nnumber of tokens holds, a line of JSON each. An unknown name lists the "
            "generators;\na retrieval task is named as a source's `task` is. Documents of symbols "
            "that are no "
            "UTF-8\n(mqar) are written as numbers, under `tokens` instead of `text`.\n\n"
            "examples:\n"
            "  ropewalk data generate copy_lag --tokens 64k | head -1\n"
            "  ropewalk data generate keyed_records --tokens 16M --seed 2 --out keyed.jsonl\n"
            "  ropewalk data generate '{type: passkey, lengths: [512, 4096]}' --tokens 1M",
    .run = run_generate,
};
