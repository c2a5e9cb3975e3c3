/* train_tasks.c -- the tasks of `eval.tasks`, at their own lengths whatever the curriculum's. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "src/train/run.h"

struct eval_at tasks_at(const struct training *t, enum split split)
{
    const int wide = t->micro_tokens > t->eval_batch ? (int)t->micro_tokens : t->eval_batch;
    struct eval_at at = {.model = t->model,
                         .data = t->data,
                         .split = split,
                         .train_length = t->longest,
                         .length = t->eval_length,
                         .tokens = t->run.eval.tokens};
    const int reach = task_reach(&t->run.eval.tasks, &at);
    at.max_tokens = wide > reach ? wide : reach;
    return at;
}

/* loss_by_position as it is measured anyway: none of its options is set. */
static bool is_standing(const struct conf_variant *task)
{
    char given[65], none[65];
    if (strcmp(task->type->name, "loss_by_position")) return false;
    void *unset = calloc(1, task->type->schema->size);
    if (!unset) return false;
    conf_hash(task->type->schema, task->opts, given);
    conf_hash(task->type->schema, unset, none);
    free(unset);
    return strcmp(given, none) == 0;
}

void tasks_name(const struct training *t, int i, char *name, size_t size)
{
    const struct conf_variant *task = t->run.eval.tasks.v;
    int same = 1;
    for (int k = 0; k < i; k++) same += task[k].type == task[i].type;
    snprintf(name, size, same > 1 ? "%s-%d" : "%s", task[i].type->name, same);
}

/* The dev split is asked at many steps, the test split once. */
static int write_result(const struct training *t, int i, enum split split, struct error *e)
{
    const struct findings *result = split == SPLIT_DEV ? &t->task_result[i] : &t->test_result[i];
    char task[128], folder[64], name[256], path[4096];
    struct file_out f;
    struct jsn_out o;
    tasks_name(t, i, task, sizeof task);
    snprintf(folder, sizeof folder, split == SPLIT_DEV ? "eval/%" PRId64 : "test", t->state.step);
    TRY(files_path(t, folder, path, sizeof path, e));
    TRY(file_make_directories(path, e));
    jsn_out_open(&o, true);
    jsn_map_begin(&o, NULL);
    jsn_put_string(&o, "run", t->result->id);
    jsn_put_int(&o, "step", t->state.step);
    jsn_put_int(&o, "tokens", t->state.tokens);
    findings_json(result, &o);
    jsn_map_end(&o);
    snprintf(name, sizeof name, "%s/%s.json", folder, task);
    const int status = files_write_json(t, name, &o, e);
    jsn_out_close(&o);
    TRY(status);
    snprintf(name, sizeof name, "%s/%s.tsv", folder, task);
    TRY(files_path(t, name, path, sizeof path, e));
    TRY(file_out_open(&f, path, e));
    fprintf(f.f, "# run: %s\n# step: %" PRId64 "\n", t->result->id, t->state.step);
    findings_tsv(result, f.f);
    return file_out_commit(&f, e);
}

int tasks_evaluate(struct training *t, enum split split, struct error *e)
{
    const struct eval_at at = tasks_at(t, split);
    struct findings *result = split == SPLIT_DEV ? t->task_result : t->test_result;
    for (int i = 0; i < t->run.eval.tasks.n; i++) {
        const struct conf_variant *task = &t->run.eval.tasks.v[i];
        if (is_standing(task) || (split == SPLIT_TEST && !task_needs_data(task))) continue;
        findings_close(&result[i]);
        TRY(task_run(task, &at, &result[i], e));
        TRY(write_result(t, i, split, e));
    }
    return OK;
}

void tasks_put_scalars(const struct training *t, enum split split, struct jsn_out *o)
{
    const struct findings *result = split == SPLIT_DEV ? t->task_result : t->test_result;
    for (int i = 0; i < t->run.eval.tasks.n; i++) {
        const struct findings_entries *x = &result[i].scalars;
        char task[128], key[256];
        tasks_name(t, i, task, sizeof task);
        for (int k = 0; k < x->n; k++) {
            snprintf(key, sizeof key, "%s/%s/%s", split == SPLIT_DEV ? "eval" : "test", task,
                     x->v[k].name);
            jsn_put_double(o, key, x->v[k].number);
        }
    }
}

void tasks_close(struct training *t)
{
    for (int i = 0; t->task_result && i < t->run.eval.tasks.n; i++)
        findings_close(&t->task_result[i]);
    for (int i = 0; t->test_result && i < t->run.eval.tasks.n; i++)
        findings_close(&t->test_result[i]);
    free(t->task_result);
    free(t->test_result);
}
