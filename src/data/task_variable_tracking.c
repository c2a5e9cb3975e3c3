/* task_variable_tracking.c -- chains of assignments: what is the value of the last variable?
 *
 *   trunk     filler with #AB=4711; ... #CD=AB; ... #EF=CD;     question  ?EF=4711
 *
 * RULER's variable tracking (Hsieh et al. 2024, arXiv 2404.06654), asked the other way round: there
 * all variables of a value are wanted, here the value of a variable h hops away, whose answer is one
 * text. Statements of a chain stand in order; other chains are distractors. */
#include <string.h>

#include "src/data/task.h"

enum { NAME = 2, VALUE = 4, HOPS_MAX = 8, CHAINS_MAX = 8, STATEMENT = NAME + VALUE + 3 };

struct tracking_options {
    RETRIEVAL_OPTIONS
    int hops, chains;
};

#define S struct tracking_options
static const struct conf_field fields[] = {
    RETRIEVAL_FIELDS(S),
    CONF_INT(S, hops, 2, 0, HOPS_MAX, "assignments from variable to variable in a chain"),
    CONF_INT(S, chains, 2, 1, CHAINS_MAX, "chains in a text"),
    CONF_END,
};
#undef S
static const struct conf_schema schema = {"variable_tracking", sizeof(struct tracking_options),
                                          fields};

static int tracking_least(const void *opts)
{
    const struct tracking_options *o = opts;
    return o->chains * (o->hops + 1) * STATEMENT + NAME + VALUE + 2;
}

/* #name=right; padded with blanks before the mark, so that statements are of one size. */
static void state(unsigned char *text, int32_t name, const unsigned char *right, int n)
{
    memset(text, ' ', STATEMENT);
    text += STATEMENT - (NAME + n + 3);
    text[0] = '#';
    task_code(name, text + 1, NAME, 'A', 26);
    text[1 + NAME] = '=';
    memcpy(text + 2 + NAME, right, (size_t)n);
    text[2 + NAME + n] = ';';
}

static void tracking_write(const void *opts, const struct task_plan *p, struct rng *rng,
                           struct task_sample *s)
{
    const struct tracking_options *o = opts;
    enum { STATEMENTS = CHAINS_MAX * (HOPS_MAX + 1) };
    const int question = NAME + VALUE + 2, links = o->hops + 1, n = o->chains * links;
    int32_t name[STATEMENTS];
    int at[STATEMENTS], order[STATEMENTS], next[CHAINS_MAX] = {0}, place[STATEMENTS];
    unsigned char value[CHAINS_MAX][VALUE];
    int asked = p->questions < n ? p->questions : n;
    while (asked > 1 && task_trunk(p, asked, question) < n * STATEMENT) asked--;
    s->n = 0;
    s->candidates = o->chains;
    s->trunk = s->tokens = task_trunk(p, asked, question);
    task_filler(p, rng, s->text, s->trunk);
    task_scatter(p, rng, s->trunk, STATEMENT, n, 0, at, order);
    task_distinct(rng, name, n, 26 * 26);
    for (int c = 0; c < o->chains; c++) task_draw_value(p, rng, value[c], VALUE, '0', 10);
    for (int k = 0; k < n; k++) { /* chains share the places in a random order of chains */
        const int c = order[k] % o->chains, link = next[c]++;
        unsigned char before[NAME];
        place[c * links + link] = at[k];
        if (link) task_code(name[c * links + link - 1], before, NAME, 'A', 26);
        state(s->text + at[k], name[c * links + link], link ? before : value[c],
              link ? NAME : VALUE);
    }
    int index[TASK_QUESTIONS];
    int32_t drawn[TASK_QUESTIONS];
    task_distinct(rng, drawn, asked, n);
    for (int k = 0; k < asked; k++) index[k] = drawn[k];
    for (int k = 0; k < asked; k++) {
        const int c = index[k] / links;
        unsigned char prompt[NAME + 2];
        prompt[0] = '?';
        task_code(name[index[k]], prompt + 1, NAME, 'A', 26);
        prompt[1 + NAME] = '=';
        task_ask(s, prompt, NAME + 2, value[c], VALUE, place[c * links],
                 place[index[k]] + STATEMENT);
        s->question[k].at = index[k] % links;
    }
}

const struct retrieval_type retrieval_variable_tracking = {
    .v = {.name = "variable_tracking",
          .summary = "chains of assignments: the value of a variable some hops away",
          .paper = "arXiv:2404.06654",
          .schema = &schema},
    .axis = TASK_COUNT,
    .axis_name = "hops",
    .hides = true,
    .symbols = 10,
    .least = tracking_least,
    .write = tracking_write,
};
