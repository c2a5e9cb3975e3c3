/* task_text.c -- fillers, symbols and places: what the retrieval tasks share. See task.h. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "src/data/task.h"

int task_trunk(const struct task_plan *p, int n, int question)
{
    return p->tokens - (p->isolated ? 1 : n) * question;
}

int task_fit(const struct task_plan *p, int question, int each)
{
    int n = p->questions < TASK_QUESTIONS ? p->questions : TASK_QUESTIONS;
    while (n > 1 && task_trunk(p, n, question) < n * each) n--;
    return n;
}

/* ---- fillers ---- */

void task_noise(struct rng *rng, unsigned char *text, int n)
{
    static const char noise[] = "the rope lies still. the wind goes on. ";
    const int period = (int)sizeof noise - 1;
    int at = (int)rng_below(rng, (uint64_t)period);
    for (int i = 0; i < n; i++, at = at + 1 < period ? at + 1 : 0)
        text[i] = (unsigned char)noise[at];
}

static void uniform(struct rng *rng, unsigned char *text, int n)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz ";
    for (int i = 0; i < n; i++) text[i] = (unsigned char)letters[rng_below(rng, 27)];
}

int task_sentence(struct rng *rng, unsigned char *out, int words)
{
    static const char consonants[] = "bdfgklmnprstvz", vowels[] = "aeiou";
    int n = 0;
    for (int w = 0; w < words; w++) {
        for (int k = 1 + (int)rng_below(rng, 3); k > 0; k--) {
            out[n++] = (unsigned char)consonants[rng_below(rng, sizeof consonants - 1)];
            out[n++] = (unsigned char)vowels[rng_below(rng, sizeof vowels - 1)];
        }
        out[n++] = w + 1 < words ? ' ' : '.';
    }
    return n;
}

void task_filler(const struct task_plan *p, struct rng *rng, unsigned char *text, int n)
{
    if (!p->filler) {
        uniform(rng, text, n);
        return;
    }
    assert(p->filler_length >= (size_t)n);
    memcpy(text, p->filler + rng_below(rng, p->filler_length - (size_t)n + 1), (size_t)n);
}

void task_clear(unsigned char *text, int n, unsigned char mark)
{
    for (int i = 0; i < n; i++)
        if (text[i] == mark) text[i] = ' ';
}

/* ---- symbols ---- */

void task_draw(struct rng *rng, unsigned char *out, int n, int first, int symbols)
{
    for (int i = 0; i < n; i++)
        out[i] = (unsigned char)(first + (int)rng_below(rng, (uint64_t)symbols));
}

/* An eighth of all values, by a hash of the value: never trained, alone scored. */
static bool held_out(const unsigned char *value, int n)
{
    uint64_t code = 0;
    for (int i = 0; i < n; i++) code = code * 256 + value[i];
    return rng_hash(0, "task/held-out", code) % 8 == 0;
}

void task_draw_value(const struct task_plan *p, struct rng *rng, unsigned char *out, int n,
                     int first, int symbols)
{
    do task_draw(rng, out, n, first, symbols);
    while (n >= 4 && held_out(out, n) != p->held_out);
}

void task_distinct(struct rng *rng, int32_t *out, int n, int64_t space)
{
    assert(n <= space);
    for (int i = 0; i < n; i++) {
        bool again = true;
        while (again) {
            out[i] = (int32_t)rng_below(rng, (uint64_t)space);
            again = false;
            for (int k = 0; k < i && !again; k++) again = out[k] == out[i];
        }
    }
}

void task_code(int64_t code, unsigned char *out, int n, int first, int symbols)
{
    for (int i = n - 1; i >= 0; i--, code /= symbols)
        out[i] = (unsigned char)(first + (int)(code % symbols));
}

/* ---- places ---- */

/* Ranks of x[n]: order[k] is where x[k] comes in ascending order; equal ones keep their order. */
static void rank(const double *x, int n, int *order)
{
    for (int k = 0; k < n; k++) {
        order[k] = 0;
        for (int j = 0; j < n; j++) order[k] += x[j] < x[k] || (x[j] == x[k] && j < k);
    }
}

void task_scatter(const struct task_plan *p, struct rng *rng, int trunk, int record, int n,
                  int asked, int *at, int *order)
{
    double depth[2 * TASK_QUESTIONS];
    const int room = trunk - n * record;
    assert(n <= 2 * TASK_QUESTIONS && room >= 0);
    for (int k = 0; k < n; k++) depth[k] = p->depth && k < asked ? p->depth[k] : rng_uniform(rng);
    rank(depth, n, order);
    for (int k = 0; k < n; k++)
        at[order[k]] = (int)floor(depth[k] * room + 0.5) + order[k] * record;
}

void task_choose(const struct task_plan *p, struct rng *rng, int n, int asked, int *index)
{
    assert(asked <= n);
    if (!p->depth) {
        int32_t drawn[TASK_QUESTIONS];
        task_distinct(rng, drawn, asked, n);
        for (int k = 0; k < asked; k++) index[k] = drawn[k];
        return;
    }
    for (int k = 0; k < asked; k++) {
        index[k] = (int)floor(p->depth[k] * (n - 1) + 0.5);
        bool taken = true;
        while (taken) { /* the nearest free one after it, around the end */
            taken = false;
            for (int j = 0; j < k && !taken; j++) taken = index[j] == index[k];
            if (taken) index[k] = (index[k] + 1) % n;
        }
    }
}

void task_ask(struct task_sample *s, const unsigned char *prompt, int prompt_length,
              const unsigned char *answer, int answer_length, int source, int source_end)
{
    struct task_question *q = &s->question[s->n++];
    q->begin = s->tokens;
    q->answer = q->begin + prompt_length;
    q->end = q->answer + answer_length;
    q->source = source;
    q->source_end = source_end;
    q->at = s->trunk > 1 ? (double)source / (s->trunk - 1) : 0;
    assert(q->end <= TASK_TOKENS_MAX);
    memcpy(s->text + q->begin, prompt, (size_t)prompt_length);
    memcpy(s->text + q->answer, answer, (size_t)answer_length);
    s->tokens = q->end;
}
