/* contrast.c -- see contrast.h. */
#include "src/lab/contrast.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/conf.h"
#include "src/lab/column.h"
#include "src/stat/mean.h"

enum { TERMS = 32 };

static const char *const expects[] = {
#define X(name, word) word,
    CLAIM_EXPECTS(X)
#undef X
};

enum claim_expect claim_expect_of(const char *word)
{
    int k = 0;
    while (k < EXPECT_COUNT && strcmp(word, expects[k])) k++;
    return (enum claim_expect)k;
}

const char *claim_verdict_word(enum claim_verdict v)
{
    static const char *const words[] = {"undecided", "agrees", "disagrees", "equivalent"};
    return words[v];
}

/* ---- signed sums ---- */

struct sum {
    int n;
    double weight[TERMS];
    char name[TERMS][256];
};

/* " + " or " - ": where the next term begins, and its sign. */
static const char *next_sign(const char *at, double *sign)
{
    const char *plus = strstr(at, " + "), *minus = strstr(at, " - ");
    const char *next = plus && (!minus || plus < minus) ? plus : minus;
    if (next) *sign = next == plus ? 1 : -1;
    return next;
}

static int parse_sum(struct sum *s, const char *text, struct error *e)
{
    double sign = 1, next_is = 1;
    s->n = 0;
    for (const char *at = text, *next; at; at = next ? next + 3 : NULL, sign = next_is) {
        next = next_sign(at, &next_is);
        const size_t n = next ? (size_t)(next - at) : strlen(at);
        char *end;
        const double weight = strtod(at, &end);
        const bool weighed = end > at && *end == ' ' && end < at + n;
        const char *name = weighed ? end + 1 : at;
        const size_t length = n - (size_t)(name - at);
        if (s->n == TERMS || !length || length >= sizeof s->name[0])
            return error_set(e, E_USAGE,
                             "'%s' is no signed sum like 'a - b' or '0.5 a + 0.5 b - c' of at most "
                             "%d terms",
                             text, TERMS);
        s->weight[s->n] = sign * (weighed ? weight : 1);
        snprintf(s->name[s->n++], sizeof s->name[0], "%.*s", (int)length, name);
    }
    return OK;
}

/* The arm of this name, or the one that tuning has named so: "NAME (lr=0.003)". */
static int find_arm(const struct lab_results *r, const char *name, int *arm, struct error *e)
{
    const size_t n = strlen(name);
    int tuned = 0;
    for (*arm = 0; *arm < r->n_arms; ++*arm)
        if (!strcmp(r->arms[*arm].name, name)) return OK;
    for (int a = 0; a < r->n_arms; a++)
        if (!strncmp(r->arms[a].name, name, n) && !strncmp(r->arms[a].name + n, " (", 2)) {
            *arm = a;
            tuned++;
        }
    if (tuned == 1) return OK;
    const char **names = calloc((size_t)r->n_arms + 1, sizeof *names);
    if (!names) return error_set(e, E_MEMORY, "no memory for %d arms", r->n_arms);
    for (int a = 0; a < r->n_arms; a++) names[a] = r->arms[a].name;
    const char *near = conf_nearest(name, names);
    free(names);
    return error_set(e, E_USAGE, "sweep '%s' has no arm '%s'%s%s%s", r->name, name,
                     near ? ": did you mean '" : "", near ? near : "", near ? "'?" : "");
}

/* out[arms][seeds]: the metric of every run. */
static int metric_values(const struct lab_results *r, const char *metric, double *out,
                         struct error *e)
{
    const int cells = r->n_arms * r->n_seeds;
    struct sum columns;
    double *one = malloc(((size_t)cells + 1) * sizeof *one);
    int status = one ? parse_sum(&columns, metric, e)
                     : error_set(e, E_MEMORY, "no memory for %d runs", cells);
    for (int i = 0; i < cells; i++) out[i] = 0;
    for (int k = 0; !status && k < columns.n; k++) {
        struct column c;
        status = column_parse(&c, columns.name[k], e);
        if (!status) status = column_values(&c, r, one, e);
        for (int i = 0; !status && i < cells; i++) out[i] += columns.weight[k] * one[i];
    }
    free(one);
    return status;
}

