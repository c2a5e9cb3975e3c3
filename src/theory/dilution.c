/* dilution.c -- what is left of a key's lead when there are more keys, and what scaling the logits by
 * the length does about it.
 *
 *   entropy   ln n                          of uniform attention over n keys: the most there can be
 *   scale     what the stack multiplies the logits of the last of n rows by (LogN: ln n / ln L beyond
 *             the training length L; SSMax: s ln n; YaRN: its square of 0.1 ln s + 1)
 *   share     e^(scale g) / (e^(scale g) + n - 1)   of a key whose logit is g above n - 1 equal ones
 *
 * g is `lead`, by default ln(L - 1) over the scale at L: half of the attention at the training length.
 * half_length: the longest n of the axis at which half of that is left. Chiang and Cholak 2022,
 * arXiv:2202.12172; Su 2021, kexue.fm/archives/8823. */
#include <math.h>

#include "src/theory/analysis.h"
#include "src/theory/encoding.h"

struct dilution_opts {
    struct encoding_opts encoding;
    double lead;
};

#define S struct dilution_opts
static const struct conf_field dilution_fields[] = {
    ENCODING_ROWS(S, 65536),
    CONF_REAL(S, lead, 0, 0, 1000, "of the key, in nats; 0: half of the attention at train_length"),
    CONF_END,
};
#undef S
static const struct conf_schema dilution_schema = {"dilution", sizeof(struct dilution_opts),
                                                   dilution_fields};

/* Of the logits of the last of n rows, magnitude on q and k included. */
static int scale_at(const struct encoding *of, const struct encoding_opts *o, int n, double *scale,
                    struct error *e)
{
    struct encoding x;
    TRY(encoding_open(&x, of->name, of->stack, o, n, e));
    *scale = x.row_scale * x.magnitude * x.magnitude;
    encoding_close(&x);
    return OK;
}

static int fill(const struct encoding *x, const void *opts, struct result *out,
                struct result_series *s, struct error *e)
{
    const struct dilution_opts *o = opts;
    const struct encoding_opts *enc = &o->encoding;
    const struct conf_variants *stack = x->stack;
    const int64_t n = out->axis.n;
    double *entropy = result_field(out, s, "entropy", "nats", n),
           *scale = result_field(out, s, "scale", "", n),
           *share = result_field(out, s, "share", "", n), at_train, half_length = NAN;
    if (stack->n > 1) /* what scales stands last */
        s->key = result_text(out, "%s", stack->v[stack->n - 1].type->name);
    TRY(scale_at(x, enc, enc->train_length, &at_train, e));
    const double lead = o->lead > 0 ? o->lead : log(enc->train_length - 1.0) / at_train,
                 half = 0.5 / (1 + (enc->train_length - 1) * exp(-at_train * lead));
    for (int64_t k = 0; k < n; k++) {
        const double keys = out->axis.v[k];
        TRY(scale_at(x, enc, (int)keys, &scale[k], e));
        entropy[k] = log(keys);
        share[k] = 1 / (1 + (keys - 1) * exp(-scale[k] * lead));
        if (share[k] >= half) half_length = keys;
    }
    result_real(out, s, "lead", lead);
    result_real(out, s, "half_length", half_length);
    return OK;
}

static int run(const void *opts, const struct run_facts *runs, int n_runs, struct result *out,
               struct error *e)
{
    struct dilution_opts o = *(const struct dilution_opts *)opts;
    struct encoding_opts *enc = &o.encoding;
    int powers = 0;
    (void)runs, (void)n_runs;
    if (!enc->train_length) enc->train_length = enc->length < 1024 ? enc->length : 1024;
    if (enc->length < 32 || enc->train_length < 4)
        return error_set(e, E_USAGE, "dilution: length must be at least 32, train_length 4");
    while ((16 << powers) <= enc->length && powers < 24) powers++;
    double *length = result_axis(out, "length", "tokens", powers);
    for (int k = 0; k < powers; k++) length[k] = 16 << k;
    result_int(out, NULL, "train_length", enc->train_length);
    return encoding_each(enc, fill, &o, out, e);
}

const struct analysis_type analysis_dilution = {
    .v = {.name = "dilution",
          .summary = "what is left of a key's lead among more keys, and of scaling by the length",
          .paper = "arXiv:2202.12172",
          .schema = &dilution_schema},
    .compare = "{softmax: {type: rope}, LogN: [{type: rope}, {type: logn}], "
               "SSMax: [{type: rope}, {type: ssmax}]}",
    .run = run,
};
