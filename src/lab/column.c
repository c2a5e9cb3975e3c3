/* column.c -- see column.h. */
#include "src/lab/column.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/conf.h"
#include "src/lab/metrics.h"

static const char *const folds[] = {"last", "first", "min", "max", "avg", NULL};

static bool takes(const char **text, const char *word)
{
    const size_t n = strlen(word);
    if (strncmp(*text, word, n) || (*text)[n] != ' ') return false;
    *text += n + strspn(*text + n, " ");
    return true;
}

int column_parse(struct column *c, const char *text, struct error *e)
{
    const char *at = text + strspn(text, " ");
    c->fold = FOLD_LAST;
    for (int f = 0; folds[f]; f++)
        if (takes(&at, folds[f])) {
            c->fold = (enum column_fold)f;
            break;
        }
    const size_t n = strcspn(at, " ");
    const char *rest = at + n + strspn(at + n, " ");
    const bool renamed = *rest && takes(&rest, "as") && *rest;
    if (!n || n >= sizeof c->key || (*rest && !renamed) || strlen(rest) >= sizeof c->title)
        return error_set(e, E_USAGE,
                         "column '%s' is not of the form '[last|first|min|max|avg] KEY [as TITLE]'",
                         text);
    snprintf(c->key, sizeof c->key, "%.*s", (int)n, at);
    if (renamed)
        snprintf(c->title, sizeof c->title, "%s", rest);
    else if (c->fold == FOLD_LAST)
        snprintf(c->title, sizeof c->title, "%s", c->key);
    else
        snprintf(c->title, sizeof c->title, "%s %s", folds[c->fold], c->key);
    return OK;
}

struct fold {
    const struct column *column;
    double value, sum;
    int n;
};

static int fold_line(void *data, const struct jsn_doc *line, struct error *e)
{
    struct fold *f = data;
    double v = NAN;
    TRY(jsn_double(line, line->root, f->column->key, false, &v, e));
    if (isnan(v)) return OK;
    const bool take = f->n == 0 || f->column->fold == FOLD_LAST ||
                      (f->column->fold == FOLD_MIN && v < f->value) ||
                      (f->column->fold == FOLD_MAX && v > f->value);
    if (take) f->value = v;
    f->sum += v;
    f->n++;
    return OK;
}

int column_value(const struct column *c, const struct lab_run *run, double *out, struct error *e)
{
    *out = NAN;
    const bool step = strcmp(c->key, "step") == 0;
    if (step || strcmp(c->key, "tokens") == 0) {
        if (run->dir) *out = (double)(step ? run->step : run->tokens);
        return OK;
    }
    for (int i = 0; c->fold == FOLD_LAST && i < run->n_values; i++)
        if (strcmp(run->values[i].key, c->key) == 0) {
            *out = run->values[i].value;
            return OK;
        }
    if (!run->dir) return OK;
    char word[160];
    struct fold f = {c, NAN, 0, 0};
    snprintf(word, sizeof word, "\"%s\"", c->key);
    TRY(metrics_walk(run->dir, word, fold_line, &f, e));
    *out = c->fold == FOLD_AVG && f.n ? f.sum / f.n : f.value;
    return OK;
}

/* Names that a mistaken one may have meant: of the first run that has a summary. */
static const char *nearest(const char *key, const struct lab_run *run)
{
    const char **names = malloc(((size_t)run->n_values + 1) * sizeof *names);
    if (!names) return NULL;
    for (int i = 0; i < run->n_values; i++) names[i] = run->values[i].key;
    names[run->n_values] = NULL;
    const char *near = conf_nearest(key, names);
    free(names);
    return near;
}

int column_values(const struct column *c, const struct lab_results *r, double *out, struct error *e)
{
    const struct lab_run *example = NULL;
    bool any = false;
    for (int i = 0; i < r->n_arms * r->n_seeds; i++) {
        const struct lab_run *run = &r->runs[i];
        TRY(column_value(c, run, &out[i], e));
        any |= !isnan(out[i]);
        for (int k = 0; k < run->n_values; k++) any |= strcmp(run->values[k].key, c->key) == 0;
        if (!example && run->status == RUN_COMPLETE && run->n_values) example = run;
    }
    if (any || !example) return OK;
    const char *near = nearest(c->key, example);
    return error_set(e, E_USAGE, "no run has a value '%s'%s%s%s", c->key,
                     near ? ": did you mean '" : "", near ? near : "", near ? "'?" : "");
}
