/* dynamic.c -- dynamic NTK scaling: the base follows the present length.
 *
 *   b' = rope_theta * (factor M / L - (factor - 1))^(d / (d - 2)),  M = max(L, present length)
 *
 * Source: emozilla 2023, reddit.com/r/LocalLLaMA/comments/14mrgpr; in Hugging Face `dynamic`, whose
 * L is max_position_embeddings. Deviation: M is the length of the present forward pass, never the
 * longest one seen so far, so results do not depend on the order of evaluations.
 * Laws: shift, norm, length-dependent. */
#include "rope/frequency.h"

struct dynamic_opts {
    struct rotary_opts rotary;
    double factor;
    int original_max_position_embeddings;
};

static const struct conf_field dynamic_fields[] = {
    ROTARY_ROWS(struct dynamic_opts, 10000, 1),
    CONF_REAL_REQUIRED(struct dynamic_opts, factor, 1, 1e6, "how fast the base grows"),
    ORIGINAL_ROW(struct dynamic_opts),
    CONF_END,
};

static const struct conf_schema dynamic_schema = {"dynamic", sizeof(struct dynamic_opts),
                                                  dynamic_fields};

static void dynamic_inv_freq(const struct position_at *at, const struct rotary_geometry *g,
                             int head, double *inv_freq)
{
    const struct dynamic_opts *o = at->opts;
    const double original = original_length(o->original_max_position_embeddings, at);
    (void)head;
    if (at->length <= original) return;
    const double ratio = o->factor * at->length / original - (o->factor - 1);
    rotary_frequencies(rotary_ntk_theta(o->rotary.rope_theta, ratio, g->denominator), g, inv_freq);
}

const struct position_type position_dynamic = {
    .v = {.name = "dynamic",
          .summary = "dynamic NTK: a base that grows with the present length",
          .paper = "arXiv:2309.00071",
          .schema = &dynamic_schema},
    .laws = LAW_SHIFT | LAW_NORM | LAW_LENGTH_DEPENDENT,
    .scales = true,
    .check = rotary_ntk_check,
    ROTARY_HOOKS,
    .inv_freq = dynamic_inv_freq,
};
