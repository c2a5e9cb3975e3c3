/* model.h -- a Llama-style decoder: parameters, forward, backward, decoding.
 *
 *   x = embed(token) (+ position embed)
 *   per layer: x += Wo attention(rotate(norm?(Wq h)), rotate(norm?(Wk h)), Wv h),  h = rmsnorm(x)
 *              x += Wdown swiglu(Wgate h, Wup h),                                  h = rmsnorm(x)
 *   loss over softmax(Whead rmsnorm(x))
 *
 * Llama: Touvron et al. 2023, arXiv 2302.13971 and 2307.09288; QK-norm as Qwen3. Parameters,
 * gradients and moments are flat blocks with a list of named tensors laid into them (Hugging Face
 * names; q, k, v and gate, up of a layer stand together, so that each pair is one product).
 * Activations live in an arena that is re-carved when the shape of the work changes.
 *
 * Threading: one caller; parallel inside. */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/arena.h"
#include "src/model/config.h"
#include "src/model/position.h"
#include "src/num/attention.h"
#include "src/num/batch.h"

struct tensor {
    char name[96];
    int n_dims;
    int64_t shape[2];
    size_t offset, count;     /* in the flat blocks, in reals */
    bool decay;               /* 2-d tensors and what the encoding asks for */
    double lr_mult, min, max; /* clamp: both 0 is none */
};

struct model;

/* One layer of an evaluation pass, as a lens sees it. q, k, v and o are rows of all tokens. */
struct model_layer_view {
    int layer;
    const struct batch *batch;
    const struct attention *attention;
    real *q, *k, *v, *o;
    int ld, ldv, ldo; /* from token to token: of q and k, of v, of o */
    const real *lse;  /* [tokens][heads]; attend only */
    void *scratch;    /* attention_scratch() bytes */
};

/* Options of a model beyond its shape. */
struct model_use {
    bool gradients;   /* take gradients (and moments) */
    int max_tokens;   /* tokens per call at most */
    int train_tokens; /* ... of model_train; 0: max_tokens */
    int max_length;   /* longest row */
    int train_length; /* longest row trained at (for encodings that scale from it) */
    uint64_t seed;    /* of parameters that model_set_position adds; model_init sets it too */
    /* Further stacks of encodings that the model will be switched to; they must outlive it. */
    int n_later;
    const struct conf_variants *later;
};

/* Bytes that model_open will map, without taking them: parameters+gradients+moments, activations,
 * scratch. */
struct model_memory {
    size_t parameters, activations;
};
int model_measure(const struct model_config *c, const struct conf_variants *position,
                  const struct model_use *use, struct model_memory *out, struct error *e);

/* c must be resolved and is copied; `position` (the stack) must outlive the model. */
int model_open(struct model **m, const struct model_config *c, const struct conf_variants *position,
               const struct model_use *use, struct error *e);
void model_close(struct model *m);

/* Initialise every tensor from its own stream "init/<name>": normal with deviation
 * initializer_range (o_proj and down_proj divided by sqrt(2 layers)), gains 1. */
void model_init(struct model *m, uint64_t seed);

const struct model_config *model_config(const struct model *m);
const struct conf_variants *model_position(const struct model *m);
const struct tensor *model_tensors(const struct model *m, int *n);
size_t model_reals(const struct model *m); /* length of the flat blocks */
real *model_weights(struct model *m);
real *model_gradients(struct model *m);
real *model_moment(struct model *m, int which); /* 0: m, 1: v */

/* Switch to another of the stacks that the model was opened with (recognised by its address).
 * Learned parameters of both keep their values and moments; those that are new begin as model_init
 * would begin them (from use.seed), with moments of 0; the others are gone. Gradients are zero
 * afterwards. Takes no memory. E_USAGE: the model was not opened with it; it is as it was. */
int model_set_position(struct model *m, const struct conf_variants *position, struct error *e);
/* On the way from another stack's frequencies to the present one's: inv_freq = from^(1 - share) *
 * present^share, pair by pair (linear where one is 0). share >= 1, or `from` NULL: arrived. Only for
 * stacks that model_can_ramp. Tables are built anew at the next call. */
void model_set_ramp(struct model *m, const struct conf_variants *from, double share);
/* Whether two stacks rotate the same pairs on every layer: E_USAGE says why not. */
int model_can_ramp(const struct model_config *c, const struct conf_variants *from,
                   const struct conf_variants *to, int length, struct error *e);
