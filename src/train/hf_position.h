/* hf_position.h -- Hugging Face's RoPE dictionaries and our stacks of encodings, both ways.
 *
 * Private to hf*.c. Which types there are is the registry's business: a dictionary becomes YAML
 * text that is bound like any configuration, and options are found by their rows. */
#ifndef TRAIN_HF_POSITION_H
#define TRAIN_HF_POSITION_H

#include "src/base/json.h"
#include "src/train/hf.h"

struct hf_notes {
    void (*note)(void *data, const char *text); /* may be NULL */
    void *data;
};
void hf_note(const struct hf_notes *n, const char *fmt, ...) PRINTF(2, 3);

/* Root of config.json -> a stack of one entry. The strings and options live in *owner. */
int hf_position_read(const struct jsn_doc *d, int max_position_embeddings,
                     const struct hf_notes *notes, struct conf_variants *out, struct conf **owner,
                     struct error *e);
/* Whether a Hugging Face Llama computes the same rotation. */
bool hf_position_exact(const struct conf_variants *position);
/* rope_theta, and rope_parameters (with rope_scaling where it scales), of an exact stack. */
void hf_position_write(struct jsn_out *o, const struct conf_variants *position,
                       int max_position_embeddings);

#endif
