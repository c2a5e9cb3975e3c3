/* task_mqar_forgetting.c -- associative recall where some keys get a new value: the last counts.
 *
 *   trunk     k1 v1 ... kn vn, then u of these keys with another value each, then every key once
 *             more, its last value after it, at places by the law of mqar; the rest is blanks
 *
 * After the task of that name in the code of Arora et al. 2023, arXiv 2312.04927, where the new
 * value of a key can be its old one; here it never is. A cell is a number of updates: answers of
 * the keys that kept their value, and of those that did not. */
#include <string.h>

#include "src/data/task_recall.h"

struct forgetting_options {
    RETRIEVAL_OPTIONS
    int pairs, updates, symbols;
    double power;
};

#define S struct forgetting_options
static const struct conf_field fields[] = {
    RETRIEVAL_FIELDS(S),
    CONF_INT(S, pairs, 0, 0, RECALL_SYMBOLS,
             "keys; 0: a tenth of the tokens, at least 2, at most `symbols`"),
    CONF_INT(S, updates, 0, 0, RECALL_SYMBOLS, "keys that get another value; 0: half of them"),
    CONF_INT(S, symbols, RECALL_SYMBOLS, 2, RECALL_SYMBOLS, "different keys, and different values"),
    RECALL_POWER(S),
    CONF_END,
};
#undef S
static const struct conf_schema schema = {"mqar_forgetting", sizeof(struct forgetting_options),
                                          fields};

static int forgetting_check(const void *opts, struct error *e)
{
    const struct forgetting_options *o = opts;
    if (o->pairs > o->symbols)
        return error_set(e, E_USAGE, "mqar_forgetting: %d pairs need as many keys, there are %d",
                         o->pairs, o->symbols);
    if (o->updates && o->updates > (o->pairs ? o->pairs : 2))
        return error_set(e, E_USAGE, "mqar_forgetting: %d updates of %d keys (set `pairs`)",
                         o->updates, o->pairs ? o->pairs : 2);
    return OK;
}

static int updates_of(const struct forgetting_options *o, int pairs)
{
    return o->updates ? o->updates : (pairs + 1) / 2;
}

static int forgetting_least(const void *opts)
{
    const struct forgetting_options *o = opts;
    const int pairs = o->pairs ? o->pairs : 2;
    return 2 * (2 * pairs + updates_of(o, pairs));
}

static void put_pair(struct task_sample *s, int record, unsigned char key, unsigned char value)
{
    s->text[2 * record] = key;
    s->text[2 * record + 1] = value;
}

static void forgetting_write(const void *opts, const struct task_plan *p, struct rng *rng,
                             struct task_sample *s)
{
    const struct forgetting_options *o = opts;
    int n = o->pairs ? o->pairs : p->tokens / 10;
    if (n > o->symbols) n = o->symbols;
    if (n < 2) n = 2;
    const int updates = updates_of(o, n), list = n + updates, slots = p->tokens / 2 - list;
    bool taken[TASK_TOKENS_MAX / 2] = {false};
    int32_t key[RECALL_SYMBOLS], updated[RECALL_SYMBOLS];
    int record[RECALL_SYMBOLS]; /* the last one of a key */
    s->trunk = s->tokens = 2 * (list + slots);
    s->candidates = list;
    s->symbols = o->symbols;
    s->n = n;
    memset(s->text, ' ', (size_t)s->tokens);
    task_distinct(rng, key, n, o->symbols);
    task_distinct(rng, updated, updates, n);
    for (int k = 0; k < n; k++)
        put_pair(s, record[k] = k, (unsigned char)(RECALL_KEY + key[k]),
                 recall_value(rng, o->symbols));
    for (int u = 0; u < updates; u++) {
        const int k = updated[u], old = s->text[2 * k + 1] - RECALL_VALUE,
                  other = (int)rng_below(rng, (uint64_t)o->symbols - 1);
        put_pair(s, record[k] = n + u, (unsigned char)(RECALL_KEY + key[k]),
                 (unsigned char)(RECALL_VALUE + other + (other >= old)));
    }
    for (int k = 0; k < n; k++) {
        const int at = 2 * (list + recall_place(rng, taken, slots, o->power)), from = 2 * record[k];
        memcpy(s->text + at, s->text + from, 2);
        s->question[k] = (struct task_question){at, at + 1, at + 2, from, from + 2, record[k] >= n};
    }
}

const struct retrieval_type retrieval_mqar_forgetting = {
    .v = {.name = "mqar_forgetting",
          .summary = "associative recall where some keys are given another value: the last counts",
          .paper = "arXiv:2312.04927",
          .schema = &schema},
    .axis = TASK_COUNT,
    .axis_name = "updates",
    .inlined = true,
    .symbols = RECALL_SYMBOLS,
    .check = forgetting_check,
    .least = forgetting_least,
    .write = forgetting_write,
};
