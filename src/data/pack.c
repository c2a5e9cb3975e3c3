/* pack.c -- rows that hold whole pieces of documents, and padding where nothing fits.
 *
 *   pad       a row a piece, in the order in which they were drawn
 *   best_fit  best-fit decreasing over a step: pieces by falling length (ties: as drawn), each into
 *             the row with the least room that still holds it; what finds no row waits for the next
 *             step, in the order in which it was drawn
 *   decompose every document is cut once into powers of two, largest first; a step of rows of 2^i
 *             tokens takes pieces of that length in the order in which they were drawn, the others
 *             wait (the pools of Dataset Decomposition, Pouransari et al. 2024, arXiv 2405.13226)
 *
 * A piece is a document, or at most a row of a longer one. Nothing is drawn twice or lost, except
 * the rest of long documents under long_documents: truncate, and under decompose what is shorter
 * than the shortest piece; both are counted. Padding repeats the end-of-document token, is nobody's
 * target and has none. */
#include <stdlib.h>
#include <string.h>

#include "src/data/stream.h"

enum { POOL_ROWS = 2 }; /* best_fit draws this much more than a step holds, to choose from */

/* Room for n pieces. */
static int reserve(struct stream *s, int n, struct error *e)
{
    if (n <= s->pieces_max) return OK;
    if (n < 2 * s->pieces_max) n = 2 * s->pieces_max;
    struct stream_slot *more = realloc(s->piece, (size_t)n * sizeof *more);
    if (!more) return error_set(e, E_MEMORY, "no memory to pack documents");
    s->piece = more;
    s->pieces_max = n;
    return OK;
}

static int draw_piece(struct stream *s, const struct data_clock *clock, int64_t emitted, int length,
                      struct error *e)
{
    TRY(stream_draw(s, clock, emitted, length, e));
    TRY(reserve(s, s->pieces + 1, e));
    s->piece[s->pieces++] = s->slot;
    s->waiting[s->slot.cell] += s->slot.left;
    s->slot.left = 0;
    return OK;
}

/* A step that is being filled. */
struct filling {
    struct batch *b;
    int n_ends, document, rows, length, tokens;
    bool closed; /* the last piece placed ended its document */
};

static int row_begin(const struct filling *k, int row)
{
    return row * k->length;
}

static int row_end(const struct filling *k, int row)
{
    const int end = (row + 1) * k->length;
    return end < k->tokens ? end : k->tokens;
}

/* Give out the piece from token `at` of the batch on, up to `room` tokens; what is left stays. The
 * target of its last token is what follows in the document. */
static int place(struct stream *s, struct filling *k, struct stream_slot *p, int at, int room)
{
    struct data *d = s->data;
    struct batch *b = k->b;
    const int source = stream_source(s, p->cell), take = p->left < room ? (int)p->left : room;
    const struct part *part = &d->source[source].split[SPLIT_TRAIN].v[p->document];
    struct reader *r = &s->reader[p->cell];
    part_read(d, source, r, part, p->at, take, b->token + at);
    for (int i = at; i < at + take; i++) {
        b->source[i] = source;
        b->length_class[i] = p->cell % d->classes;
        b->document[i] = k->document;
    }
    if (k->closed) /* the one before in this row */
        s->end[k->n_ends - 1].next = (struct ahead){b->token[at], source, true, true};
    p->at += take;
    p->left -= take;
    s->waiting[p->cell] -= take;
    struct ahead next = {.source = source};
    k->closed = p->at == part_tokens(part);
    if (!k->closed && d->packing.long_documents == LONG_FRAGMENT) {
        part_read(d, source, r, part, p->at, 1, &next.token);
        next.exists = true;
    }
    s->end[k->n_ends++] = (struct piece_end){at + take - 1, next};
    k->document++;
    return at + take;
}

/* What is left of the piece is given to nobody. */
static void drop(struct stream *s, struct stream_slot *p)
{
    s->cursor[p->cell].dropped += p->left;
    s->waiting[p->cell] -= p->left;
    p->left = 0;
}

/* Fill the row from token `at` on; `cell` is that of its last piece. */
static void pad(struct stream *s, struct filling *k, int at, int end, int cell)
{
    k->closed = false;
    if (at == end) return;
    for (int i = at; i < end; i++) {
        k->b->token[i] = s->data->tokenizer->end_of_document;
        k->b->source[i] = stream_source(s, cell);
        k->b->length_class[i] = NO_CLASS;
        k->b->document[i] = k->document;
    }
    s->cursor[cell].padded += end - at;
    s->end[k->n_ends++] = (struct piece_end){end - 1, {0}};
    k->document++;
}

