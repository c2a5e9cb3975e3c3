/* task_line_retrieval.c -- numbered lines; ask for the value of line i.
 *
 *   trunk     @iiii:dddd;@iiii:dddd;...    question  ?iiii:dddd
 *
 * LongEval's lines (Li et al. 2023). index sequential: i counts 1, 2, 3, so that a model can find the
 * line by counting positions; random: any number, so that only the content helps. The difference
 * of the two isolates position. */
#include <string.h>

#include "src/data/task.h"

enum { NUMBER = 4, VALUE_MAX = 16, NUMBERS = 10000 };
enum { INDEX_SEQUENTIAL, INDEX_RANDOM };
static const char *const indices[] = {"sequential", "random", NULL};

struct line_options {
    RETRIEVAL_OPTIONS
    int value, index;
};

#define S struct line_options
static const struct conf_field fields[] = {
    RETRIEVAL_FIELDS(S),
    CONF_INT(S, value, 4, 1, VALUE_MAX, "digits of a value"),
    CONF_ENUM(S, index, INDEX_SEQUENTIAL, indices, "lines count up, or have random numbers"),
    CONF_END,
};
#undef S
static const struct conf_schema schema = {"line_retrieval", sizeof(struct line_options), fields};

static int line_least(const void *opts)
{
    const struct line_options *o = opts;
    return 2 * (NUMBER + o->value) + 5;
}

static void line_write(const void *opts, const struct task_plan *p, struct rng *rng,
                       struct task_sample *s)
{
    const struct line_options *o = opts;
    const int size = NUMBER + o->value + 3, question = NUMBER + o->value + 2,
              asked = task_fit(p, question, size);
    const uint64_t sample = rng_u64(rng);
    int index[TASK_QUESTIONS];
    s->n = 0;
    s->trunk = s->tokens = task_trunk(p, asked, question);
    const int n = s->trunk / size, pad = s->trunk - n * size;
    s->candidates = n;
    memset(s->text, ' ', (size_t)pad);
    for (int k = 0; k < n; k++) {
        unsigned char *line = s->text + pad + k * size;
        const uint64_t number = o->index == INDEX_SEQUENTIAL
                                    ? (uint64_t)k + 1
                                    : rng_permute(sample, "task/lines", (uint64_t)k, NUMBERS);
        line[0] = '@';
        task_code((int64_t)number, line + 1, NUMBER, '0', 10);
        line[1 + NUMBER] = ':';
        task_draw_value(p, rng, line + 2 + NUMBER, o->value, '0', 10);
        line[size - 1] = ';';
    }
    task_choose(p, rng, n, asked, index);
    for (int k = 0; k < asked; k++) {
        const int at = pad + index[k] * size;
        unsigned char prompt[NUMBER + 2];
        memcpy(prompt, s->text + at, sizeof prompt);
        prompt[0] = '?';
        task_ask(s, prompt, NUMBER + 2, s->text + at + 2 + NUMBER, o->value, at, at + size);
    }
}

const struct retrieval_type retrieval_line_retrieval = {
    .v = {.name = "line_retrieval",
          .summary = "numbered lines; the value of line i",
          .schema = &schema},
    .axis = TASK_DEPTH,
    .axis_name = "depth",
    .symbols = 10,
    .least = line_least,
    .write = line_write,
};
