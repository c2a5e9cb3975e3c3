/* config.c -- see config.h. */
#include "src/model/config.h"

static const char *const recompute_names[] = {"none", "ffn", "linear", "layer", NULL};

#define S struct model_config
static const struct conf_field fields[] = {
    CONF_INT_REQUIRED(S, hidden_size, 1, 65536, "width of the residual stream"),
    CONF_INT_REQUIRED(S, num_hidden_layers, 1, 1024, "blocks"),
    CONF_INT_REQUIRED(S, num_attention_heads, 1, 1024, "query heads"),
    CONF_INT(S, num_key_value_heads, 0, 0, 1024, "key-value heads; 0: as many as query heads"),
    CONF_INT(S, head_dim, 0, 0, 1024, "channels per head; 0: hidden_size / num_attention_heads"),
    CONF_INT(S, intermediate_size, 0, 0, 1 << 20,
             "width of the feed-forward block; 0: 8/3 hidden_size, rounded up to 32"),
    CONF_INT(S, vocab_size, 0, 0, 1 << 24, "0: the tokenizer's"),
    CONF_REAL(S, rms_norm_eps, 1e-5, 0, 1, "added to the mean square"),
    CONF_REAL(S, initializer_range, 0.02, 0, 10, "deviation of initial weights"),
    CONF_BOOL(S, tie_word_embeddings, true, "one matrix for embedding and head"),
    CONF_BOOL(S, qk_norm, false, "normalise each head's q and k before the rotation"),
    CONF_REAL(S, final_logit_softcapping, 0, 0, 1e6, "cap of the output logits; 0: none"),
    CONF_REAL(S, attn_logit_softcapping, 0, 0, 1e6, "cap of the attention logits; 0: none"),
    CONF_INT(S, sliding_window, 0, 0, 1 << 30, "keys a query sees, itself included; 0: all"),
    {"sliding_window_layers", CONF_KIND_LAYERS, offsetof(S, sliding_window_layers), 0, 0, 0, 0, 0,
     0, 0, 0, "layers that the sliding window applies to; absent: all"},
    CONF_ENUM(S, recompute, RECOMPUTE_NONE, recompute_names,
              "what the backward pass computes again to save memory"),
    CONF_END,
};
#undef S

const struct conf_schema model_schema = {"model", sizeof(struct model_config), fields};

int model_config_resolve(struct model_config *c, struct error *e)
{
    if (c->num_key_value_heads == 0) c->num_key_value_heads = c->num_attention_heads;
    if (c->head_dim == 0) {
        if (c->hidden_size % c->num_attention_heads)
            return error_set(
                e, E_USAGE,
                "hidden_size %d is not a multiple of num_attention_heads %d: give head_dim",
                c->hidden_size, c->num_attention_heads);
        c->head_dim = c->hidden_size / c->num_attention_heads;
    }
    if (c->intermediate_size == 0) c->intermediate_size = (c->hidden_size * 8 / 3 + 31) / 32 * 32;
    if (c->num_attention_heads % c->num_key_value_heads)
        return error_set(e, E_USAGE,
                         "num_attention_heads %d is not a multiple of num_key_value_heads %d",
                         c->num_attention_heads, c->num_key_value_heads);
    if (c->vocab_size < 1) return error_set(e, E_USAGE, "vocab_size is not known");
    return OK;
}

struct position_shape model_position_shape(const struct model_config *c)
{
    return (struct position_shape){.layers = c->num_hidden_layers,
                                   .heads = c->num_attention_heads,
                                   .kv_heads = c->num_key_value_heads,
                                   .head_dim = c->head_dim,
                                   .hidden_size = c->hidden_size};
}

/* Matrices of one block. */
static int64_t block_matrices(const struct model_config *c)
{
    const int64_t width = c->hidden_size, q = (int64_t)c->num_attention_heads * c->head_dim,
                  kv = (int64_t)c->num_key_value_heads * c->head_dim;
    return width * (q + 2 * kv) + q * width + 3 * width * c->intermediate_size;
}

int64_t model_product_parameters(const struct model_config *c)
{
    return c->num_hidden_layers * block_matrices(c) + (int64_t)c->vocab_size * c->hidden_size;
}

int64_t model_parameters(const struct model_config *c)
{
    const int64_t norms = 2 * (int64_t)c->hidden_size + (c->qk_norm ? 2 * (int64_t)c->head_dim : 0);
    const int64_t table = (int64_t)c->vocab_size * c->hidden_size;
    return c->num_hidden_layers * (block_matrices(c) + norms) + c->hidden_size + table +
           (c->tie_word_embeddings ? 0 : table);
}

double model_flops_per_token(const struct model_config *c, double mean_visible)
{
    return 6.0 * (double)model_product_parameters(c) +
           12.0 * c->num_hidden_layers * c->num_attention_heads * c->head_dim * mean_visible;
}
