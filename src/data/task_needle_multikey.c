/* task_needle_multikey.c -- several keyed records in a text, asked for one by one.
 *
 *   trunk     filler with `keys` records #KK=dddd;    question  ?KK=dddd
 *
 * RULER's niah_multikey and niah_multiquery (Hsieh et al. 2024, arXiv 2404.06654). Records that are
 * not asked for are distractors; near: each of them has the key of a record that is asked for but
 * for one letter. */
#include "src/data/task_records.h"

struct multikey_options {
    RETRIEVAL_OPTIONS
    int key, value, distractors;
    bool near;
};

#define S struct multikey_options
static const struct conf_field fields[] = {
    RETRIEVAL_FIELDS(S),
    CONF_INT(S, key, 2, 1, RECORD_KEY_MAX, "letters of a key"),
    CONF_INT(S, value, 4, 1, RECORD_VALUE_MAX, "digits of a value"),
    CONF_INT(S, distractors, 4, 0, TASK_QUESTIONS, "records that nobody asks for"),
    CONF_BOOL(S, near, false, "distractors differ in one letter from keys that are asked for"),
    CONF_END,
};
#undef S
static const struct conf_schema schema = {"needle_multikey", sizeof(struct multikey_options),
                                          fields};

static struct task_record record_of(const void *opts)
{
    const struct multikey_options *o = opts;
    return (struct task_record){o->key, o->value};
}

static int multikey_least(const void *opts)
{
    const struct multikey_options *o = opts;
    return (1 + o->distractors) * task_record_size(record_of(opts)) +
           task_question_size(record_of(opts));
}

static int multikey_check(const void *opts, struct error *e)
{
    const struct multikey_options *o = opts;
    if (TASK_QUESTIONS + o->distractors <= task_record_keys(record_of(opts))) return OK;
    return error_set(e, E_USAGE, "needle_multikey: %d letters give %lld keys, %d are needed",
                     o->key, (long long)task_record_keys(record_of(opts)),
                     TASK_QUESTIONS + o->distractors);
}

/* Another key that differs in one letter and that nobody of key[0, n) has, or any free one. */
static int32_t near_key(struct task_record r, struct rng *rng, const int32_t *key, int n,
                        int32_t of)
{
    for (int attempt = 0; attempt < 64; attempt++) {
        int32_t place = 1;
        for (int i = (int)rng_below(rng, (uint64_t)r.key); i > 0; i--) place *= 26;
        const int32_t letter = of / place % 26;
        const int32_t other =
            of + ((int32_t)(((uint64_t)letter + 1 + rng_below(rng, 25)) % 26) - letter) * place;
        bool taken = false;
        for (int k = 0; k < n && !taken; k++) taken = key[k] == other;
        if (!taken) return other;
    }
    return key[n];
}

static void multikey_write(const void *opts, const struct task_plan *p, struct rng *rng,
                           struct task_sample *s)
{
    const struct multikey_options *o = opts;
    const struct task_record r = record_of(opts);
    const int size = task_record_size(r);
    unsigned char value[2 * TASK_QUESTIONS][RECORD_VALUE_MAX];
    int32_t key[2 * TASK_QUESTIONS];
    int at[2 * TASK_QUESTIONS], order[2 * TASK_QUESTIONS];
    int asked = task_fit(p, task_question_size(r), size);
    while (asked > 1 &&
           task_trunk(p, asked, task_question_size(r)) < (asked + o->distractors) * size)
        asked--;
    const int n = asked + o->distractors;
    s->n = 0;
    s->candidates = n;
    s->trunk = s->tokens = task_trunk(p, asked, task_question_size(r));
    task_filler(p, rng, s->text, s->trunk);
    task_scatter(p, rng, s->trunk, size, n, asked, at, order);
    task_distinct(rng, key, n, task_record_keys(r));
    for (int k = 0; k < n; k++) {
        if (o->near && k >= asked) key[k] = near_key(r, rng, key, k, key[k % asked]);
        task_draw_value(p, rng, value[k], r.value, '0', 10);
        task_record_put(r, s, at[order[k]], key[k], value[k]);
    }
    for (int k = 0; k < asked; k++) task_record_ask(r, s, key[k], value[k], 1, at[order[k]]);
}

const struct retrieval_type retrieval_needle_multikey = {
    .v = {.name = "needle_multikey",
          .summary = "several keyed records and distractors in a text, asked for one by one",
          .paper = "arXiv:2404.06654",
          .schema = &schema},
    .axis = TASK_DEPTH,
    .axis_name = "depth",
    .hides = true,
    .symbols = 10,
    .check = multikey_check,
    .least = multikey_least,
    .write = multikey_write,
};
