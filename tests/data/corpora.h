/* corpora.h -- what tests of prepared and foreign corpora share: sources opened from paths, texts
 * of words. */
#ifndef TESTS_DATA_CORPORA_H
#define TESTS_DATA_CORPORA_H

#include "src/data/internal.h"
#include "src/data/prepare.h"
#include "tests/base/scratch.h"

static const char bpe[] = "tests/golden/tokenizers/bpe4096.json";

static inline int try_open(struct data **d, const char *path, const char *tokenizer,
                           double held_out, struct error *e)
{
    static struct source_config s;
    static const char *paths[1];
    paths[0] = path;
    s = (struct source_config){.name = "s", .path = {1, paths}, .weight = 1};
    const struct data_config c = {.sources = {1, &s},
                                  .tokenizer = tokenizer,
                                  .packing = {.document_mask = true, .reset_positions = true},
                                  .dev_fraction = held_out,
                                  .test_fraction = held_out};
    return data_open(d, &c, 1, e);
}

static inline struct data *open_source_at(const char *path, const char *tokenizer, double held_out)
{
    struct data *d;
    struct error e;
    MUST(try_open(&d, path, tokenizer, held_out, &e), &e);
    return d;
}

static inline int prepare_with(struct prepare_options o, const char *path, struct manifest *m,
                               struct error *e)
{
    const char *paths[1] = {path};
    o.paths = 1;
    o.path = paths;
    if (!o.shard_tokens) o.shard_tokens = 1 << 20;
    const int status = prepare_run(&o, m, e);
    if (!status) manifest_close(m);
    return status;
}

/* All tokens of a document. */
static inline int32_t *document_of(const struct data *d, int64_t i, int64_t *n)
{
    const struct source *s = &d->source[0];
    struct reader r;
    struct error e;
    *n = s->type->length(s->self, i);
    const struct part p = {.document = i, .end = *n};
    int32_t *id = malloc((size_t)(*n + 1) * sizeof *id);
    MUST(reader_open(&r, s, &e), &e);
    part_read(d, 0, &r, &p, 0, (int)*n, id);
    reader_close(&r);
    return id;
}

/* Two sources hold the same documents in the same splits. */
static inline void same_documents(const struct data *a, const struct data *b)
{
    ck_assert_int_eq(a->source[0].documents, b->source[0].documents);
    ck_assert_int_eq(a->source[0].empty, b->source[0].empty);
    for (int64_t i = 0; i < a->source[0].documents; i++) {
        int64_t n, m;
        int32_t *x = document_of(a, i, &n), *y = document_of(b, i, &m);
        ck_assert_int_eq(n, m);
        ck_assert_mem_eq(x, y, (size_t)n * sizeof *x);
        free(x);
        free(y);
    }
    for (int k = 0; k < SPLITS; k++) {
        const struct part_list *p = &a->source[0].split[k], *q = &b->source[0].split[k];
        ck_assert_int_eq(p->n, q->n);
        ck_assert_int_eq(p->tokens, q->tokens);
        for (int64_t i = 0; i < p->n; i++) ck_assert_int_eq(p->v[i].document, q->v[i].document);
    }
}

/* n bytes of words, numbers and line ends; no NUL behind them. */
static inline void fill_words(char *text, size_t n, uint64_t seed)
{
    static const char *const word[] = {
        " the",          " whale", " don't",      "\n\n", ", and", " 1851",
        " na\xC3\xAFve", "  ",     " Queequeg's", ".",    "\t",    " of"};
    struct rng rng = rng_open(seed, "words");
    for (size_t at = 0; at < n;) {
        const char *w = word[rng_below(&rng, sizeof word / sizeof *word)];
        const size_t size = strlen(w) < n - at ? strlen(w) : n - at;
        memcpy(text + at, w, size);
        at += size;
    }
}

/* 90 lines of JSON with escapes, some empty. */
static inline void put_lines(const char *name)
{
    FILE *f = fopen(in_scratch(name), "w");
    ck_assert_ptr_nonnull(f);
    for (int i = 0; i < 90; i++) {
        if (i % 20 == 7) fputs("{\"text\": \"\"}\n\n", f);
        fprintf(f, "{\"id\": %d, \"text\": \"line %d\\n caf\\u00e9 \\ud83d\\ude00 %.*s\"}\n", i,
                i % 80, i * 7 % 60, "a tale of two cities and of many other places, told slowly");
    }
    ck_assert_int_eq(fclose(f), 0);
}

#endif
