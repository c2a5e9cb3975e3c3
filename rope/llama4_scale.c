/* llama4_scale.c -- Llama 4's attention temperature.
 *
 *   row i of the logits times 1 + attn_scale ln(1 + floor((i + 1) / floor_scale))
 *
 * Source: Llama 4 (Meta's code and Hugging Face), there on the layers without rotation alone: name
 * them in `layers`. Deviation: none.
 * Laws: none (rows know their absolute position). */
#include <math.h>

#include "src/model/position.h"

struct llama4_scale_opts {
    double floor_scale, attn_scale;
};

#define S struct llama4_scale_opts
static const struct conf_field llama4_scale_fields[] = {
    CONF_REAL(S, floor_scale, 8192, 1, 1e12, "positions per step of the temperature"),
    CONF_REAL(S, attn_scale, 0.1, 0, 1e3, "slope over the logarithm of the step"),
    CONF_END,
};
#undef S

static const struct conf_schema llama4_scale_schema = {
    "llama4_scale", sizeof(struct llama4_scale_opts), llama4_scale_fields};

static double llama4_scale_row_scale(const struct position_at *at, int head, int32_t position,
                                     int visible)
{
    const struct llama4_scale_opts *o = at->opts;
    (void)head, (void)visible;
    return 1 + o->attn_scale * log1p(floor((position + 1.0) / o->floor_scale));
}

const struct position_type position_llama4_scale = {
    .v = {.name = "llama4_scale",
          .summary = "Llama 4: logits grow by steps with the logarithm of the position",
          .paper = NULL,
          .schema = &llama4_scale_schema},
    .row_scale = llama4_scale_row_scale,
};
