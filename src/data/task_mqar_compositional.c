/* task_mqar_compositional.c -- associative recall by keys of two symbols: one alone will not do.
 *
 *   trunk     a b v for every a of g symbols and every b of g others, in random order; then each
 *             pair once more, its value after it, at places by the law of mqar; the rest is blanks
 *
 * After the task of that name in the code of Arora et al. 2023, arXiv 2312.04927. First halves are
 * the bytes 128 .. 159, second ones 160 .. 191, values 192 .. 255; values may repeat. */
#include <string.h>

#include "src/data/task_recall.h"

enum { HALVES = RECALL_SYMBOLS / 2, GRID_MAX = 8, RECORD = 3 };

struct compositional_options {
    RETRIEVAL_OPTIONS
    int grid, symbols;
    double power;
};

#define S struct compositional_options
static const struct conf_field fields[] = {
    RETRIEVAL_FIELDS(S),
    CONF_INT(S, grid, 0, 0, GRID_MAX,
             "first halves of keys, and second ones; 0: as many as take half of the tokens"),
    CONF_INT(S, symbols, RECALL_SYMBOLS, 2, RECALL_SYMBOLS, "different values"),
    RECALL_POWER(S),
    CONF_END,
};
#undef S
static const struct conf_schema schema = {"mqar_compositional",
                                          sizeof(struct compositional_options), fields};

static int compositional_check(const void *opts, struct error *e)
{
    const struct compositional_options *o = opts;
    if (o->grid != 1) return OK;
    return error_set(e, E_USAGE, "mqar_compositional: in a grid of 1 one half of a key will do");
}

static int compositional_least(const void *opts)
{
    const struct compositional_options *o = opts;
    const int grid = o->grid ? o->grid : 2;
    return 2 * RECORD * grid * grid;
}

static void compositional_write(const void *opts, const struct task_plan *p, struct rng *rng,
                                struct task_sample *s)
{
    const struct compositional_options *o = opts;
    int grid = o->grid ? o->grid : 2;
    while (!o->grid && grid < GRID_MAX && 4 * RECORD * (grid + 1) * (grid + 1) <= p->tokens) grid++;
    const int n = grid * grid, slots = p->tokens / RECORD - n;
    bool taken[TASK_TOKENS_MAX / RECORD] = {false};
    int32_t first[GRID_MAX], second[GRID_MAX], cell[GRID_MAX * GRID_MAX];
    s->trunk = s->tokens = p->tokens;
    s->candidates = n;
    s->symbols = o->symbols;
    s->n = n;
    memset(s->text, ' ', (size_t)s->tokens);
    task_distinct(rng, first, grid, HALVES);
    task_distinct(rng, second, grid, HALVES);
    task_distinct(rng, cell, n, n);
    for (int k = 0; k < n; k++) {
        unsigned char *record = s->text + RECORD * k;
        record[0] = (unsigned char)(RECALL_KEY + first[cell[k] / grid]);
        record[1] = (unsigned char)(RECALL_KEY + HALVES + second[cell[k] % grid]);
        record[2] = recall_value(rng, o->symbols);
    }
    for (int k = 0; k < n; k++) {
        const int from = RECORD * k, at = RECORD * (n + recall_place(rng, taken, slots, o->power));
        memcpy(s->text + at, s->text + from, RECORD);
        s->question[k] =
            (struct task_question){at, at + 2, at + RECORD, from, from + RECORD, at - from};
    }
}

const struct retrieval_type retrieval_mqar_compositional = {
    .v = {.name = "mqar_compositional",
          .summary = "associative recall by keys of two symbols, of which neither half will do",
          .paper = "arXiv:2312.04927",
          .schema = &schema},
    .axis = TASK_OCTAVE,
    .axis_name = "gap",
    .inlined = true,
    .symbols = RECALL_SYMBOLS,
    .check = compositional_check,
    .least = compositional_least,
    .write = compositional_write,
};
