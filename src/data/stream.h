/* stream.h -- inside src/data: the state of the training stream. */
#ifndef DATA_STREAM_H
#define DATA_STREAM_H

#include "src/data/internal.h"

/* Where a cell stands: part `next` of its order in this epoch, `offset` tokens of it drawn. */
struct stream_cursor {
    int64_t epoch, next, offset;
    int64_t drawn; /* tokens: c_i of the drawing rule */
    double target; /* A_i */
    double weight; /* at the last slot drawn */
    /* struct mix_count; `read` of them have left the stream, whether or not they were trained */
    int64_t read, given, trained, dropped, padded;
};

/* A piece of a document that is being given out: its tokens were accounted for when it was drawn. */
struct stream_slot {
    int64_t document; /* index into the source's parts */
    int64_t at, left; /* next token within the part, tokens still to give out */
    int32_t cell;     /* -1: none yet */
    int32_t starts;   /* the next token starts a document */
};

struct stream {
    struct data *data;
    int longest, cells;
    uint64_t seed;
    struct conf_variant mixer;
    void *default_opts; /* zeroed options of the mixer taken when none is configured */
    void *mixer_state;
    size_t mixer_state_size;
    struct stream_slot slot;
    struct ahead ahead; /* read already, to be the first token of the next batch */
    int32_t ahead_cell;
    struct stream_cursor *cursor;                      /* [cells] */
    struct reader *reader;                             /* [cells] */
    int64_t longest_slot;                              /* D of the drawing rule */
    double *weight, *target, *loss, *excess, *scratch; /* [cells] each, the last twice */
    int64_t *length, *drawn, *targets, *waiting;       /* [cells] each */
    struct stream_slot *piece; /* pad, best_fit, decompose: pieces drawn and not given out */
    struct piece_end *end;     /* of the pieces of a batch */
    int *fit;                  /* scratch of best_fit */
    int pieces, pieces_max, end_max, fit_max;
    int given_out;   /* decompose: pieces with nothing left that still lie among the others */
    int pool_at[31]; /* decompose: no piece of 2^i tokens lies before pool_at[i] */
};

/* The largest power of two that is at most n >= 1, and its exponent. */
static inline int stream_log2(int64_t n)
{
    int log2 = 0;
    while (n >> (log2 + 1)) log2++;
    return log2;
}
static inline int64_t stream_power_within(int64_t n)
{
    return (int64_t)1 << stream_log2(n);
}

static inline int stream_source(const struct stream *s, int cell)
{
    return cell / s->data->classes;
}

/* What the mixer's functions are given. */
struct mixer_at stream_mixer_at(const struct stream *s);

/* The part of a cell's source at a cursor: every part of the cell once per epoch, in an order that
 * is a function of (seed, source, class, epoch). */
int64_t stream_part(const struct stream *s, int cell, const struct stream_cursor *c);

/* Draw the next slot into s->slot, `emitted` tokens after the clock: a document, or a piece of one.
 * `row` > 0: pieces of at most `row` tokens, for rows that hold whole pieces. */
int stream_draw(struct stream *s, const struct data_clock *clock, int64_t emitted, int row,
                struct error *e);

/* pack.c: a batch under pad or best_fit. */
int stream_pack(struct stream *s, const struct data_clock *clock, int tokens, int length,
                struct batch *b, struct error *e);

#endif
