/* model.c -- a model's memory, its initial weights, and the calls that training and evaluation
 * make. */
#include "src/model/model.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/parallel.h"
#include "src/model/internal.h"
#include "src/num/cross_entropy.h"
#include "src/num/matmul.h"

static void place_run(struct model *m, struct arena *a)
{
    const size_t reals = m->layout.reals;
    m->w = ARENA_TAKE(a, real, reals);
    for (int i = 0; i < 3 && m->use.gradients; i++)
        *(i == 0 ? &m->g : &m->m[i - 1]) = ARENA_TAKE(a, real, reals);
    for (int i = 0; i < m->n_stacks; i++)
        for (int l = 0; l < m->c.num_hidden_layers; l++)
            for (int k = 0; k < m->stack[i].plan.n_entries; k++) {
                struct plan_entry *y = &m->stack[i].plan.layer[l].entry[k];
                if (y->n_params) y->dparams = ARENA_TAKE(a, double, y->n_params);
            }
}

/* Of whichever stack needs most. */
static size_t step_bytes(struct model *m)
{
    struct acts x;
    size_t most = 0;
    for (int i = m->n_stacks - 1; i >= 0; i--) { /* the first one stays selected */
        stacks_select(m, i);
        for (int training = 0; training <= (m->use.gradients ? 1 : 0); training++) {
            struct arena measure = ARENA_MEASURE;
            acts_place(&x, &measure, m, training ? model_train_tokens(m) : m->use.max_tokens,
                       training);
            if (measure.used > most) most = measure.used;
        }
    }
    return most;
}

/* Everything but the memory of the arenas. */
static int prepare(struct model *m, const struct model_config *c,
                   const struct conf_variants *position, const struct model_use *use,
                   size_t *tables, struct error *e)
{
    m->c = *c;
    m->use = *use;
    m->layer_acts = calloc((size_t)c->num_hidden_layers + 1, sizeof *m->layer_acts);
    if (!m->layer_acts) return error_set(e, E_MEMORY, "no memory for a model");
    return stacks_open(m, position, tables, e);
}

int model_measure(const struct model_config *c, const struct conf_variants *position,
                  const struct model_use *use, struct model_memory *out, struct error *e)
{
    struct model m = {0};
    size_t tables = 0;
    const int status = prepare(&m, c, position, use, &tables, e);
    if (!status) {
        struct arena run = ARENA_MEASURE;
        place_run(&m, &run);
        out->parameters = run.used + tables;
        out->activations = step_bytes(&m);
    }
    stacks_close(&m);
    free(m.layer_acts);
    return status;
}

int model_open(struct model **out, const struct model_config *c,
               const struct conf_variants *position, const struct model_use *use, struct error *e)
{
    struct model *m = *out = calloc(1, sizeof *m);
    if (!m) return error_set(e, E_MEMORY, "no memory for a model");
    size_t tables;
    int status = prepare(m, c, position, use, &tables, e);
    if (!status) {
        struct arena measure = ARENA_MEASURE;
        place_run(m, &measure);
        status = arena_open(&m->run, measure.used, e);
    }
    if (!status) {
        place_run(m, &m->run);
        status = arena_open(&m->step, step_bytes(m), e);
    }
    if (status) {
        model_close(m);
        *out = NULL;
    }
    return status;
}

void model_close(struct model *m)
{
    if (!m) return;
    stacks_close(m);
    arena_close(&m->run);
    arena_close(&m->step);
    free(m->layer_acts);
    free(m);
}

/* ---- initial weights ---- */

static void init_tensor(const struct model *m, const struct tensor *t, uint64_t seed)
{
    char stream[128];
    snprintf(stream, sizeof stream, "init/%s", t->name);
    struct rng r = rng_open(seed, stream);
    real *w = m->w + t->offset;
    if (t->n_dims == 1) {
        for (size_t i = 0; i < t->count; i++) w[i] = 1;
        return;
    }
    double deviation = m->c.initializer_range;
    if (strstr(t->name, "o_proj") || strstr(t->name, "down_proj"))
        deviation /= sqrt(2.0 * m->c.num_hidden_layers);
    rng_fill_normal(&r, w, t->count, 0, deviation);
}

void init_position(const struct model *m, int layer, int k, int j, uint64_t seed)
{
    const struct plan_entry *y = &m->plan.layer[layer].entry[k];
    struct position_param param[POSITION_PARAMS];
    char stream[160];
    y->type->params(y->at.opts, &m->plan.shape, param);
    snprintf(stream, sizeof stream, "init/model.layers.%d.position.%s.%s", layer, y->type->v.name,
             param[j].name);
    struct rng r = rng_open(seed, stream);
    real *w = m->w + (y->at.param[j] - m->w);
    const size_t count =
        (size_t)(param[j].shape[0] * (param[j].n_dims > 1 ? param[j].shape[1] : 1));
    switch (param[j].init) {
    case POSITION_INIT_CONSTANT:
        for (size_t i = 0; i < count; i++) w[i] = (real)param[j].a;
        break;
    case POSITION_INIT_NORMAL:
        rng_fill_normal(&r, w, count, param[j].a, param[j].b);
        break;
    case POSITION_INIT_UNIFORM:
        for (size_t i = 0; i < count; i++)
            w[i] = (real)(param[j].a + (param[j].b - param[j].a) * rng_uniform(&r));
        break;
    case POSITION_INIT_CUSTOM:
        y->type->init(y->at.opts, &m->plan.shape, layer, j, &r, w);
        break;
    }
}

