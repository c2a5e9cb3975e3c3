/* reference.c -- a trained model beside the one in training, for mixers that compare losses. */
#include <stdlib.h>
#include <string.h>

#include "src/train/hf.h"
#include "src/train/run.h"

struct reference {
    const char *path; /* as configured */
    char dir[4096];
    struct hf_model hf;
    struct model *model;
    struct batch rows; /* a pass */
    int32_t *position; /* [tokens of a step] */
    real *loss;
};

/* A run's newest checkpoint, or the folder itself. */
static int find_folder(struct reference *r, const char *path, struct error *e)
{
    char checkpoints[4096], config[4096];
    bool found;
    TRY(file_join(config, sizeof config, path, "config.json", e));
    TRY(file_join(r->dir, sizeof r->dir, path, "", e));
    if (file_exists(config)) return OK;
    TRY(file_join(checkpoints, sizeof checkpoints, path, "checkpoints", e));
    if (!file_is_directory(checkpoints))
        return error_set(e, E_USAGE,
                         "reference '%.2000s' is no run, checkpoint or Hugging Face directory",
                         path);
    TRY(checkpoint_latest(checkpoints, r->dir, sizeof r->dir, &found, e));
    return found ? OK
                 : error_set(e, E_USAGE, "reference '%.2000s' has no whole checkpoint yet", path);
}

static int load(struct reference *r, const struct training *t, struct error *e)
{
    const int vocab = data_vocab_size(t->data), tokens = (int)t->micro_tokens;
    const size_t step = (size_t)run_config_step_tokens(&t->run);
    TRY(find_folder(r, r->path, e));
    TRY(hf_open(&r->hf, r->dir, NULL, NULL, e));
    if (r->hf.config.vocab_size < vocab)
        return error_set(e, E_USAGE, "reference '%.2000s' has %d tokens, the tokenizer %d", r->path,
                         r->hf.config.vocab_size, vocab);
    const struct model_use use = {.max_tokens = tokens,
                                  .max_length = t->longest,
                                  .train_length = r->hf.max_position_embeddings};
    r->position = calloc(step, sizeof *r->position);
    r->loss = calloc(step, sizeof *r->loss);
    if (!r->position || !r->loss)
        return error_set(e, E_MEMORY, "no memory for the losses of a reference model");
    TRY(batch_open(&r->rows, tokens, e));
    TRY(model_open(&r->model, &r->hf.config, &r->hf.position, &use, e));
    return hf_load_weights(r->model, r->dir, e);
}

void reference_close(struct reference *r)
{
    if (!r) return;
    model_close(r->model);
    batch_close(&r->rows);
    hf_close(&r->hf);
    free(r->position);
    free(r->loss);
    free(r);
}

int reference_prepare(struct training *t, struct error *e)
{
    const struct conf_variant *mixer = &run_stage(&t->run, (int)t->state.stage)->mixer;
    const struct mixer_type *type = (const struct mixer_type *)mixer->type;
    const char *path = type && type->reference ? type->reference(mixer->opts) : NULL;
    if (!path || (t->reference && strcmp(path, t->reference->path))) {
        reference_close(t->reference);
        t->reference = NULL;
    }
    if (!path || t->reference) return OK;
    t->reference = calloc(1, sizeof *t->reference);
    if (!t->reference) return error_set(e, E_MEMORY, "no memory for a reference model");
    t->reference->path = path;
    return load(t->reference, t, e);
}

void reference_note_positions(struct training *t)
{
    if (!t->reference) return;
    memcpy(t->reference->position, t->batch.position,
           (size_t)t->batch.tokens * sizeof *t->reference->position);
}

void reference_feedback(struct training *t, const struct data_clock *clock)
{
    struct reference *r = t->reference;
    const struct batch *b = &t->batch;
    if (!r) return;
    struct rng rng = rng_open(0, "reference/position");
    for (int first = 0, last; first < b->rows; first = last) {
        for (last = first + 1; last < b->rows; last++)
            if (b->row_start[last + 1] - b->row_start[first] > t->micro_tokens) break;
        const int from = b->row_start[first];
        step_slice(&r->rows, b, first, last);
        memcpy(r->rows.position, r->position + from, (size_t)r->rows.tokens * sizeof *r->position);
        model_position_ids(r->model, &r->rows, false, &rng);
        model_eval(r->model, &r->rows, r->loss + from);
    }
    stream_excess_feedback(t->stream, clock, b, t->token_loss, r->loss);
}
