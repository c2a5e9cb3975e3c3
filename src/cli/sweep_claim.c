/* sweep_claim.c -- one claim about the arms of a sweep, held against its seeds. */
#include <math.h>

#include "src/base/json.h"
#include "src/cli/sweep.h"
#include "src/lab/contrast.h"
#include "src/lab/store_results.h"

static void print_json(const struct contrast_claim *q, const char *expect,
                       const struct contrast_answer *a)
{
    struct jsn_out o;
    jsn_out_open(&o, true);
    jsn_map_begin(&o, NULL);
    jsn_put_string(&o, "contrast", q->contrast);
    jsn_put_string(&o, "metric", q->metric);
    jsn_put_string(&o, "expect", expect);
    jsn_put_double(&o, "than", q->than);
    jsn_put_double(&o, "margin", q->margin);
    jsn_put_double(&o, "level", q->level);
    jsn_put_int(&o, "family", q->family);
    jsn_put_int(&o, "n", a->n);
    jsn_put_int(&o, "missing", a->missing);
    jsn_put_int(&o, "diverged", a->diverged);
    jsn_put_double(&o, "estimate", a->mean);
    jsn_put_double(&o, "low", a->low);
    jsn_put_double(&o, "high", a->high);
    jsn_put_string(&o, "verdict", claim_verdict_word(a->verdict));
    jsn_map_end(&o);
    printf("%.*s\n", (int)o.length, o.text);
    jsn_out_close(&o);
}

/* More digits than differ between two runs of the same seed serve nobody; --json has them all. */
static void print_value(double x)
{
    if (isnan(x))
        printf("\tnan"); /* printf may sign it */
    else
        printf("\t%+.4f", x);
}

static void print_row(const struct contrast_claim *q, const char *expect,
                      const struct contrast_answer *a)
{
    printf("contrast\tmetric\testimate\tlow\thigh\tn\tmissing\texpect\tmargin\tverdict\t"
           "diverged\n");
    printf("%s\t%s", q->contrast, q->metric);
    print_value(a->mean);
    print_value(a->low);
    print_value(a->high);
    printf("\t%d\t%d\t%s\t%g\t%s\t%d\n", a->n, a->missing, expect, q->margin,
           claim_verdict_word(a->verdict), a->diverged);
}

static int run_claim(struct cli *c, struct error *e)
{
    const char *out = "sweeps", *expect = "equal";
    bool json = false;
    int64_t family = 1;
    struct contrast_claim q = {0};
    const struct flag flags[] = {
        {"expect", FLAG_STRING, &expect, 0, 0, "WORD",
         "below, above, not_above, not_below, equal (default)"},
        {"metric", FLAG_STRING, &q.metric, 0, 0, "COLUMNS", "a column or a signed sum of columns"},
        {"margin", FLAG_REAL, &q.margin, 0, 1e9, "X", "smaller differences do not matter"},
        {"than", FLAG_REAL, &q.than, -1e9, 1e9, "X", "compare with this instead of 0"},
        {"level", FLAG_REAL, &q.level, 0.5, 0.9999, "X", "of the interval; default the sweep's"},
        {"family", FLAG_INT, &family, 1, 1000, "N", "claims that share the error (Bonferroni)"},
        {"json", FLAG_BOOL, &json, 0, 0, NULL, "one JSON object, all digits"},
        SWEEP_OUT_FLAG(out),
        {0},
    };
    struct store *s;
    struct store_results *own;
    const struct lab_results *r;
    struct contrast_answer a;
    TRY(cli_parse(c, flags, 2, 2, e));
    q.expect = claim_expect_of(expect);
    if (q.expect == EXPECT_COUNT)
        return error_set(
            e, E_USAGE,
            "sweep claim: --expect '%s' is none of below, above, not_above, not_below, equal",
            expect);
    TRY(sweep_store(c->argv[0], out, &s, e));
    int status = store_results_open(&own, s, &r, e);
    if (!status) {
        q.contrast = c->argv[1];
        q.family = (int)family;
        if (!q.metric) q.metric = r->metric;
        if (!(q.level > 0)) q.level = r->level > 0 ? r->level : 0.95;
        status = contrast_answer(&a, r, &q, e);
        if (!status && json) print_json(&q, expect, &a);
        if (!status && !json) print_row(&q, expect, &a);
        store_results_close(own);
    }
    store_close(s);
    return status;
}

const struct verb verb_sweep_claim = {
    .name = "sweep claim",
    .operands = "FILE CONTRAST",
    .summary = "one claim about its arms, with a verdict",
    .help = "CONTRAST is a signed sum of arms, computed seed by seed: 'switch20 - constant', or\n"
            "'0.5 a + 0.5 b - c'. The answer has its mean, the t interval over seeds, and agrees,\n"
            "disagrees, equivalent (within --margin by two one-sided tests) or undecided.\n\n"
            "examples:\n"
            "  ropewalk sweep claim sweeps/curriculum 'switch20 - constant' --expect not_above "
            "--margin 0.02\n"
            "  ropewalk sweep claim sweeps/mix 'long - base' --metric 'test/a/loss - test/b/loss' "
            "--expect below",
    .run = run_claim,
};
