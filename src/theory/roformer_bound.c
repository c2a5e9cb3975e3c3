/* roformer_bound.c -- the upper bound of the attention score by distance in the first rotary paper.
 *
 *   |sum_i h_i e^(i m w_i)| <= max_i |h_(i+1) - h_i| sum_j |S_j(m)|,  S_j = sum_(i<j) e^(i m w_i)
 *   bound(m) = (1/h) sum_(j=1..h) |S_j(m)|,  h rotated pairs
 *
 * Su et al. 2021, arXiv:2104.09864, section 3.4.3. */
#include <math.h>

#include "src/theory/analysis.h"
#include "src/theory/encoding.h"

struct roformer_bound_opts {
    struct encoding_opts encoding;
};

static const struct conf_field roformer_bound_fields[] = {
    ENCODING_ROWS(struct roformer_bound_opts, 257),
    CONF_END,
};
static const struct conf_schema roformer_bound_schema = {
    "roformer_bound", sizeof(struct roformer_bound_opts), roformer_bound_fields};

static int fill(const struct encoding *x, const void *opts, struct result *out,
                struct result_series *s, struct error *e)
{
    double *bound = result_field(out, s, "bound", "", x->length);
    (void)opts, (void)e;
    result_bool(out, s, "plain", x->plain);
#pragma omp parallel for schedule(static)
    for (int m = 0; m < x->length; m++) {
        double re = 0, im = 0, sum = 0;
        for (int j = 0; j < x->pairs; j++) {
            re += cos(m * x->inv_freq[j]);
            im += sin(m * x->inv_freq[j]);
            sum += hypot(re, im);
        }
        bound[m] = x->pairs ? sum / x->pairs : NAN;
    }
    return OK;
}

static int run(const void *opts, const struct run_facts *runs, int n_runs, struct result *out,
               struct error *e)
{
    const struct roformer_bound_opts *o = opts;
    (void)runs, (void)n_runs;
    result_axis(out, "distance", "tokens", o->encoding.length);
    return encoding_each(&o->encoding, fill, o, out, e);
}

const struct analysis_type analysis_roformer_bound = {
    .v = {.name = "roformer_bound",
          .summary = "upper bound of the score by distance, by summation by parts",
          .paper = "arXiv:2104.09864",
          .schema = &roformer_bound_schema},
    .compare = "{RoPE: {type: rope}, ABF: {type: rope, rope_theta: 500000}}",
    .run = run,
};
