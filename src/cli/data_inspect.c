/* data_inspect.c -- what is in a corpus, before a run is spent on it. */
#include "src/data/inspect.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/json.h"
#include "src/cli/data.h"

enum { SAMPLE = 300, SOURCES = 256 };

struct view {
    struct data *data;
    const struct mixer_source *source;
    int n;
    int64_t samples;
    struct inspection *table; /* [n] */
};

/* ---- printing ---- */

static void print_sample(const struct view *v, int s, int64_t i)
{
    char text[SAMPLE];
    int64_t document;
    struct jsn_out o;
    const size_t n = inspect_sample(v->data, s, i, text, sizeof text, &document);
    jsn_out_open(&o, false);
    jsn_array_begin(&o, NULL);
    jsn_put_bytes(&o, NULL, text, n);
    jsn_array_end(&o);
    printf("document %lld: %.*s\n", (long long)document, (int)o.length - 2, o.text + 1);
    jsn_out_close(&o);
}

static void print_source(const struct view *v, int s)
{
    const struct inspection *t = &v->table[s];
    printf("%s# %s\n", s ? "\n" : "", v->source[s].name);
    printf("documents       %lld", (long long)t->documents);
    if (t->empty) printf(" (and %lld empty ones, left out)", (long long)t->empty);
    printf("\ntokens          %lld\nbytes           %.0f (%.3f a token)\n", (long long)t->tokens,
           t->bytes, t->bytes / (double)t->tokens);
    printf("tokens each     %lld shortest, %lld median, %.1f mean, %lld longest\n\n",
           (long long)t->shortest, (long long)t->median, (double)t->tokens / (double)t->documents,
           (long long)t->longest);
    printf("%-20s %12s %14s %8s %14s\n", "length", "documents", "tokens", "share", "pairs beyond");
    for (int k = 0; k < LENGTH_CLASSES; k++) {
        if (!t->class_documents[k] && !(t->beyond[k] > 0)) continue;
        char range[48];
        snprintf(range, sizeof range, k ? "%lld-%lld" : "%lld", 1ll << k, (2ll << k) - 1);
        printf("%-20s %12lld %14lld %7.2f%% %13.4f%%\n", range, (long long)t->class_documents[k],
               (long long)t->class_tokens[k], 100 * (double)t->class_tokens[k] / (double)t->tokens,
               100 * t->beyond[k]);
    }
    if (v->samples) putchar('\n');
    for (int64_t i = 0; i < v->samples && i < t->documents; i++) print_sample(v, s, i);
}

static void json_source(struct jsn_out *o, const struct view *v, int s)
{
    const struct inspection *t = &v->table[s];
    jsn_map_begin(o, NULL);
    jsn_put_string(o, "source", v->source[s].name);
    jsn_put_int(o, "documents", t->documents);
    jsn_put_int(o, "empty", t->empty);
    jsn_put_int(o, "tokens", t->tokens);
    jsn_put_double(o, "bytes", t->bytes);
    jsn_put_int(o, "shortest", t->shortest);
    jsn_put_int(o, "median", t->median);
    jsn_put_int(o, "longest", t->longest);
    jsn_array_begin(o, "lengths");
    for (int k = 0; k < LENGTH_CLASSES; k++) {
        if (!t->class_documents[k] && !(t->beyond[k] > 0)) continue;
        jsn_map_begin(o, NULL);
        jsn_put_int(o, "first", (int64_t)1 << k);
        jsn_put_int(o, "last", ((int64_t)2 << k) - 1);
        jsn_put_int(o, "documents", t->class_documents[k]);
        jsn_put_int(o, "tokens", t->class_tokens[k]);
        jsn_put_double(o, "pairs_beyond", t->beyond[k]);
        jsn_map_end(o);
    }
    jsn_array_end(o);
    jsn_array_begin(o, "samples");
    for (int64_t i = 0; i < v->samples && i < t->documents; i++) {
        char text[SAMPLE];
        int64_t document;
        const size_t n = inspect_sample(v->data, s, i, text, sizeof text, &document);
        jsn_put_bytes(o, NULL, text, n);
    }
    jsn_array_end(o);
    jsn_map_end(o);
}

static void print_all(const struct view *v, bool json)
{
    struct jsn_out o;
    for (int s = 0; s < v->n && !json; s++) print_source(v, s);
    if (!json) return;
    jsn_out_open(&o, true);
    jsn_array_begin(&o, NULL);
    for (int s = 0; s < v->n; s++) json_source(&o, v, s);
    jsn_array_end(&o);
    printf("%.*s\n", (int)o.length, o.text);
    jsn_out_close(&o);
}

/* ---- opening ---- */

/* A prepared folder knows its tokenizer. */
static int choose_tokenizer(const char **name, const char *path, struct error *e)
{
    struct manifest m;
    if (*name || !manifest_exists(path)) return OK;
    TRY(manifest_read(&m, path, e));
    if (strcmp(m.tokenizer_sha256, "bytes")) *name = path;
    manifest_close(&m);
    return OK;
}

static int inspect(struct view *v, const struct data_config *config, bool json, struct error *e)
{
    TRY(data_open(&v->data, config, 1, e));
    v->n = data_sources(v->data, &v->source);
    v->table = calloc((size_t)v->n, sizeof *v->table);
    int status = v->table ? OK : error_set(e, E_MEMORY, "no memory for a table");
    for (int s = 0; s < v->n && !status; s++) status = inspect_source(v->data, s, &v->table[s], e);
    if (!status) print_all(v, json);
    free(v->table);
    data_close(v->data);
    return status;
}

static int run_inspect(struct cli *c, struct error *e)
{
    const char *tokenizer = NULL, *field = NULL;
    bool json = false, verify = false;
    struct view v = {0};
    const struct flag flags[] = {
        {"tokenizer", FLAG_STRING, &tokenizer, 0, 0, "T",
         "default: of a prepared folder, or bytes"},
        {"field", FLAG_STRING, &field, 0, 0, "NAME", "field of .jsonl; default text"},
        {"samples", FLAG_INT, &v.samples, 0, 1000, "N", "show the beginnings of N documents"},
        {"verify", FLAG_BOOL, &verify, 0, 0, NULL, "hold prepared shards against their hashes"},
        {"json", FLAG_BOOL, &json, 0, 0, NULL, "one JSON array, an object a source"},
        {0},
    };
    TRY(cli_parse(c, flags, 1, SOURCES, e));
    struct source_config source[SOURCES] = {0};
    for (int i = 0; i < c->argc; i++) {
        TRY(choose_tokenizer(&tokenizer, c->argv[i], e));
        if (verify) TRY(inspect_verify(c->argv[i], e));
        source[i] = (struct source_config){
            .path = {1, (const char *const *)&c->argv[i]}, .field = field, .weight = 1};
    }
    const struct data_config config = {.sources = {c->argc, source}, .tokenizer = tokenizer};
    return inspect(&v, &config, json, e);
}

const struct verb job_inspect = {
    .name = "data inspect",
    .operands = "PATH...",
    .summary = "documents, tokens, lengths, distances",
    .help =
        "Each PATH is a source as in a run: a prepared folder, .txt, .jsonl, .bin, .npy or a "
        "glob.\nPrints documents, tokens and bytes, a table of length classes, and what share of "
        "all\npairs of tokens within a document stand farther apart than the class's lower "
        "end.\n\n"
        "examples:\n"
        "  ropewalk data inspect prepared/books --samples 2 --verify\n"
        "  ropewalk data inspect 'books/*.txt' rfcs.jsonl --tokenizer bpe4096.json --json",
    .run = run_inspect,
};
