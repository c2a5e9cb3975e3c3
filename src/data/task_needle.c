/* task_needle.c -- one keyed record in a text.
 *
 *   trunk     filler with #KK=dddd; at one place      question  ?KK=dddd
 *
 * The haystack of G. Kamradt (2023) and RULER's niah_single (Hsieh et al. 2024, arXiv 2404.06654),
 * with a record in place of a sentence and the place exact to the token, not snapped to a full
 * stop. */
#include "src/data/task_records.h"

struct needle_options {
    RETRIEVAL_OPTIONS
    int key, value;
};

#define S struct needle_options
static const struct conf_field fields[] = {
    RETRIEVAL_FIELDS(S),
    CONF_INT(S, key, 2, 1, RECORD_KEY_MAX, "letters of a key"),
    CONF_INT(S, value, 4, 1, RECORD_VALUE_MAX, "digits of a value"),
    CONF_END,
};
#undef S
static const struct conf_schema schema = {"needle", sizeof(struct needle_options), fields};

static struct task_record record_of(const void *opts)
{
    const struct needle_options *o = opts;
    return (struct task_record){o->key, o->value};
}

static int needle_least(const void *opts)
{
    return task_record_size(record_of(opts)) + task_question_size(record_of(opts));
}

static void needle_write(const void *opts, const struct task_plan *p, struct rng *rng,
                         struct task_sample *s)
{
    const struct task_record r = record_of(opts);
    unsigned char value[RECORD_VALUE_MAX];
    int32_t key;
    int at, order;
    s->n = 0;
    s->candidates = 1;
    s->trunk = s->tokens = task_trunk(p, 1, task_question_size(r));
    task_filler(p, rng, s->text, s->trunk);
    task_scatter(p, rng, s->trunk, task_record_size(r), 1, 1, &at, &order);
    task_distinct(rng, &key, 1, task_record_keys(r));
    task_draw_value(p, rng, value, r.value, '0', 10);
    task_record_put(r, s, at, key, value);
    task_record_ask(r, s, key, value, 1, at);
}

const struct retrieval_type retrieval_needle = {
    .v = {.name = "needle",
          .summary = "one keyed record in a text",
          .paper = "arXiv:2404.06654",
          .schema = &schema},
    .axis = TASK_DEPTH,
    .axis_name = "depth",
    .single = true,
    .hides = true,
    .symbols = 10,
    .least = needle_least,
    .write = needle_write,
};
