/* checkpoint.h -- a run at one moment, as files that are whole or not there.
 *
 *   <dir>/<step>/model.safetensors   parameters under Hugging Face's Llama names; learned encodings
 *                                    are model.layers.N.position.<type>.<name>
 *   <dir>/<step>/state.safetensors   moments, counters, streams, cursors, lengths of the logs
 *   <dir>/<step>/config.json         Hugging Face config; LlamaForCausalLM (Qwen3ForCausalLM with
 *                                    QK-norm) only where that computes exactly the same function,
 *                                    else model_type "ropewalk"
 * Written to <dir>/<step>.tmp, synced, renamed. A damaged one (CRC) is skipped for the one before,
 * with a message. */
#ifndef TRAIN_CHECKPOINT_H
#define TRAIN_CHECKPOINT_H

#include <stdint.h>

#include "src/base/error.h"
#include "src/base/rng.h"
#include "src/data/data.h"
#include "src/model/model.h"
#include "src/train/config.h"

/* Everything but the tensors that a resumed run needs to go on bit for bit. */
struct train_state {
    int64_t step, tokens;
    int64_t stage;
    int64_t metrics_bytes, timing_bytes; /* logs are cut back to these on resume */
    int64_t next_eval, next_checkpoint;  /* tokens */
    int64_t moments_step;                /* steps when the moments were last 0 */
    int64_t lost;                        /* tokens drawn and truncated */
    double flops_exact, flops_paper;     /* src/model/flops.h */
    /* Of a run whose budgets are in seconds, else 0: what cannot be found again by walking. */
    int64_t inside_step, inside_tokens;
    double flops, seconds, inside_flops, inside_seconds;
    struct rng position; /* stream of random positions */
};

int checkpoint_save(const char *dir, const struct train_state *t, struct model *m,
                    const struct stream *s, const struct run_config *run, const char *run_id,
                    struct error *e);
/* The same as the folder `path` itself. */
int checkpoint_save_as(const char *path, const struct train_state *t, struct model *m,
                       const struct stream *s, const struct run_config *run, const char *run_id,
                       struct error *e);
/* Load one folder. run_id NULL: whoever it belongs to. After an error model and stream hold
 * rubbish. */
int checkpoint_load(const char *dir, struct train_state *t, struct model *m, struct stream *s,
                    const struct run_config *run, const char *run_id, struct error *e);
/* Load the newest good one (the stream gets the mixer of its stage); *found false if there is none,
 * and then model and stream hold rubbish. `log` gets a line per bad one skipped
 * (may be NULL). */
int checkpoint_load_latest(const char *dir, struct train_state *t, struct model *m,
                           struct stream *s, const struct run_config *run, const char *run_id,
                           bool *found, void (*log)(void *, const char *), void *log_data,
                           struct error *e);
/* After saving `step`: remove all but the newest `keep` up to it, later ones (which could not be
 * read, or this step would not have been trained again), and left-over temporaries. */
int checkpoint_rotate(const char *dir, int64_t step, int keep, struct error *e);
/* The folder with config.json and weights that `path` means: itself, or a run's newest checkpoint.
 * E_USAGE says what it lacks. */
int checkpoint_find_model(const char *path, char *dir, size_t size, struct error *e);
/* Path of the newest whole checkpoint folder under dir. */
int checkpoint_latest(const char *dir, char *path, size_t size, bool *found, struct error *e);

#endif
