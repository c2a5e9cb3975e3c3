/* granularity.c -- how far apart the embeddings of neighbouring positions are.
 *
 *   chord(m)      sqrt(2 (1 - c(m))), c(m) = (2 B(m) + fixed) / head_dim: q = ones, of unit length
 *   step_square   mean over pairs of 4 sin^2(w_i / 2)
 *   closest       the distance m in [1, length) of the smallest chord
 *   sine_sum      sum_i sin w_i             C_d as printed in the theorem; grows like d / 2
 *   sine_mean     sine_sum / pairs          the sine of the angle between neighbours, q = ones
 *   sine_limit    (Si(c) - Si(c / b)) / ln b    its limit for many pairs, w_i = c b^(-2i/d)
 *   sine_approx   c / ln b;  proof_low <= sine_limit <= proof_high with
 *                 proof_high = c / ln b (1 - 1/b), proof_low = proof_high - c^2/(pi ln b) (1 - 1/b^2)
 *
 * Xiong et al. 2023, arXiv:2309.16039, appendix B. What converges to 1 / ln b there is the mean over
 * pairs, not the sum; sin <= max x^2 / |x|^2 * sum fails for q = ones, where the pair energy is twice
 * max x^2. */
#include <gsl/gsl_sf_expint.h>
#include <math.h>
#include <stdlib.h>

#include "src/num/cosine_sum.h"
#include "src/theory/analysis.h"
#include "src/theory/encoding.h"

struct granularity_opts {
    struct encoding_opts encoding;
    int span;
};

#define S struct granularity_opts
static const struct conf_field granularity_fields[] = {
    ENCODING_ROWS(S, 32768),
    CONF_INT(S, span, 64, 1, 1 << 24, "largest distance of the curve"),
    CONF_END,
};
#undef S
static const struct conf_schema granularity_schema = {
    "granularity", sizeof(struct granularity_opts), granularity_fields};

/* 1 - c(m) through sines: exact for close positions. */
static double gap(const struct encoding *x, double m)
{
    double sum = 0;
    for (int i = 0; i < x->pairs; i++) {
        const double s = sin(m * x->inv_freq[i] / 2);
        sum += 2 * s * s;
    }
    return 2 * sum / x->shape.head_dim;
}

static int add_closest(const struct encoding *x, struct result *out, struct result_series *s,
                       struct error *e)
{
    const int n = x->length;
    int closest = 1;
    double *b = malloc(((size_t)n + 2) * sizeof *b);
    if (!b) return error_set(e, E_MEMORY, "no memory for %d distances", n);
    b[1] = 0;
    cosine_sums(x->inv_freq, x->pairs, n, b);
    for (int m = 2; m < n; m++)
        if (b[m] > b[closest] + 1e-9) closest = m;
    free(b);
    result_int(out, s, "closest", closest);
    result_real(out, s, "closest_chord", sqrt(2 * gap(x, closest)));
    return OK;
}

/* w_i = c b^(-2i/d) for all pairs? */
static bool is_geometric(const struct encoding *x, double *base)
{
    const int n = x->pairs;
    if (n < 2 || !(x->inv_freq[n - 1] > 0)) return false;
    const double ratio = x->inv_freq[0] / x->inv_freq[1];
    *base = pow(ratio, x->geometry.denominator / 2.0);
    for (int i = 0; i < n; i++)
        if (fabs(x->inv_freq[i] * pow(ratio, i) / x->inv_freq[0] - 1) > 1e-9) return false;
    return true;
}

static void add_theorem(const struct encoding *x, struct result *out, struct result_series *s)
{
    double sum = 0, square = 0, base = NAN, low = NAN, high = NAN, limit = NAN, approx = NAN;
    for (int i = 0; i < x->pairs; i++) {
        sum += sin(x->inv_freq[i]);
        square += 4 * sin(x->inv_freq[i] / 2) * sin(x->inv_freq[i] / 2);
    }
    if (is_geometric(x, &base)) {
        const double c = x->inv_freq[0], log_base = log(base);
        limit = (gsl_sf_Si(c) - gsl_sf_Si(c / base)) / log_base;
        approx = c / log_base;
        high = approx * (1 - 1 / base);
        low = high - c * c / (M_PI * log_base) * (1 - 1 / (base * base));
    }
    result_real(out, s, "step_square", x->pairs ? square / x->pairs : NAN);
    result_real(out, s, "sine_sum", sum);
    result_real(out, s, "sine_mean", x->pairs ? sum / x->pairs : NAN);
    result_real(out, s, "sine_limit", limit);
    result_real(out, s, "sine_approx", approx);
    result_real(out, s, "proof_low", low);
    result_real(out, s, "proof_high", high);
}

static int fill(const struct encoding *x, const void *opts, struct result *out,
                struct result_series *s, struct error *e)
{
    const struct granularity_opts *o = opts;
    double *chord = result_field(out, s, "chord", "", o->span + 1);
    for (int m = 0; m <= o->span; m++) chord[m] = sqrt(2 * gap(x, m));
    add_theorem(x, out, s);
    result_bool(out, s, "plain", x->plain);
    return add_closest(x, out, s, e);
}

static int run(const void *opts, const struct run_facts *runs, int n_runs, struct result *out,
               struct error *e)
{
    const struct granularity_opts *o = opts;
    (void)runs, (void)n_runs;
    result_axis(out, "distance", "tokens", o->span + 1);
    return encoding_each(&o->encoding, fill, o, out, e);
}

const struct analysis_type analysis_granularity = {
    .v = {.name = "granularity",
          .summary = "distance between the embeddings of neighbouring positions",
          .paper = "arXiv:2309.16039",
          .schema = &granularity_schema},
    .compare = "{RoPE: {type: rope}, PI 1/4: {type: linear, factor: 4}, "
               "PI 1/8: {type: linear, factor: 8}, ABF: {type: rope, rope_theta: 500000}}",
    .run = run,
};
