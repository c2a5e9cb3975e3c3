/* best_loss.c -- the best possible loss of generated sources. See data.h. */
#include <math.h>
#include <stdlib.h>

#include "src/data/internal.h"

static void *open_memory(const struct source *s)
{
    return s->type->best_loss ? calloc(1, s->type->best_memory(s->self)) : NULL;
}

double source_best_loss(const struct source *s, const struct part_list *parts, int context)
{
    double sum = 0;
    int64_t targets = 0;
    void *memory = open_memory(s);
    for (int64_t k = 0; memory && k < parts->n; k++) {
        const struct part *p = &parts->v[k];
        for (int64_t i = p->begin + 1; i < p->end; i++) {
            const int64_t visible = i - p->begin < context ? i - p->begin : context;
            const double best = s->type->best_loss(s->self, memory, p->document, i, visible);
            if (isnan(best)) continue;
            sum += best;
            targets++;
        }
    }
    free(memory);
    return targets ? sum / (double)targets : NAN;
}

double data_best_loss(const struct data *d, int source, enum split split, int context)
{
    const struct source *s = &d->source[source];
    return source_best_loss(s, &s->split[split], context);
}

int data_best_losses(const struct data *d, int source, enum split split, int length, int64_t from,
                     int n, double *best, struct error *e)
{
    const struct source *s = &d->source[source];
    const struct part_list *l = &s->split[split];
    void *memory = open_memory(s);
    if (s->type->best_loss && !memory) return error_set(e, E_MEMORY, "no memory for best losses");
    int64_t k = n && memory ? part_of_token(l, from) : 0;
    for (int i = 0; i < n; i++) {
        const int64_t at = from + i, row = at - at % length;
        best[i] = NAN;
        if (!memory) continue;
        while (k + 1 < l->n && l->v[k + 1].first <= at) k++;
        const struct part *p = &l->v[k];
        const int64_t next = at + 1 - p->first, begin = row > p->first ? row : p->first;
        if (next < p->end - p->begin)
            best[i] =
                s->type->best_loss(s->self, memory, p->document, p->begin + next, at + 1 - begin);
    }
    free(memory);
    return OK;
}
