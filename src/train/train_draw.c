/* train_draw.c -- the rows of a step. */
#include <string.h>

#include "src/train/run.h"

/* Rows [first, last) of b behind those of `out`; `document` is added to their documents' numbers. */
static void append_rows(struct batch *out, const struct batch *b, int first, int last,
                        int32_t document)
{
    const int from = b->row_start[first], to = out->tokens, n = b->row_start[last] - from;
    for (int r = first; r < last; r++)
        out->row_start[++out->rows] = b->row_start[r + 1] - from + to;
    memcpy(out->token + to, b->token + from, (size_t)n * sizeof *out->token);
    memcpy(out->target + to, b->target + from, (size_t)n * sizeof *out->target);
    memcpy(out->weight + to, b->weight + from, (size_t)n * sizeof *out->weight);
    memcpy(out->position + to, b->position + from, (size_t)n * sizeof *out->position);
    memcpy(out->source + to, b->source + from, (size_t)n * sizeof *out->source);
    memcpy(out->length_class + to, b->length_class + from, (size_t)n * sizeof *out->length_class);
    for (int i = 0; i < n; i++) {
        out->document[to + i] = b->document[from + i] + document;
        out->anchor[to + i] = b->anchor[from + i] - from + to;
        out->weight_sum += (double)out->weight[to + i];
    }
    out->tokens += n;
}

static void clear(struct batch *b)
{
    b->tokens = b->rows = b->row_start[0] = 0;
    b->weight_sum = 0;
}

void step_slice(struct batch *out, const struct batch *b, int first, int last)
{
    clear(out);
    append_rows(out, b, first, last, 0);
}

/* Rows of full length, each cut to its first tokens; the rest is lost, and counted. */
static int draw_truncated(struct training *t, const struct timeline_step *step,
                          const struct data_clock *clock, struct error *e)
{
    struct batch *b = &t->batch, *row = &t->row;
    struct data_clock now = *clock;
    clear(b);
    while (b->tokens < step->tokens) {
        TRY(stream_next(t->stream, &now, step->full_length, step->full_length, row, e));
        const int64_t left = step->tokens - b->tokens;
        row->row_start[1] = left < step->length ? (int)left : step->length;
        append_rows(b, row, 0, 1, b->tokens ? b->document[b->tokens - 1] + 1 : 0);
        t->state.lost += step->full_length - row->row_start[1];
        now.tokens = clock->tokens + b->tokens;
    }
    return OK;
}

int step_draw(struct training *t, const struct timeline_step *step, struct data_clock *clock,
              struct error *e)
{
    *clock = training_clock(t);
    if (step->full_length > step->length)
        TRY(draw_truncated(t, step, clock, e));
    else
        TRY(stream_next(t->stream, clock, (int)step->tokens, step->length, &t->batch, e));
    reference_note_positions(t);
    model_position_ids(t->model, &t->batch, true, &t->state.position);
    return OK;
}
