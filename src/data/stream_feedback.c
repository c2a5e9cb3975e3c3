/* stream_feedback.c -- what became of the tokens: losses for adaptive mixers, counts for metrics. */
#include <string.h>

#include "src/data/stream.h"

static const struct mixer_type *mixer_type(const struct stream *s)
{
    return (const struct mixer_type *)s->mixer.type;
}

static int cell_of(const struct stream *s, const struct batch *b, int i)
{
    return b->source[i] * s->data->classes + b->length_class[i];
}

void stream_add_losses(struct stream *s, const struct batch *b, const real *token_loss)
{
    const size_t n = (size_t)s->cells;
    memset(s->loss, 0, n * sizeof *s->loss);
    memset(s->targets, 0, n * sizeof *s->targets);
    for (int i = 0; i < b->tokens; i++) {
        if (b->length_class[i] == NO_CLASS) continue;
        const int cell = cell_of(s, b, i);
        s->cursor[cell].given++;
        if (b->target[i] == NO_TARGET) continue;
        s->cursor[cell].trained++;
        s->loss[cell] += (double)token_loss[i];
        s->targets[cell]++;
    }
}

void stream_feedback(struct stream *s, const struct data_clock *clock)
{
    if (!mixer_type(s)->batch) return;
    const struct mixer_at at = stream_mixer_at(s);
    mixer_type(s)->batch(&at, clock, s->loss, s->targets);
}

void stream_excess_feedback(struct stream *s, const struct data_clock *clock, const struct batch *b,
                            const real *token_loss, const real *reference_loss)
{
    if (!mixer_type(s)->excess) return;
    memset(s->excess, 0, (size_t)s->cells * sizeof *s->excess);
    for (int i = 0; i < b->tokens; i++) {
        if (b->target[i] == NO_TARGET) continue;
        const double more = (double)token_loss[i] - (double)reference_loss[i];
        if (more > 0) s->excess[cell_of(s, b, i)] += more;
    }
    const struct mixer_at at = stream_mixer_at(s);
    mixer_type(s)->excess(&at, clock, s->excess, s->targets);
}

void stream_eval_feedback(struct stream *s, const struct data_clock *clock, const double *loss)
{
    if (!mixer_type(s)->eval) return;
    const struct mixer_at at = stream_mixer_at(s);
    mixer_type(s)->eval(&at, clock, loss);
}

static void add(struct mix_count *to, const struct stream *s, int cell)
{
    const struct stream_cursor *c = &s->cursor[cell];
    to->tokens += c->given;
    to->trained += c->trained;
    to->dropped += c->dropped + c->read - c->given;
    to->waiting += s->waiting[cell];
    to->padded += c->padded;
    to->weight += s->cursor[cell].weight;
    to->loss += s->loss[cell];
    to->targets += s->targets[cell];
}

void stream_counts(const struct stream *s, struct mix_count *count, struct mix_count *cell)
{
    const struct data *d = s->data;
    if (count) memset(count, 0, (size_t)d->sources * sizeof *count);
    if (cell) memset(cell, 0, (size_t)s->cells * sizeof *cell);
    for (int i = 0; i < s->cells; i++) {
        if (count) add(&count[stream_source(s, i)], s, i);
        if (cell) add(&cell[i], s, i);
        if (cell && d->cell[i].tokens)
            cell[i].epochs = (double)cell[i].tokens / (double)d->cell[i].tokens;
    }
    for (int i = 0; count && i < d->sources; i++)
        count[i].epochs = (double)count[i].tokens / (double)d->mixer_source[i].tokens;
}
