/* retrieval_heads.c -- which heads fetch the answer, and what is lost without them.
 *
 * Score of a head (Wu et al. 2024, arXiv 2404.15574): share of the answer's tokens at whose step the
 * key with its largest logit lies inside the evidence and holds the very token that is to be said.
 * There answers are decoded and only right ones count; here they are read as they are (teacher
 * forcing), over all samples, and over those answered right beside it. Then the K best heads are
 * masked (their output is set to 0) and the task is scored again, against K heads drawn at random
 * among the others, `draws` times. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/eval/retrieval.h"
#include "src/num/attention_probe.h"

struct heads_options {
    struct conf_variant task;
    int length, samples, draws;
    struct conf_reals mask;
};

#define S struct heads_options
static const struct conf_field fields[] = {
    {"task", CONF_KIND_VARIANT, offsetof(S, task), 0, 0, 0, 0, "needle_multikey", 0, 0,
     &retrieval_registry, "the retrieval task"},
    CONF_INT(S, length, 0, 0, TASK_TOKENS_MAX, "tokens of a sample; 0: the training length"),
    CONF_INT(S, samples, 40, 1, 1 << 16, "samples"),
    CONF_REALS(S, mask, "how many heads to mask; default: 1, 2, 4 ... half of all"),
    CONF_INT(S, draws, 5, 1, 1000, "draws of random heads to mask"),
    CONF_END,
};
#undef S
static const struct conf_schema schema = {"retrieval_heads", sizeof(struct heads_options), fields};

static const struct retrieval_type *type_of(const struct heads_options *o)
{
    return (const struct retrieval_type *)o->task.type;
}

static int heads_check(const void *opts, struct error *e)
{
    const struct heads_options *o = opts;
    TRY(retrieval_check(type_of(o), o->task.opts, e));
    const struct retrieval_options *of = o->task.opts;
    if (of->lengths.n || of->samples)
        return error_set(e, E_USAGE, "retrieval_heads: `length` and `samples` stand beside `task`");
    if (o->length && o->length < type_of(o)->least(o->task.opts))
        return error_set(e, E_USAGE, "retrieval_heads: %s needs %d tokens", o->task.type->name,
                         type_of(o)->least(o->task.opts));
    for (int i = 0; i < o->mask.n; i++)
        if (o->mask.v[i] != floor(o->mask.v[i]) || o->mask.v[i] < 1)
            return error_set(e, E_USAGE, "retrieval_heads: mask %g is no number of heads",
                             o->mask.v[i]);
    return OK;
}

static int sample_length(const struct heads_options *o, const struct eval_at *at)
{
    const int length = o->length ? o->length : at->train_length;
    return length < TASK_TOKENS_MAX ? length : TASK_TOKENS_MAX;
}

static int heads_reach(const void *opts, const struct eval_at *at)
{
    return sample_length(opts, at);
}

/* ---- one row per question ---- */

struct probing {
    const struct heads_options *o;
    const struct eval_at *at;
    int layers, heads, length;
    struct batch batch;
    struct token_score *score;
    unsigned char *text;
    struct task_filler_text filler;
    struct task_sample sample;
    int32_t *top; /* [tokens][heads] */
    struct attention_sums *sums;
    struct attention_segment segment;
    void *work;
    double *hits;  /* [layers][heads] share of this answer's tokens */
    bool *masked;  /* [layers][heads] */
    bool watching; /* fill hits */
};

static void watch(struct probing *g, const struct model_layer_view *v)
{
    const struct task_question *q = &g->sample.question[0];
    const struct batch *b = v->batch;
    const struct attention_probe p = {
        .token = b->token, .segments = 1, .segment = &g->segment, .sums = g->sums, .top = g->top};
    g->segment = (struct attention_segment){0, b->tokens};
    attention_probe(v->attention, v->q, v->ld, v->k, v->ld, v->lse, &p, v->scratch, g->work);
    for (int h = 0; h < g->heads; h++) {
        int hits = 0, steps = 0;
        for (int i = 0; i < b->tokens; i++) {
            if (b->target[i] == NO_TARGET) continue;
            const int key = g->top[i * g->heads + h];
            hits += key >= q->source && key < q->source_end && b->token[key] == b->target[i];
            steps++;
        }
        g->hits[v->layer * g->heads + h] = steps ? (double)hits / steps : 0;
    }
}

static void attend(void *self, const struct model_layer_view *v)
{
    struct probing *g = self;
    const int width = v->attention->v_dim;
    if (g->watching) watch(g, v);
    for (int h = 0; h < g->heads; h++)
        for (int i = 0; i < v->batch->tokens && g->masked[v->layer * g->heads + h]; i++)
            memset(v->o + (ptrdiff_t)i * v->ldo + h * width, 0, (size_t)width * sizeof(real));
}

