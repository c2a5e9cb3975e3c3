/* data.c -- open the sources of a configuration. See data.h. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/data/internal.h"
#include "src/data/shard.h"

static const struct source_config default_sources[] = {
    {.generate = "copy_lag", .tokens = 16 << 20, .weight = 0.2},
    {.generate = "keyed_records", .tokens = 16 << 20, .weight = 0.2},
    {.generate = "markov", .tokens = 16 << 20, .weight = 0.2},
    {.generate = "tree", .tokens = 16 << 20, .weight = 0.2},
    {.generate = "dyck", .tokens = 16 << 20, .weight = 0.2},
};

/* corpora/rfcs.jsonl: rfcs;  corpora/books/(any).txt: books. */
static void name_of_path(const char *path, char *name, size_t size)
{
    const char *end = path + strlen(path), *begin = end;
    for (;;) {
        while (end > path && end[-1] == '/') end--;
        begin = end;
        while (begin > path && begin[-1] != '/') begin--;
        bool pattern = false;
        for (const char *p = begin; p < end; p++) pattern |= strchr("*?[", *p) != NULL;
        if (!pattern || begin == path) break;
        end = begin;
    }
    for (const char *dot = end; dot > begin; dot--)
        if (*dot == '.') end = dot;
    snprintf(name, size, "%.*s", (int)(end - begin), begin);
}

/* The first path says what kind of source it is. */
static int open_path(struct source *s, const struct source_config *c, const struct tokenizer *t,
                     struct error *e)
{
    if (manifest_exists(c->path.v[0])) return source_open_shards(s, c, t, e);
    if (source_is_foreign(c->path.v[0])) return source_open_foreign(s, c, t, e);
    return source_open_text(s, c, e);
}

static int open_source(struct source *s, const struct source_config *c, int number, uint64_t seed,
                       const struct tokenizer *t, struct error *e)
{
    const bool tuning = c->tuning.pairs.n + c->tuning.documents.n > 0;
    const int kinds = (c->generate != NULL) + (c->path.n > 0) + (c->task.type != NULL) + tuning;
    if (kinds != 1)
        return error_set(e, E_USAGE, "source %d: %s", number + 1,
                         kinds ? "`path`, `generate`, `task` and `tuning` exclude each other"
                               : "`path`, `generate`, `task` or `tuning` is missing");
    s->weight = c->weight;
    if (c->name)
        snprintf(s->name, sizeof s->name, "%s", c->name);
    else if (c->generate)
        snprintf(s->name, sizeof s->name, "%s", c->generate);
    else if (c->task.type)
        snprintf(s->name, sizeof s->name, "%s", c->task.type->name);
    else if (tuning)
        snprintf(s->name, sizeof s->name, "tuning");
    else
        name_of_path(c->path.v[0], s->name, sizeof s->name);
    if (c->task.type) return source_open_task(s, c, seed, e);
    if (tuning) return source_open_tuning(s, c, seed, e);
    return c->generate ? source_open_generated(s, c, seed, e) : open_path(s, c, t, e);
}

/* Text becomes tokens. Symbols of generated records and tasks stay: each is the token of its byte, so
 * that lengths, distances and the best loss stay what they are. */
static int encode_source(struct source *s, const struct tokenizer *t, struct error *e)
{
    if (s->type->tokens) return OK;
    if (!s->scored && !s->symbols) return source_tokenize(s, t, e);
    for (int i = 0; i < 256; i++)
        if (t->byte_token[i] < 0)
            return error_set(e, E_USAGE, "source '%s': tokenizer '%s' has no token of byte 0x%02X",
                             s->name, t->name, i);
    return OK;
}

