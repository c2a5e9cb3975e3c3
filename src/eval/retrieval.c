/* retrieval.c -- samples go through the model in batches, answers are collected. See retrieval.h. */
#include "src/eval/retrieval.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/eval/retrieval_table.h"

enum { SAMPLES = 40, QUESTIONS = 11 };

/* ---- options ---- */

int retrieval_check(const struct retrieval_type *type, const void *opts, struct error *e)
{
    const struct retrieval_options *o = opts;
    TRY(task_check(type, opts, e));
    if (o->loss == TASK_LOSS_ANSWER) return OK;
    return error_set(e, E_USAGE, "%s: `loss` is for training: answers alone are scored",
                     type->v.name);
}

int retrieval_lengths(const void *opts, int train_length, int out[RETRIEVAL_LENGTHS])
{
    const struct retrieval_options *o = opts;
    int n = 0;
    for (int i = 0; i < o->lengths.n && n < RETRIEVAL_LENGTHS; i++) out[n++] = (int)o->lengths.v[i];
    for (int k = -2; !o->lengths.n && k <= 3; k++) {
        const int length = k < 0 ? train_length >> -k : train_length << k;
        if (length >= 32 && length <= TASK_TOKENS_MAX) out[n++] = length;
    }
    return n;
}

int retrieval_reach(const void *opts, const struct eval_at *at)
{
    int length[RETRIEVAL_LENGTHS];
    const int n = retrieval_lengths(opts, at->train_length, length);
    return n ? length[n - 1] : 0;
}

/* ---- batches ---- */

/* Token of each byte; NULL: the byte itself. */
static int32_t token_of(const int32_t *byte_token, unsigned char byte)
{
    return byte_token ? byte_token[byte] : byte;
}

static void add_token(struct batch *b, int32_t token, int32_t target, int position, int anchor,
                      int prefix_begin, int prefix_end)
{
    const int i = b->tokens++;
    b->token[i] = token;
    b->target[i] = target;
    b->weight[i] = target != NO_TARGET;
    b->weight_sum += b->weight[i];
    b->position[i] = position;
    b->source[i] = 0;
    b->document[i] = b->rows - 1;
    b->length_class[i] = 0;
    b->anchor[i] = anchor;
    if (!b->prefix_begin) return;
    b->prefix_begin[i] = prefix_begin;
    b->prefix_end[i] = prefix_end;
}

static void end_row(struct batch *b)
{
    b->row_start[b->rows] = b->tokens;
}

/* Text [from, to) of one question, its answer as targets, from position `position` on. The last
 * token of the answer is read by nobody. */
static void add_question(struct batch *b, const struct task_sample *s, const int32_t *byte_token,
                         const struct task_question *q, int position, int anchor, int prefix_begin,
                         int prefix_end)
{
    for (int i = q->begin; i < q->end - 1; i++)
        add_token(b, token_of(byte_token, s->text[i]),
                  i + 1 >= q->answer ? token_of(byte_token, s->text[i + 1]) : NO_TARGET,
                  position + i - q->begin, anchor, prefix_begin, prefix_end);
}

static void add_trunk(struct batch *b, const struct task_sample *s, const int32_t *byte_token)
{
    const int anchor = b->tokens;
    for (int i = 0; i < s->trunk; i++)
        add_token(b, token_of(byte_token, s->text[i]), NO_TARGET, i, anchor, anchor, anchor);
}

static void lay_inlined(struct batch *b, const struct task_sample *s, const int32_t *byte_token)
{
    const int anchor = b->tokens;
    b->rows++;
    add_trunk(b, s, byte_token);
    for (int k = 0; k < s->n; k++)
        for (int i = s->question[k].answer; i < s->question[k].end; i++) {
            b->target[anchor + i - 1] = token_of(byte_token, s->text[i]);
            b->weight[anchor + i - 1] = 1;
            b->weight_sum++;
        }
    end_row(b);
}

