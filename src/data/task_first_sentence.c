/* task_first_sentence.c -- say the first sentence of a document again.
 *
 *   trunk     sentences of random words: "nodu ka resi. ..."    question  |nodu ka resi.
 *
 * The first-sentence retrieval of Xiong et al. 2023, arXiv 2309.16039, section 4.1, with sentences
 * that cannot be guessed. The mark alone says what is wanted, as the prompt does there. */
#include <string.h>

#include "src/data/task.h"

struct sentence_options {
    RETRIEVAL_OPTIONS
    int words;
};

#define S struct sentence_options
static const struct conf_field fields[] = {
    RETRIEVAL_FIELDS(S),
    CONF_INT(S, words, 4, 1, TASK_SENTENCE_WORDS, "words of a sentence"),
    CONF_END,
};
#undef S
static const struct conf_schema schema = {"first_sentence", sizeof(struct sentence_options),
                                          fields};

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
    const int length = task_sentence(rng, first, o->words);
    s->n = 0;
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
    .least = sentence_least,
    .write = sentence_write,
};