static int open_sources(struct data *d, const struct data_config *c, uint64_t seed, struct error *e)
{
    const bool given = c->sources.n > 0;
    const struct source_config *v = given ? c->sources.v : default_sources;
    const int n = given ? c->sources.n : (int)(sizeof default_sources / sizeof *default_sources);
    d->source = calloc((size_t)n, sizeof *d->source);
    d->reader = calloc((size_t)n, sizeof *d->reader);
    d->mixer_source = calloc((size_t)n, sizeof *d->mixer_source);
    d->fingerprint = calloc(1, 65);
    if (!d->source || !d->reader || !d->mixer_source || !d->fingerprint)
        return error_set(e, E_MEMORY, "no memory for %d sources", n);
    for (d->sources = 0; d->sources < n;) {
        const int i = d->sources++;
        struct source *s = &d->source[i];
        TRY(open_source(s, &v[i], i, seed, d->tokenizer, e));
        for (int k = 0; k < i; k++)
            if (!strcmp(s->name, d->source[k].name))
                return error_set(e, E_USAGE, "two sources are named '%s': give one a `name`",
                                 s->name);
        if (d->tokenizer->vocabulary) TRY(encode_source(s, d->tokenizer, e));
        TRY(source_split(s, c->dev_fraction, c->test_fraction, e));
        if (v[i].piece) TRY(source_cut(s, v[i].piece, e));
        TRY(reader_open(&d->reader[i], s, e));
        d->mixer_source[i] = (struct mixer_source){.name = s->name,
                                                   .weight = s->weight,
                                                   .tokens = s->split[SPLIT_TRAIN].tokens,
                                                   .documents = s->split[SPLIT_TRAIN].n,
                                                   .max_epochs = v[i].max_epochs};
    }
    return cells_open(d, &c->length_classes, e);
}

int data_open(struct data **out, const struct data_config *c, uint64_t seed, struct error *e)
{
    *out = NULL;
    const double dev = c->dev_fraction, test = c->test_fraction;
    if (!(dev >= 0 && test >= 0 && dev + test < 1))
        return error_set(e, E_USAGE, "dev_fraction %g and test_fraction %g leave nothing to train",
                         dev, test);
    struct data *d = calloc(1, sizeof *d);
    if (!d) return error_set(e, E_MEMORY, "no memory for the data");
    d->packing = c->packing;
    d->dev_fraction = dev;
    d->test_fraction = test;
    int status = tokenizer_open(&d->tokenizer, c->tokenizer, e);
    if (!status) status = open_sources(d, c, seed, e);
    if (status)
        data_close(d);
    else
        *out = d;
    return status;
}

void data_close(struct data *d)
{
    if (!d) return;
    for (int i = 0; i < d->sources; i++) {
        struct source *s = &d->source[i];
        reader_close(&d->reader[i]);
        for (int k = 0; k < SPLITS; k++) free(s->split[k].v);
        if (s->self) s->type->close(s->self);
    }
    cells_close(d);
    free(d->source);
    free(d->reader);
    free(d->mixer_source);
    free(d->fingerprint);
    tokenizer_close(d->tokenizer);
    free(d);
}

int data_vocab_size(const struct data *d)
{
    return d->tokenizer->vocab_size;
}

int data_sources(const struct data *d, const struct mixer_source **sources)
{
    *sources = d->mixer_source;
    return d->sources;
}

int64_t data_tokens(const struct data *d, int source, enum split split)
{
    return d->source[source].split[split].tokens;
}

int64_t data_empty_documents(const struct data *d, int source)
{
    return d->source[source].empty;
}

const char *data_fingerprint(const struct data *d)
{
    if (*d->fingerprint) return d->fingerprint;
    struct sha256 h;
    sha256_init(&h);
    sha256_add(&h, d->tokenizer->fingerprint, strlen(d->tokenizer->fingerprint) + 1);
    sha256_add(&h, &d->dev_fraction, sizeof d->dev_fraction);
    sha256_add(&h, &d->test_fraction, sizeof d->test_fraction);
    for (int i = 0; i < d->sources; i++) {
        const struct source *s = &d->source[i];
        sha256_add(&h, s->name, strlen(s->name) + 1);
        s->type->fingerprint(s->self, &h);
    }
    sha256_hex(&h, d->fingerprint);
    return d->fingerprint;
}

double data_bytes_per_token(const struct data *d, int source, enum split split)
{
    const struct part_list *l = &d->source[source].split[split];
    int64_t tokens = 0;
    double bytes = 0;
    for (int64_t i = 0; i < l->n; i++) {
        tokens += l->v[i].end - l->v[i].begin;
        bytes += part_bytes(d, source, &l->v[i]);
    }
    return tokens ? bytes / (double)tokens : 1;
}

const struct tokenizer *data_tokenizer(const struct data *d)
{
    return d->tokenizer;
}

int data_encode(const struct data *d, const char *text, size_t n, int32_t **ids, size_t *n_ids,
                struct error *e)
{
    return tokenizer_encode(d->tokenizer, text, n, ids, n_ids, e);
}

int data_decode(const struct data *d, int32_t id, char *out)
{
    size_t n;
    const char *text = tokenizer_text(d->tokenizer, id, &n);
    if (id == d->tokenizer->end_of_document) return 0; /* a vocabulary may spell it */
    if (n) memcpy(out, text, n);
    return (int)n;
}
