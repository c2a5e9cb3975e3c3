/* hf.h -- Hugging Face Llama directories: config.json with model.safetensors or a shard index.
 *
 * All spellings of RoPE are read: top-level rope_theta, rope_scaling (with `type` or `rope_type`),
 * rope_parameters; windows (sliding_window, use_sliding_window, max_window_layers, layer_types)
 * become sliding_window and sliding_window_layers. Keys that change nothing are ignored, unknown
 * ones are reported through `note`, what cannot be computed (attention_bias, another hidden_act
 * ...) is refused by name. Our own checkpoints (model_type "ropewalk" or Llama) load the same
 * way. */
#ifndef TRAIN_HF_H
#define TRAIN_HF_H

#include "src/model/config.h"
#include "src/model/model.h"

/* What a config.json says. position is allocated here; release with hf_close. */
struct hf_model {
    struct model_config config;
    struct conf_variants position;
    int max_position_embeddings;
    void *owned;  /* private */
    int *sliding; /* private: the layers of config.sliding_window_layers */
};

/* dir: a folder with config.json. note(data, text) gets one line per ignored unknown key and per
 * rule chosen. */
int hf_open(struct hf_model *h, const char *dir, void (*note)(void *, const char *), void *data,
            struct error *e);
void hf_close(struct hf_model *h);
/* Read every tensor of m from dir (model.safetensors or model.safetensors.index.json). Missing,
 * superfluous and misshaped tensors are errors that name them (a superfluous lm_head of a tied
 * model must equal the embedding). */
int hf_load_weights(struct model *m, const char *dir, struct error *e);
/* The same for a model with another encoding: learned parameters of encodings may be missing (m keeps
 * what it has) or superfluous. */
int hf_load_weights_but_position(struct model *m, const char *dir, struct error *e);
/* SHA-256 (hex, 65 bytes) over the weights' files in order. */
int hf_hash_weights(const char *dir, char hex[65], struct error *e);
/* Write config.json for a model: see checkpoint.h for when it claims LlamaForCausalLM. */
int hf_write_config(const char *path, const struct model_config *c,
                    const struct conf_variants *position, int max_position_embeddings,
                    struct error *e);

#endif