/* Length that tables of length-dependent encodings are built for; default: the longest row of each
 * batch. 0: default. */
void model_set_length(struct model *m, int length);
/* An attention window for all layers (length curricula), on top of sliding_window: kind and width;
 * WINDOW_NONE clears. */
void model_set_window(struct model *m, enum window_kind kind, int width);

/* Let a band of the rotated pairs (rotary_band) stand still on all layers: inv_freq 0, whatever the
 * encoding says; bands 0: all of them turn. For evaluation, until it is replaced. */
void model_set_still(struct model *m, int band, int bands);

/* Let the encoding's `ids` hooks rewrite the batch's position ids, run by run (training: stream
 * "position"; evaluation: a stream of its own, and types that say so keep the plain ids). Nothing
 * happens for encodings without the hook. */
void model_position_ids(const struct model *m, struct batch *b, bool training, struct rng *rng);

/* Forward and backward of one (micro-)batch: adds scale * d(sum weight_i loss_i) to the gradients,
 * returns sum weight_i loss_i (without z-loss). token_loss [tokens] or NULL. */
double model_train(struct model *m, const struct batch *b, double scale, double z_loss,
                   real *token_loss);
void model_zero_gradients(struct model *m);

/* Forward only. token_loss [tokens] gets every token's loss (0 without target). */
double model_eval(struct model *m, const struct batch *b, real *token_loss);

/* Forward only; logits of tokens [first, first + count) of the batch: out [count][vocab].
 * model_eval or model_logits of the same batch gives the same bits. */
void model_logits(struct model *m, const struct batch *b, int first, int count, real *out);

/* What the model makes of each target: its loss, how many tokens have a higher logit (0: it is the
 * model's first choice), and the first choice. */
struct token_score {
    double loss;
    int32_t rank, best, target; /* -1 without target */
};
/* Forward only; out [tokens]. */
void model_score(struct model *m, const struct batch *b, struct token_score *out);
/* Whether branches behind a shared prefix (batch.h) compute what rows of their own would: not with
 * sliding windows, nor with encodings that draw position ids. */
bool model_branches(const struct model *m);

/* Looks into evaluation passes, or changes them: `project` comes when q and k of a layer are made,
 * normed and rotated, and may change them; `attend` when its heads have written o, which it may
 * change before they are mixed. */
struct model_lens {
    void *self;
    void (*project)(void *self, const struct model_layer_view *v);
    void (*attend)(void *self, const struct model_layer_view *v);
};
/* For model_eval, model_score and model_logits until it is replaced; NULL: none. */
void model_set_lens(struct model *m, const struct model_lens *lens);

/* Which channels of a head rotate on a layer; false: none. */
bool model_rotary(const struct model *m, int layer, struct rotary_geometry *g);
/* Whether some layer maps relative positions piece by piece. */
bool model_maps_positions(const struct model *m);
/* Whether a layer's logits are transformed as whole rows, which no probe can follow. */
bool model_transforms(const struct model *m, int layer);

/* Name of the first tensor (parameter or gradient) that is not finite, or NULL. */
const char *model_not_finite(const struct model *m, bool gradients);

/* Decoding with a cache of keys (before rotation), values, and positions: feed tokens, get the
 * logits of the last. */
struct decoder;
int decoder_open(struct decoder **d, struct model *m, int max_length, struct error *e);
void decoder_close(struct decoder *d);
void decoder_reset(struct decoder *d);
/* Append n tokens (positions continue) and write the logits [vocab] after the last. length + n <=
 * max_length. */
void decoder_feed(struct decoder *d, const int32_t *token, int n, real *logits);
int decoder_length(const struct decoder *d);

/* Name of a type of the encoding whose tables depend on the length (they are built for the longest row
 * of each batch, or for model_set_length); NULL if none do. */
const char *model_length_dependent(const struct model *m);
/* As plan_scales_nothing: a type that asks for scaling where there is none up to max_length, or NULL. */
const char *model_scales_nothing(const struct model *m, int max_length);

/* The resolved frequencies of a layer, for `check`: inv_freq [pairs] of head 0, magnitude; pairs 0
 * if nothing rotates. */
int model_frequencies(const struct model *m, int layer, int length, double *inv_freq,
                      double *magnitude);

#endif
