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

static const struct generator *const generators[] = {&generator_copy_lag, &generator_keyed_records,
                                                     &generator_markov, &generator_tree,
                                                     &generator_dyck};

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

/* The document that best losses were last asked of. */
struct best {
    int64_t document; /* its number + 1; 0: none */
    unsigned char text[RECORD_TOKENS_MAX];
    int32_t gap[RECORD_TOKENS_MAX];
    _Alignas(double) unsigned char oracle[];
};

static size_t generated_best_memory(const void *self)
{
    const struct generated *g = self;
    return sizeof(struct best) + g->generator->oracle;
}

static double generated_best_loss(const void *self, void *memory, int64_t document, int64_t at,
                                  int64_t visible)
{
    const struct generated *g = self;
    struct best *b = memory;
    if (at >= generated_length(self, document)) return NAN; /* the end of the document */
    if (b->document != document + 1) {
        write_document(g, document, b->text, b->gap);
        b->document = document + 1;
        if (g->generator->prepare)
            g->generator->prepare(b->oracle, b->text, (int)generated_length(self, document));
    }
    const int32_t gap = b->gap[at];
    if (gap == GAP_UNSCORED) return NAN;
    if (g->generator->loss) return g->generator->loss(b->oracle, b->text, (int)at, (int)visible);
    return gap == GAP_NONE || gap > visible ? log(RECORD_SYMBOLS) : 0;
}

static const struct source_type generated_type = {
    .close = generated_close,
    .length = generated_length,
    .hash = generated_hash,
    .scratch = RECORD_TOKENS_MAX,
    .seek = generated_seek,
    .read = generated_read,
    .fingerprint = generated_fingerprint,
    .best_memory = generated_best_memory,
    .best_loss = generated_best_loss,
};

/* Lengths until there are `tokens` tokens. */
static int draw_lengths(struct generated *g, int64_t tokens, struct error *e)
{
    struct rng rng = rng_open(g->seed, g->name);
    const struct generator *from = g->generator;
    const double octaves = log2((double)from->most / from->least);
    while (g->tokens < tokens) {
        if (g->documents == g->capacity) {
            g->capacity = g->capacity ? g->capacity * 2 : 64;
            int32_t *more = realloc(g->records, (size_t)g->capacity * sizeof *more);
            if (!more) return error_set(e, E_MEMORY, "no memory for '%s'", g->name);
            g->records = more;
        }
        const double u = rng_uniform(&rng), skewed = from->skew == 1 ? u : pow(u, from->skew);
        const double length = from->least * exp2(octaves * skewed);
        const int records = (int)(length / from->record);
        g->records[g->documents++] = records;
        g->tokens += (int64_t)records * from->record + 1;
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
        return error_set(e, E_USAGE,
                         "source '%s': unknown generator '%s'; valid: copy_lag, keyed_records, "
                         "markov, tree, dyck%s",
                         s->name, c->generate,
                         conf_registry_find(&retrieval_registry, c->generate)
                             ? " (a retrieval task is a `task`)"
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
