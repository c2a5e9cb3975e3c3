/* decay.c -- the attention score by distance that an encoding gives before anything is learned.
 *
 *   ones      q = k = (1, ..., 1):     s(m) = C(m) scale + bias(m),  C(m) = 2 sum cos(m w_i)
 *   gaussian  q, k independent N(0,1): mean bias(m),      deviation scale sqrt(sum of squares)
 *   equal     q = k ~ N(0,1):          mean C(m) scale + bias(m), deviation scale 2 sqrt(sum cos^2)
 *
 * with magnitude, decay (xPos), weights and row scale as in encoding.h; means and deviations are
 * exact. For independent q and k a rotation changes nothing: no decay (Barbero et al. 2024,
 * arXiv:2410.06205). The all-ones curve is the one of Xiong et al. 2023, arXiv:2309.16039, figure 4,
 * which divides by sqrt(head_dim). */
#include <math.h>
#include <stdlib.h>

#include "src/theory/analysis.h"
#include "src/theory/encoding.h"

enum { VECTORS_ONES, VECTORS_GAUSSIAN, VECTORS_EQUAL, VECTORS_ALL };
enum { SCALE_SQRT_D, SCALE_NONE, SCALE_D, SCALE_MAX };
static const char *const vector_names[] = {"ones", "gaussian", "equal", "all", NULL};
static const char *const scale_names[] = {"sqrt_d", "none", "d", "max", NULL};

struct decay_opts {
    struct encoding_opts encoding;
    int vectors, scale;
};

#define S struct decay_opts
static const struct conf_field decay_fields[] = {
    ENCODING_ROWS(S, 30000),
    CONF_ENUM(S, vectors, VECTORS_ONES, vector_names,
              "what q and k are; all: the three side by side"),
    CONF_ENUM(S, scale, SCALE_SQRT_D, scale_names,
              "the product is divided by sqrt(head_dim), by nothing, by head_dim, or the score by "
              "its value at distance 0"),
    CONF_END,
};
#undef S
static const struct conf_schema decay_schema = {"decay", sizeof(struct decay_opts), decay_fields};

static double scale_of(const struct decay_opts *o)
{
    const double d = o->encoding.head_dim;
    return o->scale == SCALE_NONE ? 1 : o->scale == SCALE_D ? 1 / d : 1 / sqrt(d);
}

/* Variance of q R_m k: of one pair with q, k independent 2 (a e^(rate m))^2, with q = k
 * 4 (a cos e^(rate m))^2; a: magnitude squared. Of a channel that does not rotate 1, or 2. */
static void deviations(const struct encoding *x, const struct decay_opts *o, double *out)
{
    const bool equal = o->vectors == VECTORS_EQUAL;
    const double a = x->magnitude * x->magnitude, fixed = x->shape.head_dim - 2 * x->pairs,
                 scale = scale_of(o) * x->row_scale;
    for (int m = 0; m < o->encoding.length; m++) {
        double sum = equal ? 2 * fixed : fixed;
        for (int i = 0; i < x->pairs; i++) {
            const double size = a * exp(x->rate[i] * m) * (equal ? cos(m * x->inv_freq[i]) : 1);
            sum += (equal ? 4 : 2) * size * size;
        }
        out[m] *= scale * sqrt(sum); /* holds the weight of the distance */
    }
}

static int curves(const struct encoding *x, const struct decay_opts *o, double *score,
                  double *deviation, struct error *e)
{
    const int n = o->encoding.length;
    if (o->vectors == VECTORS_GAUSSIAN)
        encoding_terms(x, n, score, NULL);
    else
        TRY(encoding_scores(x, n, scale_of(o), score, e));
    if (deviation) {
        encoding_terms(x, n, NULL, deviation);
        deviations(x, o, deviation);
    }
    if (o->scale == SCALE_MAX && score[0] != 0) {
        const double top = fabs(score[0]);
        for (int m = 0; m < n; m++) score[m] /= top;
        for (int m = 0; deviation && m < n; m++) deviation[m] /= top;
    }
    return OK;
}

/* One kind of vectors, as fields `name` and, of random ones, `deviation`. */
static int add_curves(const struct encoding *x, const struct decay_opts *o, int vectors,
                      const char *name, const char *deviation, struct result *out,
                      struct result_series *s, struct error *e)
{
    struct decay_opts own = *o;
    own.vectors = vectors;
    double *mean = result_field(out, s, name, "", o->encoding.length),
           *spread = deviation ? result_field(out, s, deviation, "", o->encoding.length) : NULL;
    if ((x->custom || x->mapped || x->mover) && deviation)
        return error_set(
            e, E_USAGE,
            "encoding '%s' maps q and k, positions or frequencies: only vectors=ones is "
            "known of it",
            x->name);
    return curves(x, &own, mean, spread, e);
}

static int fill(const struct encoding *x, const void *opts, struct result *out,
                struct result_series *s, struct error *e)
{
    const struct decay_opts *o = opts;
    const bool all = o->vectors == VECTORS_ALL;
    result_bool(out, s, "plain", x->plain);
    if (x->content) result_bool(out, s, "content_left_out", true);
    if (all || o->vectors == VECTORS_ONES)
        TRY(add_curves(x, o, VECTORS_ONES, "score", NULL, out, s, e));
    if (!all && o->vectors != VECTORS_ONES)
        return add_curves(x, o, o->vectors, "score", "deviation", out, s, e);
    if (!all) return OK;
    TRY(add_curves(x, o, VECTORS_GAUSSIAN, "gaussian", "gaussian_deviation", out, s, e));
    return add_curves(x, o, VECTORS_EQUAL, "equal", "equal_deviation", out, s, e);
}

static int run(const void *opts, const struct run_facts *runs, int n_runs, struct result *out,
               struct error *e)
{
    const struct decay_opts *o = opts;
    (void)runs, (void)n_runs;
    result_axis(out, "distance", "tokens", o->encoding.length);
    result_fact_text(out, NULL, "vectors", vector_names[o->vectors]);
    result_fact_text(out, NULL, "scale", scale_names[o->scale]);
    result_int(out, NULL, "head_dim", o->encoding.head_dim);
    return encoding_each(&o->encoding, fill, o, out, e);
}

const struct analysis_type analysis_decay = {
    .v = {.name = "decay",
          .summary = "attention score by distance: all-ones, Gaussian, or equal q and k",
          .paper = "arXiv:2309.16039",
          .schema = &decay_schema},
    .compare = "{RoPE: {type: rope}, PI: {type: linear, factor: 8}, "
               "ABF: {type: rope, rope_theta: 500000}, "
               "xPos ABF: {type: xpos, rope_theta: 500000}}",
    .run = run,
};
