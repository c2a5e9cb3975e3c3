/* batch.c -- tokens become rows with targets, positions and anchors. See data.h and
 * src/num/batch.h. */
#include <stdlib.h>

#include "src/data/internal.h"

int batch_open(struct batch *b, int tokens, struct error *e)
{
    const size_t n = (size_t)tokens;
    *b = (struct batch){
        .row_start = calloc(n + 1, sizeof *b->row_start),
        .token = calloc(n, sizeof *b->token),
        .target = calloc(n, sizeof *b->target),
        .weight = calloc(n, sizeof *b->weight),
        .position = calloc(n, sizeof *b->position),
        .source = calloc(n, sizeof *b->source),
        .document = calloc(n, sizeof *b->document),
        .length_class = calloc(n, sizeof *b->length_class),
        .anchor = calloc(n, sizeof *b->anchor),
    };
    if (b->row_start && b->token && b->target && b->weight && b->position && b->source &&
        b->document && b->length_class && b->anchor)
        return OK;
    batch_close(b);
    return error_set(e, E_MEMORY, "no memory for a batch of %d tokens", tokens);
}

void batch_close(struct batch *b)
{
    free(b->row_start);
    free(b->token);
    free(b->target);
    free(b->weight);
    free(b->position);
    free(b->source);
    free(b->document);
    free(b->length_class);
    free(b->anchor);
    *b = (struct batch){0};
}

bool token_scored(const struct source *s, int32_t token, const struct tokenizer *t)
{
    size_t n;
    if (token & TOKEN_UNSCORED) return false;
    if (!s->scored) return true;
    const char *byte = tokenizer_text(t, token, &n);
    return n == 1 && s->scored[(unsigned char)*byte];
}

static void set_target(struct batch *b, const struct data *d, int i, const struct ahead *next)
{
    const struct packing_config *p = &d->packing;
    const bool drop =
        p->first_token == FIRST_DROP || (p->first_token == FIRST_AUTO && p->document_mask);
    const bool is_target = next->exists && b->length_class[i] != NO_CLASS &&
                           !(next->starts && drop) &&
                           token_scored(&d->source[next->source], next->token, d->tokenizer);
    b->target[i] = is_target ? next->token : NO_TARGET;
    b->weight[i] = is_target;
    b->weight_sum += is_target;
}

/* Each document of the batch that has targets weighs 1, however many they are. */
static void weigh_sequences(struct batch *b)
{
    b->weight_sum = 0;
    for (int first = 0, last; first < b->tokens; first = last) {
        int targets = 0;
        for (last = first; last < b->tokens && b->document[last] == b->document[first]; last++)
            targets += b->target[last] != NO_TARGET;
        for (int i = first; i < last && targets; i++)
            if (b->target[i] != NO_TARGET) b->weight[i] = (real)(1.0 / targets);
        b->weight_sum += targets > 0;
    }
}

void batch_rows_even(struct batch *b, int n, int length)
{
    b->rows = (n + length - 1) / length;
    for (int r = 0; r <= b->rows; r++) b->row_start[r] = r < b->rows ? r * length : n;
}

void batch_finish(struct batch *b, const struct data *d, int n, const struct piece_end *end,
                  int n_ends)
{
    b->tokens = n;
    b->weight_sum = 0;
    int r = -1, row = 0, document = 0, ends = 0; /* where the present ones start */
    for (int i = 0; i < n; i++) {
        if (i > 0 && b->document[i] != b->document[i - 1]) document = i;
        if (i == b->row_start[r + 1]) row = b->row_start[++r];
        const int start = document > row ? document : row;
        b->anchor[i] = d->packing.document_mask ? start : row;
        b->position[i] = i - (d->packing.reset_positions ? start : row);
        struct ahead next = {.exists = false};
        if (ends < n_ends && end[ends].at == i)
            next = end[ends++].next;
        else if (b->length_class[i + 1] != NO_CLASS)
            next = (struct ahead){b->token[i + 1], b->source[i + 1],
                                  b->document[i + 1] != b->document[i], true};
        set_target(b, d, i, &next);
        b->token[i] &= ~TOKEN_UNSCORED;
    }
    if (d->packing.loss == WEIGH_SEQUENCES) weigh_sequences(b);
}

void part_read(const struct data *d, int source, struct reader *r, const struct part *p, int64_t at,
               int n, int32_t *token)
{
    const struct source *s = &d->source[source];
    const int64_t text = p->end - p->begin;
    int left = text - at < n ? (int)(text - at) : n;
    if (s->type->tokens) {
        if (left > 0) s->type->tokens(s->self, p->document, p->begin + at, left, token);
        if (left < n) token[n - 1] = d->tokenizer->end_of_document;
        if (left < n && s->end_unscored) token[n - 1] |= TOKEN_UNSCORED;
        return;
    }
    if (left > 0) reader_seek(r, s, p->document, p->begin + at);
    for (int i = 0; i < left;) {
        unsigned char bytes[4096];
        const int take = left - i < (int)sizeof bytes ? left - i : (int)sizeof bytes;
        reader_read(r, s, bytes, (size_t)take);
        for (int k = 0; k < take; k++) token[i + k] = d->tokenizer->byte_token[bytes[k]];
        i += take;
    }
    if (left < n) token[n - 1] = d->tokenizer->end_of_document;
    const unsigned char *unscored =
        s->type->unscored && left > 0 ? s->type->unscored(s->self, r) : NULL;
    for (int i = 0; unscored && i < left; i++)
        if (unscored[p->begin + at + i]) token[i] |= TOKEN_UNSCORED;
    if (left < n && s->end_unscored) token[n - 1] |= TOKEN_UNSCORED;
}

double part_bytes(const struct data *d, int source, const struct part *p)
{
    const struct source *s = &d->source[source];
    if (!s->type->tokens) return (double)(p->end - p->begin);
    int64_t bytes = 0;
    for (int64_t at = p->begin; at < p->end;) {
        int32_t token[4096];
        const int64_t left = p->end - at, take = left < 4096 ? left : 4096;
        s->type->tokens(s->self, p->document, at, take, token);
        for (int64_t i = 0; i < take; i++) {
            size_t n;
            tokenizer_text(d->tokenizer, token[i] & ~TOKEN_UNSCORED, &n);
            bytes += (int64_t)n;
        }
        at += take;
    }
    return (double)bytes;
}
