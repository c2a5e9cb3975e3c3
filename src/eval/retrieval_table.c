/* retrieval_table.c -- see retrieval_table.h. */
#include "src/eval/retrieval_table.h"

#include <math.h>
#include <stdlib.h>

#include "src/stat/cluster.h"
#include "src/stat/mean.h"

enum { ANSWER_MAX = 256 };
static const double gate = 0.95, solved = 0.9, level = 0.95;

int retrieval_answers_add(struct retrieval_answers *a, const struct retrieval_answer *x,
                          struct error *e)
{
    if (a->n == a->capacity) {
        const int capacity = a->capacity ? 2 * a->capacity : 256;
        struct retrieval_answer *more = realloc(a->v, (size_t)capacity * sizeof *more);
        if (!more) return error_set(e, E_MEMORY, "no memory for %d answers", capacity);
        a->v = more;
        a->capacity = capacity;
    }
    a->v[a->n++] = *x;
    return OK;
}

/* Length of the longest common subsequence of what was to be said and the first choices, over their
 * length: ROUGE-L, whose precision and recall are equal here. */
static double rouge_l(const struct token_score *s, int n)
{
    int row[ANSWER_MAX + 1] = {0};
    if (n > ANSWER_MAX) return NAN;
    for (int i = 0; i < n; i++)
        for (int j = 0, corner = 0; j < n; j++) {
            const int up = row[j + 1];
            if (s[i].target == s[j].best)
                row[j + 1] = corner + 1;
            else if (row[j] > up)
                row[j + 1] = row[j];
            corner = up;
        }
    return (double)row[n] / n;
}

int retrieval_answers_fill(struct retrieval_answers *a, const struct token_score *score, int n,
                           struct error *e)
{
    for (int at = 0; at < n; a->filled++) {
        struct retrieval_answer *x = &a->v[a->filled];
        if (a->filled >= a->n || at + x->tokens > n)
            return error_set(e, E_FORMAT, "scores and answers do not match");
        x->all = true;
        x->nll = 0;
        for (int i = 0; i < x->tokens; i++) {
            x->nll += score[at + i].loss / x->tokens;
            x->all &= score[at + i].rank == 0;
        }
        x->first = score[at].rank == 0;
        x->rouge_l = rouge_l(score + at, x->tokens);
        at += x->tokens;
    }
    return OK;
}

void retrieval_answers_close(struct retrieval_answers *a)
{
    free(a->v);
    *a = (struct retrieval_answers){0};
}

/* ---- cells ---- */

struct cell {
    int n, haystacks;
    double nll, half, accuracy, first, rouge_l, asked, at, chance, candidates;
};

static int key_of(const struct retrieval_answer *x, const struct retrieval_type *type)
{
    if (type->axis == TASK_COUNT) return (int)x->at;
    if (type->axis == TASK_OCTAVE) return x->at < 1 ? 0 : (int)floor(log2(x->at));
    return x->cell;
}

/* Of the answers with this length and key (-1: any of it). false: none, or no memory. */
static bool fill_cell(const struct retrieval_answers *a, const struct retrieval_type *type,
                      int length, int key, struct cell *c)
{
    int most = 0;
    *c = (struct cell){0};
    for (int i = 0; i < a->n; i++)
        if (a->v[i].haystack > most) most = a->v[i].haystack;
    double *sum = calloc(2 * (size_t)(most + 1), sizeof *sum), *count = sum ? sum + most + 1 : NULL;
    if (!sum) return false;
    for (int i = 0; i < a->n; i++) {
        const struct retrieval_answer *x = &a->v[i];
        if (x->length != length || (key >= 0 && key_of(x, type) != key)) continue;
        c->n++;
        sum[x->haystack] += x->nll;
        count[x->haystack]++;
        c->accuracy += x->all;
        c->first += x->first;
        c->rouge_l += x->rouge_l;
        c->asked = x->asked;
        c->at += x->at;
        c->chance += x->chance;
        c->candidates += x->candidates;
    }
    const struct stat_ratio_mean mean = stat_cluster_mean(sum, count, most + 1);
    free(sum);
    if (!c->n) return false;
    c->haystacks = mean.documents;
    c->nll = mean.mean;
    c->half = mean.se * stat_t_critical(level, mean.documents - 1);
    c->accuracy /= c->n;
    c->first /= c->n;
    c->rouge_l /= c->n;
    c->at /= c->n;
    c->chance /= c->n;
    c->candidates /= c->n;
    return true;
}

/* What the cell stands for on the task's axis, the same at every length. */
static double place_of(const struct retrieval_type *type, int key, const struct cell *c)
{
    if (type->axis == TASK_COUNT) return key;
    if (type->axis == TASK_OCTAVE) return ldexp(1, key);
    return c->asked;
}

