/* segments.c -- see segments.h. */
#include "src/train/segments.h"

#include <stdlib.h>

#include "src/train/schedule.h"

static bool alike(const struct timeline_step *a, const struct timeline_step *b)
{
    return a->length == b->length && a->window == b->window;
}

/* How many stretches of equal steps each stage has. */
static void count_changes(const struct run_config *run, int *changes)
{
    struct timeline_at at = {0};
    struct timeline_step step, before = {0};
    for (; timeline_next(run, &at, &step); timeline_take(&at, &step), before = step)
        changes[step.stage] += step.enters || !alike(&step, &before);
}

static int64_t rows(const struct timeline_step *s)
{
    return (s->tokens + s->length - 1) / s->length;
}

static void add_step(struct segment *y, const struct timeline *t, const struct timeline_at *at,
                     const struct timeline_step *step)
{
    const struct model_config *m = &t->run->model;
    const double tokens = (double)step->tokens;
    y->steps++;
    y->tokens += step->tokens;
    y->lost += rows(step) * step->full_length - step->tokens;
    if (step->full_length == step->length) y->lost = 0;
    y->last = *step;
    y->rows_last = rows(step);
    y->lr_last = schedule_lr(t, at, step);
    y->flops += step->flops;
    y->flops_paper += tokens * flops_paper(m->num_hidden_layers, m->hidden_size, step->length);
    y->flops_paper_causal +=
        tokens * flops_paper_causal(m->num_hidden_layers, m->hidden_size, step->length);
}

int segments_list(const struct timeline *t, struct segment **out, int *n, struct error *e)
{
    const struct run_config *run = t->run;
    const size_t most = (size_t)run->stages.n * (SEGMENTS_OF_STAGE + 1);
    int *changes = calloc((size_t)run->stages.n, sizeof *changes);
    struct segment *y = calloc(most, sizeof *y);
    *n = 0;
    *out = y;
    if (!changes || !y) {
        free(changes);
        free(y);
        *out = NULL;
        return error_set(e, E_MEMORY, "no memory for the schedule");
    }
    struct timeline_at at = {0};
    struct timeline_step step;
    if (!t->timed) count_changes(run, changes);
    for (; !t->timed && timeline_next(run, &at, &step); timeline_take(&at, &step)) {
        const int64_t steps = t->stage[step.stage].steps,
                      part = (steps + SEGMENTS_OF_STAGE - 1) / SEGMENTS_OF_STAGE;
        const bool smooth = changes[step.stage] > SEGMENTS_OF_STAGE;
        if (step.enters ||
            (smooth ? at.inside_step % part == 0 : !alike(&step, &y[*n - 1].first))) {
            y[(*n)++] = (struct segment){.stage = step.stage,
                                         .step = at.step,
                                         .token = at.tokens,
                                         .first = step,
                                         .rows_first = rows(&step),
                                         .lr_first = schedule_lr(t, &at, &step)};
        }
        add_step(&y[*n - 1], t, &at, &step);
    }
    free(changes);
    return OK;
}
