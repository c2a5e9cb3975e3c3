/* source_task.c -- documents of a retrieval task, written where they are read.
 *
 * Document i comes from its own random stream ("corpus/<source>/<i>"); its length is log-uniform
 * between the first and the last of `lengths`. Questions follow one another after the trunk. Unless
 * loss is `all`, answers alone are targets. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/data/source.h"
#include "src/data/task.h"

enum { QUESTIONS = 4, SHORTEST = 64, LONGEST = 256 };

struct tasks {
    const struct retrieval_type *type;
    const void *opts;
    struct task_filler_text filler;
    uint64_t seed;
    char name[300]; /* of the random streams */
    int64_t documents, capacity, tokens;
    int32_t *length; /* [documents] bytes as drawn; documents may come out shorter */
    int32_t *bytes;  /* [documents] as written */
};

static void tasks_close(void *self)
{
    struct tasks *g = self;
    task_filler_close(&g->filler);
    free(g->length);
    free(g->bytes);
    free(g);
}

static int64_t tasks_length(const void *self, int64_t document)
{
    return ((const struct tasks *)self)->bytes[document];
}

static uint64_t tasks_hash(const void *self, int64_t document)
{
    const struct tasks *g = self;
    return rng_hash(g->seed, g->name, (uint64_t)document);
}

static void write_sample(const struct tasks *g, int64_t document, struct task_sample *s)
{
    const struct retrieval_options *o = g->opts;
    char name[340];
    snprintf(name, sizeof name, "%s/%lld", g->name, (long long)document);
    struct rng rng = rng_open(g->seed, name);
    const struct task_plan plan = {.tokens = g->length[document],
                                   .questions = o->questions ? o->questions : QUESTIONS,
                                   .filler = g->filler.text,
                                   .filler_length = g->filler.length};
    g->type->write(g->opts, &plan, &rng, s);
}

/* The document's text, and behind it which bytes are no targets. */
static void tasks_seek(const void *self, struct reader *r)
{
    const struct tasks *g = self;
    const struct retrieval_options *o = g->opts;
    struct task_sample s = {.text = r->scratch};
    unsigned char *unscored = r->scratch + TASK_TOKENS_MAX;
    write_sample(g, r->document, &s);
    memset(unscored, o->loss == TASK_LOSS_ANSWER, TASK_TOKENS_MAX);
    for (int k = 0; k < s.n; k++)
        memset(unscored + s.question[k].answer, 0,
               (size_t)(s.question[k].end - s.question[k].answer));
}

static void tasks_read(const void *self, struct reader *r, unsigned char *out, size_t n)
{
    (void)self;
    memcpy(out, r->scratch + r->offset, n);
    r->offset += (int64_t)n;
}

static const unsigned char *tasks_unscored(const void *self, const struct reader *r)
{
    (void)self;
    return r->scratch + TASK_TOKENS_MAX;
}

static void tasks_fingerprint(const void *self, struct sha256 *h)
{
    const struct tasks *g = self;
    char options[65];
    conf_hash(g->type->v.schema, g->opts, options);
    sha256_add(h, g->name, strlen(g->name));
    sha256_add(h, g->type->v.name, strlen(g->type->v.name));
    sha256_add(h, options, sizeof options);
    sha256_add(h, &g->seed, sizeof g->seed);
    sha256_add(h, g->bytes, (size_t)g->documents * sizeof *g->bytes);
    sha256_add(h, g->filler.text ? g->filler.text : "", g->filler.begin + g->filler.length);
}

static const struct source_type tasks_type = {
    .close = tasks_close,
    .length = tasks_length,
    .hash = tasks_hash,
    .scratch = 2 * TASK_TOKENS_MAX,
    .seek = tasks_seek,
    .read = tasks_read,
    .unscored = tasks_unscored,
    .fingerprint = tasks_fingerprint,
};

static int reserve(struct tasks *g, struct error *e)
{
    if (g->documents < g->capacity) return OK;
    g->capacity = g->capacity ? g->capacity * 2 : 64;
    int32_t *length = realloc(g->length, (size_t)g->capacity * sizeof *length);
    if (length) g->length = length;
    int32_t *bytes = realloc(g->bytes, (size_t)g->capacity * sizeof *bytes);
    if (bytes) g->bytes = bytes;
    return length && bytes ? OK : error_set(e, E_MEMORY, "no memory for '%s'", g->name);
}

/* Documents until there are `tokens` tokens. */
static int draw_documents(struct tasks *g, int64_t tokens, struct error *e)
{
    const struct retrieval_options *o = g->opts;
    const int least = g->type->least(g->opts);
    double from = o->lengths.n ? o->lengths.v[0] : SHORTEST,
           to = o->lengths.n ? o->lengths.v[o->lengths.n - 1] : LONGEST;
    if (from < least) from = least;
    if (to < least) to = least;
    struct rng rng = rng_open(g->seed, g->name);
    struct task_sample s = {.text = malloc(TASK_TOKENS_MAX)};
    int status = s.text
                     ? task_filler_open(&g->filler, g->type, g->opts, false, (int)from, (int)to, e)
                     : error_set(e, E_MEMORY, "no memory for '%s'", g->name);
    while (!status && g->tokens < tokens) {
        status = reserve(g, e);
        if (status) break;
        const int64_t i = g->documents++;
        g->length[i] = (int32_t)(from * exp2(log2(to / from) * rng_uniform(&rng)) + 0.5);
        write_sample(g, i, &s);
        g->bytes[i] = s.tokens;
        g->tokens += s.tokens + 1;
    }
    free(s.text);
    return status;
}

int source_open_task(struct source *s, const struct source_config *c, uint64_t seed,
                     struct error *e)
{
    const struct retrieval_type *type = (const struct retrieval_type *)c->task.type;
    const struct retrieval_options *o = c->task.opts;
    struct tasks *g = calloc(1, sizeof *g);
    if (!g) return error_set(e, E_MEMORY, "no memory for source '%s'", s->name);
    g->type = type;
    g->opts = c->task.opts;
    g->seed = seed;
    snprintf(g->name, sizeof g->name, "corpus/%s", s->name);
    s->type = &tasks_type;
    s->self = g;
    s->symbols = true;
    s->end_unscored = o->loss == TASK_LOSS_ANSWER;
    int status = task_check(type, c->task.opts, e);
    if (!status && o->samples)
        status = error_set(e, E_USAGE, "%s: `samples` is for evaluation: a source has `tokens`",
                           type->v.name);
    if (!status) status = draw_documents(g, c->tokens, e);
    s->documents = g->documents;
    return status ? error_wrap(e, "source '%s'", s->name) : OK;
}