static void put_cell(struct findings *r, struct findings_table *t, const struct cell *c)
{
    findings_number(r, t, c->n);
    findings_number(r, t, c->haystacks);
    findings_number(r, t, c->nll);
    findings_number(r, t, c->nll - c->half);
    findings_number(r, t, c->nll + c->half);
    findings_number(r, t, c->accuracy);
    findings_number(r, t, c->first);
    findings_number(r, t, c->rouge_l);
    findings_number(r, t, c->chance);
    findings_number(r, t, 1 / c->candidates);
}

#define CELL "answers haystacks nll nll_low nll_high accuracy first rouge_l chance chance_copy"

/* ---- the report ---- */

/* Mean over lengths on one side of the training length; NaN: there are none. */
struct side {
    int n;
    double nll, accuracy;
};

static void add_side(struct side *s, const struct cell *c)
{
    s->n++;
    s->nll += c->nll;
    s->accuracy += c->accuracy;
}

static double mean_of(double sum, int n)
{
    return n ? sum / n : NAN;
}

static void put_sides(struct findings *r, const struct side *in, const struct side *beyond,
                      int reach)
{
    const double accuracy = mean_of(in->accuracy, in->n);
    findings_scalar(r, "nll", mean_of(in->nll, in->n));
    findings_scalar(r, "accuracy", accuracy);
    findings_scalar(r, "nll_beyond", mean_of(beyond->nll, beyond->n));
    findings_scalar(r, "accuracy_beyond", mean_of(beyond->accuracy, beyond->n));
    findings_scalar(r, "solved", in->n ? accuracy >= solved : NAN);
    findings_scalar(r, "effective_length", reach);
    if (!in->n)
        findings_fact(r, "gate", "no length inside the training length: no verdict on length");
    else if (accuracy >= gate)
        findings_fact(r, "gate", "passed: accuracy %.4f inside the training length", accuracy);
    else
        findings_fact(
            r, "gate",
            "not passed: accuracy %.4f inside the training length is below %.2f, so longer "
            "ones say nothing about length",
            accuracy, gate);
}

/* For sweeps, which compare scalars: "accuracy/512" is the accuracy at 512 tokens. */
static void put_at_length(struct findings *r, int length, const struct cell *c)
{
    const struct {
        const char *name;
        double value;
    } of[] = {{"nll", c->nll}, {"accuracy", c->accuracy}, {"rouge_l", c->rouge_l}};
    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        char name[48];
        snprintf(name, sizeof name, "%s/%d", of[i].name, length);
        findings_scalar(r, name, of[i].value);
    }
}

static bool in_list(const int *v, int n, int x)
{
    for (int i = 0; i < n; i++)
        if (v[i] == x) return true;
    return false;
}

enum { KEYS = 64 };

void retrieval_report(const struct retrieval_answers *a, const struct retrieval_type *type,
                      int train_length, struct findings *r)
{
    struct cell c;
    struct side in = {0}, beyond = {0};
    int length[KEYS], n = 0, reach = 0;
    bool holds = true;
    for (int i = 0; i < a->n && n < KEYS; i++)
        if (!in_list(length, n, a->v[i].length)) length[n++] = a->v[i].length;
    findings_fact(r, "interval", "95 %%, mean loss, haystacks as clusters, Student's t");
    findings_fact(r, "effective_length", "longest with accuracy of %.2f there and at all shorter",
                  gate);
    struct findings_table *t = findings_table(r, "lengths", "length " CELL);
    for (int i = 0; i < n; i++) {
        if (!fill_cell(a, type, length[i], -1, &c)) continue;
        add_side(length[i] <= train_length ? &in : &beyond, &c);
        holds &= c.accuracy >= gate;
        if (holds) reach = length[i];
        findings_number(r, t, length[i]);
        put_cell(r, t, &c);
        put_at_length(r, length[i], &c);
    }
    put_sides(r, &in, &beyond, reach);
    t = findings_table(r, "grid", "length cell");
    findings_column(r, t, type->axis_name);
    findings_column(r, t, "actual");
    for (const char *s = CELL, *end; *s; s = *end ? end + 1 : end) {
        char column[32];
        for (end = s; *end && *end != ' '; end++) {
        }
        snprintf(column, sizeof column, "%.*s", (int)(end - s), s);
        findings_column(r, t, column);
    }
    for (int i = 0; i < n; i++)
        for (int key = 0; key < KEYS; key++) {
            if (!fill_cell(a, type, length[i], key, &c)) continue;
            findings_number(r, t, length[i]);
            findings_number(r, t, key);
            findings_number(r, t, place_of(type, key, &c));
            findings_number(r, t, c.at);
            put_cell(r, t, &c);
        }
}