void retrieval_lay(struct batch *b, const struct task_sample *s, const struct retrieval_type *type,
                   const int32_t *byte_token, bool branches)
{
    if (type->inlined) {
        lay_inlined(b, s, byte_token);
        return;
    }
    const int trunk = b->tokens;
    for (int k = 0; k < s->n; k++) {
        const struct task_question *q = &s->question[k];
        if (!k || !branches) {
            b->rows++;
            add_trunk(b, s, byte_token);
            if (branches) end_row(b);
        }
        if (branches) b->rows++;
        const int anchor = branches ? b->tokens : b->tokens - s->trunk;
        add_question(b, s, byte_token, q, s->trunk, anchor, branches ? trunk : anchor,
                     branches ? trunk + s->trunk : anchor);
        end_row(b);
    }
}

/* Tokens that the sample will take. */
static int laid(const struct task_sample *s, const struct retrieval_type *type, bool branches)
{
    if (type->inlined) return s->trunk;
    int n = branches ? s->trunk : 0;
    for (int k = 0; k < s->n; k++)
        n += s->question[k].end - s->question[k].begin - 1 + (branches ? 0 : s->trunk);
    return n;
}

/* ---- scoring ---- */

struct scorer {
    const struct retrieval_type *type;
    const void *opts;
    const struct eval_at *at;
    struct task_filler_text filler;
    const int32_t *byte_token;
    bool branches;
    int capacity; /* tokens of a batch */
    struct batch batch;
    struct token_score *score; /* [capacity] */
    unsigned char *text;       /* [TASK_TOKENS_MAX] */
    struct retrieval_answers answers;
};

static void close_scorer(struct scorer *s)
{
    free(s->batch.prefix_begin);
    free(s->batch.prefix_end);
    batch_close(&s->batch);
    task_filler_close(&s->filler);
    free(s->score);
    free(s->text);
    retrieval_answers_close(&s->answers);
}

static int open_scorer(struct scorer *s, struct error *e)
{
    int length[RETRIEVAL_LENGTHS], first = 0;
    const int lengths = retrieval_lengths(s->opts, s->at->train_length, length);
    while (first < lengths && length[first] < s->type->least(s->opts)) first++;
    const size_t n = (size_t)(s->capacity = s->at->max_tokens);
    s->branches = !s->type->inlined && !s->type->single && model_branches(s->at->model);
    s->byte_token = s->at->data ? data_byte_tokens(s->at->data) : NULL;
    for (int i = 0; s->byte_token && i < 256; i++)
        if (s->byte_token[i] < 0)
            return error_set(e, E_USAGE, "the tokenizer has no token for byte %d", i);
    if (first < lengths)
        TRY(task_filler_open(&s->filler, s->type, s->opts, true, length[first], length[lengths - 1],
                             e));
    TRY(batch_open(&s->batch, s->capacity, e));
    s->text = malloc(TASK_TOKENS_MAX);
    s->score = calloc(n, sizeof *s->score);
    if (s->branches) {
        s->batch.prefix_begin = calloc(n, sizeof(int32_t));
        s->batch.prefix_end = calloc(n, sizeof(int32_t));
    }
    if (!s->text || !s->score || (s->branches && (!s->batch.prefix_begin || !s->batch.prefix_end)))
        return error_set(e, E_MEMORY, "no memory for a batch of %d tokens", s->capacity);
    return OK;
}

/* Run what the batch holds; the targets come in the order of the answers that are waiting. */
static int flush(struct scorer *s, struct error *e)
{
    struct batch *b = &s->batch;
    if (!b->tokens) return OK;
    model_score(s->at->model, b, s->score);
    int n = 0;
    for (int i = 0; i < b->tokens; i++)
        if (b->target[i] != NO_TARGET) s->score[n++] = s->score[i];
    b->tokens = b->rows = 0;
    b->weight_sum = 0;
    return retrieval_answers_fill(&s->answers, s->score, n, e);
}

/* In the order in which the batch holds their targets: inline answers by place. */
static int by_place(const void *a, const void *b)
{
    return ((const struct task_question *)a)->answer - ((const struct task_question *)b)->answer;
}