/* x[seeds]: the contrast where every arm of it is complete; counts the seeds. */
static void contrast_values(const struct lab_results *r, const struct sum *s, const int *arm,
                            const double *y, double than, double *x, struct contrast_answer *a)
{
    a->n = a->diverged = 0;
    for (int seed = 0; seed < r->n_seeds; seed++) {
        double sum = -than;
        bool diverged = false;
        for (int k = 0; k < s->n; k++) {
            const enum run_status status = lab_run_at(r, arm[k], seed)->status;
            diverged |= status == RUN_DIVERGED;
            sum += status == RUN_COMPLETE ? s->weight[k] * y[arm[k] * r->n_seeds + seed] : NAN;
        }
        a->diverged += diverged;
        if (isfinite(sum)) x[a->n++] = sum;
    }
    a->missing = r->n_seeds - a->n;
}

/* ---- the decision ---- */

/* Half-width at a level; no spread at all is an interval of no width. */
static double half_width(const double *x, int n, double level)
{
    if (n < 2) return NAN;
    const struct stat_mean m = stat_mean(x, n, level);
    bool same = true;
    for (int i = 1; i < n; i++) same &= x[i] == x[0];
    return same ? 0 : m.half;
}

enum claim_verdict claim_decide(const double *x, int n, const struct contrast_claim *claim,
                                double *mean, double *low, double *high)
{
    const double alpha = (1 - claim->level) / (claim->family > 1 ? claim->family : 1);
    const double m = stat_mean(x, n, 0.95).mean, two = half_width(x, n, 1 - alpha),
                 one = half_width(x, n, 1 - 2 * alpha), margin = claim->margin;
    const enum claim_expect expect = claim->expect;
    *mean = m;
    *low = m - two;
    *high = m + two;
    if (!(n > 1)) return CLAIM_UNDECIDED;
    if (margin > 0 && m - one > -margin && m + one < margin) return CLAIM_EQUIVALENT;
    const bool below = *high<0, above = *low> 0;
    if (expect == EXPECT_EQUAL) return below || above ? CLAIM_DISAGREES : CLAIM_UNDECIDED;
    const bool down = expect == EXPECT_BELOW || expect == EXPECT_NOT_ABOVE;
    const bool weak = expect == EXPECT_NOT_ABOVE || expect == EXPECT_NOT_BELOW;
    if (down ? below : above) return CLAIM_AGREES;
    if (weak && (down ? m + one < margin : m - one > -margin)) return CLAIM_AGREES;
    return (down ? above : below) ? CLAIM_DISAGREES : CLAIM_UNDECIDED;
}

int contrast_answer(struct contrast_answer *a, const struct lab_results *r,
                    const struct contrast_claim *claim, struct error *e)
{
    struct sum s;
    int arm[TERMS];
    TRY(parse_sum(&s, claim->contrast, e));
    for (int k = 0; k < s.n; k++) TRY(find_arm(r, s.name[k], &arm[k], e));
    double *y = malloc(((size_t)r->n_arms * r->n_seeds + r->n_seeds + 1) * sizeof *y);
    if (!y) return error_set(e, E_MEMORY, "no memory for %d arms", r->n_arms);
    double *x = y + (size_t)r->n_arms * r->n_seeds;
    const int status = metric_values(r, claim->metric, y, e);
    if (!status) {
        contrast_values(r, &s, arm, y, claim->than, x, a);
        a->verdict = claim_decide(x, a->n, claim, &a->mean, &a->low, &a->high);
        if (a->diverged) a->verdict = CLAIM_UNDECIDED;
    }
    free(y);
    return status;
}
