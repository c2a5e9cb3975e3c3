/* softcap.c -- logits that cannot grow without bound.
 *
 *   s_ij = cap tanh(s_ij / cap), the last thing before the mask and the softmax
 *
 * Source: Gemma 2 (Gemma Team 2024, arXiv:2408.00118), cap 50. The same as the model's
 * attn_logit_softcapping, by layer; a model that names both is an error. Deviation: none.
 * Laws: shift. */
#include "src/model/position.h"

struct softcap_opts {
    double cap;
};

static const struct conf_field softcap_fields[] = {
    CONF_REAL(struct softcap_opts, cap, 50, 1e-3, 1e6, "largest size of a logit"),
    CONF_END,
};

static const struct conf_schema softcap_schema = {"softcap", sizeof(struct softcap_opts),
                                                  softcap_fields};

static double softcap_softcap(const void *opts)
{
    return ((const struct softcap_opts *)opts)->cap;
}

const struct position_type position_softcap = {
    .v = {.name = "softcap",
          .summary = "attention logits capped: cap tanh(logit / cap)",
          .paper = "arXiv:2408.00118",
          .schema = &softcap_schema},
    .laws = LAW_SHIFT,
    .softcap = softcap_softcap,
};
