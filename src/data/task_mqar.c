/* task_mqar.c -- multi-query associative recall.
 *
 *   trunk     k1 v1 k2 v2 ... kn vn, then each key once more, its value after it, at places whose
 *             gap g (in pairs) from the end of the list has P(g) ~ (g + 1)^(power - 1); the rest is
 *             blanks
 *
 * Arora et al. 2023, arXiv 2312.04927 (power 0.01; 1 is uniform). Keys are the bytes 128 .. 191,
 * values 192 .. 255 (or the first `symbols` of each); keys of a sample differ, values may repeat. */
#include <string.h>

#include "src/data/task_recall.h"

struct mqar_options {
    RETRIEVAL_OPTIONS
    int pairs, symbols;
    double power;
};

#define S struct mqar_options
static const struct conf_field fields[] = {
    RETRIEVAL_FIELDS(S),
    CONF_INT(S, pairs, 0, 0, RECALL_SYMBOLS, "keys; 0: an eighth of the tokens, at most `symbols`"),
    CONF_INT(S, symbols, RECALL_SYMBOLS, 2, RECALL_SYMBOLS, "different keys, and different values"),
    RECALL_POWER(S),
    CONF_END,
};
#undef S
static const struct conf_schema schema = {"mqar", sizeof(struct mqar_options), fields};

static int mqar_check(const void *opts, struct error *e)
{
    const struct mqar_options *o = opts;
    if (o->pairs <= o->symbols) return OK;
    return error_set(e, E_USAGE, "mqar: %d pairs need as many keys, there are %d", o->pairs,
                     o->symbols);
}

static int mqar_least(const void *opts)
{
    const struct mqar_options *o = opts;
    return 4 * (o->pairs ? o->pairs : 1);
}

static void mqar_write(const void *opts, const struct task_plan *p, struct rng *rng,
                       struct task_sample *s)
{
    const struct mqar_options *o = opts;
    int n = o->pairs ? o->pairs : p->tokens / 8;
    if (n > o->symbols) n = o->symbols;
    if (n < 1) n = 1;
    const int slots = (p->tokens - 2 * n) / 2;
    bool taken[TASK_TOKENS_MAX / 2] = {false};
    int32_t key[RECALL_SYMBOLS];
    int place[RECALL_SYMBOLS];
    s->trunk = s->tokens = 2 * (n + slots);
    s->candidates = n;
    s->symbols = o->symbols;
    s->n = n;
    memset(s->text, ' ', (size_t)s->tokens);
    task_distinct(rng, key, n, o->symbols);
    for (int k = 0; k < n; k++) {
        s->text[2 * k] = (unsigned char)(RECALL_KEY + key[k]);
        s->text[2 * k + 1] = recall_value(rng, o->symbols);
        place[k] = recall_place(rng, taken, slots, o->power);
    }
    for (int k = 0; k < n; k++) {
        const int at = 2 * (n + place[k]);
        memcpy(s->text + at, s->text + 2 * k, 2);
        s->question[k] = (struct task_question){at, at + 1, at + 2, 2 * k, 2 * k + 2, at - 2 * k};
    }
}

const struct retrieval_type retrieval_mqar = {
    .v = {.name = "mqar",
          .summary = "multi-query associative recall",
          .paper = "arXiv:2312.04927",
          .schema = &schema},
    .axis = TASK_OCTAVE,
    .axis_name = "gap",
    .inlined = true,
    .symbols = RECALL_SYMBOLS,
    .check = mqar_check,
    .least = mqar_least,
    .write = mqar_write,
};
