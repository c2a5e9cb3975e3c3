/* config.h -- the shape of a decoder. Keys are Hugging Face's names for Llama. */
#ifndef MODEL_CONFIG_H
#define MODEL_CONFIG_H

#include <stdbool.h>

#include "src/base/conf.h"
#include "src/model/position.h"

/* What a layer keeps for the backward pass, from fast to small:
 *   none    everything
 *   ffn     the feed-forward block keeps its input only
 *   linear  block input, attention output, log-sum-exp: every product is done again, attention is
 * not layer   block input only */
enum recompute { RECOMPUTE_NONE, RECOMPUTE_FFN, RECOMPUTE_LINEAR, RECOMPUTE_LAYER };

enum window_kind { WINDOW_NONE, WINDOW_SLIDING, WINDOW_BLOCK };

struct model_config {
    int hidden_size, num_hidden_layers, num_attention_heads;
    int num_key_value_heads; /* 0: num_attention_heads */
    int head_dim;            /* 0: hidden_size / num_attention_heads */
    int intermediate_size;   /* 0: 8/3 hidden_size rounded up to a multiple of 32 */
    int vocab_size;          /* 0: from the tokenizer */
    double rms_norm_eps, initializer_range;
    bool tie_word_embeddings, qk_norm;
    double final_logit_softcapping, attn_logit_softcapping; /* 0: none */
    int sliding_window; /* 0: none; a query sees itself and sliding_window - 1 tokens before it */
    struct conf_layers sliding_window_layers;
    int recompute; /* enum recompute */
};

extern const struct conf_schema model_schema;

/* Fill what is 0 from what is given (vocab_size must be known by now), then refuse what cannot be
 * built: E_USAGE. */
int model_config_resolve(struct model_config *c, struct error *e);

struct position_shape model_position_shape(const struct model_config *c);

/* Number of parameters, and of those that stand in products (with the head, also when tied; without
 * the embedding look-up). */
int64_t model_parameters(const struct model_config *c);
int64_t model_product_parameters(const struct model_config *c);

/* FLOPs of training per token: 6 x product parameters + 12 x layers x heads x head_dim x mean
 * visible keys. */
double model_flops_per_token(const struct model_config *c, double mean_visible);

#endif
