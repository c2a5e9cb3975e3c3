/* discrimination.c -- whether attention by distance still prefers a similar key to a random one.
 *
 *   B(m) = sum_i cos(m w_i)          (C(m) / 2 of the rotated pairs, without magnitude)
 *   limit  h (Ci(m) - Ci(m / b)) / ln b,  h pairs of base b, exact for h -> infinity
 *
 * The first m with B(m) < 0 bounds the context that the base serves; in the limit it is x0 b with
 * x0 = 0.6165 the zero of the cosine integral. Men et al. 2024, arXiv:2405.14591; the limit as in
 * Su's note 10122 on that paper. */
#include <gsl/gsl_sf_expint.h>
#include <math.h>

#include "src/num/cosine_sum.h"
#include "src/theory/analysis.h"
#include "src/theory/encoding.h"

static const double zero_of_ci = 0.61650548562071619;

struct discrimination_opts {
    struct encoding_opts encoding;
};

static const struct conf_field discrimination_fields[] = {
    ENCODING_ROWS(struct discrimination_opts, 30000),
    CONF_END,
};
static const struct conf_schema discrimination_schema = {
    "discrimination", sizeof(struct discrimination_opts), discrimination_fields};

static int fill(const struct encoding *x, const void *opts, struct result *out,
                struct result_series *s, struct error *e)
{
    const int n = x->length;
    double *b = result_field(out, s, "B", "", n), *limit = result_field(out, s, "limit", "", n);
    (void)opts, (void)e;
    cosine_sums(x->inv_freq, x->pairs, n, b);
    for (int m = 0; m < n; m++)
        limit[m] = !x->plain ? NAN
                   : m == 0  ? x->pairs
                             : x->pairs * (gsl_sf_Ci(m) - gsl_sf_Ci(m / x->rope_theta)) /
                                  log(x->rope_theta);
    const int64_t first = cosine_sum_first_negative(x->inv_freq, x->pairs, n);
    result_real(out, s, "first_negative", first < n ? (double)first : NAN);
    result_real(out, s, "last_sound", first < n ? (double)first - 1 : NAN);
    result_real(out, s, "limit_first_negative", x->plain ? zero_of_ci * x->rope_theta : NAN);
    result_bool(out, s, "plain", x->plain);
    return OK;
}

static int run(const void *opts, const struct run_facts *runs, int n_runs, struct result *out,
               struct error *e)
{
    const struct discrimination_opts *o = opts;
    (void)runs, (void)n_runs;
    result_axis(out, "distance", "tokens", o->encoding.length);
    result_int(out, NULL, "head_dim", o->encoding.head_dim);
    return encoding_each(&o->encoding, fill, o, out, e);
}

const struct analysis_type analysis_discrimination = {
    .v = {.name = "discrimination",
          .summary = "B(m) = sum cos(m w): where a similar key loses to a random one",
          .paper = "arXiv:2405.14591",
          .schema = &discrimination_schema},
    .compare = "{RoPE: {type: rope}, ABF: {type: rope, rope_theta: 500000}}",
    .run = run,
};
