/* base_band.c -- which bases of rotary embedding are neither too small nor too large for a length.
 *
 *   aliasing   b > L / (2 pi)                      the slowest pair must not turn fully within L
 *   dc         b >= L / arccos(epsilon^(1 / N))    N layers compound its drift: of cos^N at least
 *                                                  epsilon is left at distance L
 *   precision  b < 1 / u                           steps of the slowest pair below the spacing u of
 *                                                  numbers near 1 are lost where angles are kept so
 *
 * in the limit of many channels, where the slowest pair turns by 1 / b. Liu 2026, arXiv:2602.10959,
 * whose spacing u is that of the format: 2^-23 (float), 2^-10 (half), 2^-7 (bfloat16). Tables here are
 * made of double angles, so that the last bound does not hold them (`analyze precision`). With
 * config=FILE the runs stand beside the bounds. */
#include <math.h>

#include "src/theory/analysis.h"

struct band_opts {
    struct conf_reals length, layers;
    double epsilon;
    int format;
};

static const char *const formats[] = {"float32", "float16", "bfloat16", NULL};

#define S struct band_opts
static const struct conf_field band_fields[] = {
    {"length", CONF_KIND_REALS, offsetof(S, length), 0, 0, 2, 1 << 30,
     "[64, 256, 1024, 4096, 16384, 65536, 262144, 1048576]", 0, 0, 0, "context lengths"},
    {"layers", CONF_KIND_REALS, offsetof(S, layers), 0, 0, 1, 100000, "[1, 8, 32]", 0, 0, 0,
     "depths, a curve each"},
    CONF_REAL(S, epsilon, 0.5, 1e-6, 0.999999, "what must be left of the slowest pair's product"),
    CONF_ENUM(S, format, 0, formats, "of the angles"),
    CONF_END,
};
#undef S
static const struct conf_schema band_schema = {"base_band", sizeof(struct band_opts), band_fields};

static void add_bound(struct result *out, const char *name, double factor, double constant)
{
    struct result_series *s = result_add(out, name);
    double *base = result_field(out, s, "base", "", out->axis.n);
    for (int64_t i = 0; i < out->axis.n; i++) base[i] = factor * out->axis.v[i] + constant;
    analysis_untrained(out, s);
}

static int run(const void *opts, const struct run_facts *runs, int n_runs, struct result *out,
               struct error *e)
{
    const struct band_opts *o = opts;
    static const int bits[] = {23, 10, 7};
    if (!o->length.n || o->layers.n > RESULT_SERIES / 2)
        return error_set(e, E_USAGE, "base_band: some length and at most %d layers are needed",
                         RESULT_SERIES / 2);
    double *length = result_axis(out, "length", "tokens", o->length.n);
    for (int i = 0; i < o->length.n; i++) length[i] = floor(o->length.v[i]);
    result_real(out, NULL, "epsilon", o->epsilon);
    result_int(out, NULL, "lower_bounds", 1 + o->layers.n);
    add_bound(out, "aliasing", 1 / (2 * acos(-1)), 0);
    for (int k = 0; k < o->layers.n; k++) {
        const double n = floor(o->layers.v[k]);
        add_bound(out, result_text(out, n == 1 ? "%.0f layer" : "%.0f layers", n),
                  1 / acos(pow(o->epsilon, 1 / n)), 0);
    }
    add_bound(out, result_text(out, "precision of %s", formats[o->format]), 0,
              ldexp(1, bits[o->format]));
    return analysis_trained(runs, n_runs, out, e);
}

const struct analysis_type analysis_base_band = {
    .v = {.name = "base_band",
          .summary = "bases that neither alias, nor drift over the layers, nor drown in rounding",
          .paper = "arXiv:2602.10959",
          .schema = &band_schema},
    .wants = RUN_SCHEDULE,
    .run = run,
};
