/* precision.c -- what the number format of angles and tables costs.
 *
 *   error(p) = max_i |cos_approximate(p w_i) - cos(p w_i)|
 *   table       angle in double, cosine rounded to float (what training does here)
 *   float       position, frequency and angle in float
 *   recurrence  float, the angle of pair i + 1 from that of pair i by a factor (as in GGML)
 *   bfloat16    position and frequency rounded to bfloat16
 *
 * A cosine of a rounded angle is taken exactly, so the error is that of the angle. Geometric
 * frequencies alone have a recurrence. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "src/theory/analysis.h"
#include "src/theory/encoding.h"

struct precision_opts {
    struct encoding_opts encoding;
    struct conf_reals positions;
};

#define S struct precision_opts
static const struct conf_field precision_fields[] = {
    ENCODING_ROWS(S, 4096),
    {"positions", CONF_KIND_REALS, offsetof(S, positions), 0, 0, 0, 1e9,
     "[15, 63, 127, 255, 257, 511, 1023, 2047, 4095, 8191, 16383, 32768, 65535, 131071]", 0, 0, 0,
     "where the error is told"},
    CONF_END,
};
#undef S
static const struct conf_schema precision_schema = {"precision", sizeof(struct precision_opts),
                                                    precision_fields};

/* Round to the nearest bfloat16, ties to even. */
static double bfloat16(double x)
{
    const float f = (float)x;
    uint32_t bits;
    memcpy(&bits, &f, sizeof bits);
    bits = (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000u;
    float out;
    memcpy(&out, &bits, sizeof out);
    return out;
}

static int fill(const struct encoding *x, const void *opts, struct result *out,
                struct result_series *s, struct error *e)
{
    const int64_t n = out->axis.n;
    double *table = result_field(out, s, "table", "", n),
           *single = result_field(out, s, "float", "", n),
           *recurrence = result_field(out, s, "recurrence", "", n),
           *brain = result_field(out, s, "bfloat16", "", n);
    (void)opts, (void)e;
    const float step = x->pairs > 1 ? (float)(x->inv_freq[1] / x->inv_freq[0]) : 1;
    bool geometric = x->pairs > 1;
    for (int i = 1; i < x->pairs; i++)
        geometric &=
            fabs(x->inv_freq[i] / x->inv_freq[i - 1] * x->inv_freq[0] / x->inv_freq[1] - 1) < 1e-9;
    for (int64_t k = 0; k < n; k++) {
        const double p = out->axis.v[k];
        float angle = x->pairs ? (float)p * (float)x->inv_freq[0] : 0;
        for (int i = 0; i < x->pairs; i++, angle *= step) {
            const double w = x->inv_freq[i], exact = cos(p * w);
            table[k] = fmax(table[k], fabs((float)exact - exact));
            single[k] = fmax(single[k], fabs(cos((float)p * (float)w) - exact));
            recurrence[k] = fmax(recurrence[k], fabs(cos(angle) - exact));
            brain[k] = fmax(brain[k], fabs(cos(bfloat16(p) * bfloat16(w)) - exact));
        }
        if (!geometric) recurrence[k] = NAN;
    }
    return OK;
}

static int run(const void *opts, const struct run_facts *runs, int n_runs, struct result *out,
               struct error *e)
{
    const struct precision_opts *o = opts;
    (void)runs, (void)n_runs;
    if (!o->positions.n) return error_set(e, E_USAGE, "precision: `positions` is empty");
    double *p = result_axis(out, "position", "tokens", o->positions.n);
    for (int i = 0; i < o->positions.n; i++) p[i] = floor(o->positions.v[i]);
    return encoding_each(&o->encoding, fill, o, out, e);
}

const struct analysis_type analysis_precision = {
    .v = {.name = "precision",
          .summary = "error of the cosine when angles are float or bfloat16",
          .schema = &precision_schema},
    .compare = "{RoPE: {type: rope}}",
    .run = run,
};
