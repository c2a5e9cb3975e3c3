/* task_first_sentence.c -- say the first sentence of a document again.
 *
 *   trunk     sentences of random words: "nodu ka resi. ..."    question  |nodu ka resi.
 *
 * The first-sentence retrieval of Xiong et al. 2023, arXiv 2309.16039, section 4.1, with sentences
 * that cannot be guessed. The mark alone says what is wanted, as the prompt does there. Syllables
 * come again in other sentences, so that two or three letters back must be looked at to say which
 * one goes on; `distinct` makes the first sentence one word of capitals (A to J) that all differ
 * and stand nowhere else: then the distance is what is hard.
 *
 * With `text`, the trunk is a piece of it from the beginning of a sentence on (sentence.h), the
 * first one with each run of white space as one space, what follows as it is but for | that become
 * spaces: the mark stands once. The sentence and its answer are no longer than the sample allows,
 * so samples of less than 401 tokens begin with the shorter sentences only. */
#include <assert.h>
#include <string.h>

#include "src/data/sentence.h"
#include "src/data/task.h"

enum {
    DISTINCT_LETTERS = 4, /* a word */
    CAPITALS = 10,        /* as many as there are digits: small models find the pairing sooner */
    WORDS = 4,
    TEXT_LEAST = 4 * SENTENCE_LEAST + 1 /* tokens; sentences of twice the least length fit in */
};

struct sentence_options {
    RETRIEVAL_OPTIONS
    int words;
    bool distinct;
};

#define S struct sentence_options
static const struct conf_field fields[] = {
    RETRIEVAL_FIELDS(S),
    CONF_INT(S, words, WORDS, 1, TASK_SENTENCE_WORDS, "words of a sentence, without `text`"),
    CONF_BOOL(S, distinct, false, "the first is 4 x words capitals that stand nowhere else"),
    CONF_END,
};
#undef S
static const struct conf_schema schema = {"first_sentence", sizeof(struct sentence_options),
                                          fields};

static int sentence_check(const void *opts, struct error *e)
{
    const struct sentence_options *o = opts;
    if (o->text && (o->distinct || o->words != WORDS))
        return error_set(e, E_USAGE,
                         "first_sentence: `text` and `%s` exclude each other: a text has its own "
                         "sentences",
                         o->distinct ? "distinct" : "words");
    if (!o->distinct || DISTINCT_LETTERS * o->words <= CAPITALS) return OK;
    return error_set(e, E_USAGE, "first_sentence: %d capitals cannot all differ",
                     DISTINCT_LETTERS * o->words);
}

static int capitals(struct rng *rng, unsigned char *out, int n)
{
    int32_t letter[CAPITALS];
    task_distinct(rng, letter, n, CAPITALS);
    for (int i = 0; i < n; i++) out[i] = (unsigned char)('A' + letter[i]);
    out[n] = '.';
    return n + 1;
}

static int sentence_least(const void *opts)
{
    const struct sentence_options *o = opts;
    return o->text ? TEXT_LEAST : 2 * o->words * TASK_SENTENCE_LETTERS + 1;
}

/* ---- over real text ---- */

/* Bytes of the longest sentence that stands twice, with a mark between, in a sample. */
static int longest_sentence(int tokens)
{
    const int half = (tokens - 1) / 2;
    return half < SENTENCE_MOST ? half : SENTENCE_MOST;
}

/* One sentence that is good for the shortest and the longest sample is good for all between. */
static int sentence_check_filler(const char *text, size_t n, bool held_out, int shortest,
                                 int longest, struct error *e)
{
    struct sentence first;
    const int most = longest_sentence(shortest);
    if (sentence_next(text, n - (size_t)longest, held_out, most, &first)) return OK;
    return error_set(e, E_USAGE, "no sentence of %d to %d bytes has %d bytes behind it",
                     SENTENCE_LEAST, most, longest);
}

/* The sentence at or behind a random place, around the end. Held-out text begins within one. */
static struct sentence draw_sentence(const struct task_plan *p, struct rng *rng)
{
    struct sentence s;
    const size_t n = p->filler_length - (size_t)p->tokens;
    const int most = longest_sentence(p->tokens);
    const bool found = sentence_next(p->filler, n, p->held_out + rng_below(rng, n), most, &s) ||
                       sentence_next(p->filler, n, p->held_out, most, &s);
    assert(found); /* see sentence_check_filler */
    (void)found;
    return s;
}

static int others(const unsigned char *text, int n)
{
    int count = 0;
    struct sentence s;
    for (size_t at = 1; sentence_next((const char *)text, (size_t)n, at, SENTENCE_MOST, &s);
         at = s.end)
        count++;
    return count;
}

static void write_of_text(const struct task_plan *p, struct rng *rng, struct task_sample *s)
{
    unsigned char answer[SENTENCE_MOST];
    const struct sentence first = draw_sentence(p, rng);
    s->symbols = 256;
    s->trunk = s->tokens = task_trunk(p, 1, first.bytes + 1);
    sentence_fold(p->filler, &first, s->text);
    memcpy(s->text + first.bytes, p->filler + first.end, (size_t)(s->trunk - first.bytes));
    task_clear(s->text, s->trunk, '|');
    memcpy(answer, s->text, (size_t)first.bytes);
    s->candidates = 1 + others(s->text, s->trunk);
    task_ask(s, (const unsigned char *)"|", 1, answer, first.bytes, 0, first.bytes);
}

static void sentence_write(const void *opts, const struct task_plan *p, struct rng *rng,
                           struct task_sample *s)
{
    const struct sentence_options *o = opts;
    unsigned char more[TASK_SENTENCE_MAX + 1], first[TASK_SENTENCE_MAX];
    s->n = 0;
    if (p->filler) {
        write_of_text(p, rng, s);
        return;
    }
    const int length = o->distinct ? capitals(rng, first, DISTINCT_LETTERS * o->words)
                                   : task_sentence(rng, first, o->words);
    s->symbols = o->distinct ? CAPITALS : 0;
    s->candidates = 1;
    s->trunk = s->tokens = task_trunk(p, 1, length + 1);
    memcpy(s->text, first, (size_t)length);
    for (int i = length; i < s->trunk;) {
        more[0] = ' ';
        const int n = 1 + task_sentence(rng, more + 1, o->words), left = s->trunk - i;
        memcpy(s->text + i, more, (size_t)(n < left ? n : left));
        s->candidates += n <= left;
        i += n;
    }
    task_ask(s, (const unsigned char *)"|", 1, first, length, 0, length);
}

const struct retrieval_type retrieval_first_sentence = {
    .v = {.name = "first_sentence",
          .summary = "say the first sentence of a document again",
          .paper = "arXiv:2309.16039",
          .schema = &schema},
    .axis = TASK_DEPTH,
    .axis_name = "depth",
    .single = true,
    .fixed = true,
    .hides = true,
    .symbols = 19,
    .check = sentence_check,
    .least = sentence_least,
    .check_filler = sentence_check_filler,
    .write = sentence_write,
};
