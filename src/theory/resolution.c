/* resolution.c -- attention resolution: how well the score tells one distance from the next.
 *
 *   R(N) = sum_(i=0..N-1) e^s[i] (e^s[i] - e^s[i+1]) / (sum_(i=0..N) e^s[i])^2
 *
 * s[i]: score at distance i, q = k = ones, divided by sqrt(head_dim), times `scale` (0.5: one
 * product a pair, B(m) / sqrt(head_dim)). The size of R depends on the scale. Sun et al. 2022,
 * arXiv:2212.10554, section 2.2. */
#include <math.h>
#include <stdlib.h>

#include "src/theory/analysis.h"
#include "src/theory/encoding.h"

struct resolution_opts {
    struct encoding_opts encoding;
    double scale;
};

#define S struct resolution_opts
static const struct conf_field resolution_fields[] = {
    ENCODING_ROWS(S, 4096),
    CONF_REAL(S, scale, 0.5, 1e-9, 1e9, "times the all-ones score"),
    CONF_END,
};
#undef S
static const struct conf_schema resolution_schema = {"resolution", sizeof(struct resolution_opts),
                                                     resolution_fields};

static int fill(const struct encoding *x, const void *opts, struct result *out,
                struct result_series *s, struct error *e)
{
    const struct resolution_opts *o = opts;
    const int n = x->length + 1;
    double *r = result_field(out, s, "resolution", "", out->axis.n),
           *score = malloc((size_t)n * sizeof *score), top = -INFINITY, differences = 0;
    if (!score) return error_set(e, E_MEMORY, "no memory for %d distances", n);
    struct encoding longer = *x;
    longer.length = n; /* distances 0 ... length: the row is one longer */
    int status = encoding_scores(&longer, n, o->scale / sqrt(x->shape.head_dim), score, e);
    for (int i = 0; i < n; i++) top = fmax(top, score[i]);
    double sum = exp(score[0] - top);
    for (int i = 0, k = 0; !status && i < x->length; i++) {
        const double here = exp(score[i] - top), next = exp(score[i + 1] - top);
        differences += here * (here - next);
        sum += next;
        if (k < out->axis.n && i + 1 == (int)out->axis.v[k]) r[k++] = differences / (sum * sum);
    }
    free(score);
    return status;
}

static int run(const void *opts, const struct run_facts *runs, int n_runs, struct result *out,
               struct error *e)
{
    const struct resolution_opts *o = opts;
    int powers = 0;
    (void)runs, (void)n_runs;
    while ((16 << powers) <= o->encoding.length && powers < 20) powers++;
    if (!powers) return error_set(e, E_USAGE, "resolution: length must be at least 16");
    double *length = result_axis(out, "length", "tokens", powers);
    for (int k = 0; k < powers; k++) length[k] = 16 << k;
    result_real(out, NULL, "scale", o->scale);
    return encoding_each(&o->encoding, fill, o, out, e);
}

const struct analysis_type analysis_resolution = {
    .v = {.name = "resolution",
          .summary = "how well the score tells one distance from the next, by length",
          .paper = "arXiv:2212.10554",
          .schema = &resolution_schema},
    .compare = "{RoPE: {type: rope}, xPos: {type: xpos}, ALiBi: {type: alibi}}",
    .run = run,
};