/* Drop the pieces that were given out; the others keep their order. */
static void keep_waiting(struct stream *s)
{
    int n = 0;
    for (int i = 0; i < s->pieces; i++)
        if (s->piece[i].left) s->piece[n++] = s->piece[i];
    s->pieces = n;
}

static int fill_pad(struct stream *s, const struct data_clock *clock, struct filling *k,
                    struct error *e)
{
    int next = 0;
    for (int row = 0; row < k->rows; row++) {
        const int begin = row_begin(k, row), end = row_end(k, row);
        if (next == s->pieces) TRY(draw_piece(s, clock, begin, k->length, e));
        struct stream_slot *p = &s->piece[next];
        const int to = place(s, k, p, begin, end - begin);
        if (s->data->packing.long_documents == LONG_TRUNCATE) drop(s, p);
        pad(s, k, to, end, p->cell);
        next += !p->left;
    }
    keep_waiting(s);
    return OK;
}

/* ---- best fit ---- */

/* By falling length; equal ones as they are. */
static void sort_by_length(const struct stream_slot *piece, int *order, int *scratch, int n)
{
    if (n < 2) return;
    const int half = n / 2;
    sort_by_length(piece, order, scratch, half);
    sort_by_length(piece, order + half, scratch, n - half);
    memcpy(scratch, order, (size_t)n * sizeof *order);
    for (int i = 0, j = half, to = 0; to < n; to++)
        order[to] = j == n || (i < half && piece[scratch[i]].left >= piece[scratch[j]].left)
                        ? scratch[i++]
                        : scratch[j++];
}

/* Pieces that a shorter row cannot hold are cut where they lie. */
static int cut_to(struct stream *s, int length, struct error *e)
{
    for (int i = 0; i < s->pieces; i++) {
        if (s->piece[i].left <= length) continue;
        TRY(reserve(s, s->pieces + 1, e));
        struct stream_slot *p = &s->piece[i];
        memmove(p + 1, p, (size_t)(s->pieces++ - i) * sizeof *p);
        p->left = length;
        p[1].at += length;
        p[1].left -= length;
        p[1].starts = true;
    }
    return OK;
}

static int draw_pool(struct stream *s, const struct data_clock *clock, const struct filling *k,
                     struct error *e)
{
    int64_t waiting = 0, drawn = 0;
    const int64_t want = k->tokens + POOL_ROWS * (int64_t)k->length;
    TRY(cut_to(s, k->length, e));
    for (int i = 0; i < s->pieces; i++) waiting += s->piece[i].left;
    while (waiting + drawn < want) {
        TRY(draw_piece(s, clock, drawn < k->tokens ? drawn : k->tokens, k->length, e));
        drawn += s->piece[s->pieces - 1].left;
    }
    return OK;
}

/* Scratch of best fit: the pieces by length and, for each, the next in its row; of each row its
 * first and last piece and the tokens in it. */
struct fit {
    int *order, *next, *first, *last, *used;
};

static int fit_memory(struct stream *s, int pieces, int rows, struct fit *f, struct error *e)
{
    const int n = 2 * pieces + 3 * rows;
    if (n > s->fit_max) {
        int *more = realloc(s->fit, (size_t)n * sizeof *more);
        if (!more) return error_set(e, E_MEMORY, "no memory to pack documents");
        s->fit = more;
        s->fit_max = n;
    }
    f->order = s->fit;
    f->next = f->order + pieces;
    f->first = f->next + pieces;
    f->last = f->first + rows;
    f->used = f->last + rows;
    return OK;
}

/* The fullest row that still holds `tokens`; -1: none. */
static int best_row(const struct filling *k, const struct fit *f, int64_t tokens)
{
    int best = -1, least = 0;
    for (int r = 0; r < k->rows; r++) {
        const int room = row_end(k, r) - row_begin(k, r) - f->used[r];
        if (room < tokens || (best >= 0 && room >= least)) continue;
        best = r;
        least = room;
    }
    return best;
}

static void choose_rows(struct stream *s, const struct filling *k, struct fit *f)
{
    for (int i = 0; i < s->pieces; i++) f->order[i] = i;
    sort_by_length(s->piece, f->order, f->next, s->pieces);
    for (int r = 0; r < k->rows; r++) {
        f->first[r] = f->last[r] = -1;
        f->used[r] = 0;
    }
    for (int i = 0; i < s->pieces; i++) {
        const int p = f->order[i], r = best_row(k, f, s->piece[p].left);
        f->next[p] = -1;
        if (r < 0) continue;
        if (f->last[r] < 0)
            f->first[r] = p;
        else
            f->next[f->last[r]] = p;
        f->last[r] = p;
        f->used[r] += (int)s->piece[p].left;
    }
}

