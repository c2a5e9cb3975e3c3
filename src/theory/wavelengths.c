/* wavelengths.c -- how long a pair takes for a turn, and how often it turns within a length.
 *
 *   wavelength_i = 2 pi / w_i,   turns_i = length / wavelength_i,   ratio_i = w_i / rope_theta^(-2i/d)
 *
 * A pair with fewer than one turn meets angles beyond the length that it never met within it. The
 * ratio shows what a scaling rule does: 1 keeps a pair, the smallest ratio is full interpolation.
 * Peng et al. 2023, arXiv:2309.00071, section 3. */
#include <math.h>

#include "src/theory/analysis.h"
#include "src/theory/encoding.h"

struct wavelengths_opts {
    struct encoding_opts encoding;
};

static const struct conf_field wavelengths_fields[] = {
    ENCODING_ROWS(struct wavelengths_opts, 4096),
    CONF_END,
};
static const struct conf_schema wavelengths_schema = {
    "wavelengths", sizeof(struct wavelengths_opts), wavelengths_fields};

static void count_pairs(const double *ratio, int n, struct result *out, struct result_series *s)
{
    double least = 1;
    int kept = 0, interpolated = 0;
    for (int i = 0; i < n; i++) least = fmin(least, ratio[i]);
    for (int i = 0; i < n; i++) {
        if (ratio[i] > 1 - 1e-12)
            kept++;
        else if (ratio[i] < least * (1 + 1e-12))
            interpolated++;
    }
    result_int(out, s, "kept_pairs", kept);
    result_int(out, s, "blended_pairs", n - kept - interpolated);
    result_int(out, s, "interpolated_pairs", interpolated);
}

static int fill(const struct encoding *x, const void *opts, struct result *out,
                struct result_series *s, struct error *e)
{
    const int n = x->pairs;
    int turning = 0;
    double *wavelength = result_field(out, s, "wavelength", "tokens", n),
           *turns = result_field(out, s, "turns", "", n),
           *ratio = result_field(out, s, "ratio", "", n);
    (void)opts, (void)e;
    for (int i = 0; i < n; i++) {
        const double w = x->inv_freq[i];
        wavelength[i] = w > 0 ? 2 * M_PI / w : INFINITY;
        turns[i] = x->length * w / (2 * M_PI);
        ratio[i] = w / pow(x->rope_theta, -2.0 * i / x->geometry.denominator);
        turning += turns[i] >= 1;
    }
    if (n > out->axis.n) result_axis(out, "pair", "", n);
    result_int(out, s, "turning_pairs", turning);
    count_pairs(ratio, n, out, s);
    result_bool(out, s, "plain", x->plain);
    return OK;
}

static int run(const void *opts, const struct run_facts *runs, int n_runs, struct result *out,
               struct error *e)
{
    const struct wavelengths_opts *o = opts;
    (void)runs, (void)n_runs;
    result_int(out, NULL, "length", o->encoding.length);
    return encoding_each(&o->encoding, fill, o, out, e);
}

const struct analysis_type analysis_wavelengths = {
    .v = {.name = "wavelengths",
          .summary = "wavelength and turns of each pair, and what scaling does to it",
          .paper = "arXiv:2309.00071",
          .schema = &wavelengths_schema},
    .compare = "{RoPE: {type: rope}, PI: {type: linear, factor: 4}, NTK: {type: ntk, factor: 4}, "
               "YaRN: {type: yarn, factor: 4, original_max_position_embeddings: 4096}, "
               "ABF: {type: rope, rope_theta: 500000}}",
    .run = run,
};
