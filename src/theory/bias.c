/* bias.c -- what additive biases and multiplicative weights do to the attention by distance.
 *
 *   bias(m) of the logit, as a factor e^bias(m) of the attention, and weight(m) of the logit
 *
 * of one head, seen from the last row of `length` tokens, with the values that training starts
 * from. reach: the first distance at which the factor is below a thousandth of its value at 0. The
 * papers are those of the encodings (`ropewalk list encodings`). */
#include <math.h>

#include "src/theory/analysis.h"
#include "src/theory/encoding.h"

struct bias_opts {
    struct encoding_opts encoding;
};

static const struct conf_field bias_fields[] = {
    ENCODING_ROWS(struct bias_opts, 2048),
    CONF_END,
};
static const struct conf_schema bias_schema = {"bias", sizeof(struct bias_opts), bias_fields};

static int fill(const struct encoding *x, const void *opts, struct result *out,
                struct result_series *s, struct error *e)
{
    const int n = x->length;
    double *bias = result_field(out, s, "bias", "", n),
           *factor = result_field(out, s, "factor", "", n),
           *weight = result_field(out, s, "weight", "", n), reach = NAN;
    (void)opts, (void)e;
    encoding_terms(x, n, bias, weight);
    for (int m = n - 1; m >= 0; m--) {
        factor[m] = exp(bias[m]);
        if (bias[m] - bias[0] < log(1e-3)) reach = m;
    }
    result_real(out, s, "reach", reach);
    if (x->content) result_bool(out, s, "content_left_out", true);
    return OK;
}

static int run(const void *opts, const struct run_facts *runs, int n_runs, struct result *out,
               struct error *e)
{
    const struct bias_opts *o = opts;
    (void)runs, (void)n_runs;
    result_axis(out, "distance", "tokens", o->encoding.length);
    result_int(out, NULL, "head", o->encoding.head);
    return encoding_each(&o->encoding, fill, o, out, e);
}

const struct analysis_type analysis_bias = {
    .v = {.name = "bias",
          .summary = "additive biases and multiplicative weights by distance",
          .paper = "arXiv:2108.12409",
          .schema = &bias_schema},
    .compare = "{ALiBi: {type: alibi}, T5: {type: t5}, KERPLE log: {type: kerple_log}, "
               "KERPLE power: {type: kerple_power}, FIRE: {type: fire}}",
    .run = run,
};
