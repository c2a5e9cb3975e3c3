/* registry.c -- the table that task.h declares, and how a task of either kind is run. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/eval/retrieval.h"
#include "src/stat/mean.h"

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

/* What reproduces a result. */
static int put_head(const struct conf_variant *task, const struct eval_at *at, struct findings *r,
                    struct error *e)
{
    TRY(describe(task, r, e));
    findings_fact_number(r, "train_length", at->train_length);
    findings_fact_number(r, "seed", (double)at->seed);
    if (at->bos) findings_fact_number(r, "bos", *at->bos);
    if (task_needs_data(task))
        findings_fact(r, "split", "%s", at->split == SPLIT_TEST ? "test" : "dev");
    return OK;
}

int task_run(const struct conf_variant *task, const struct eval_at *at, struct findings *r,
             struct error *e)
{
    TRY(task_check_options(task, e));
    if (at->bos && (retrieval_of(task) || !plain_of(task)->takes_bos))
        return error_set(e, E_USAGE, "%s: puts no token before its texts: without --bos",
                         task->type->name);
    TRY(put_head(task, at, r, e));
    const struct retrieval_type *retrieval = retrieval_of(task);
    TRY(retrieval ? retrieval_run(retrieval, task->opts, at, r, e)
                  : plain_of(task)->run(task->opts, at, r, e));
    return findings_check(r, e);
}

static void pool_scalars(const struct findings *const *of, int n, double *x, struct findings *r)
{
    struct findings_table *t = findings_table(r, "over_models", "scalar mean sd low high models");
    for (int k = 0; k < of[0]->scalars.n; k++) {
        const char *name = of[0]->scalars.v[k].name;
        int known = 0;
        for (int i = 0; i < n; i++) {
            const double value = findings_value(of[i], name);
            if (isfinite(value)) x[known++] = value;
        }
        const struct stat_mean m = stat_mean(x, known, 0.95);
        findings_scalar(r, name, m.mean);
        findings_text(r, t, name);
        findings_number(r, t, m.mean);
        findings_number(r, t, known > 1 ? m.sd : NAN);
        findings_number(r, t, known > 1 ? m.mean - m.half : NAN);
        findings_number(r, t, known > 1 ? m.mean + m.half : NAN);
        findings_number(r, t, known);
    }
}

int task_pool(const struct conf_variant *task, const struct eval_at *at,
              const struct findings *const *of, int n, struct findings *r, struct error *e)
{
    double *x = calloc((size_t)n, sizeof *x);
    if (!x) return error_set(e, E_MEMORY, "no memory for the results of %d models", n);
    const int status = put_head(task, at, r, e);
    if (!status) {
        findings_fact_number(r, "models", n);
        findings_fact(r, "interval_over_models", "95 %%, models as units, Student's t");
        pool_scalars(of, n, x, r);
    }
    free(x);
    TRY(status);
    if (!retrieval_of(task) && plain_of(task)->pool)
        TRY(plain_of(task)->pool(task->opts, at, of, n, r, e));
    return findings_check(r, e);
}
