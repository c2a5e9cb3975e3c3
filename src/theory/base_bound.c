/* base_bound.c -- the smallest base of rotary embedding that serves a length.
 *
 *   b*(L) = inf { b : B_b(m) >= 0 for all 0 <= m < L },  B_b(m) = sum_i cos(m b^(-2i/d))
 *   limit   L / 0.6165, d -> infinity
 *   fit     b* = coefficient L^exponent, least squares in logarithms
 *
 * With config=FILE the runs stand beside the curves, at their longest row and their base.
 *
 * The sound bases are no interval: with `failing` the largest base that fails up to max_base is
 * found too. Men et al. 2024, arXiv:2405.14591, whose published values are rounded and not always
 * sound themselves. */
#include <gsl/gsl_fit.h>
#include <math.h>

#include "src/num/cosine_sum.h"
#include "src/theory/analysis.h"

struct base_bound_opts {
    struct conf_reals head_dim, length;
    double step, max_base;
    bool failing;
};

#define S struct base_bound_opts
static const struct conf_field base_bound_fields[] = {
    {"head_dim", CONF_KIND_REALS, offsetof(S, head_dim), 0, 0, 2, 2048, "[32, 64, 128]", 0, 0, 0,
     "channels of a head, a curve each"},
    {"length", CONF_KIND_REALS, offsetof(S, length), 0, 0, 2, 1 << 24,
     "[64, 128, 256, 512, 1024, 2048, 4096]", 0, 0, 0, "context lengths"},
    CONF_REAL(S, step, 0.0005, 1e-6, 1, "step of the scan, relative"),
    CONF_REAL(S, max_base, 1e7, 2, 1e15, "where the scan ends"),
    CONF_BOOL(S, failing, false, "also the largest base up to max_base that fails (slow)"),
    CONF_END,
};
#undef S
static const struct conf_schema base_bound_schema = {"base_bound", sizeof(struct base_bound_opts),
                                                     base_bound_fields};

static void add_fit(struct result *out, struct result_series *s, const double *length,
                    const double *base, int n)
{
    double x[64], y[64], c0 = NAN, c1 = NAN, v00, v01, v11, chi;
    int m = 0;
    for (int i = 0; i < n && m < 64; i++)
        if (isfinite(base[i])) {
            x[m] = log(length[i]);
            y[m++] = log(base[i]);
        }
    if (m >= 3) gsl_fit_linear(x, 1, y, 1, (size_t)m, &c0, &c1, &v00, &v01, &v11, &chi);
    result_real(out, s, "coefficient", exp(c0));
    result_real(out, s, "exponent", c1);
}

static int run(const void *opts, const struct run_facts *runs, int n_runs, struct result *out,
               struct error *e)
{
    const struct base_bound_opts *o = opts;
    const int n = o->length.n;
    if (o->head_dim.n >= RESULT_SERIES || !o->head_dim.n || !n)
        return error_set(e, E_USAGE, "base_bound: 1 to %d head_dim and some length are needed",
                         RESULT_SERIES - 1);
    double *length = result_axis(out, "length", "tokens", n);
    for (int i = 0; i < n; i++) length[i] = floor(o->length.v[i]);
    for (int k = 0; k < o->head_dim.n; k++) {
        const int d = (int)o->head_dim.v[k];
        if (d % 2) return error_set(e, E_USAGE, "head_dim %d is odd: it must be even", d);
        struct result_series *s = result_add(out, result_text(out, "head_dim %d", d));
        double *base = result_field(out, s, "base", "", n),
               *failing = o->failing ? result_field(out, s, "largest_failing", "", n) : NULL;
        for (int i = 0; i < n; i++)
            base[i] = cosine_sum_base_bound(d, (int64_t)length[i], o->step, o->max_base,
                                            failing ? &failing[i] : NULL);
        add_fit(out, s, length, base, n);
        analysis_untrained(out, s);
    }
    struct result_series *s = result_add(out, "limit of many channels");
    double *base = result_field(out, s, "base", "", n);
    for (int i = 0; i < n; i++) base[i] = length[i] / 0.61650548562071619;
    return analysis_trained(runs, n_runs, out, e);
}

const struct analysis_type analysis_base_bound = {
    .v = {.name = "base_bound",
          .summary = "smallest base of rotary embedding that serves a context length",
          .paper = "arXiv:2405.14591",
          .schema = &base_bound_schema},
    .wants = RUN_SCHEDULE,
    .run = run,
};
