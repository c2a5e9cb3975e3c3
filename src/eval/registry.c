/* registry.c -- the table that task.h declares, and how a task of either kind is run. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/eval/retrieval.h"

#define TASK(name) extern const struct task_type task_##name;
#include "src/eval/tasks.def"
#undef TASK
#define RETRIEVAL(name) extern const struct retrieval_type retrieval_##name;
#include "src/data/tasks.def"
#undef RETRIEVAL

static const struct variant *const variants[] = {
#define TASK(name) &task_##name.v,
#include "src/eval/tasks.def"
#undef TASK
#define RETRIEVAL(name) &retrieval_##name.v,
#include "src/data/tasks.def"
#undef RETRIEVAL
    NULL,
};

const struct conf_registry task_registry = {.what = "task", .types = variants};

/* NULL: a task of tasks.def. */
static const struct retrieval_type *retrieval_of(const struct conf_variant *task)
{
    const bool found = conf_registry_find(&retrieval_registry, task->type->name) == task->type;
    return found ? (const struct retrieval_type *)task->type : NULL;
}

static const struct task_type *plain_of(const struct conf_variant *task)
{
    return (const struct task_type *)task->type;
}

bool task_needs_data(const struct conf_variant *task)
{
    return !retrieval_of(task) && plain_of(task)->needs_data;
}

int task_check_options(const struct conf_variant *task, struct error *e)
{
    const struct retrieval_type *retrieval = retrieval_of(task);
    if (retrieval) return retrieval_check(retrieval, task->opts, e);
    return plain_of(task)->check ? plain_of(task)->check(task->opts, e) : OK;
}

int task_reach(const struct conf_variants *tasks, const struct eval_at *at)
{
    int longest = at->length;
    for (int i = 0; i < tasks->n; i++) {
        const struct conf_variant *task = &tasks->v[i];
        int reach = at->length;
        if (retrieval_of(task))
            reach = retrieval_reach(task->opts, at);
        else if (plain_of(task)->reach)
            reach = plain_of(task)->reach(task->opts, at);
        if (reach > longest) longest = reach;
    }
    return longest;
}

/* The options as given, on one line. */
static int describe(const struct conf_variant *task, struct findings *r, struct error *e)
{
    char *text = NULL;
    size_t n = 0;
    findings_fact(r, "task", "%s", task->type->name);
    if (!task->type->schema) return OK;
    FILE *f = open_memstream(&text, &n);
    if (!f) return error_set(e, E_MEMORY, "no memory for the options of '%s'", task->type->name);
    const bool written = conf_write(f, task->type->schema, task->opts, true) == OK;
    if (fclose(f) || !written) {
        free(text);
        return error_set(e, E_MEMORY, "no memory for the options of '%s'", task->type->name);
    }
    while (n && text[n - 1] == '\n') text[--n] = '\0';
    for (size_t i = 0; i < n; i++)
        if (text[i] == '\n') text[i] = ';';
    findings_fact(r, "options", "%s", text);
    free(text);
    return OK;
}

int task_run(const struct conf_variant *task, const struct eval_at *at, struct findings *r,
             struct error *e)
{
    TRY(task_check_options(task, e));
    TRY(describe(task, r, e));
    findings_fact_number(r, "train_length", at->train_length);
    findings_fact_number(r, "seed", (double)at->seed);
    if (task_needs_data(task))
        findings_fact(r, "split", "%s", at->split == SPLIT_TEST ? "test" : "dev");
    const struct retrieval_type *retrieval = retrieval_of(task);
    TRY(retrieval ? retrieval_run(retrieval, task->opts, at, r, e)
                  : plain_of(task)->run(task->opts, at, r, e));
    return findings_check(r, e);
}
