/* coverage.c -- which angles a pair has met in training, and which it meets for the first time at a
 * longer length.
 *
 *   covered_i = min(1, L w_i / 2 pi),  reached_i = min(1, L' w'_i / 2 pi)      (shares of a turn)
 *   unseen_i  = max(0, reached_i - covered_i)
 *   critical dimension = 2 ceil((d/2) log_b(L / 2 pi)): channels of pairs that turn fully within L
 *
 * w: of the encoding that was trained (`trained`; where absent plain rope with the same rope_theta),
 * w': of the one that is used at L'. Liu et al. 2023, arXiv:2310.05209. */
#include <math.h>

#include "src/theory/analysis.h"
#include "src/theory/encoding.h"

struct coverage_opts {
    struct encoding_opts encoding;
    struct conf_variants trained;
    int target_length;
};

#define S struct coverage_opts
static const struct conf_field coverage_fields[] = {
    ENCODING_ROWS(S, 4096),
    CONF_VARIANTS(S, trained, &position_registry,
                  "what was trained at `length`; absent: plain rope of the same rope_theta"),
    CONF_INT(S, target_length, 0, 0, 1 << 24, "length that it is used at; 0: 4 times `length`"),
    CONF_END,
};
#undef S
static const struct conf_schema coverage_schema = {"coverage", sizeof(struct coverage_opts),
                                                   coverage_fields};

/* trained NULL: plain rope. */
static void compare(const struct encoding *trained, const struct encoding *used, double length,
                    struct result *out, struct result_series *s)
{
    const int n = used->pairs;
    double *covered = result_field(out, s, "covered", "turns", n),
           *reached = result_field(out, s, "reached", "turns", n),
           *unseen = result_field(out, s, "unseen", "turns", n), sum = 0;
    int pairs = 0;
    for (int i = 0; i < n; i++) {
        const double w = !trained ? pow(used->rope_theta, -2.0 * i / used->geometry.denominator)
                         : i < trained->pairs ? trained->inv_freq[i]
                                              : 0;
        covered[i] = fmin(1, length * w / (2 * M_PI));
        reached[i] = fmin(1, used->length * used->inv_freq[i] / (2 * M_PI));
        unseen[i] = fmax(0, reached[i] - covered[i]);
        pairs += unseen[i] > 1e-12;
        sum += unseen[i];
    }
    if (n > out->axis.n) result_axis(out, "pair", "", n);
    result_int(out, s, "unseen_pairs", pairs);
    result_real(out, s, "mean_unseen", n ? sum / n : NAN);
    const double theta = trained ? trained->rope_theta : used->rope_theta,
                 critical = n ? log(length / (2 * M_PI)) / log(theta) : NAN;
    result_real(out, s, "critical_dimension",
                2 * ceil(used->geometry.denominator / 2.0 * critical));
    result_bool(out, s, "plain", used->plain);
}

static int fill(const struct encoding *x, const void *opts, struct result *out,
                struct result_series *s, struct error *e)
{
    const struct coverage_opts *o = opts;
    struct encoding used, trained;
    const int target = o->target_length ? o->target_length : 4 * o->encoding.length;
    TRY(encoding_open(&used, x->name, x->stack, &o->encoding, target, e));
    int status = OK;
    if (o->trained.n)
        status = encoding_open(&trained, "trained", &o->trained, &o->encoding, x->length, e);
    if (!status) compare(o->trained.n ? &trained : NULL, &used, x->length, out, s);
    if (!status && o->trained.n) encoding_close(&trained);
    encoding_close(&used);
    return status;
}

static int run(const void *opts, const struct run_facts *runs, int n_runs, struct result *out,
               struct error *e)
{
    const struct coverage_opts *o = opts;
    (void)runs, (void)n_runs;
    result_int(out, NULL, "length", o->encoding.length);
    result_int(out, NULL, "target_length",
               o->target_length ? o->target_length : 4 * o->encoding.length);
    return encoding_each(&o->encoding, fill, o, out, e);
}

const struct analysis_type analysis_coverage = {
    .v = {.name = "coverage",
          .summary = "angles met in training, and the unseen ones at a longer length",
          .paper = "arXiv:2310.05209",
          .schema = &coverage_schema},
    .compare = "{RoPE: {type: rope}, PI: {type: linear, factor: 4}, NTK: {type: ntk, factor: 4}, "
               "YaRN: {type: yarn, factor: 4, original_max_position_embeddings: 4096}}",
    .run = run,
};
