/* budget.c -- see budget.h. */
#include "src/lab/budget.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/base/file.h"
#include "src/lab/metrics.h"

enum { TEXT = 256 };

struct range {
    double low, high;
};

static void widen(struct range *r, double v)
{
    if (isnan(v)) return;
    r->low = fmin(r->low, v);
    r->high = fmax(r->high, v);
}

static int count_epochs(void *data, const char *key, double value, struct error *e)
{
    const size_t n = strlen(key), tail = strlen("/epochs");
    (void)e;
    if (strncmp(key, "data/", 5) == 0 && n > tail && strcmp(key + n - tail, "/epochs") == 0)
        *(double *)data = fmax(*(double *)data, value);
    return OK;
}

static int read_line(void *data, const struct jsn_doc *line, struct error *e)
{
    return metrics_numbers(line->root, count_epochs, data, e);
}

static int read_parameters(const char *dir, double *parameters, struct error *e)
{
    char path[4096];
    struct jsn_doc d;
    *parameters = NAN;
    TRY(file_join(path, sizeof path, dir, "metadata.json", e));
    if (!file_exists(path)) return OK;
    TRY(jsn_open(&d, path, e));
    const int status = jsn_double(&d, d.root, "parameters", false, parameters, e);
    jsn_close(&d);
    return status;
}

static int look_at(const struct lab_run *run, struct range *tokens, struct range *each,
                   struct range *epochs, struct error *e)
{
    double parameters, most = -INFINITY;
    TRY(read_parameters(run->dir, &parameters, e));
    TRY(metrics_last(run->dir, "/epochs\"", read_line, &most, e));
    widen(tokens, (double)run->tokens);
    widen(each, (double)run->tokens / parameters);
    if (isfinite(most)) widen(epochs, most);
    return OK;
}

/* Counts with a suffix as configurations have them: powers of 1024. */
static void add(char *text, const struct range *r, bool count, const char *what)
{
    const double unit = !count              ? 1
                        : r->high >= 0x1p30 ? 0x1p30
                        : r->high >= 0x1p20 ? 0x1p20
                        : r->high >= 0x1p10 ? 0x1p10
                                            : 1;
    const char *suffix = unit == 0x1p30 ? "G" : unit == 0x1p20 ? "M" : unit == 0x1p10 ? "k" : "";
    char low[32], high[32];
    size_t n = strlen(text);
    if (r->high < r->low) return;
    snprintf(low, sizeof low, "%.3g%s", r->low / unit, suffix);
    snprintf(high, sizeof high, "%.3g%s", r->high / unit, suffix);
    if (strcmp(low, high))
        snprintf(text + n, TEXT - n, "%s to %s%s", low, high, what);
    else
        snprintf(text + n, TEXT - n, "%s%s", low, what);
}

int budget_sentence(char *text, const struct lab_results *r, struct error *e)
{
    const struct range none = {INFINITY, -INFINITY};
    struct range tokens = none, each = none, epochs = none;
    *text = '\0';
    for (int a = 0; a < r->n_arms; a++)
        for (int s = 0; s < r->n_seeds; s++) {
            const struct lab_run *run = lab_run_at(r, a, s);
            if (run->status != RUN_COMPLETE || !run->dir) continue;
            TRY(look_at(run, &tokens, &each, &epochs, e));
            break;
        }
    if (tokens.high < tokens.low) return OK;
    strcpy(text, "Runs of ");
    add(text, &tokens, true, " tokens");
    if (each.low <= each.high) strcat(text, ", ");
    add(text, &each, false, " per parameter");
    if (epochs.low <= epochs.high) strcat(text, ", at most ");
    add(text, &epochs, false, " epochs of a source");
    strcat(text, ".");
    return OK;
}
