/* held_out.c -- rows of a split in a fixed order. See data_eval_next in data.h. */
#include "src/data/internal.h"

int64_t part_of_token(const struct part_list *l, int64_t at)
{
    int64_t low = 0, high = l->n - 1;
    while (low < high) {
        const int64_t middle = low + (high - low + 1) / 2;
        if (l->v[middle].first <= at)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

int data_eval_next(struct data *d, int source, enum split split, int length, int tokens,
                   int64_t max_tokens, int64_t *cursor, struct batch *b, struct error *e)
{
    if (length < 1 || tokens < length)
        return error_set(e, E_USAGE, "rows of %d tokens do not fit a batch of %d", length, tokens);
    const struct part_list *l = &d->source[source].split[split];
    struct reader *r = &d->reader[source];
    const int64_t total = l->tokens < max_tokens ? l->tokens : max_tokens;
    const int64_t left = total > *cursor ? total - *cursor : 0, whole = tokens / length * length;
    const int n = (int)(left < whole ? left : whole);
    int64_t k = n ? part_of_token(l, *cursor) : 0;
    int document = 0;
    for (int i = 0; i < n; k++, document++) {
        const struct part *p = &l->v[k];
        const int64_t at = *cursor + i - p->first, rest = part_tokens(p) - at;
        const int take = rest < n - i ? (int)rest : n - i;
        part_read(d, source, r, p, at, take, b->token + i);
        for (int j = i; j < i + take; j++) {
            b->source[j] = source;
            b->document[j] = document;
            b->length_class[j] = 0;
        }
        i += take;
    }
    *cursor += n;
    struct ahead next = {.source = source, .exists = n && *cursor < total};
    if (next.exists) {
        const struct part *p = &l->v[part_of_token(l, *cursor)];
        next.starts = *cursor == p->first;
        part_read(d, source, r, p, *cursor - p->first, 1, &next.token);
    }
    batch_rows_even(b, n, length);
    batch_finish(b, d, n, &(struct piece_end){n - 1, next}, n > 0);
    return OK;
}
