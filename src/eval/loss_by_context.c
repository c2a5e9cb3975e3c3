/* loss_by_context.c -- the same tokens with more and more context before them.
 *
 * A sample of runs of 64 tokens, each far enough into its document, is scored with c, c + 1, ... c +
 * s - 1 tokens of left context, s = min(c, 64), for every c of the grid: the tokens are the same at
 * every c, so differences are paired. Position ids count from the first token that is read.
 * L(c) = (alpha / c)^beta + gamma (Xiong et al. 2023, arXiv 2309.16039, section 3.1) is fitted to
 * the means, with intervals from resampled clusters. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/rng.h"
#include "src/eval/chunks.h"
#include "src/eval/context_table.h"
#include "src/eval/feed.h"
#include "src/eval/task.h"

struct context_options {
    struct conf_reals contexts;
    int chunks, replicates;
};

#define S struct context_options
static const struct conf_field fields[] = {
    CONF_REALS(S, contexts,
               "left contexts in tokens; default: 32, 64, ... 8 times the training "
               "length"),
    CONF_INT(S, chunks, 64, 2, 1 << 20, "runs of 64 tokens that are scored, per source"),
    CONF_INT(S, replicates, 1000, 0, 1 << 20, "resamples for the intervals of the fit; 0: no fit"),
    CONF_END,
};
#undef S
static const struct conf_schema schema = {"loss_by_context", sizeof(struct context_options),
                                          fields};

static int context_check(const void *opts, struct error *e)
{
    const struct context_options *o = opts;
    if (o->contexts.n > CONTEXTS)
        return error_set(e, E_USAGE, "loss_by_context: at most %d contexts", CONTEXTS);
    for (int i = 0; i < o->contexts.n; i++) {
        const double c = o->contexts.v[i];
        if (c != floor(c) || c < 1 || c > 1 << 24)
            return error_set(e, E_USAGE, "loss_by_context: %g is no number of tokens", c);
        if (i && c <= o->contexts.v[i - 1])
            return error_set(e, E_USAGE, "loss_by_context: contexts must ascend");
    }
    return OK;
}

static int grid(const struct context_options *o, const struct eval_at *at, int out[CONTEXTS])
{
    int n = 0;
    for (int i = 0; i < o->contexts.n; i++) out[n++] = (int)o->contexts.v[i];
    for (int64_t c = 32; !o->contexts.n && c <= 8 * (int64_t)at->train_length && n < CONTEXTS;
         c *= 2)
        out[n++] = (int)c;
    return n;
}

static int context_reach(const void *opts, const struct eval_at *at)
{
    int c[CONTEXTS];
    const int n = grid(opts, at, c);
    return n ? c[n - 1] + CHUNK_TOKENS : CHUNK_TOKENS;
}

/* ---- one source ---- */

struct scoring {
    const struct eval_at *at;
    struct context_table table;
    const struct chunks *chunks;
};

static int stride_of(int context)
{
    return context < CHUNK_TOKENS ? context : CHUNK_TOKENS;
}

/* tag: chunk and context of the row; what follows its context counts. The longest rows score all of
 * their tokens, by position. */
static void count(void *self, int64_t tag, int n, const int32_t *target, const real *loss)
{
    struct scoring *s = self;
    struct context_table *t = &s->table;
    const int k = (int)(tag % t->contexts);
    const size_t cluster = (size_t)s->chunks->v[tag / t->contexts].cluster,
                 cell = cluster * (size_t)t->contexts + (size_t)k;
    uint64_t *hash = &t->text[cluster];
    char text[512];
    for (int i = 0; i < n; i++) {
        if (target[i] == NO_TARGET) continue;
        if (i >= t->context[k] - 1) {
            t->sum[cell] += (double)loss[i];
            t->count[cell]++;
            if (!k) {
                t->bytes += data_decode(s->at->data, target[i], text);
                *hash = rng_hash(*hash, "text", (uint64_t)target[i]);
            }
        }
        if (k == t->contexts - 1) {
            t->position_sum[position_bucket(i)] += (double)loss[i];
            t->position_count[position_bucket(i)]++;
        }
    }
}

