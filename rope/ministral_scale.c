/* ministral_scale.c -- Ministral 3's attention temperature.
 *
 *   row i of the logits times 1 + llama_4_scaling_beta ln(1 + floor(i / L))
 *
 * Source: Ministral 3 (Hugging Face). Unlike llama4_scale nothing is added to i. Deviation: none.
 * Laws: none (rows know their absolute position). */
#include <math.h>

#include "src/model/position.h"

struct ministral_scale_opts {
    double llama_4_scaling_beta;
    int original_max_position_embeddings;
};

#define S struct ministral_scale_opts
static const struct conf_field ministral_scale_fields[] = {
    CONF_REAL(S, llama_4_scaling_beta, 0.1, 0, 1e3, "slope over the logarithm of the step"),
    CONF_INT(S, original_max_position_embeddings, 16384, 1, 1 << 30, "positions per step"),
    CONF_END,
};
#undef S

static const struct conf_schema ministral_scale_schema = {
    "ministral_scale", sizeof(struct ministral_scale_opts), ministral_scale_fields};

static double ministral_scale_row_scale(const struct position_at *at, int head, int32_t position,
                                        int visible)
{
    const struct ministral_scale_opts *o = at->opts;
    (void)head, (void)visible;
    return 1 + o->llama_4_scaling_beta *
                   log1p(floor((double)position / o->original_max_position_embeddings));
}

const struct position_type position_ministral_scale = {
    .v = {.name = "ministral_scale",
          .summary = "Ministral 3: logits grow by steps of the training length",
          .paper = NULL,
          .schema = &ministral_scale_schema},
    .row_scale = ministral_scale_row_scale,
};
