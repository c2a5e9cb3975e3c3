/* task_sentence_by_mark.c -- say a sentence again that its mark names.
 *
 *   trunk     #qx nodu ka resi.#ba ...                    question  ?qx nodu ka resi.
 *
 * First-sentence retrieval (Xiong et al. 2023, arXiv 2309.16039, section 4.1) from any depth: what
 * is at the very beginning can be found by its place, this by its content alone. Sentences are
 * whole, so an asked one begins up to a sentence before the depth asked for. */
#include <string.h>

#include "src/data/task.h"

enum { MARK_MAX = 3, RECORD_MAX = 2 + MARK_MAX + TASK_SENTENCE_MAX };

struct mark_options {
    RETRIEVAL_OPTIONS
    int words, mark;
};

#define S struct mark_options
static const struct conf_field fields[] = {
    RETRIEVAL_FIELDS(S),
    CONF_INT(S, words, 4, 1, TASK_SENTENCE_WORDS, "words of a sentence"),
    CONF_INT(S, mark, 2, 1, MARK_MAX, "letters of a mark"),
    CONF_END,
};
#undef S
static const struct conf_schema schema = {"sentence_by_mark", sizeof(struct mark_options), fields};

static int longest_record(const struct mark_options *o)
{
    return 2 + o->mark + TASK_SENTENCE_LETTERS * o->words;
}

static int mark_least(const void *opts)
{
    return 2 * longest_record(opts);
}

static int64_t marks(const struct mark_options *o)
{
    int64_t n = 1;
    for (int i = 0; i < o->mark; i++) n *= 26;
    return n;
}

static int mark_check(const void *opts, struct error *e)
{
    const struct mark_options *o = opts;
    if (marks(o) > TASK_QUESTIONS) return OK;
    return error_set(e, E_USAGE, "sentence_by_mark: marks of one letter do not name %d sentences",
                     TASK_QUESTIONS + 1);
}

/* "#qx nodu ka resi."; returns its length. */
static int record(const struct mark_options *o, struct rng *rng, int32_t mark, unsigned char *out)
{
    out[0] = '#';
    task_code(mark, out + 1, o->mark, 'a', 26);
    out[1 + o->mark] = ' ';
    return 2 + o->mark + task_sentence(rng, out + 2 + o->mark, o->words);
}

/* One that none of the n asked sentences has. */
static int32_t other_mark(const struct mark_options *o, struct rng *rng, const int32_t *asked,
                          int n)
{
    for (;;) {
        const int32_t mark = (int32_t)rng_below(rng, (uint64_t)marks(o));
        bool taken = false;
        for (int k = 0; k < n && !taken; k++) taken = asked[k] == mark;
        if (!taken) return mark;
    }
}

struct asked {
    int n;
    int32_t mark[TASK_QUESTIONS];
    unsigned char text[TASK_QUESTIONS][RECORD_MAX];
    int length[TASK_QUESTIONS], at[TASK_QUESTIONS], order[TASK_QUESTIONS];
};

/* Sentences up to `to`, or as many as are whole before it; the last one is cut at the trunk's
 * end. */
static int fill(const struct mark_options *o, struct rng *rng, const struct asked *a, int from,
                int to, struct task_sample *s)
{
    unsigned char text[RECORD_MAX];
    while (from < to) {
        const int n = record(o, rng, other_mark(o, rng, a->mark, a->n), text);
        const bool whole = from + n <= to;
        if (!whole && to < s->trunk) break;
        memcpy(s->text + from, text, (size_t)(whole ? n : to - from));
        s->candidates += whole;
        from = whole ? from + n : to;
    }
    return from;
}

/* Draw the sentences that are asked for; returns the bytes of all of them and of the longest. */
static int draw(const struct mark_options *o, const struct task_plan *p, struct rng *rng,
                struct asked *a, int *longest)
{
    int sum = 0;
    *longest = 0;
    a->n = task_fit(p, longest_record(o), longest_record(o));
    task_distinct(rng, a->mark, a->n, marks(o));
    for (int k = 0; k < a->n; k++) {
        a->length[k] = record(o, rng, a->mark[k], a->text[k]);
        sum += a->length[k];
        if (a->length[k] > *longest) *longest = a->length[k];
    }
    return sum;
}

static void mark_write(const void *opts, const struct task_plan *p, struct rng *rng,
                       struct task_sample *s)
{
    const struct mark_options *o = opts;
    struct asked a;
    int longest, place[TASK_QUESTIONS], i = 0, before = 0;
    const int sum = draw(o, p, rng, &a, &longest), head = 2 + o->mark;
    s->n = 0;
    s->candidates = a.n;
    s->trunk = s->tokens = p->tokens - (p->isolated ? longest : sum);
    task_scatter(p, rng, s->trunk - sum, 0, a.n, a.n, place, a.order);
    for (int rank = 0; rank < a.n; rank++) {
        int k = 0;
        while (a.order[k] != rank) k++;
        i = fill(o, rng, &a, i, place[rank] + before, s);
        a.at[k] = i;
        memcpy(s->text + i, a.text[k], (size_t)a.length[k]);
        i += a.length[k];
        before += a.length[k];
    }
    fill(o, rng, &a, i, s->trunk, s);
    for (int k = 0; k < a.n; k++) {
        a.text[k][0] = '?';
        task_ask(s, a.text[k], head, a.text[k] + head, a.length[k] - head, a.at[k],
                 a.at[k] + a.length[k]);
    }
}

const struct retrieval_type retrieval_sentence_by_mark = {
    .v = {.name = "sentence_by_mark",
          .summary = "say a sentence again that its mark names",
          .paper = "arXiv:2309.16039",
          .schema = &schema},
    .axis = TASK_DEPTH,
    .axis_name = "depth",
    .symbols = 19,
    .check = mark_check,
    .least = mark_least,
    .write = mark_write,
};
