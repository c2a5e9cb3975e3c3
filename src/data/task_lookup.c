/* task_lookup.c -- which symbol stood k places back?
 *
 *   trunk     random letters     question  @kkkkx: the letter k places before the end of the trunk
 *
 * Behavioural resolution of positions: nothing but the distance says what is wanted. k is log-uniform
 * in training; scored, depth d asks for distance trunk^(1 - d). */
#include <math.h>

#include "src/data/task.h"

enum { NUMBER = 4, LETTERS = 26, QUESTION = NUMBER + 2, FARTHEST = 9999 };

struct lookup_options {
    RETRIEVAL_OPTIONS
};

#define S struct lookup_options
static const struct conf_field fields[] = {
    RETRIEVAL_FIELDS(S),
    CONF_END,
};
#undef S
static const struct conf_schema schema = {"lookup", sizeof(struct lookup_options), fields};

static int lookup_least(const void *opts)
{
    (void)opts;
    return QUESTION + 1;
}

static void lookup_write(const void *opts, const struct task_plan *p, struct rng *rng,
                         struct task_sample *s)
{
    (void)opts;
    /* distances count from the end of the trunk: a trained document asks once */
    const int asked = p->isolated ? task_fit(p, QUESTION, 1) : 1;
    s->n = 0;
    s->trunk = s->tokens = task_trunk(p, asked, QUESTION);
    s->candidates = s->trunk;
    task_draw(rng, s->text, s->trunk, 'a', LETTERS);
    const int trunk = s->trunk < FARTHEST ? s->trunk : FARTHEST;
    for (int k = 0; k < asked; k++) {
        const double depth = p->depth ? p->depth[k] : rng_uniform(rng);
        int back = (int)floor(pow(trunk, 1 - depth) + 0.5);
        if (back > trunk) back = trunk;
        const int at = s->trunk - back;
        unsigned char prompt[NUMBER + 1];
        prompt[0] = '@';
        task_code(back, prompt + 1, NUMBER, '0', 10);
        task_ask(s, prompt, NUMBER + 1, s->text + at, 1, at, at + 1);
        s->question[k].at = back;
    }
}

const struct retrieval_type retrieval_lookup = {
    .v = {.name = "lookup", .summary = "which symbol stood k places back", .schema = &schema},
    .axis = TASK_OCTAVE,
    .axis_name = "distance",
    .symbols = LETTERS,
    .least = lookup_least,
    .write = lookup_write,
};
