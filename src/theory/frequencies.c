/* frequencies.c -- what a rotary encoding turns its pairs by.
 *
 *   pair i of a head at position p turns by p * inv_freq_i; cos and sin are multiplied by
 *   attention_factor
 *
 * inv_freq has one entry for each rotated pair: rotary_dim / 2 for partial rotary, head_dim / 2
 * with zeros for proportional. plain: as rope with the same rope_theta at every length up to
 * `length`. Su et al. 2021, arXiv:2104.09864; each scaling rule names its own paper. */
#include <string.h>

#include "src/theory/analysis.h"
#include "src/theory/encoding.h"

struct frequencies_opts {
    struct encoding_opts encoding;
};

static const struct conf_field frequencies_fields[] = {
    ENCODING_ROWS(struct frequencies_opts, 4096),
    CONF_END,
};
static const struct conf_schema frequencies_schema = {
    "frequencies", sizeof(struct frequencies_opts), frequencies_fields};

static int fill(const struct encoding *x, const void *opts, struct result *out,
                struct result_series *s, struct error *e)
{
    (void)opts, (void)e;
    double *w = result_field(out, s, "inv_freq", "radians per token", x->pairs);
    if (x->pairs) memcpy(w, x->inv_freq, (size_t)x->pairs * sizeof *w);
    result_real(out, s, "attention_factor", x->magnitude);
    result_bool(out, s, "plain", x->plain);
    if (x->pairs > out->axis.n) result_axis(out, "pair", "", x->pairs);
    return OK;
}

static int run(const void *opts, const struct run_facts *runs, int n_runs, struct result *out,
               struct error *e)
{
    const struct frequencies_opts *o = opts;
    (void)runs, (void)n_runs;
    out->flat = o->encoding.position.n > 0;
    return encoding_each(&o->encoding, fill, o, out, e);
}

const struct analysis_type analysis_frequencies = {
    .v = {.name = "frequencies",
          .summary = "inverse frequency of each rotated pair, and the factor of cos and sin",
          .paper = "arXiv:2104.09864",
          .schema = &frequencies_schema},
    .compare = "{RoPE: {type: rope}, PI: {type: linear, factor: 8}, "
               "ABF: {type: rope, rope_theta: 500000}}",
    .run = run,
};
