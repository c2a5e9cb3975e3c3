/* qa.c -- questions over a user's own file, answered by greedy decoding or by choice.
 *
 * A line of the .jsonl file has `context`, `question`, `answers` (a list, or one text) and, where it
 * is a multiple choice, `choices`. The prompt is that of Xiong et al. 2023 (arXiv 2309.16039, section
 * 3.1), "{CONTEXT} Q: {QUESTION}, A:", cut from the left to the tokens that fit. With shots, worked
 * examples stand before it, each the same prompt with its answer and an empty line behind it (the
 * paper: none for NarrativeQA, two for QuALITY and Qasper, one for QMSum). Answers end with the
 * first line break or end-of-document token; of choices the one with the smallest mean loss per token
 * is taken. A score is the best over the references; metrics are those of text_metrics.h. For imported
 * and tuned models. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
#include "src/eval/qa_answer.h"
#include "src/stat/mean.h"

struct qa_options {
    const char *path, *examples;
    int length, answer, questions, shots;
};

#define S struct qa_options
static const struct conf_field fields[] = {
    CONF_STRING_REQUIRED(S, path, ".jsonl of context, question, answers and, if any, choices"),
    CONF_INT(S, length, 0, 0, 1 << 24, "tokens of prompt and answer; 0: the training length"),
    CONF_INT(S, answer, 32, 1, 1 << 16, "tokens of an answer at most"),
    CONF_INT(S, questions, 0, 0, 1 << 30, "how many of the file; 0: all"),
    CONF_INT(S, shots, 0, 0, 64, "worked examples before each question"),
    CONF_STRING(S, examples, NULL,
                ".jsonl that they are the first lines of; default: those of `path`, which are then "
                "not asked"),
    CONF_END,
};
#undef S
static const struct conf_schema schema = {"qa", sizeof(struct qa_options), fields};

static int qa_length(const struct qa_options *o, const struct eval_at *at)
{
    return o->length ? o->length : at->train_length;
}

static int qa_reach(const void *opts, const struct eval_at *at)
{
    return qa_length(opts, at);
}

static int qa_check(const void *opts, struct error *e)
{
    const struct qa_options *o = opts;
    if (o->examples && !o->shots)
        return error_set(e, E_USAGE, "qa: `examples` without `shots`: say how many");
    if (o->examples && !strcmp(o->examples, o->path))
        return error_set(e, E_USAGE,
                         "qa: `examples` are the lines that are asked: without it the first lines "
                         "of `path` are the examples, and are not asked");
    if (!o->length || o->length > o->answer) return OK;
    return error_set(e, E_USAGE, "qa: an answer of %d tokens leaves nothing of %d for the prompt",
                     o->answer, o->length);
}

/* ---- scores ---- */

enum { METRICS = 6 };
static const char *const metric_names[METRICS] = {"f1",      "exact",   "rouge_1",
                                                  "rouge_2", "rouge_l", "rouge_geo"};

struct scores {
    int n, capacity, truncated, choices;
    double *v; /* [n][METRICS] */
};

static int add_score(struct scores *s, const struct text_metrics *m, struct error *e)
{
    if (s->n == s->capacity) {
        s->capacity = s->capacity ? 2 * s->capacity : 64;
        double *more = realloc(s->v, (size_t)s->capacity * METRICS * sizeof *more);
        if (!more) return error_set(e, E_MEMORY, "no memory for the scores");
        s->v = more;
    }
    const double row[METRICS] = {m->f1, m->exact, m->rouge_1, m->rouge_2, m->rouge_l, m->rouge_geo};
    memcpy(s->v + (size_t)s->n++ * METRICS, row, sizeof row);
    return OK;
}

/* The best over the references, each metric by itself. */
static int score_text(const struct qa_question *q, const char *text, struct scores *s,
                      struct error *e)
{
    struct text_metrics best = {0}, m;
    for (int i = 0; i < q->answers; i++) {
        TRY(text_metrics(text, q->answer[i], &m, e));
        best.f1 = fmax(best.f1, m.f1);
        best.exact = fmax(best.exact, m.exact);
        best.rouge_1 = fmax(best.rouge_1, m.rouge_1);
        best.rouge_2 = fmax(best.rouge_2, m.rouge_2);
        best.rouge_l = fmax(best.rouge_l, m.rouge_l);
        best.rouge_geo = fmax(best.rouge_geo, m.rouge_geo);
    }
    return add_score(s, &best, e);
}

static void report(struct findings *r, const struct scores *s)
{
    struct findings_table *t = findings_table(r, "scores", "metric mean low high questions");
    double *x = calloc((size_t)s->n + 1, sizeof *x);
    if (!x) {
        r->no_memory = true;
        return;
    }
    for (int k = 0; k < METRICS; k++) {
        for (int i = 0; i < s->n; i++) x[i] = 100 * s->v[(size_t)i * METRICS + (size_t)k];
        const struct stat_mean m = stat_mean(x, s->n, 0.95);
        findings_scalar(r, metric_names[k], m.mean);
        findings_text(r, t, metric_names[k]);
        findings_number(r, t, m.mean);
        findings_number(r, t, m.mean - m.half);
        findings_number(r, t, m.mean + m.half);
        findings_number(r, t, m.n);
    }
    free(x);
    findings_fact(r, "interval", "95 %%, questions as units, Student's t; scores of 100");
    findings_fact_number(r, "cut_from_the_left", s->truncated);
    findings_fact_number(r, "answered_by_choice", s->choices);
}

