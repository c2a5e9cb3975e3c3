/* model_source.c -- from a path to a model. */
#include "src/cli/model_source.h"

#include <string.h>

#include "src/base/file.h"
#include "src/train/checkpoint.h"

/* dir/checkpoints/<step> belongs to the run in dir. */
static void find_run(struct model_source *s, const char *dir)
{
    const char *const above[] = {".", "../.."};
    for (int i = 0; i < 2; i++) {
        char path[4200];
        snprintf(path, sizeof path, "%s/%s/config.yaml", dir, above[i]);
        if (!file_exists(path) || strlen(path) >= sizeof s->config) continue;
        memcpy(s->config, path, strlen(path) + 1);
        return;
    }
}

int model_source_open(struct model_source *s, struct cli *c, const char *path, struct error *e)
{
    *s = (struct model_source){0};
    TRY(checkpoint_find_model(path, s->dir, sizeof s->dir, e));
    find_run(s, path);
    return hf_open(&s->hf, s->dir, cli_note, c, e);
}

void model_source_close(struct model_source *s)
{
    hf_close(&s->hf);
}

int model_source_tokenizer(struct tokenizer **t, const struct model_source *s, struct error *e)
{
    const int vocab = s->hf.config.vocab_size;
    const bool found = tokenizer_in_folder(s->dir);
    if (!found && vocab != 257) /* 256 bytes and the end of a document */
        return error_set(e, E_USAGE,
                         "'%s' holds no tokenizer, and a vocabulary of %d is not that of bytes",
                         s->dir, vocab);
    TRY(tokenizer_open(t, found ? s->dir : "bytes", e));
    if ((*t)->vocab_size <= vocab) return OK;
    const int tokens = (*t)->vocab_size;
    tokenizer_close(*t);
    *t = NULL;
    return error_set(e, E_FORMAT, "'%s': the tokenizer has %d tokens, the model only %d", s->dir,
                     tokens, vocab);
}

int model_source_load(struct model **m, const struct model_source *s,
                      const struct conf_variants *position, int max_tokens, int max_length,
                      struct error *e)
{
    const struct model_use use = {
        .max_tokens = max_tokens,
        .max_length = max_length,
        .train_length = s->hf.max_position_embeddings,
    };
    *m = NULL;
    TRY(model_open(m, &s->hf.config, position ? position : &s->hf.position, &use, e));
    const int status = hf_load_weights(*m, s->dir, e);
    if (status) {
        model_close(*m);
        *m = NULL;
    }
    return status;
}
