/* task_first_sentence.c -- say the first sentence of a document again.
 *
 *   trunk     sentences of random words: "nodu ka resi. ..."    question  |nodu ka resi.
 *
 * The first-sentence retrieval of Xiong et al. 2023, arXiv 2309.16039, section 4.1, with sentences
 * that cannot be guessed. The mark alone says what is wanted, as the prompt does there. */
#include <string.h>

#include "src/data/task.h"

enum { WORDS_MAX = 16, LETTERS_MAX = 6, SENTENCE_MAX = WORDS_MAX * (LETTERS_MAX + 1) };

struct sentence_options {
    RETRIEVAL_OPTIONS
    int words;
};

#define S struct sentence_options
static const struct conf_field fields[] = {
    RETRIEVAL_FIELDS(S),
    CONF_INT(S, words, 4, 1, WORDS_MAX, "words of a sentence"),
    CONF_END,
};
#undef S
static const struct conf_schema schema = {"first_sentence", sizeof(struct sentence_options),
                                          fields};

/* Words of one to three syllables. */
static int sentence(struct rng *rng, unsigned char *out, int words)
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

static int sentence_least(const void *opts)
{
    const struct sentence_options *o = opts;
    return 2 * o->words * (LETTERS_MAX + 1) + 1;
}

static void sentence_write(const void *opts, const struct task_plan *p, struct rng *rng,
                           struct task_sample *s)
{
    const struct sentence_options *o = opts;
    unsigned char more[SENTENCE_MAX + 1], first[SENTENCE_MAX];
    const int length = sentence(rng, first, o->words);
    s->n = 0;
    s->candidates = 1;
    s->trunk = s->tokens = task_trunk(p, 1, length + 1);
    memcpy(s->text, first, (size_t)length);
    for (int i = length; i < s->trunk;) {
        more[0] = ' ';
        const int n = 1 + sentence(rng, more + 1, o->words), left = s->trunk - i;
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
    .least = sentence_least,
    .write = sentence_write,
};