/* ---- the file ---- */

static int run_question(struct qa *qa, const char *place, const char *line, size_t n,
                        struct scores *s, struct findings *r, struct findings_table *t,
                        struct error *e)
{
    struct qa_question q;
    char *text = NULL;
    int status = qa_question_open(&q, place, line, n, e);
    if (!status) status = qa_answer(qa, &q, &text, e);
    if (!status) status = score_text(&q, text, s, e);
    if (!status) {
        s->truncated += qa->truncated;
        s->choices += q.choices > 0;
        findings_text(r, t, text);
        findings_text(r, t, q.answer[0]);
        findings_number(r, t, s->v[(size_t)(s->n - 1) * METRICS]);
        findings_number(r, t, s->v[(size_t)(s->n - 1) * METRICS + 1]);
        findings_number(r, t, qa->truncated);
    }
    free(text);
    qa_question_close(&q);
    return status;
}

/* Lines of a file that hold something. */
struct lines {
    const char *path;
    char *text, *next, *end;
    int number;
    char place[4200]; /* path:number */
};

static int lines_open(struct lines *l, const char *path, struct error *e)
{
    size_t n;
    *l = (struct lines){.path = path};
    TRY(file_read_all(path, &l->text, &n, e));
    l->next = l->text;
    l->end = l->text + n;
    return OK;
}

static bool lines_next(struct lines *l, const char **line, size_t *n)
{
    for (*n = 0; l->next < l->end && !*n; l->number++) {
        const char *stop = memchr(l->next, '\n', (size_t)(l->end - l->next));
        *line = l->next;
        *n = (size_t)((stop ? stop : l->end) - l->next);
        l->next += *n + 1;
    }
    snprintf(l->place, sizeof l->place, "%.4000s:%d", l->path, l->number);
    return *n > 0;
}

static int read_shots(struct qa *qa, struct lines *l, int shots, struct error *e)
{
    const char *line;
    size_t n;
    for (int i = 0; i < shots; i++) {
        struct qa_question q;
        if (!lines_next(l, &line, &n))
            return error_set(e, E_FORMAT, "'%s' holds %d examples, %d shots need more", l->path, i,
                             shots);
        int status = qa_question_open(&q, l->place, line, n, e);
        if (!status) status = qa_add_shot(qa, &q, e);
        qa_question_close(&q);
        TRY(status);
    }
    return OK;
}

static int open_shots(struct qa *qa, const struct qa_options *o, struct lines *questions,
                      struct error *e)
{
    struct lines l;
    if (!o->examples) return read_shots(qa, questions, o->shots, e);
    TRY(lines_open(&l, o->examples, e));
    const int status = read_shots(qa, &l, o->shots, e);
    free(l.text);
    return status;
}

static int run_file(struct qa *qa, const struct qa_options *o, struct findings *r, struct error *e)
{
    struct scores s = {0};
    struct lines l;
    const char *line;
    size_t n;
    TRY(lines_open(&l, o->path, e));
    struct findings_table *t =
        findings_table(r, "answers", "answer reference f1 exact cut_from_the_left");
    int status = open_shots(qa, o, &l, e);
    while (!status && (!o->questions || s.n < o->questions) && lines_next(&l, &line, &n))
        status = run_question(qa, l.place, line, n, &s, r, t, e);
    free(l.text);
    if (!status && !s.n)
        status = error_set(e, E_FORMAT, "'%s' holds no question%s", o->path,
                           o->shots && !o->examples ? " beside the examples" : "");
    if (!status) report(r, &s);
    free(s.v);
    return status;
}

static int qa_run(const void *opts, const struct eval_at *at, struct findings *r, struct error *e)
{
    const struct qa_options *o = opts;
    struct qa qa = {.at = at, .length = qa_length(o, at), .answer = o->answer};
    if (qa.length <= o->answer)
        return error_set(e, E_USAGE, "qa: an answer of %d tokens leaves nothing of %d", o->answer,
                         qa.length);
    findings_fact(r, "prompt", "%s{CONTEXT} Q: {QUESTION}, A:",
                  o->shots ? "{CONTEXT} Q: {QUESTION}, A: {ANSWER}, an empty line, ... " : "");
    findings_fact_number(r, "shots", o->shots);
    findings_fact_number(r, "length", qa.length);
    findings_fact(r, "decoding", "greedy; choices by mean loss per token");
    int status = qa_open(&qa, e);
    if (!status) status = run_file(&qa, o, r, e);
    qa_close(&qa);
    return status;
}

const struct task_type task_qa = {
    .v = {.name = "qa",
          .summary = "questions over a .jsonl of one's own: F1, exact match, ROUGE",
          .paper = "arXiv:2309.16039",
          .schema = &schema},
    .needs_data = true,
    .takes_bos = true,
    .check = qa_check,
    .reach = qa_reach,
    .run = qa_run,
};