/* One chunk with context c: rows of c + s - 1 tokens that score s each. */
static int feed_chunk(struct feed *f, const struct scoring *s, int source, int index, int k,
                      int32_t *token, int32_t *target, struct error *e)
{
    const struct chunk *chunk = &s->chunks->v[index];
    const struct context_table *t = &s->table;
    const int c = t->context[k], stride = stride_of(c), n = c + stride - 1;
    for (int from = 0; from < CHUNK_TOKENS; from += stride) {
        const int64_t begin = chunk->at + from - c;
        const int again = from + stride > CHUNK_TOKENS ? from + stride - CHUNK_TOKENS : 0;
        data_document_read(s->at->data, source, s->at->split, chunk->document, begin, n + 1 - again,
                           token, target);
        const bool all = k == t->contexts - 1;
        for (int i = 0; i < n - again && !all; i++)
            if (i < c - 1) target[i + 1] = NO_TARGET;
        TRY(feed_row(f, token, target + 1, n - again, 0, (int64_t)index * t->contexts + k, e));
    }
    return OK;
}

static int score_source(struct feed *f, struct scoring *s, int source, int32_t *token,
                        int32_t *target, struct error *e)
{
    for (int k = 0; k < s->table.contexts; k++)
        for (int i = 0; i < s->chunks->n; i++)
            TRY(feed_chunk(f, s, source, i, k, token, target, e));
    feed_flush(f);
    return OK;
}

/* The contexts that the source's documents have room for. */
static int usable(const struct eval_at *at, int source, const char *name, int n, const int *context,
                  struct findings *r)
{
    const int64_t longest = chunks_longest(at->data, source, at->split);
    int k = n;
    while (k > 0 && context[k - 1] + CHUNK_TOKENS > longest) k--;
    if (k < n) {
        char fact[320];
        snprintf(fact, sizeof fact, "left_out/%s", name);
        findings_fact(r, fact, "contexts above %d: the longest document has %lld tokens",
                      k ? context[k - 1] : 0, (long long)longest);
    }
    return k;
}

static int run_source(struct feed *f, struct scoring *s, const struct context_options *o,
                      int source, const char *name, const int *context, int n,
                      struct context_report *report, struct error *e)
{
    struct chunks chunks;
    const int longest = context[n - 1];
    int32_t *token = malloc(2 * (size_t)(longest + CHUNK_TOKENS + 1) * sizeof *token);
    if (!token) return error_set(e, E_MEMORY, "no memory for a row of %d tokens", longest);
    int status =
        chunks_open(&chunks, s->at->data, source, s->at->split, longest, o->chunks, s->at->seed, e);
    s->chunks = &chunks;
    if (!status) status = context_table_open(&s->table, n, context, chunks.clusters, e);
    if (!status) status = score_source(f, s, source, token, token + longest + CHUNK_TOKENS + 1, e);
    if (!status) {
        for (int k = 0; k < n; k++)
            s->table.best[k] = data_best_loss(s->at->data, source, s->at->split, context[k]);
        status = context_report_source(report, name, &s->table, chunks.blocks, o->replicates,
                                       s->at->seed, e);
    }
    context_table_close(&s->table);
    chunks_close(&chunks);
    free(token);
    return status;
}

static int context_run(const void *opts, const struct eval_at *at, struct findings *r,
                       struct error *e)
{
    const struct context_options *o = opts;
    const struct mixer_source *source;
    const int sources = data_sources(at->data, &source);
    int context[CONTEXTS], status = OK;
    const int n = grid(o, at, context);
    struct scoring s = {.at = at};
    struct feed f;
    if (!n)
        return error_set(e, E_USAGE,
                         "loss_by_context: no context up to 8 times the training length %d",
                         at->train_length);
    TRY(feed_open(&f, at->model, at->max_tokens, count, &s, e));
    f.bos = at->bos;
    findings_fact(
        r, "protocol",
        "fixed_context: the same tokens at every c, context in [c, c + s), s = min(c, %d); "
        "each row by itself, positions from 0",
        CHUNK_TOKENS);
    struct context_report report = context_report_open(r, at->train_length, at->pooled);
    for (int i = 0; i < sources && !status; i++) {
        const int k = usable(at, i, source[i].name, n, context, r);
        if (k) status = run_source(&f, &s, o, i, source[i].name, context, k, &report, e);
    }
    if (!status) {
        findings_fact_number(r, "tokens_through_the_model", (double)f.tokens);
        context_report_close(&report);
    }
    feed_close(&f);
    return status;
}

static int pool(const void *opts, const struct eval_at *at, const struct findings *const *of, int n,
                struct findings *r, struct error *e)
{
    const struct context_options *o = opts;
    return context_pool(o->replicates, at, of, n, r, e);
}

const struct task_type task_loss_by_context = {
    .v = {.name = "loss_by_context",
          .summary = "the same tokens with more and more left context, paired, with a power law",
          .paper = "arXiv:2309.16039",
          .schema = &schema},
    .needs_data = true,
    .takes_bos = true,
    .check = context_check,
    .reach = context_reach,
    .run = context_run,
    .pool = pool,
};
