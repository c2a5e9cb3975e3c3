/* analysis_run.c -- see analysis_run.h. */
#include "src/lab/analysis_run.h"

#include <stdlib.h>
#include <string.h>

#include "src/lab/run_facts.h"

enum { RUNS = 16, ARGUMENTS = 256 };

struct request {
    const struct analysis_type *type;
    int n, n_runs;
    char *argument[ARGUMENTS];
    const char *path[RUNS];
};

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* config=FILE apart from the options. */
static int sort_arguments(struct request *q, int n, char *const *argument, struct error *e)
{
    for (int i = 0; i < n; i++) {
        if (!begins(argument[i], "config=")) {
            if (q->n == ARGUMENTS - 2)
                return error_set(e, E_USAGE, "analyze: more than %d arguments", ARGUMENTS - 2);
            q->argument[q->n++] = argument[i];
        } else if (q->type->wants == RUN_UNUSED) {
            return error_set(e, E_USAGE, "analyze %s: it takes no config=FILE", q->type->v.name);
        } else if (q->n_runs == RUNS) {
            return error_set(e, E_USAGE, "analyze: more than %d configurations", RUNS);
        } else {
            q->path[q->n_runs++] = argument[i] + strlen("config=");
        }
    }
    return OK;
}

int analysis_run(const struct analysis_type *a, int n, char *const *arguments, struct result *out,
                 struct error *e)
{
    struct request *q = calloc(1, sizeof *q);
    struct loaded_run *runs = calloc(RUNS, sizeof *runs);
    struct run_facts facts[RUNS];
    int status = q && runs ? OK : error_set(e, E_MEMORY, "no memory"), opened = 0;
    if (!status) {
        q->type = a;
        status = sort_arguments(q, n, arguments, e);
    }
    for (; !status && opened < q->n_runs; opened++)
        status = loaded_run_open(&runs[opened], q->path[opened], a->wants == RUN_DATA, e);
    for (int i = 0; i < opened; i++) facts[i] = runs[i].facts;
    if (!status) status = analysis_bind_and_run(a, q->n, q->argument, facts, q->n_runs, out, e);
    for (int i = 0; i < opened; i++) loaded_run_close(&runs[i]);
    free(runs);
    free(q);
    return status;
}
