/* tasks.h -- retrieval tasks from YAML, their samples, and the laws of every sample. */
#ifndef TESTS_DATA_TASKS_H
#define TESTS_DATA_TASKS_H

#include "src/data/data.h"
#include "src/data/task.h"
#include "tests/testing.h"

struct fixture {
    const struct retrieval_type *type;
    struct conf *conf;
    struct conf_variant task;
};

struct holder {
    struct conf_variant task;
};

static const struct conf_field holder_fields[] = {
    CONF_VARIANT(struct holder, task, &retrieval_registry, "a task"),
    CONF_END,
};
static const struct conf_schema holder_schema = {"holder", sizeof(struct holder), holder_fields};

static inline void open_task(struct fixture *f, const char *yaml)
{
    struct error e;
    struct holder h;
    char text[1024];
    snprintf(text, sizeof text, "task: %s\n", yaml);
    MUST(conf_open_text(&f->conf, "task", text, &e), &e);
    conf_bind(f->conf, &holder_schema, &h);
    MUST(conf_finish(f->conf, &e), &e);
    f->task = h.task;
    f->type = (const struct retrieval_type *)h.task.type;
}

static inline struct task_sample sample(const struct fixture *f, const struct task_plan *p,
                                        int seed)
{
    struct rng rng = rng_open((uint64_t)seed, "sample");
    struct task_sample s = {.text = malloc(TASK_TOKENS_MAX)};
    f->type->write(f->task.opts, p, &rng, &s);
    return s;
}

static inline int question_length(const struct task_question *q)
{
    return q->end - q->begin;
}

/* Sizes, order and bounds; the longest branch fills the plan. */
static inline void check_shape(const struct fixture *f, const struct task_plan *p,
                               const struct task_sample *s)
{
    int longest = 0;
    ck_assert_int_ge(s->n, 1);
    for (int k = 0; k < s->n; k++) {
        const struct task_question *q = &s->question[k];
        ck_assert(q->begin < q->answer || f->type->inlined);
        ck_assert_int_lt(q->answer, q->end);
        ck_assert(q->source >= 0 && q->source < q->source_end && q->source_end <= s->trunk);
        if (question_length(q) > longest) longest = question_length(q);
        if (f->type->inlined) continue;
        ck_assert_int_eq(q->begin, k ? s->question[k - 1].end : s->trunk);
    }
    if (f->type->inlined)
        ck_assert(s->tokens == s->trunk && s->tokens > p->tokens - 2 && s->tokens <= p->tokens);
    else if (p->isolated)
        ck_assert_int_eq(s->trunk + longest, p->tokens);
    else
        ck_assert_int_le(s->tokens, p->tokens);
}

/* The answer stands where the evidence is said to lie (the first of the values, for several). */
static inline void check_evidence(const struct fixture *f, const struct task_sample *s)
{
    if (!strncmp(f->type->v.name, "cumulative_", 11)) return; /* computed: see test_task.c */
    for (int k = 0; k < s->n; k++) {
        const struct task_question *q = &s->question[k];
        const int n = q->end - q->answer < 4 ? q->end - q->answer : 4;
        bool found = false;
        for (int i = q->source; i + n <= q->source_end && !found; i++)
            found = !memcmp(s->text + i, s->text + q->answer, (size_t)n);
        ck_assert_msg(found, "question %d: no answer in its evidence", k);
    }
}

/* Options that a source of the task must refuse, and why. */
static inline void refused(const char *yaml, const char *why)
{
    struct fixture f;
    struct error e;
    struct data *d;
    open_task(&f, yaml);
    struct source_config source = {.task = f.task, .tokens = 2000, .weight = 1};
    struct data_config c = {.sources = {1, &source}};
    ck_assert_int_eq(data_open(&d, &c, 1, &e), E_USAGE);
    ck_assert_str_eq(e.text, why);
    conf_close(f.conf);
}

#endif
