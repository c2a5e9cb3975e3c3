/* train_solved.c -- how many tokens a run took until it solved a task.
 *
 * That is the first evaluation whose scalar `solved` was 1, by metrics.jsonl. Accuracy is bimodal
 * over seeds and jumps, so curricula are compared by when it does. */
#include <math.h>
#include <stdlib.h>

#include "src/train/run.h"

static void key_of(const struct training *t, int task, const char *scalar, char *key, size_t size)
{
    char name[128];
    tasks_name(t, task, name, sizeof name);
    snprintf(key, size, "eval/%s/%s", name, scalar);
}

/* until[tasks]: NaN where the task is not solved yet. */
struct solving {
    const struct training *t;
    double *until;
};

static int read_line(void *to, const struct jsn_doc *line, struct error *e)
{
    const struct solving *x = to;
    (void)e;
    for (int i = 0; i < x->t->run.eval.tasks.n; i++) {
        char key[256];
        key_of(x->t, i, "solved", key, sizeof key);
        const jsn *solved = jsn_get(line->root, key);
        if (isnan(x->until[i]) && solved && jsn_as_double(solved) == 1)
            x->until[i] = jsn_as_double(jsn_get(line->root, "tokens"));
    }
    return OK;
}

static int read_metrics(const struct training *t, double *until, struct error *e)
{
    char path[4096];
    struct solving x = {t, until};
    TRY(files_path(t, "metrics.jsonl", path, sizeof path, e));
    return jsn_lines(path, "/solved\"", read_line, &x, e);
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