void model_init(struct model *m, uint64_t seed)
{
    m->use.seed = seed;
    parallel_zero(m->w, m->layout.reals);
    for (int i = 0; i < m->layout.n_tensors; i++) init_tensor(m, &m->layout.tensor[i], seed);
    for (int l = 0; l < m->c.num_hidden_layers; l++)
        for (int k = 0; k < m->plan.n_entries; k++)
            for (int j = 0; j < stacks_params(m, l, k); j++) init_position(m, l, k, j, seed);
    if (!m->use.gradients) return;
    model_zero_gradients(m);
    for (int i = 0; i < 2; i++) parallel_zero(m->m[i], m->layout.reals);
}

/* ---- what others may see ---- */

const struct model_config *model_config(const struct model *m)
{
    return &m->c;
}

const struct conf_variants *model_position(const struct model *m)
{
    return &m->position;
}

const struct tensor *model_tensors(const struct model *m, int *n)
{
    *n = m->layout.n_tensors;
    return m->layout.tensor;
}

size_t model_reals(const struct model *m)
{
    return m->layout.reals;
}

real *model_weights(struct model *m)
{
    return m->w;
}

real *model_gradients(struct model *m)
{
    return m->g;
}

real *model_moment(struct model *m, int which)
{
    return m->m[which];
}

/* ---- changes of stage ---- */

void model_set_length(struct model *m, int length)
{
    m->length = length;
}

void model_set_still(struct model *m, int band, int bands)
{
    m->plan.still = (struct plan_still){bands ? band : 0, bands};
}

void model_set_window(struct model *m, enum window_kind kind, int width)
{
    m->window = kind;
    m->window_width = width;
}

/* ---- training and evaluation ---- */

void model_position_ids(const struct model *m, struct batch *b, bool training, struct rng *rng)
{
    for (int k = 0; k < m->plan.n_entries; k++) {
        const struct plan_entry *y = &m->plan.layer[0].entry[k];
        if (!y->type || !y->type->ids || (y->type->ids_in_training_only && !training)) continue;
        /* a run is a stretch of the batch whose positions count up from its first token */
        for (int i = 0, n; i < b->tokens; i += n) {
            for (n = 1; i + n < b->tokens && b->position[i + n] > b->position[i + n - 1]; n++) {
            }
            y->type->ids(&y->at, rng, b->position + i, n);
        }
    }
}

static struct cross_entropy loss_of(const struct model *m, const struct batch *b, double z_loss)
{
    return (struct cross_entropy){.tokens = b->tokens,
                                  .width = m->c.hidden_size,
                                  .vocab = m->c.vocab_size,
                                  .softcap = m->c.final_logit_softcapping,
                                  .z_loss = z_loss};
}

double model_train(struct model *m, const struct batch *b, double scale, double z_loss,
                   real *token_loss)
{
    struct acts x;
    forward(m, b, true, &x);
    const struct cross_entropy ce = loss_of(m, b, z_loss);
    const double loss = cross_entropy(&ce, x.h, m->w + m->layout.head, b->target, b->weight, scale,
                                      token_loss, x.dh, m->g + m->layout.head, x.scratch);
    backward(m, b, &x);
    return loss;
}

void model_zero_gradients(struct model *m)
{
    parallel_zero(m->g, m->layout.reals);
}

double model_eval(struct model *m, const struct batch *b, real *token_loss)
{
    struct acts x;
    forward(m, b, false, &x);
    const struct cross_entropy ce = loss_of(m, b, 0);
    return cross_entropy(&ce, x.h, m->w + m->layout.head, b->target, b->weight, 0, token_loss, NULL,
                         NULL, x.scratch);
}

/* out = cap tanh(h Whead^T / cap) */
void head_logits(const struct model *m, const real *h, int count, real *out)
{
    const int width = m->c.hidden_size, vocab = m->c.vocab_size;
    const double cap = m->c.final_logit_softcapping;
    matmul_nt(count, vocab, width, h, width, m->w + m->layout.head, width, 0, out, vocab);
    if (cap <= 0) return;
#pragma omp parallel for schedule(static)
    for (int i = 0; i < count; i++)
        for (int v = 0; v < vocab; v++) {
            real *z = out + (size_t)i * vocab + v;
            *z = (real)(cap * tanh((double)*z / cap));
        }
}

void model_logits(struct model *m, const struct batch *b, int first, int count, real *out)
{
    struct acts x;
    forward(m, b, false, &x);
    head_logits(m, x.h + (size_t)first * (size_t)m->c.hidden_size, count, out);
}

const char *model_not_finite(const struct model *m, bool gradients)
{
    for (int i = 0; i < m->layout.n_tensors; i++) {
        const struct tensor *t = &m->layout.tensor[i];
        if (!parallel_all_finite((gradients ? m->g : m->w) + t->offset, t->count)) return t->name;
    }
    return NULL;
}

int model_frequencies(const struct model *m, int layer, int length, double *inv_freq,
                      double *magnitude)
{
    return plan_frequencies(&m->plan, layer, 0, length, inv_freq, magnitude);
}

const char *model_length_dependent(const struct model *m)
{
    for (int k = 0; k < m->position.n; k++) {
        const struct position_type *t = (const struct position_type *)m->position.v[k].type;
        if (t->laws & LAW_LENGTH_DEPENDENT) return t->v.name;
    }
    return NULL;
}

const char *model_scales_nothing(const struct model *m, int max_length)
{
    return plan_scales_nothing(&m->plan, max_length);
}
