/* feed.c -- see feed.h. */
#include "src/eval/feed.h"

#include <stdlib.h>

int feed_open(struct feed *f, struct model *m, int max_tokens, feed_done *done, void *self,
              struct error *e)
{
    *f = (struct feed){.model = m, .done = done, .self = self, .capacity = max_tokens};
    TRY(batch_open(&f->batch, max_tokens, e));
    f->loss = calloc((size_t)max_tokens, sizeof *f->loss);
    f->tag = calloc((size_t)max_tokens, sizeof *f->tag);
    if (f->loss && f->tag) return OK;
    feed_close(f);
    return error_set(e, E_MEMORY, "no memory for the losses of %d tokens", max_tokens);
}

void feed_close(struct feed *f)
{
    batch_close(&f->batch);
    free(f->loss);
    free(f->tag);
    *f = (struct feed){0};
}

void feed_flush(struct feed *f)
{
    struct batch *b = &f->batch;
    if (!b->rows) return;
    struct rng rng = rng_open(0, "eval/position");
    model_position_ids(f->model, b, false, &rng);
    model_eval(f->model, b, f->loss);
    f->tokens += b->tokens;
    for (int r = 0; r < b->rows; r++) {
        const int from = b->row_start[r] + (f->bos != NULL);
        f->done(f->self, f->tag[r], b->row_start[r + 1] - from, b->target + from, f->loss + from);
    }
    b->tokens = b->rows = 0;
    b->weight_sum = 0;
}

static void add(struct batch *b, int32_t token, int32_t target, int position, int first)
{
    const int at = b->tokens++;
    b->token[at] = token;
    b->target[at] = target;
    b->weight[at] = target != NO_TARGET;
    b->weight_sum += b->weight[at];
    b->position[at] = position;
    b->source[at] = 0;
    b->document[at] = b->rows;
    b->length_class[at] = 0;
    b->anchor[at] = first;
}

int feed_row(struct feed *f, const int32_t *token, const int32_t *target, int n, int offset,
             int64_t tag, struct error *e)
{
    struct batch *b = &f->batch;
    const int lead = f->bos != NULL;
    if (n + lead > f->capacity)
        return error_set(e, E_USAGE, "a row of %d tokens does not fit a pass of %d", n + lead,
                         f->capacity);
    if (b->tokens + n + lead > f->capacity) feed_flush(f);
    const int first = b->tokens;
    if (lead) add(b, *f->bos, NO_TARGET, offset, first);
    for (int i = 0; i < n; i++) add(b, token[i], target[i], offset + lead + i, first);
    f->tag[b->rows] = tag;
    b->row_start[b->rows++] = first;
    b->row_start[b->rows] = b->tokens;
    return OK;
}
