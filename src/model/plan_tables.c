/* plan_tables.c -- cos and sin of every position of every group of layers. */
#include <assert.h>
#include <math.h>

#include "src/model/plan.h"

enum { PAIRS = 1024 }; /* of the widest head */

/* Tables that mix their frequencies: one row of doubles at a time. */
static void fill_mixed(const struct plan *p, const struct plan_group *x, int head,
                       const double *inv_freq, double magnitude)
{
    const int pairs = x->geometry.width / 2;
    assert(pairs <= PAIRS);
#pragma omp parallel for schedule(static)
    for (int t = 0; t < x->rows; t++) {
        double cos_row[PAIRS], sin_row[PAIRS];
        const size_t at = (size_t)head * x->own.table.head_stride + (size_t)t * pairs;
        for (int i = 0; i < pairs; i++) {
            cos_row[i] = magnitude * cos(t * inv_freq[i]);
            sin_row[i] = magnitude * sin(t * inv_freq[i]);
        }
        for (int k = 0; k < p->n_entries; k++) {
            const struct plan_entry *y = &p->layer[x->layer].entry[k];
            if (y->type && y->type->table)
                y->type->table(&y->at, head, pairs, inv_freq, cos_row, sin_row);
        }
        for (int i = 0; i < pairs; i++) {
            x->own.cos[at + i] = (real)cos_row[i];
            x->own.sin[at + i] = (real)sin_row[i];
        }
    }
}

/* q and k of the regions: the same frequencies, other places. */
static void fill_copies(const struct plan *p, const struct plan_group *x, int head,
                        const double *inv_freq, double magnitude)
{
    const struct plan_entry *map = p->layer[x->layer].region;
    const int pairs = x->geometry.width / 2;
    for (int r = 1; r < map->type->regions; r++)
        for (int key = 0; key < 2; key++) {
            const struct plan_table *t = &x->copy[r][key];
            const size_t at = (size_t)head * t->table.head_stride;
            for (int i = 0; i < x->rows; i++) p->place[i] = map->type->place(&map->at, r, key, i);
            rotary_fill_places(t->cos + at, t->sin + at, p->place, x->rows, pairs, inv_freq,
                               magnitude);
        }
}

/* From the frequencies of another plan to w, a share of the way. */
static void blend(const struct plan *p, int layer, int head, int length, int pairs, double *w,
                  double *magnitude)
{
    double *old = w + pairs, old_magnitude;
    const double a = p->ramp;
    plan_frequencies(p->from, layer, head, length, old, &old_magnitude);
    for (int i = 0; i < pairs; i++)
        w[i] =
            w[i] > 0 && old[i] > 0 ? old[i] * pow(w[i] / old[i], a) : old[i] + (w[i] - old[i]) * a;
    *magnitude = old_magnitude + (*magnitude - old_magnitude) * a;
}

/* Pairs that do not turn at all, whatever the encoding says. */
static void hold_still(const struct plan *p, int pairs, double *w)
{
    const struct plan_still *s = &p->still;
    if (!s->bands) return;
    for (int i = rotary_band(pairs, s->bands, s->band);
         i < rotary_band(pairs, s->bands, s->band + 1); i++)
        w[i] = 0;
}

static void fill_group(const struct plan *p, const struct plan_group *x, int length)
{
    const int pairs = x->geometry.width / 2;
    bool mixed = false;
    for (int k = 0; k < p->n_entries; k++) {
        const struct position_type *t = p->layer[x->layer].entry[k].type;
        mixed |= t && t->table;
    }
    for (int h = 0; h < x->heads; h++) {
        double magnitude, *w = p->frequencies;
        const size_t at = (size_t)h * x->own.table.head_stride;
        plan_frequencies(p, x->layer, h, length, w, &magnitude);
        if (p->from) blend(p, x->layer, h, length, pairs, w, &magnitude);
        hold_still(p, pairs, w);
        if (mixed)
            fill_mixed(p, x, h, w, magnitude);
        else
            rotary_fill(x->own.cos + at, x->own.sin + at, x->rows, pairs, w, magnitude);
        if (p->layer[x->layer].region) fill_copies(p, x, h, w, magnitude);
    }
}

void plan_build(struct plan *p, int length, int rows, bool refresh)
{
    const bool other = !p->built_length || p->ramp != p->built_ramp ||
                       p->still.band != p->built_still.band ||
                       p->still.bands != p->built_still.bands ||
                       (p->built_length != length && p->length_dependent);
    assert(rows <= p->positions);
    for (int l = 0; other && l < p->shape.layers; l++)
        for (int k = 0; k < p->n_entries; k++) p->layer[l].entry[k].at.length = length;
    for (int g = 0; g < p->n_groups; g++) {
        struct plan_group *x = &p->group[g];
        const bool learned = p->layer[x->layer].learned;
        if (!other && !(learned && (refresh || rows > x->rows))) continue;
        x->rows = learned ? rows : p->positions;
        fill_group(p, x, length);
    }
    if (other) p->built_length = length;
    p->built_ramp = p->ramp;
    p->built_still = p->still;
}