static int fill_best_fit(struct stream *s, const struct data_clock *clock, struct filling *k,
                         struct error *e)
{
    struct fit f = {0};
    TRY(draw_pool(s, clock, k, e));
    TRY(fit_memory(s, s->pieces, k->rows, &f, e));
    choose_rows(s, k, &f);
    for (int row = 0; row < k->rows; row++) {
        int at = row_begin(k, row), cell = s->piece[0].cell;
        for (int p = f.first[row]; p >= 0; p = f.next[p]) {
            cell = s->piece[p].cell;
            at = place(s, k, &s->piece[p], at, row_end(k, row) - at);
        }
        pad(s, k, at, row_end(k, row), cell);
    }
    keep_waiting(s);
    return OK;
}

/* ---- decomposed documents ---- */

/* The piece that was drawn last becomes powers of two, largest first. */
static int decompose_last(struct stream *s, struct error *e)
{
    struct stream_slot rest = s->piece[--s->pieces];
    while (rest.left >= s->data->packing.shortest) {
        const int64_t size = stream_power_within(rest.left);
        TRY(reserve(s, s->pieces + 1, e));
        s->piece[s->pieces] = rest;
        s->piece[s->pieces++].left = size;
        rest.at += size;
        rest.left -= size;
        rest.starts = true;
    }
    drop(s, &rest);
    return OK;
}

/* Draw and decompose until there is another piece of a row. A pool is what lies behind its mark,
 * which only moves on: however many pieces of other lengths wait, each is passed once. */
static int next_of_pool(struct stream *s, const struct data_clock *clock, const struct filling *k,
                        int emitted, struct stream_slot **piece, struct error *e)
{
    int *next = &s->pool_at[stream_log2(k->length)];
    const int largest = (int)stream_power_within(s->longest);
    int64_t all = 0, drawn = 0;
    for (int i = 0; i < s->cells; i++) all += s->data->cell[i].tokens;
    for (;; ++*next) {
        while (*next == s->pieces) {
            if (drawn > 2 * all)
                return error_set(e, E_USAGE,
                                 "no document that may be drawn has a piece of %d tokens",
                                 k->length);
            TRY(draw_piece(s, clock, emitted, largest, e));
            drawn += s->piece[s->pieces - 1].left;
            TRY(decompose_last(s, e));
        }
        if (s->piece[*next].left == k->length) break;
    }
    *piece = &s->piece[(*next)++];
    return OK;
}

/* Pieces given out lie there until they are half of all, so that a step costs what it takes, not
 * what waits. */
static void forget_given_out(struct stream *s, int rows)
{
    s->given_out += rows;
    if (s->given_out <= s->pieces / 2) return;
    keep_waiting(s);
    s->given_out = 0;
    memset(s->pool_at, 0, sizeof s->pool_at);
}

static int fill_decomposed(struct stream *s, const struct data_clock *clock, struct filling *k,
                           struct error *e)
{
    if (k->length != stream_power_within(k->length) || k->length < s->data->packing.shortest)
        return error_set(
            e, E_USAGE,
            "decomposed documents have no pieces of %d tokens: powers of two from %d are "
            "valid",
            k->length, s->data->packing.shortest);
    for (int row = 0; row < k->rows; row++) {
        const int begin = row_begin(k, row), end = row_end(k, row);
        struct stream_slot *p = NULL;
        TRY(next_of_pool(s, clock, k, begin, &p, e));
        place(s, k, p, begin, end - begin);
        drop(s, p); /* of a stage's last row */
        k->closed = false;
    }
    forget_given_out(s, k->rows);
    return OK;
}

int stream_pack(struct stream *s, const struct data_clock *clock, int tokens, int length,
                struct batch *b, struct error *e)
{
    if (tokens > s->end_max) {
        struct piece_end *more = realloc(s->end, (size_t)tokens * sizeof *more);
        if (!more) return error_set(e, E_MEMORY, "no memory to pack documents");
        s->end = more;
        s->end_max = tokens;
    }
    batch_rows_even(b, tokens, length);
    struct filling k = {.b = b, .rows = b->rows, .length = length, .tokens = tokens};
    if (s->data->packing.type == PACK_PAD)
        TRY(fill_pad(s, clock, &k, e));
    else if (s->data->packing.type == PACK_DECOMPOSE)
        TRY(fill_decomposed(s, clock, &k, e));
    else
        TRY(fill_best_fit(s, clock, &k, e));
    batch_finish(b, s->data, tokens, s->end, k.n_ends);
    return OK;
}
