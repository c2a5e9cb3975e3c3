/* score.c -- what evaluations ask of a model beyond its loss: ranks, branches, a lens. */
#include <math.h>
#include <string.h>

#include "src/model/internal.h"

enum { ROWS = 256 }; /* of logits at a time; the scratch of cross-entropy holds so many */

static struct token_score score_row(const real *z, int vocab, int32_t target)
{
    struct token_score s = {0, 0, 0, target};
    double sum = 0;
    for (int v = 1; v < vocab; v++)
        if (z[v] > z[s.best]) s.best = v;
    for (int v = 0; v < vocab; v++) {
        sum += exp((double)z[v] - (double)z[s.best]);
        s.rank += z[v] > z[target];
    }
    s.loss = (double)z[s.best] + log(sum) - (double)z[target];
    return s;
}

void model_score(struct model *m, const struct batch *b, struct token_score *out)
{
    struct acts x;
    int index[ROWS];
    const size_t width = (size_t)m->c.hidden_size;
    forward(m, b, false, &x);
    real *rows = x.dh, *logit = x.scratch; /* the gradient's place is free in evaluation */
    for (int i = 0; i < b->tokens;) {
        int n = 0;
        for (; i < b->tokens && n < ROWS; i++) {
            out[i] = (struct token_score){0, -1, -1, -1};
            if (b->target[i] == NO_TARGET) continue;
            memcpy(rows + (size_t)n * width, x.h + (size_t)i * width, width * sizeof *rows);
            index[n++] = i;
        }
        if (!n) continue;
        head_logits(m, rows, n, logit);
#pragma omp parallel for schedule(static)
        for (int k = 0; k < n; k++)
            out[index[k]] = score_row(logit + (size_t)k * (size_t)m->c.vocab_size, m->c.vocab_size,
                                      b->target[index[k]]);
    }
}

bool model_branches(const struct model *m)
{
    if (m->c.sliding_window || m->window != WINDOW_NONE) return false;
    for (int l = 0; l < m->c.num_hidden_layers; l++)
        for (int k = 0; k < m->plan.n_entries; k++) {
            const struct position_type *t = m->plan.layer[l].entry[k].type;
            if (t && t->ids && !t->ids_in_training_only) return false;
        }
    return true;
}

void model_set_lens(struct model *m, const struct model_lens *lens)
{
    m->lens = lens;
}

bool model_rotary(const struct model *m, int layer, struct rotary_geometry *g)
{
    const struct plan_layer *p = &m->plan.layer[layer];
    if (p->rotary) *g = m->plan.group[p->group].geometry;
    return p->rotary;
}

bool model_transforms(const struct model *m, int layer)
{
    return m->plan.layer[layer].transform != NULL;
}

bool model_maps_positions(const struct model *m)
{
    for (int l = 0; l < m->c.num_hidden_layers; l++)
        if (m->plan.layer[l].region) return true;
    return false;
}
