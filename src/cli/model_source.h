/* model_source.h -- "MODEL" on a command line: a run folder, a checkpoint folder, or a Hugging Face
 * directory. */
#ifndef CLI_MODEL_SOURCE_H
#define CLI_MODEL_SOURCE_H

#include "src/cli/cli.h"
#include "src/data/tokenizer.h"
#include "src/model/model.h"
#include "src/train/config.h"
#include "src/train/hf.h"

struct model_source {
    char dir[4096];    /* the folder with config.json and the weights */
    char config[4096]; /* config.yaml of the run that the checkpoint is of; empty: none */
    struct hf_model hf;
};

/* Find the folder (a run's newest checkpoint) and read its config.json. */
int model_source_open(struct model_source *s, struct cli *c, const char *path, struct error *e);
void model_source_close(struct model_source *s);
/* The tokenizer beside the weights; bytes where none lies there and the vocabulary is that of bytes.
 * E_USAGE where neither is. */
int model_source_tokenizer(struct tokenizer **t, const struct model_source *s, struct error *e);
/* Build the model and read its weights. `position` replaces the checkpoint's encoding (NULL: as
 * trained); it must outlive the model. */
int model_source_load(struct model **m, const struct model_source *s,
                      const struct conf_variants *position, int max_tokens, int max_length,
                      struct error *e);

#endif