/* Questions that the sample must be split into so that it fits, a few at a time. */
static int submit(struct scorer *s, struct task_sample *sample, int length, int haystack,
                  const double *depth, int first_cell, struct error *e)
{
    if (s->type->inlined)
        qsort(sample->question, (size_t)sample->n, sizeof *sample->question, by_place);
    for (int from = 0; from < sample->n;) {
        struct task_sample part = *sample;
        part.n = sample->n - from;
        memmove(part.question, sample->question + from, (size_t)part.n * sizeof *part.question);
        while (part.n > 1 && !s->type->inlined && laid(&part, s->type, s->branches) > s->capacity)
            part.n--;
        if (s->batch.tokens + laid(&part, s->type, s->branches) > s->capacity) TRY(flush(s, e));
        retrieval_lay(&s->batch, &part, s->type, s->byte_token, s->branches);
        for (int k = 0; k < part.n; k++) {
            const struct retrieval_answer answer = {
                .length = length,
                .haystack = haystack,
                .cell = first_cell + from + k,
                .asked = s->type->inlined ? 0 : depth[first_cell + from + k],
                .at = part.question[k].at,
                .candidates = sample->candidates,
                .chance = pow(sample->symbols ? sample->symbols : s->type->symbols,
                              part.question[k].answer - part.question[k].end),
                .tokens = part.question[k].end - part.question[k].answer,
            };
            TRY(retrieval_answers_add(&s->answers, &answer, e));
        }
        from += part.n;
    }
    return OK;
}

static int score_length(struct scorer *s, int length, struct error *e)
{
    const struct retrieval_options *o = s->opts;
    const int questions = s->type->fixed ? 1
                          : o->questions ? o->questions
                                         : QUESTIONS,
              samples = o->samples ? o->samples : SAMPLES, asked = s->type->single ? 1 : questions;
    double depth[TASK_QUESTIONS];
    for (int k = 0; k < questions; k++) depth[k] = questions > 1 ? k / (questions - 1.0) : 0;
    model_set_length(s->at->model, length);
    for (int haystack = 0; haystack < samples; haystack++)
        for (int first = 0; first < questions; first += asked) {
            char name[96];
            struct task_sample sample = {.text = s->text};
            const struct task_plan plan = {
                .tokens = length,
                .questions = asked,
                .depth = depth + first,
                .isolated = !s->type->inlined,
                .held_out = true,
                .filler = s->filler.text ? s->filler.text + s->filler.begin : NULL,
                .filler_length = s->filler.length};
            /* one stream per haystack: the same one, whatever the depth */
            snprintf(name, sizeof name, "task/%s/%d/%d", s->type->v.name, length, haystack);
            struct rng rng = rng_open(s->at->seed, name);
            s->type->write(s->opts, &plan, &rng, &sample);
            TRY(submit(s, &sample, length, haystack, depth, first, e));
        }
    return flush(s, e);
}

int retrieval_run(const struct retrieval_type *type, const void *opts, const struct eval_at *at,
                  struct findings *r, struct error *e)
{
    struct scorer s = {.type = type, .opts = opts, .at = at};
    int length[RETRIEVAL_LENGTHS];
    const int n = retrieval_lengths(opts, at->train_length, length);
    const int least = type->least(opts);
    int status = open_scorer(&s, e);
    if (!status && n && length[n - 1] > at->max_tokens)
        status = error_set(e, E_USAGE, "%s: a row of %d tokens does not fit a pass of %d",
                           type->v.name, length[n - 1], at->max_tokens);
    for (int i = 0; i < n && !status; i++)
        if (length[i] >= least) status = score_length(&s, length[i], e);
    model_set_length(at->model, 0);
    if (!status) {
        findings_fact(
            r, "scoring",
            "teacher forcing, answers alone, values of 4 symbols and more never trained, %s",
            s.type->inlined ? "questions inside the text"
            : s.branches    ? "questions as isolated branches behind one haystack"
                            : "a row of its own for each question");
        retrieval_report(&s.answers, type, at->train_length, r);
    }
    close_scorer(&s);
    return status;
}
