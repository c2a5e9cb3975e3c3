/* margin.c -- up to which distance a matching key stands out among the keys of a row.
 *
 *   z(m) = s(m), q = k = ones, divided by sqrt(head_dim); the other T - 1 logits are N(0, 1)
 *   largest  z > sqrt(2 ln T): the match is likely the largest logit (it holds a few per cent)
 *   half     z > ln T + 1/2:   the match holds half of the softmax (mean e^N(0,1) = e^(1/2))
 *
 * The reaches are the distances up to which z stays above, without a gap. Thresholds: extreme values
 * of normal variables, and the mean of the log-normal distribution. */
#include <math.h>

#include "src/theory/analysis.h"
#include "src/theory/encoding.h"

struct margin_opts {
    struct encoding_opts encoding;
};

static const struct conf_field margin_fields[] = {
    ENCODING_ROWS(struct margin_opts, 4096),
    CONF_END,
};
static const struct conf_schema margin_schema = {"margin", sizeof(struct margin_opts),
                                                 margin_fields};

static int reach(const double *z, int n, double level)
{
    int m = 0;
    while (m < n && z[m] > level) m++;
    return m - 1;
}

static int fill(const struct encoding *x, const void *opts, struct result *out,
                struct result_series *s, struct error *e)
{
    const int n = x->length;
    double *z = result_field(out, s, "z", "", n);
    (void)opts;
    TRY(encoding_scores(x, n, 1 / sqrt(x->shape.head_dim), z, e));
    result_int(out, s, "largest_reach", reach(z, n, sqrt(2 * log(n))));
    result_int(out, s, "half_reach", reach(z, n, log(n) + 0.5));
    result_bool(out, s, "plain", x->plain);
    return OK;
}

static int run(const void *opts, const struct run_facts *runs, int n_runs, struct result *out,
               struct error *e)
{
    const struct margin_opts *o = opts;
    (void)runs, (void)n_runs;
    result_axis(out, "distance", "tokens", o->encoding.length);
    result_real(out, NULL, "largest_level", sqrt(2 * log(o->encoding.length)));
    result_real(out, NULL, "half_level", log(o->encoding.length) + 0.5);
    return encoding_each(&o->encoding, fill, o, out, e);
}

const struct analysis_type analysis_margin = {
    .v = {.name = "margin",
          .summary = "up to which distance a matching key stands out among random ones",
          .schema = &margin_schema},
    .compare = "{RoPE: {type: rope}, PI: {type: linear, factor: 8}, "
               "ABF: {type: rope, rope_theta: 500000}}",
    .run = run,
};