static void close_probing(struct probing *g)
{
    batch_close(&g->batch);
    task_filler_close(&g->filler);
    free(g->score);
    free(g->text);
    free(g->top);
    free(g->sums);
    free(g->work);
    free(g->hits);
    free(g->masked);
}

static int open_probing(struct probing *g, struct error *e)
{
    const struct model_config *c = model_config(g->at->model);
    const size_t n = (size_t)(g->length + TASK_QUESTIONS), heads = (size_t)c->num_attention_heads,
                 cells = heads * (size_t)c->num_hidden_layers;
    g->layers = c->num_hidden_layers;
    g->heads = c->num_attention_heads;
    TRY(task_filler_open(&g->filler, type_of(g->o), g->o->task.opts, true, g->length, g->length,
                         e));
    TRY(batch_open(&g->batch, (int)n, e));
    const struct attention shape = {.heads = g->heads};
    const struct attention_probe probe = {.segments = 1};
    g->score = calloc(n, sizeof *g->score);
    g->text = malloc(TASK_TOKENS_MAX);
    g->top = calloc(n * heads, sizeof *g->top);
    g->sums = calloc(heads, sizeof *g->sums);
    g->work = aligned_alloc(64, (attention_probe_work(&shape, &probe) + 63) / 64 * 64);
    g->hits = calloc(cells, sizeof *g->hits);
    g->masked = calloc(cells, sizeof *g->masked);
    if (g->score && g->text && g->top && g->sums && g->work && g->hits && g->masked) return OK;
    return error_set(e, E_MEMORY, "no memory to probe %zu heads", cells);
}

/* Sample k: its mean loss per token, and whether it is right. */
static void answer(struct probing *g, int k, double *nll, bool *right)
{
    char name[64];
    const double depth = k % 11 / 10.0;
    const struct task_plan plan = {.tokens = g->length,
                                   .questions = 1,
                                   .depth = &depth,
                                   .isolated = !type_of(g->o)->inlined,
                                   .held_out = true,
                                   .filler =
                                       g->filler.text ? g->filler.text + g->filler.begin : NULL,
                                   .filler_length = g->filler.length};
    snprintf(name, sizeof name, "retrieval_heads/%d", k);
    struct rng rng = rng_open(g->at->seed, name);
    g->sample = (struct task_sample){.text = g->text};
    type_of(g->o)->write(g->o->task.opts, &plan, &rng, &g->sample);
    g->sample.n = 1;
    g->batch.tokens = g->batch.rows = 0;
    g->batch.weight_sum = 0;
    retrieval_lay(&g->batch, &g->sample, type_of(g->o),
                  g->at->data ? data_byte_tokens(g->at->data) : NULL, false);
    model_score(g->at->model, &g->batch, g->score);
    int steps = 0;
    *nll = 0;
    *right = true;
    for (int i = 0; i < g->batch.tokens; i++) {
        if (g->batch.target[i] == NO_TARGET) continue;
        *nll += g->score[i].loss;
        *right &= g->score[i].rank == 0;
        steps++;
    }
    *nll /= steps;
}

/* Mean loss and accuracy over all samples with the present mask. */
static void score_all(struct probing *g, double *nll, double *accuracy)
{
    *nll = *accuracy = 0;
    for (int k = 0; k < g->o->samples; k++) {
        double of_sample;
        bool right;
        answer(g, k, &of_sample, &right);
        *nll += of_sample / g->o->samples;
        *accuracy += (double)right / g->o->samples;
    }
}

/* ---- tables ---- */

struct ranked {
    int head; /* layer * heads + head */
    double score, when_right;
};

static int by_score(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->score != y->score) return x->score > y->score ? -1 : 1;
    return x->head - y->head;
}

static void put_heads(const struct probing *g, const struct ranked *head, int n, struct findings *r)
{
    struct findings_table *t = findings_table(r, "heads", "rank layer head score score_when_right");
    for (int k = 0; k < n; k++) {
        findings_number(r, t, k + 1);
        findings_number(r, t, head[k].head / g->heads);
        findings_number(r, t, head[k].head % g->heads);
        findings_number(r, t, head[k].score);
        findings_number(r, t, head[k].when_right);
    }
    findings_scalar(r, "best_head_score", head[0].score);
    int retrieving = 0;
    for (int k = 0; k < n; k++) retrieving += head[k].score >= 0.1;
    findings_scalar(r, "retrieval_heads", retrieving);
}

