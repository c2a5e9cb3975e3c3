/* extrapolation.c -- how far a base reaches by the scaling laws of rotary extrapolation.
 *
 *   critical dimension of (b, L)   dc = 2 ceil((d/2) log_b(L / 2 pi))
 *   critical base of a tuning length L'   b0 = b^(log_(L/2pi)(L' / 2 pi))
 *   reach of a new base b' tuned at L'    2 pi b'^(dc/d) if b' > b0, else L'
 *   small bases that help: below 2 L / pi, L / pi, L / 2 pi
 *
 * b, L: of pretraining. Liu et al. 2023, arXiv:2310.05209. */
#include <math.h>

#include "src/theory/analysis.h"

struct extrapolation_opts {
    int head_dim, train_length, tune_length;
    double rope_theta;
    struct conf_reals new_theta, targets;
};

#define S struct extrapolation_opts
static const struct conf_field extrapolation_fields[] = {
    CONF_INT(S, head_dim, 128, 2, 65536, "channels of a head"),
    CONF_REAL(S, rope_theta, 10000, 2, 1e15, "base of pretraining"),
    CONF_INT(S, train_length, 4096, 7, 1 << 30, "row length of pretraining"),
    CONF_INT(S, tune_length, 0, 0, 1 << 30, "row length of tuning; 0: train_length"),
    {"new_theta", CONF_KIND_REALS, offsetof(S, new_theta), 0, 0, 2, 1e15,
     "[20000, 40000, 100000, 500000, 1000000]", 0, 0, 0, "bases of tuning"},
    {"targets", CONF_KIND_REALS, offsetof(S, targets), 0, 0, 7, 1e15,
     "[8192, 16384, 32768, 131072]", 0, 0, 0, "lengths whose critical base is asked"},
    CONF_END,
};
#undef S
static const struct conf_schema extrapolation_schema = {
    "extrapolation", sizeof(struct extrapolation_opts), extrapolation_fields};

static int critical_dimension(int d, double base, double length)
{
    return 2 * (int)ceil(d / 2.0 * log(length / (2 * M_PI)) / log(base));
}

static double critical_base(double base, double length, double target)
{
    return pow(base, log(target / (2 * M_PI)) / log(length / (2 * M_PI)));
}

static int run(const void *opts, const struct run_facts *runs, int n_runs, struct result *out,
               struct error *e)
{
    const struct extrapolation_opts *o = opts;
    const double length = o->train_length, tune = o->tune_length ? o->tune_length : length,
                 b0 = critical_base(o->rope_theta, length, tune);
    const int d = critical_dimension(o->head_dim, o->rope_theta, length);
    (void)runs, (void)n_runs;
    if (o->new_theta.n + o->targets.n > RESULT_SERIES)
        return error_set(e, E_USAGE, "more than %d bases and targets", RESULT_SERIES);
    result_int(out, NULL, "critical_dimension", d);
    result_real(out, NULL, "critical_base", b0);
    result_real(out, NULL, "small_base_1", 2 * length / M_PI);
    result_real(out, NULL, "small_base_2", length / M_PI);
    result_real(out, NULL, "small_base_3", length / (2 * M_PI));
    for (int i = 0; i < o->new_theta.n; i++) {
        const double base = o->new_theta.v[i];
        struct result_series *s = result_add(out, result_text(out, "rope_theta %.15g", base));
        result_real(out, s, "rope_theta", base);
        result_real(out, s, "reach",
                    base >= b0 ? 2 * M_PI * pow(base, (double)d / o->head_dim) : tune);
    }
    for (int i = 0; i < o->targets.n; i++) {
        const double target = o->targets.v[i];
        struct result_series *s = result_add(out, result_text(out, "length %.15g", target));
        result_real(out, s, "rope_theta", critical_base(o->rope_theta, length, target));
        result_real(out, s, "reach", target);
    }
    return OK;
}

const struct analysis_type analysis_extrapolation = {
    .v = {.name = "extrapolation",
          .summary = "critical dimension, critical base, and the reach of a new base",
          .paper = "arXiv:2310.05209",
          .schema = &extrapolation_schema},
    .run = run,
};
