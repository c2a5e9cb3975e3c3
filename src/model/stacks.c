/* stacks.c -- the encodings that a model may be switched between: all are resolved at set-up, their
 * learned parameters take turns in the last part of the flat blocks. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/parallel.h"
#include "src/model/internal.h"

/* The model and the encoding may not both cap the logits. */
static int check_caps(const struct model_config *c, const struct plan *p, struct error *e)
{
    for (int l = 0; l < c->num_hidden_layers; l++)
        if (p->layer[l].softcap > 0 && c->attn_logit_softcapping > 0)
            return error_set(e, E_USAGE,
                             "the encoding caps the logits of layer %d at %g and "
                             "attn_logit_softcapping at %g: one of them is possible",
                             l, p->layer[l].softcap, c->attn_logit_softcapping);
    return OK;
}

static int open_stack(struct model *m, int i, size_t *tables, struct error *e)
{
    size_t bytes = 0;
    struct model_stack *s = &m->stack[i];
    const struct position_shape shape = model_position_shape(&m->c);
    TRY(plan_open(&s->plan, &s->position, &shape, m->use.train_length, m->use.max_length, &bytes,
                  e));
    *tables += bytes;
    TRY(check_caps(&m->c, &s->plan, e));
    return layout_make(&s->layout, &m->c, &s->position, e);
}

int stacks_open(struct model *m, const struct conf_variants *position, size_t *tables,
                struct error *e)
{
    size_t reals = 0;
    *tables = 0;
    m->n_stacks = 1 + m->use.n_later;
    m->stack = calloc((size_t)m->n_stacks, sizeof *m->stack);
    if (!m->stack) return error_set(e, E_MEMORY, "no memory for a model");
    for (int i = 0; i < m->n_stacks; i++) {
        m->stack[i].position = i ? m->use.later[i - 1] : *position;
        TRY(open_stack(m, i, tables, e));
        if (m->stack[i].layout.reals > reals) reals = m->stack[i].layout.reals;
    }
    for (int i = 0; i < m->n_stacks; i++) m->stack[i].layout.reals = reals;
    m->use.later = NULL; /* the caller's array need not live */
    m->position = m->stack[0].position;
    m->plan = m->stack[0].plan;
    m->layout = m->stack[0].layout;
    return OK;
}

void stacks_close(struct model *m)
{
    for (int i = 0; m->stack && i < m->n_stacks; i++) {
        plan_close(&m->stack[i].plan);
        layout_free(&m->stack[i].layout);
    }
    free(m->stack);
}

int stacks_params(const struct model *m, int layer, int k)
{
    const struct plan_entry *y = &m->plan.layer[layer].entry[k];
    struct position_param param[POSITION_PARAMS];
    return y->n_params ? y->type->params(y->at.opts, &m->plan.shape, param) : 0;
}

/* The encoding's hooks see their learned parameters in the flat block. */
static void point_params(struct model *m)
{
    for (int l = 0; l < m->c.num_hidden_layers; l++)
        for (int k = 0; k < m->plan.n_entries; k++) {
            struct plan_entry *y = &m->plan.layer[l].entry[k];
            if (!y->n_params) continue;
            struct position_param param[POSITION_PARAMS];
            const int n = y->type->params(y->at.opts, &m->plan.shape, param);
            const real *p = m->w + m->layout.layer[l].position[k];
            for (int j = 0; j < n; j++) {
                y->at.param[j] = p;
                p += param[j].shape[0] * (param[j].n_dims > 1 ? param[j].shape[1] : 1);
            }
        }
}

void stacks_select(struct model *m, int i)
{
    m->stack[m->at_stack].plan = m->plan; /* what it has built */
    m->at_stack = i;
    m->position = m->stack[i].position;
    m->plan = m->stack[i].plan;
    m->layout = m->stack[i].layout;
    if (m->w) point_params(m);
}

/* ---- the switch ---- */

static const struct tensor *find(const struct layout *l, const struct tensor *like)
{
    for (int i = 0; i < l->n_tensors; i++) {
        const struct tensor *t = &l->tensor[i];
        if (t->offset >= l->fixed && !strcmp(t->name, like->name) && t->n_dims == like->n_dims &&
            t->shape[0] == like->shape[0] && t->shape[1] == like->shape[1])
            return t;
    }
    return NULL;
}

/* The part of a block that holds learned parameters, laid out anew; the gradients, which no step
 * outlives, are the room to do it in. */
