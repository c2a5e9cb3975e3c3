/* train_solved.c -- how many tokens a run took until it solved a task.
 *
 * That is the first evaluation whose scalar `solved` was 1, by metrics.jsonl. Accuracy is bimodal
 * over seeds and jumps, so curricula are compared by when it does. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/train/run.h"

static void key_of(const struct training *t, int task, const char *scalar, char *key, size_t size)
{
    char name[128];
    tasks_name(t, task, name, sizeof name);
    snprintf(key, size, "eval/%s/%s", name, scalar);
}

/* until[tasks]: NaN where the task is not solved yet. */
static int read_line(const struct training *t, const char *line, double *until, struct error *e)
{
    struct jsn_doc d;
    TRY(jsn_open_text(&d, "metrics.jsonl", line, strlen(line), e));
    for (int i = 0; i < t->run.eval.tasks.n; i++) {
        char key[256];
        key_of(t, i, "solved", key, sizeof key);
        const jsn *x = jsn_get(d.root, key);
        if (isnan(until[i]) && x && jsn_as_double(x) == 1)
            until[i] = jsn_as_double(jsn_get(d.root, "tokens"));
    }
    jsn_close(&d);
    return OK;
}

static int read_metrics(const struct training *t, double *until, struct error *e)
{
    char path[4096], *line = NULL;
    size_t size = 0;
    TRY(files_path(t, "metrics.jsonl", path, sizeof path, e));
    FILE *f = fopen(path, "r");
    int status = f ? OK : error_set(e, E_IO, "cannot read '%s'", path);
    while (!status && getline(&line, &size, f) > 0)
        if (strstr(line, "/solved\"")) status = read_line(t, line, until, e);
    free(line);
    if (f) fclose(f);
    return status;
}

int tasks_put_solved(const struct training *t, struct jsn_out *o, struct error *e)
{
    const int n = t->run.eval.tasks.n;
    double *until = malloc(((size_t)n + 1) * sizeof *until);
    if (!until) return error_set(e, E_MEMORY, "no memory for %d tasks", n);
    bool asked = false;
    for (int i = 0; i < n; i++) {
        until[i] = NAN;
        asked |= isfinite(findings_value(&t->task_result[i], "solved"));
    }
    const int status = asked ? read_metrics(t, until, e) : OK;
    for (int i = 0; i < n && !status; i++) {
        char key[256];
        if (!isfinite(findings_value(&t->task_result[i], "solved"))) continue;
        key_of(t, i, "tokens_until_solved", key, sizeof key);
        jsn_put_double(o, key, until[i]);
    }
    free(until);
    return status;
}
