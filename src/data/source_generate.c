/* source_generate.c -- documents of records, written where they are read.
 *
 * Document i comes from its own random stream ("corpus/<source>/<i>"), so nothing is kept but its
 * length. */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/data/records.h"
#include "src/data/source.h"
#include "src/data/task.h"

static const double copy_probability = 0.8, octave_slope = 0.25;

struct generated {
    const struct generator *generator;
    uint64_t seed;
    char name[300]; /* of the random streams */
    int64_t documents, capacity, tokens;
    int32_t *records; /* [documents] */
};

static const struct generator *const generators[] = {&generator_copy_lag, &generator_keyed_records};

enum { GENERATORS = sizeof generators / sizeof *generators };

int record_octave(struct rng *rng)
{
    double x = rng_uniform(rng) / copy_probability;
    if (x >= 1) return -1;
    const double ratio = exp2(-octave_slope);
    double p = (1 - ratio) / (1 - pow(ratio, RECORD_OCTAVES));
    int j = 0;
    for (; j < RECORD_OCTAVES - 1 && x >= p; j++, p *= ratio) x -= p;
    return j;
}

unsigned char record_symbol(struct rng *rng)
{
    return (unsigned char)('a' + rng_below(rng, RECORD_SYMBOLS));
}

static const bool content_bytes[256] = {
    ['a'] = true, ['b'] = true, ['c'] = true, ['d'] = true, ['e'] = true, ['f'] = true,
    ['g'] = true, ['h'] = true, ['i'] = true, ['j'] = true, ['k'] = true, ['l'] = true,
    ['m'] = true, ['n'] = true, ['o'] = true, ['p'] = true,
};

static void generated_close(void *self)
{
    struct generated *g = self;
    free(g->records);
    free(g);
}

static int64_t generated_length(const void *self, int64_t document)
{
    const struct generated *g = self;
    return (int64_t)g->records[document] * g->generator->record;
}

static uint64_t generated_hash(const void *self, int64_t document)
{
    const struct generated *g = self;
    return rng_hash(g->seed, g->name, (uint64_t)document);
}

static void write_document(const struct generated *g, int64_t document, unsigned char *text,
                           int32_t *gap)
{
    char name[340];
    snprintf(name, sizeof name, "%s/%lld", g->name, (long long)document);
    struct rng rng = rng_open(g->seed, name);
    g->generator->write(&rng, g->records[document], text, gap);
}

static void generated_seek(const void *self, struct reader *r)
{
    write_document(self, r->document, r->scratch, NULL);
}

static void generated_read(const void *self, struct reader *r, unsigned char *out, size_t n)
{
    (void)self;
    memcpy(out, r->scratch + r->offset, n);
    r->offset += (int64_t)n;
}

static void generated_fingerprint(const void *self, struct sha256 *h)
{
    const struct generated *g = self;
    sha256_add(h, g->name, strlen(g->name));
    sha256_add(h, g->generator->name, strlen(g->generator->name));
    sha256_add(h, &g->seed, sizeof g->seed);
    sha256_add(h, g->records, (size_t)g->documents * sizeof *g->records);
}

static double generated_best_loss(const void *self, const struct part_list *parts, int context)
{
    const struct generated *g = self;
    unsigned char text[RECORD_TOKENS_MAX];
    int32_t gap[RECORD_TOKENS_MAX];
    int64_t targets = 0, hidden = 0;
    for (int64_t k = 0; k < parts->n; k++) {
        const struct part *p = &parts->v[k];
        write_document(g, p->document, text, gap);
        for (int64_t i = p->begin + 1; i < p->end; i++) {
            if (gap[i] == GAP_UNSCORED) continue;
            targets++;
            hidden += gap[i] == GAP_NONE || gap[i] > context || i - gap[i] < p->begin;
        }
    }
    return targets ? log(RECORD_SYMBOLS) * (double)hidden / (double)targets : NAN;
}

static const struct source_type generated_type = {
    .close = generated_close,
    .length = generated_length,
    .hash = generated_hash,
    .scratch = RECORD_TOKENS_MAX,
    .seek = generated_seek,
    .read = generated_read,
    .fingerprint = generated_fingerprint,
    .best_loss = generated_best_loss,
};

/* Lengths, log-uniform, until there are `tokens` tokens. */
static int draw_lengths(struct generated *g, int64_t tokens, struct error *e)
{
    struct rng rng = rng_open(g->seed, g->name);
    const double octaves = log2((double)RECORD_TOKENS_MAX / RECORD_TOKENS_MIN);
    while (g->tokens < tokens) {
        if (g->documents == g->capacity) {
            g->capacity = g->capacity ? g->capacity * 2 : 64;
            int32_t *more = realloc(g->records, (size_t)g->capacity * sizeof *more);
            if (!more) return error_set(e, E_MEMORY, "no memory for '%s'", g->name);
            g->records = more;
        }
        const double length = RECORD_TOKENS_MIN * exp2(octaves * rng_uniform(&rng));
        const int records = (int)(length / g->generator->record);
        g->records[g->documents++] = records;
        g->tokens += (int64_t)records * g->generator->record + 1;
    }
    return OK;
}

int source_open_generated(struct source *s, const struct source_config *c, uint64_t seed,
                          struct error *e)
{
    const struct generator *found = NULL;
    for (int i = 0; i < GENERATORS; i++)
        if (!strcmp(generators[i]->name, c->generate)) found = generators[i];
    if (!found)
        return error_set(
            e, E_USAGE, "source '%s': unknown generator '%s'; valid: copy_lag, keyed_records%s",
            s->name, c->generate,
            conf_registry_find(&retrieval_registry, c->generate) ? " (a retrieval task is a `task`)"
                                                                 : "");
    struct generated *g = calloc(1, sizeof *g);
    if (!g) return error_set(e, E_MEMORY, "no memory for source '%s'", s->name);
    g->generator = found;
    g->seed = seed;
    snprintf(g->name, sizeof g->name, "corpus/%s", s->name);
    s->type = &generated_type;
    s->self = g;
    s->scored = content_bytes;
    TRY(draw_lengths(g, c->tokens, e));
    s->documents = g->documents;
    return OK;
}
