/* task_first_sentence.c -- say the first sentence of a document again.
 *
 *   trunk     sentences of random words: "nodu ka resi. ..."    question  |nodu ka resi.
 *
 * The first-sentence retrieval of Xiong et al. 2023, arXiv 2309.16039, section 4.1, with sentences
 * that cannot be guessed. The mark alone says what is wanted, as the prompt does there. Syllables
 * come again in other sentences, so that two or three letters back must be looked at to say which
 * one goes on; `distinct` makes the first sentence one word of capitals (A to J) that all differ
 * and stand nowhere else: then the distance is what is hard. */
#include <string.h>

#include "src/data/task.h"

enum {
    DISTINCT_LETTERS = 4, /* a word */
    CAPITALS = 10         /* as many as there are digits: small models find the pairing sooner */
};

struct sentence_options {
    RETRIEVAL_OPTIONS
    int words;
    bool distinct;
};

#define S struct sentence_options
static const struct conf_field fields[] = {
    RETRIEVAL_FIELDS(S),
    CONF_INT(S, words, 4, 1, TASK_SENTENCE_WORDS, "words of a sentence"),
    CONF_BOOL(S, distinct, false, "the first is 4 x words capitals that stand nowhere else"),
    CONF_END,
};
#undef S
static const struct conf_schema schema = {"first_sentence", sizeof(struct sentence_options),
                                          fields};

static int sentence_check(const void *opts, struct error *e)
{
    const struct sentence_options *o = opts;
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
    return 2 * o->words * TASK_SENTENCE_LETTERS + 1;
}

static void sentence_write(const void *opts, const struct task_plan *p, struct rng *rng,
                           struct task_sample *s)
{
    const struct sentence_options *o = opts;
    unsigned char more[TASK_SENTENCE_MAX + 1], first[TASK_SENTENCE_MAX];
    const int length = o->distinct ? capitals(rng, first, DISTINCT_LETTERS * o->words)
                                   : task_sentence(rng, first, o->words);
    s->n = 0;
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
    .symbols = 19,
    .check = sentence_check,
    .least = sentence_least,
    .write = sentence_write,
};