static void put_masked(struct findings *r, struct findings_table *t, const char *kind, int heads,
                       int draw, double nll, double accuracy)
{
    findings_text(r, t, kind);
    findings_number(r, t, heads);
    findings_number(r, t, draw);
    findings_number(r, t, nll);
    findings_number(r, t, accuracy);
}

/* The best `count` heads, and random others. */
static void mask_heads(struct probing *g, const struct ranked *head, int n, int count,
                       struct findings *r, struct findings_table *t)
{
    double nll, accuracy;
    memset(g->masked, 0, (size_t)n * sizeof *g->masked);
    for (int k = 0; k < count; k++) g->masked[head[k].head] = true;
    score_all(g, &nll, &accuracy);
    put_masked(r, t, "best", count, 0, nll, accuracy);
    for (int draw = 0; draw < g->o->draws && n - count >= count; draw++) {
        char name[64];
        snprintf(name, sizeof name, "retrieval_heads/mask/%d/%d", count, draw);
        memset(g->masked, 0, (size_t)n * sizeof *g->masked);
        for (int k = 0; k < count; k++) {
            const uint64_t other =
                rng_permute(g->at->seed, name, (uint64_t)k, (uint64_t)(n - count));
            g->masked[head[count + (int)other].head] = true;
        }
        score_all(g, &nll, &accuracy);
        put_masked(r, t, "random", count, draw, nll, accuracy);
    }
    memset(g->masked, 0, (size_t)n * sizeof *g->masked);
}

static int rank_heads(struct probing *g, struct ranked *head, int n, struct findings *r,
                      struct findings_table *t)
{
    int rights = 0;
    double nll = 0;
    for (int k = 0; k < n; k++) head[k] = (struct ranked){.head = k};
    g->watching = true;
    for (int s = 0; s < g->o->samples; s++) {
        double of_sample;
        bool right;
        answer(g, s, &of_sample, &right);
        nll += of_sample / g->o->samples;
        rights += right;
        for (int k = 0; k < n; k++) {
            head[k].score += g->hits[k] / g->o->samples;
            if (right) head[k].when_right += g->hits[k];
        }
    }
    g->watching = false;
    for (int k = 0; k < n; k++) head[k].when_right = rights ? head[k].when_right / rights : NAN;
    qsort(head, (size_t)n, sizeof *head, by_score);
    put_masked(r, t, "none", 0, 0, nll, (double)rights / g->o->samples);
    return rights;
}

static int run_heads(struct probing *g, struct findings *r, struct error *e)
{
    const int n = g->layers * g->heads;
    struct ranked *head = calloc((size_t)n, sizeof *head);
    if (!head) return error_set(e, E_MEMORY, "no memory for %d heads", n);
    struct findings_table *t = findings_table(r, "masking", "masked heads draw nll accuracy");
    const struct model_lens lens = {.self = g, .attend = attend};
    model_set_lens(g->at->model, &lens);
    rank_heads(g, head, n, r, t);
    put_heads(g, head, n, r);
    const struct conf_reals *mask = &g->o->mask;
    for (int i = 0; i < mask->n; i++)
        if (mask->v[i] <= n) mask_heads(g, head, n, (int)mask->v[i], r, t);
    for (int count = 1; !mask->n && count <= n / 2; count *= 2) mask_heads(g, head, n, count, r, t);
    model_set_lens(g->at->model, NULL);
    free(head);
    return OK;
}

static int heads_run(const void *opts, const struct eval_at *at, struct findings *r,
                     struct error *e)
{
    const struct heads_options *o = opts;
    struct probing g = {.o = o, .at = at, .length = sample_length(o, at)};
    for (int l = 0; l < model_config(at->model)->num_hidden_layers; l++)
        if (model_transforms(at->model, l))
            return error_set(e, E_USAGE,
                             "retrieval_heads: the encoding of layer %d transforms whole rows of "
                             "logits, which the probes cannot follow",
                             l);
    findings_fact_number(r, "length", g.length);
    findings_fact(r, "chance", "a head that looks anywhere: about %.4g",
                  1.0 / (g.length > 0 ? g.length : 1));
    int status = open_probing(&g, e);
    model_set_length(at->model, g.length);
    if (!status) status = run_heads(&g, r, e);
    model_set_length(at->model, 0);
    close_probing(&g);
    return status;
}

const struct task_type task_retrieval_heads = {
    .v = {.name = "retrieval_heads",
          .summary = "heads that fetch the answer of a retrieval task, and the loss without them",
          .paper = "arXiv:2404.15574",
          .schema = &schema},
    .check = heads_check,
    .reach = heads_reach,
    .run = heads_run,
};
