/* task_needle_multivalue.c -- one key with several values, all asked for in their order.
 *
 *   trunk     filler with `values` records #KK=dddd; of one key    question  ?KK=dddddddd...
 *
 * RULER's niah_multivalue (Hsieh et al. 2024, arXiv 2404.06654), where the order does not count;
 * here it does, so that the answer is one text that can be scored with teacher forcing. */
#include <string.h>

#include "src/data/task_records.h"

enum { VALUES_MAX = 16 };

struct multivalue_options {
    RETRIEVAL_OPTIONS
    int key, value, values;
};

#define S struct multivalue_options
static const struct conf_field fields[] = {
    RETRIEVAL_FIELDS(S),
    CONF_INT(S, key, 2, 1, RECORD_KEY_MAX, "letters of the key"),
    CONF_INT(S, value, 4, 1, RECORD_VALUE_MAX, "digits of a value"),
    CONF_INT(S, values, 4, 1, VALUES_MAX, "values of the key"),
    CONF_END,
};
#undef S
static const struct conf_schema schema = {"needle_multivalue", sizeof(struct multivalue_options),
                                          fields};

static struct task_record record_of(const void *opts)
{
    const struct multivalue_options *o = opts;
    return (struct task_record){o->key, o->value};
}

static int question_size(const struct multivalue_options *o)
{
    return o->key + 2 + o->values * o->value;
}

static int multivalue_least(const void *opts)
{
    const struct multivalue_options *o = opts;
    return o->values * task_record_size(record_of(opts)) + question_size(o);
}

static void multivalue_write(const void *opts, const struct task_plan *p, struct rng *rng,
                             struct task_sample *s)
{
    const struct multivalue_options *o = opts;
    const struct task_record r = record_of(opts);
    unsigned char value[VALUES_MAX * RECORD_VALUE_MAX];
    int at[VALUES_MAX], order[VALUES_MAX];
    int32_t key;
    s->n = 0;
    s->candidates = o->values;
    s->trunk = s->tokens = task_trunk(p, 1, question_size(o));
    task_filler(p, rng, s->text, s->trunk);
    task_scatter(p, rng, s->trunk, task_record_size(r), o->values, 0, at, order);
    task_distinct(rng, &key, 1, task_record_keys(r));
    for (int k = 0; k < o->values; k++) {
        task_draw_value(p, rng, value + k * r.value, r.value, '0', 10);
        task_record_put(r, s, at[k], key, value + k * r.value);
    }
    task_record_ask(r, s, key, value, o->values, at[0]);
    s->question[0].source_end = at[o->values - 1] + task_record_size(r);
}

const struct retrieval_type retrieval_needle_multivalue = {
    .v = {.name = "needle_multivalue",
          .summary = "one key with several values, all asked for in their order",
          .paper = "arXiv:2404.06654",
          .schema = &schema},
    .axis = TASK_DEPTH,
    .axis_name = "depth",
    .single = true,
    .fixed = true,
    .hides = true,
    .symbols = 10,
    .least = multivalue_least,
    .write = multivalue_write,
};
