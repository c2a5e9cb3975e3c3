/* damping.c -- how fast the products of each pair fade with distance.
 *
 *   zeta_i = e^(rate_i scale_base)      what is left at scale_base tokens   (xPos: rate < 0)
 *   half_distance_i = -ln 2 / rate_i
 *   float_reach, half_reach: how far from the centre the published form, which scales keys by
 *   zeta^(-position / scale_base), stays within float and half precision
 *
 * Sun et al. 2022, arXiv:2212.10554. */
#include <float.h>
#include <math.h>

#include "src/theory/analysis.h"
#include "src/theory/encoding.h"

struct damping_opts {
    struct encoding_opts encoding;
    double scale_base;
};

#define S struct damping_opts
static const struct conf_field damping_fields[] = {
    ENCODING_ROWS(S, 4096),
    CONF_REAL(S, scale_base, 512, 1, 1e12, "distance at which zeta is told"),
    CONF_END,
};
#undef S
static const struct conf_schema damping_schema = {"damping", sizeof(struct damping_opts),
                                                  damping_fields};

static int fill(const struct encoding *x, const void *opts, struct result *out,
                struct result_series *s, struct error *e)
{
    const struct damping_opts *o = opts;
    const int n = x->pairs;
    double *zeta = result_field(out, s, "zeta", "", n),
           *half = result_field(out, s, "half_distance", "tokens", n), fastest = 0;
    (void)e;
    for (int i = 0; i < n; i++) {
        zeta[i] = exp(x->rate[i] * o->scale_base);
        half[i] = x->rate[i] < 0 ? -M_LN2 / x->rate[i] : INFINITY;
        fastest = fmax(fastest, -x->rate[i]);
    }
    if (n > out->axis.n) result_axis(out, "pair", "", n);
    result_real(out, s, "float_reach", log(FLT_MAX) / fastest);
    result_real(out, s, "half_reach", log(65504) / fastest);
    return OK;
}

static int run(const void *opts, const struct run_facts *runs, int n_runs, struct result *out,
               struct error *e)
{
    const struct damping_opts *o = opts;
    (void)runs, (void)n_runs;
    return encoding_each(&o->encoding, fill, o, out, e);
}

const struct analysis_type analysis_damping = {
    .v = {.name = "damping",
          .summary = "fading of each pair's products with distance (xPos)",
          .paper = "arXiv:2212.10554",
          .schema = &damping_schema},
    .compare = "{xPos: {type: xpos}}",
    .run = run,
};
