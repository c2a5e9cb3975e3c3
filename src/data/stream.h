/* stream.h -- inside src/data: the state of the training stream. */
#ifndef DATA_STREAM_H
#define DATA_STREAM_H

#include "src/data/internal.h"

/* Where a source stands: part `next` of its order in this epoch, `offset` tokens of it drawn. */
struct stream_cursor {
    int64_t epoch, next, offset;
    int64_t drawn; /* tokens: c_i of the drawing rule */
    double target; /* A_i */
};

/* The slot that is being emitted: its tokens were accounted for when it was drawn. */
struct stream_slot {
    int64_t document; /* index into the source's parts */
    int64_t at, left; /* next token within the part, tokens still to emit */
    int32_t source;
    int32_t starts; /* the next token starts a document */
};

struct stream {
    struct data *data;
    int longest;
    uint64_t seed;
    struct conf_variant mixer;
    void *default_opts; /* zeroed options of the mixer taken when none is configured */
    void *mixer_state;
    size_t mixer_state_size;
    struct stream_slot slot;
    struct ahead ahead;           /* read already, to be the first token of the next batch */
    struct stream_cursor *cursor; /* [sources] */
    struct reader *reader;        /* [sources] */
    double *weight, *target, *loss;
    int64_t *length, *drawn, *targets; /* [sources] each */
};

/* What the mixer's functions are given. */
struct mixer_at stream_mixer_at(const struct stream *s);

/* The part of `source` at a cursor: every part once per epoch, in an order that is a function of
 * (seed, source, epoch). */
int64_t stream_part(const struct stream *s, int source, const struct stream_cursor *c);

#endif