static void move(struct model *m, real *block, const struct layout *from, const struct layout *to)
{
    const size_t n = to->reals - to->fixed;
    real *old = m->g + to->fixed;
    memcpy(old, block + to->fixed, n * sizeof *old);
    memset(block + to->fixed, 0, n * sizeof *block);
    for (int i = 0; i < to->n_tensors; i++) {
        const struct tensor *t = &to->tensor[i];
        const struct tensor *was = t->offset >= to->fixed ? find(from, t) : NULL;
        if (was) memcpy(block + t->offset, m->g + was->offset, t->count * sizeof *block);
    }
}

static void init_new(struct model *m, const struct layout *from, uint64_t seed)
{
    for (int l = 0; l < m->c.num_hidden_layers; l++)
        for (int k = 0; k < m->plan.n_entries; k++) {
            const int n = stacks_params(m, l, k);
            const struct tensor *t = m->layout.tensor;
            for (int j = 0; j < n; j++) {
                while (m->w + t->offset != m->plan.layer[l].entry[k].at.param[j]) t++;
                if (!find(from, t)) init_position(m, l, k, j, seed);
            }
        }
}

int model_set_position(struct model *m, const struct conf_variants *position, struct error *e)
{
    int to = 0;
    while (to < m->n_stacks && m->stack[to].position.v != position->v) to++;
    if (to == m->n_stacks) return error_set(e, E_USAGE, "the model was not made for this encoding");
    if (to == m->at_stack) return OK;
    const struct layout from = m->layout;
    assert(m->g);
    stacks_select(m, to);
    move(m, m->w, &from, &m->layout);
    for (int i = 0; i < 2; i++) move(m, m->m[i], &from, &m->layout);
    init_new(m, &from, m->use.seed);
    model_zero_gradients(m);
    return OK;
}

/* ---- ramps ---- */

void model_set_ramp(struct model *m, const struct conf_variants *from, double share)
{
    m->plan.from = NULL;
    m->plan.ramp = 1;
    if (!from || share >= 1) return;
    for (int i = 0; i < m->n_stacks; i++)
        if (m->stack[i].position.v == from->v) m->plan.from = &m->stack[i].plan;
    if (m->plan.from) m->plan.ramp = share;
}

static int widest(const struct plan *p)
{
    int width = 0;
    for (int l = 0; l < p->shape.layers; l++)
        if (p->layer[l].qk_width > width) width = p->layer[l].qk_width;
    return width > p->shape.head_dim ? width : p->shape.head_dim;
}

/* The frequencies of a layer's first head; how many pairs. */
static int frequencies(const struct plan *p, int layer, int length, double *w)
{
    double magnitude;
    return plan_frequencies(p, layer, 0, length, w, &magnitude);
}

static int compare_layers(const struct plan *from, const struct plan *to, int length, double *w,
                          struct error *e)
{
    double *first = w + widest(from) + widest(to);
    for (int l = 0; l < from->shape.layers; l++) {
        const int old = frequencies(from, l, length, w), now = frequencies(to, l, length, first);
        if (old != now)
            return error_set(e, E_USAGE,
                             "a ramp goes pair by pair, but layer %d turns %d pairs before and %d "
                             "after the switch",
                             l, old, now);
        if (!now) continue;
        const int lead = to->group[to->layer[l].group].layer;
        frequencies(from, lead, length, first);
        if (memcmp(first, w, (size_t)old * sizeof *w))
            return error_set(e, E_USAGE,
                             "a ramp from frequencies that differ between layers %d and %d to the "
                             "same ones is not possible",
                             lead, l);
    }
    return OK;
}

int model_can_ramp(const struct model_config *c, const struct conf_variants *from,
                   const struct conf_variants *to, int length, struct error *e)
{
    struct plan a = {0}, b = {0};
    const struct position_shape shape = model_position_shape(c);
    double *w = NULL;
    int status = plan_open(&a, from, &shape, length, length, NULL, e);
    if (!status) status = plan_open(&b, to, &shape, length, length, NULL, e);
    if (!status && !(w = calloc(2 * (size_t)(widest(&a) + widest(&b)), sizeof *w)))
        status = error_set(e, E_MEMORY, "no memory to compare encodings");
    if (!status) status = compare_layers(&a, &b, length, w, e);
    free(w);
    plan_close(&a);
    plan_close(&b);
    return status;
}
