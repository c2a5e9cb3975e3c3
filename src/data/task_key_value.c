/* task_key_value.c -- a haystack of nothing but key-value records.
 *
 *   trunk     #KKKK=dddd;#KKKK=dddd;...    question  ?KKKK=dddd
 *
 * Liu et al. 2023, arXiv 2307.03172 (there JSON of UUIDs): where in the list does a model find
 * things. */
#include "src/data/task_records.h"

struct key_value_options {
    RETRIEVAL_OPTIONS
    int key, value;
};

#define S struct key_value_options
static const struct conf_field fields[] = {
    RETRIEVAL_FIELDS(S),
    CONF_INT(S, key, 4, 3, RECORD_KEY_MAX, "letters of a key"),
    CONF_INT(S, value, 4, 1, RECORD_VALUE_MAX, "digits of a value"),
    CONF_END,
};
#undef S
static const struct conf_schema schema = {"key_value", sizeof(struct key_value_options), fields};

static struct task_record record_of(const void *opts)
{
    const struct key_value_options *o = opts;
    return (struct task_record){o->key, o->value};
}

static int key_value_least(const void *opts)
{
    return task_record_size(record_of(opts)) + task_question_size(record_of(opts));
}

/* Keys of one sample differ: a keyed permutation of the record's number. */
static int32_t key_of(uint64_t sample, struct task_record r, int k)
{
    return (int32_t)rng_permute(sample, "task/keys", (uint64_t)k, (uint64_t)task_record_keys(r));
}

static void key_value_write(const void *opts, const struct task_plan *p, struct rng *rng,
                            struct task_sample *s)
{
    const struct task_record r = record_of(opts);
    const int size = task_record_size(r), asked = task_fit(p, task_question_size(r), size);
    const uint64_t sample = rng_u64(rng);
    unsigned char value[RECORD_VALUE_MAX];
    int index[TASK_QUESTIONS];
    s->n = 0;
    s->trunk = s->tokens = task_trunk(p, asked, task_question_size(r));
    const int n = s->trunk / size, pad = s->trunk - n * size;
    s->candidates = n;
    for (int i = 0; i < pad; i++) s->text[i] = ' ';
    for (int k = 0; k < n; k++) {
        task_draw_value(p, rng, value, r.value, '0', 10);
        task_record_put(r, s, pad + k * size, key_of(sample, r, k), value);
    }
    task_choose(p, rng, n, asked, index);
    for (int k = 0; k < asked; k++) {
        const int at = pad + index[k] * size;
        task_record_ask(r, s, key_of(sample, r, index[k]), s->text + at + 2 + r.key, 1, at);
    }
}

const struct retrieval_type retrieval_key_value = {
    .v = {.name = "key_value",
          .summary = "a haystack of nothing but key-value records",
          .paper = "arXiv:2307.03172",
          .schema = &schema},
    .axis = TASK_DEPTH,
    .axis_name = "depth",
    .symbols = 10,
    .least = key_value_least,
    .write = key_value_write,
};
