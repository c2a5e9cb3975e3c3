/* report.c -- see report.h. */
#include "src/lab/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
#include "src/lab/effects.h"
#include "src/lab/report_figures.h"
#include "src/lab/report_html.h"
#include "src/lab/store_results.h"
#include "src/lab/sweep_table.h"

struct report {
    struct report_page page;
    const struct report_options *o;
    struct sweep_verdict v;
};

enum { LOG_TAIL = 1200, CURVES = 10 };

/* ---- what it found ---- */

static void put_head(const struct report *x)
{
    FILE *f = x->page.f;
    const struct store *s = x->page.s;
    int complete = 0;
    for (int i = 0; i < s->n_runs; i++) complete += s->runs[i].state == STORE_COMPLETE;
    fputs("<header>\n<h1>", f);
    html_text(f, s->name);
    fputs("</h1>\n<p class=\"lead\">", f);
    if (s->description) {
        html_text(f, s->description);
        const char *last = s->description + strlen(s->description);
        fputs(last > s->description && strchr(".?!", last[-1]) ? " " : ". ", f);
    }
    fprintf(f, "%d arms, %d seeds, %d of %d runs complete; ", s->n_arms, s->n_seeds, complete,
            s->n_runs);
    html_text(f, s->metric);
    fprintf(f, ", %s is better.</p>\n<nav aria-label=\"sections\"><ul>\n",
            s->maximize ? "higher" : "lower");
    static const char *const parts[][2] = {{"verdicts", "verdicts"},   {"table", "table"},
                                           {"curves", "curves"},       {"factors", "factors"},
                                           {"incomplete", "failures"}, {"cost", "cost"},
                                           {"methods", "methods"},     {"repeat", "to repeat it"}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        fprintf(f, "<li><a href=\"#%s\">%s</a></li>\n", parts[i][0], parts[i][1]);
    fputs("</ul></nav>\n</header>\n<main id=\"main\">\n", f);
}

static int put_verdicts(struct report *x, struct error *e)
{
    FILE *f = x->page.f;
    html_section(f, "verdicts", "Verdicts");
    if (*x->v.warning) html_paragraph(f, x->v.warning);
    fputs("<ul class=\"verdicts\">\n", f);
    for (int a = 0; a < x->v.n_arms; a++) {
        const char *word = verdict_word(x->v.arms[a].verdict);
        fprintf(f, "<li class=\"%s\"><b>%s</b>", word, word);
        html_text(f, x->v.arms[a].sentence);
        fputs("</li>\n", f);
    }
    fputs("</ul>\n", f);
    return report_figure(&x->page, "forest", 0, NULL,
                         "Difference of each arm from the baseline with its interval; the numbers "
                         "are in the table that follows.",
                         e);
}

static int put_table(const struct report *x, struct error *e)
{
    struct table t;
    html_section(x->page.f, "table", "All arms");
    TRY(sweep_table(&t, x->page.r, NULL, 0, e));
    html_table(x->page.f, &t,
               "Mean ± half-width of the interval over the complete runs; bold: the best and all "
               "that are not significantly worse.",
               true);
    const int status = html_download(x->page.f, &t, "results.csv", e);
    table_close(&t);
    return status;
}

static void free_sources(char **sources, int n)
{
    for (int i = 0; i < n; i++) free(sources[i]);
    free(sources);
}

/* Of many arms the baseline and the best: more lines cannot be told apart. */
static int choose_arms(struct report *x, struct error *e)
{
    const struct lab_results *r = x->page.r;
    x->page.shown = calloc((size_t)r->n_arms + 1, sizeof *x->page.shown);
    if (!x->page.shown) return error_set(e, E_MEMORY, "no memory for %d arms", r->n_arms);
    if (r->baseline >= 0) x->page.shown[r->baseline] = true;
    for (int k = r->baseline >= 0; k < CURVES && k < r->n_arms; k++) {
        int best = -1;
        for (int a = 0; a < r->n_arms; a++) {
            if (x->page.shown[a]) continue;
            const double mean = x->v.arms[a].mean.mean,
                         least = best < 0 ? NAN : x->v.arms[best].mean.mean;
            if (best < 0 || isnan(least) ||
                (r->goal == GOAL_MINIMIZE ? mean < least : mean > least))
                best = a;
        }
        x->page.shown[best] = true;
    }
    return OK;
}

/* Differences from the baseline by domain and position; only where each shown arm has all of its
 * seeds, since they are paired by their order. */
static int put_domains(struct report *x, int n, char **sources, struct error *e)
{
    const struct lab_results *r = x->page.r;
    int shown = 0, first = 0;
    for (int a = 0; a < r->n_arms; a++) {
        if (a < r->baseline && x->page.shown[a]) first += r->n_seeds;
        shown += x->page.shown[a];
    }
    if (r->baseline < 0 || n != shown * r->n_seeds) return OK;
    char **turned = malloc(((size_t)n + 1) * sizeof *turned);
    if (!turned) return error_set(e, E_MEMORY, "no memory for %d runs", n);
    for (int i = 0; i < n; i++) { /* the baseline first, the others as they stand */
        const int k = i < r->n_seeds ? first + i : i - r->n_seeds;
        turned[i] = sources[i < r->n_seeds || k < first ? k : k + r->n_seeds];
    }
    const int status =
        report_figure(&x->page, "domain_table", n, turned,
                      "Loss of each domain at short and long positions, less the baseline's.", e);
    free(turned);
    return status;
}

static int put_curves(struct report *x, struct error *e)
{
    char **sources;
    html_section(x->page.f, "curves", "Curves");
    if (x->page.r->n_arms > CURVES) {
        char text[128];
        snprintf(text, sizeof text, "Of %d arms, %sthe best %d.", x->page.r->n_arms,
                 x->page.r->baseline >= 0 ? "the baseline and " : "",
                 CURVES - (x->page.r->baseline >= 0));
        html_paragraph(x->page.f, text);
    }
    int n = report_sources(&x->page, "metrics.jsonl", &sources, e), status = n < 0 ? -n : OK;
    if (n > 0)
        status = report_figure(&x->page, "learning_curves", n, sources,
                               "Training loss by tokens, a line an arm, bands over seeds.", e);
    if (n > 0 && !status)
        status = report_figure(&x->page, "schedule", n, sources,
                               "Row length and learning rate by tokens.", e);
    if (n > 0 && !status)
        status = report_figure(&x->page, "loss_by_position", n, sources,
                               "Held-out loss by position in the row, a line an arm.", e);
    if (n > 0 && !status) status = put_domains(x, n, sources, e);
    free_sources(sources, n);
    TRY(status);
    n = report_sources(&x->page, "eval", &sources, e);
    status = n < 0 ? -n : OK;
    static const char *const figures[][2] = {
        {"loss_by_context", "Loss of the same tokens by how much context they have."},
        {"retrieval_by_length", "Retrieval accuracy by length, a line an arm."}};
    for (int k = 0; k < 2 && n > 0 && !status; k++)
        status = report_figure(&x->page, figures[k][0], n, sources, figures[k][1], e);
    if (n > 0 && !status) status = report_fits(&x->page, n, sources, e);
    free_sources(sources, n);
    return status;
}

static int put_factors(struct report *x, struct error *e)
{
    struct table t;
    struct error why;
    html_section(x->page.f, "factors", "Factor by factor");
    const int status = effects_table(&t, x->page.r, &why);
    if (status == E_USAGE) {
        char text[4200];
        snprintf(text, sizeof text, "No table of main effects: %s.", why.text);
        html_paragraph(x->page.f, text);
    } else if (status) {
        return error_set(e, why.status, "%s", why.text);
    } else {
        html_table(x->page.f, &t,
                   "Main effects, and pairs of factors that do more than both apart.", false);
        table_close(&t);
    }
    return report_figure(&x->page, "factors", 0, NULL,
                         "Mean of the metric at each level of each factor.", e);
}

static int put_tuning(struct report *x, struct error *e)
{
    char tune[4400];
    snprintf(tune, sizeof tune, "%s/tune", x->page.s->dir);
    if (!file_is_directory(tune)) return OK;
    html_section(x->page.f, "tuning", "Tuning");
    html_paragraph(
        x->page.f,
        "Every arm had the same grid, with tuning seeds of its own, on dev; best/ has the "
        "answer with each arm at its best.");
    return report_figure(&x->page, "tuning", 0, NULL,
                         "How sensitive each arm is to what was tuned; its best is circled.", e);
}

/* ---- what went wrong, what it cost ---- */

static void put_log(FILE *f, const char *dir)
{
    char path[4400], *text;
    size_t n;
    snprintf(path, sizeof path, "%s/train.log", dir);
    if (!file_exists(path) || file_read_all(path, &text, &n, NULL)) return;
    const char *from = n > LOG_TAIL ? text + n - LOG_TAIL : text;
    if (from > text) {
        const char *line = strchr(from, '\n');
        from = line ? line + 1 : from;
    }
    fputs("<details><summary>the last lines of its log</summary><pre>", f);
    html_text(f, from);
    fputs("</pre></details>\n", f);
    free(text);
}

static void put_incomplete(const struct report *x)
{
    FILE *f = x->page.f;
    const struct store *s = x->page.s;
    int n = 0;
    html_section(f, "incomplete", "Runs without a result");
    for (int i = 0; i < s->n_runs; i++) {
        const struct store_run *r = &s->runs[i];
        if (r->state == STORE_COMPLETE) continue;
        if (!n++) fputs("<ul>\n", f);
        fputs("<li>", f);
        html_text(f, s->arms[r->arm].label);
        fprintf(f, ", seed %lld: <strong>%s</strong> at %lld of %lld tokens", (long long)r->seed,
                store_state_names[r->state], (long long)r->tokens_done, (long long)r->tokens);
        if (*r->reason) {
            fputs("; ", f);
            html_text(f, r->reason);
        }
        if (!x->o->anonymous) put_log(f, r->dir);
        fputs("</li>\n", f);
    }
    fputs(n ? "</ul>\n" : "<p>None: every run is complete.</p>\n", f);
}

/* Seconds of training that timing.jsonl counts; 0 where there is none. */
static double seconds_of(const char *dir)
{
    char path[4400], *text;
    size_t n;
    double sum = 0;
    snprintf(path, sizeof path, "%s/timing.jsonl", dir);
    if (!file_exists(path) || file_read_all(path, &text, &n, NULL)) return 0;
    for (const char *s = text; (s = strstr(s, "\"seconds\": ")); s++) sum += strtod(s + 11, NULL);
    free(text);
    return sum;
}

static int put_cost(const struct report *x, struct error *e)
{
    const struct store *s = x->page.s;
    struct table t;
    html_section(x->page.f, "cost", "Cost");
    TRY(table_open(&t, "cost", s->n_arms + 1, 5, e));
    static const char *const titles[] = {"arm", "runs", "tokens", "FLOPs", "hours of training"};
    for (int c = 0; c < 5; c++) TRY(table_heading(&t, c, titles[c], c > 0, false, e));
    double all[4] = {0};
    for (int a = 0; a <= s->n_arms; a++) {
        double own[4] = {0};
        char text[64];
        for (int i = 0; i < s->n_runs && a < s->n_arms; i++) {
            const struct store_run *r = &s->runs[i];
            if (r->arm != a || !r->tokens_done) continue;
            own[0]++;
            own[1] += (double)r->tokens_done;
            own[2] += r->flops * (double)r->tokens_done / (double)r->tokens;
            own[3] += seconds_of(r->dir) / 3600;
        }
        const double *v = a < s->n_arms ? own : all;
        for (int k = 0; k < 4 && a < s->n_arms; k++) all[k] += own[k];
        TRY(table_words(&t, a, 0, a < s->n_arms ? s->arms[a].label : "all", e));
        for (int k = 0; k < 4; k++) {
            snprintf(text, sizeof text, k == 0 ? "%.0f" : k == 3 ? "%.3f" : "%.3g", v[k]);
            TRY(table_words(&t, a, k + 1, text, e));
        }
    }
    html_table(x->page.f, &t, "What was trained, and the time it took on the machine below.", true);
    table_close(&t);
    return OK;
}

/* ---- methods, provenance ---- */

static void put_methods(const struct report *x)
{
    const struct lab_results *r = x->page.r;
    char text[900];
    html_section(x->page.f, "methods", "Methods");
    html_paragraph(x->page.f, x->v.method);
    snprintf(text, sizeof text,
             "The arms share, seed by seed, their initial weights and their evaluation tokens, and "
             "the training tokens and their order unless the mix or the curriculum is what "
             "differs. Intervals of curves are Student's t over seeds at %g %%.",
             100 * (r->level > 0 ? r->level : 0.95));
    html_paragraph(x->page.f, text);
}

/* The machine and the program, from the first run that recorded them. */
static void put_provenance(const struct report *x)
{
    static const char *const all[] = {"commit", "compiler", "kernels", "real",
                                      "data",   "cpu",      "threads", NULL};
    const struct store *s = x->page.s;
    for (int i = 0; i < s->n_runs; i++) {
        char path[4400], text[512];
        struct jsn_doc d;
        snprintf(path, sizeof path, "%s/metadata.json", s->runs[i].dir);
        if (!file_exists(path) || jsn_open(&d, path, NULL)) continue;
        fputs("<h3>Program and machine</h3>\n<dl>\n", x->page.f);
        for (int k = 0; all[k]; k++) {
            const jsn *v = jsn_get(d.root, all[k]);
            if (!v || (x->o->anonymous && (k == 0 || k == 5))) continue;
            size_t n;
            if (jsn_is_string(v))
                snprintf(text, sizeof text, "%s", jsn_as_string(v, &n));
            else
                snprintf(text, sizeof text, "%.15g", jsn_as_double(v));
            fprintf(x->page.f, "<dt>%s</dt><dd>", all[k]);
            html_text(x->page.f, text);
            fputs("</dd>\n", x->page.f);
        }
        fputs("</dl>\n", x->page.f);
        jsn_close(&d);
        return;
    }
}

static int put_repeat(const struct report *x, struct error *e)
{
    FILE *f = x->page.f;
    const struct store *s = x->page.s;
    struct table t;
    char path[4400], text[600], *file;
    size_t n;
    html_section(f, "repeat", "To repeat it");
    fputs("<p>The whole sweep, and one run:</p>\n<pre>ropewalk sweep run ", f);
    html_text(f, x->o->file ? x->o->file : "sweep.yaml");
    fputs("\nropewalk train runs/ID/config.yaml</pre>\n", f);
    put_provenance(x);
    snprintf(path, sizeof path, "%s/sweep.yaml", s->dir);
    if (file_exists(path) && file_read_all(path, &file, &n, NULL) == OK) {
        fputs("<details><summary>the sweep's file</summary><pre>", f);
        html_text(f, file);
        fputs("</pre></details>\n", f);
        free(file);
    }
    TRY(table_open(&t, "runs", s->n_runs, 4, e));
    static const char *const titles[] = {"id", "arm", "seed", "state"};
    for (int c = 0; c < 4; c++) TRY(table_heading(&t, c, titles[c], c == 2, false, e));
    for (int i = 0; i < s->n_runs; i++) {
        const struct store_run *r = &s->runs[i];
        snprintf(text, sizeof text, "%lld", (long long)r->seed);
        TRY(table_words(&t, i, 0, r->id, e));
        TRY(table_words(&t, i, 1, s->arms[r->arm].label, e));
        TRY(table_words(&t, i, 2, text, e));
        TRY(table_words(&t, i, 3, store_state_names[r->state], e));
    }
    fputs("<details><summary>every run</summary>\n", f);
    html_table(f, &t, "Runs by their id: the folder that holds the configuration and the results.",
               true);
    fputs("</details>\n", f);
    const int status = html_download(f, &t, "runs.csv", e);
    table_close(&t);
    return status;
}

static int put_page(struct report *x, struct error *e)
{
    html_begin(x->page.f, x->page.s->name);
    put_head(x);
    TRY(put_verdicts(x, e));
    TRY(put_table(x, e));
    TRY(put_curves(x, e));
    TRY(put_factors(x, e));
    TRY(put_tuning(x, e));
    put_incomplete(x);
    TRY(put_cost(x, e));
    put_methods(x);
    TRY(put_repeat(x, e));
    html_end(x->page.f);
    return OK;
}

static int write_with(struct report *x, const char *path, struct error *e)
{
    struct file_out file;
    TRY(file_out_open(&file, path, e));
    x->page.f = file.f;
    const int status = put_page(x, e);
    if (status) {
        file_out_abort(&file);
        return status;
    }
    return file_out_commit(&file, e);
}

int report_write(const struct store *s, const struct report_options *o,
                 enum figure_outcome *outcome, char path[4400], struct error *e)
{
    struct store_results *own;
    struct report x = {.page = {.s = s}, .o = o};
    snprintf(path, 4400, "%s", o->out ? o->out : "");
    if (!o->out) snprintf(path, 4400, "%s/report.html", s->dir);
    TRY(store_results_open(&own, s, &x.page.r, e));
    int status = sweep_verdicts(&x.v, x.page.r, e);
    if (!status) {
        status = choose_arms(&x, e);
        if (!status) status = write_with(&x, path, e);
        free(x.page.shown);
        verdict_close(&x.v);
    }
    store_results_close(own);
    *outcome = x.page.outcome;
    return status;
}
