/* stream_state.c -- the training stream as bytes.
 *
 *   header | cursor of each cell | state of the mixer | pieces that wait for a row
 *
 * Readers are not stored: a cursor says where to seek. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/data/stream.h"

enum { VERSION = 2 };

struct header {
    char magic[8];
    int64_t version, sources, classes, longest, packing, pieces;
    uint64_t seed;
    char mixer[64];
    int64_t mixer_state_size;
    struct stream_slot slot;
    int32_t ahead_token, ahead_cell, ahead_starts, ahead_exists;
};

static struct header header_of(const struct stream *s)
{
    struct header h = {
        .magic = "rwstream",
        .version = VERSION,
        .sources = s->data->sources,
        .classes = s->data->classes,
        .packing = s->data->packing.type,
        .pieces = s->pieces - s->given_out,
        .longest = s->longest,
        .seed = s->seed,
        .mixer_state_size = (int64_t)s->mixer_state_size,
        .slot = s->slot,
        .ahead_token = s->ahead.token,
        .ahead_cell = s->ahead_cell,
        .ahead_starts = s->ahead.starts,
        .ahead_exists = s->ahead.exists,
    };
    snprintf(h.mixer, sizeof h.mixer, "%s", s->mixer.type->name);
    return h;
}

static size_t cursors_size(const struct stream *s)
{
    return (size_t)s->cells * sizeof *s->cursor;
}

size_t stream_state_size(const struct stream *s)
{
    return sizeof(struct header) + cursors_size(s) + s->mixer_state_size +
           (size_t)(s->pieces - s->given_out) * sizeof *s->piece;
}

void stream_save(const struct stream *s, void *state)
{
    unsigned char *p = state;
    const struct header h = header_of(s);
    memcpy(p, &h, sizeof h);
    memcpy(p += sizeof h, s->cursor, cursors_size(s));
    memcpy(p += cursors_size(s), s->mixer_state, s->mixer_state_size);
    p += s->mixer_state_size;
    for (int i = 0; i < s->pieces; i++) {
        if (!s->piece[i].left) continue;
        memcpy(p, &s->piece[i], sizeof *s->piece);
        p += sizeof *s->piece;
    }
}

static int check_header(const struct stream *s, const struct header *h, struct error *e)
{
    const struct header own = header_of(s);
    if (memcmp(h->magic, own.magic, sizeof own.magic) || h->version != VERSION)
        return error_set(e, E_FORMAT, "the saved training stream has an unknown format");
    if (h->sources != own.sources)
        return error_set(e, E_FORMAT, "the training stream was saved with %lld sources, not %lld",
                         (long long)h->sources, (long long)own.sources);
    if (h->classes != own.classes)
        return error_set(e, E_FORMAT,
                         "the training stream was saved with %lld length classes, not %lld",
                         (long long)h->classes, (long long)own.classes);
    if (h->packing != own.packing)
        return error_set(e, E_FORMAT, "the training stream was saved under another packing");
    if (h->longest != own.longest)
        return error_set(e, E_FORMAT,
                         "the training stream was saved with longest row %lld, not %lld",
                         (long long)h->longest, (long long)own.longest);
    if (h->seed != own.seed)
        return error_set(e, E_FORMAT, "the training stream was saved with seed %llu, not %llu",
                         (unsigned long long)h->seed, (unsigned long long)own.seed);
    if (memcmp(h->mixer, own.mixer, sizeof own.mixer) ||
        h->mixer_state_size != own.mixer_state_size)
        return error_set(e, E_FORMAT, "the training stream was saved with mixer '%.63s', not '%s'",
                         h->mixer, own.mixer);
    return OK;
}

static bool slot_is_sound(const struct stream *s, const struct stream_slot *slot)
{
    if (slot->cell < 0 || slot->cell >= s->cells) return false;
    const struct part_list *l = &s->data->source[stream_source(s, slot->cell)].split[SPLIT_TRAIN];
    if (slot->document < 0 || slot->document >= l->n || slot->at < 0 || slot->left < 0)
        return false;
    const int64_t tokens = part_tokens(&l->v[slot->document]);
    return slot->at <= tokens && slot->left <= tokens - slot->at;
}

static bool header_is_sound(const struct stream *s, const struct header *h)
{
    const int32_t token = h->ahead_token & ~TOKEN_UNSCORED;
    if (h->ahead_exists && (h->ahead_cell < 0 || h->ahead_cell >= s->cells || token < 0 ||
                            token >= data_vocab_size(s->data)))
        return false;
    return h->slot.cell < 0 ? h->slot.left == 0 : slot_is_sound(s, &h->slot);
}

static bool cursors_are_sound(const struct stream *s, const unsigned char *p)
{
    for (int i = 0; i < s->cells; i++) {
        struct stream_cursor c;
        memcpy(&c, p + (size_t)i * sizeof c, sizeof c);
        const struct cell *cell = &s->data->cell[i];
        const struct part_list *l = &s->data->source[stream_source(s, i)].split[SPLIT_TRAIN];
        if (c.epoch < 0 || c.offset < 0 || c.drawn < 0 || !isfinite(c.target)) return false;
        if (!cell->n ? c.next || c.offset : c.next < 0 || c.next >= cell->n) return false;
        if (cell->n && c.offset >= part_tokens(&l->v[stream_part(s, i, &c)])) return false;
    }
    return true;
}

static bool pieces_are_sound(const struct stream *s, const unsigned char *p, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        struct stream_slot slot;
        memcpy(&slot, p + (size_t)i * sizeof slot, sizeof slot);
        if (!slot_is_sound(s, &slot) || !slot.left) return false;
    }
    return true;
}

static int load_pieces(struct stream *s, const unsigned char *p, int n, struct error *e)
{
    if (n > s->pieces_max) {
        struct stream_slot *more = realloc(s->piece, (size_t)n * sizeof *more);
        if (!more) return error_set(e, E_MEMORY, "no memory for pieces of documents");
        s->piece = more;
        s->pieces_max = n;
    }
    if (n) memcpy(s->piece, p, (size_t)n * sizeof *s->piece);
    s->pieces = n;
    s->given_out = 0;
    memset(s->pool_at, 0, sizeof s->pool_at);
    memset(s->waiting, 0, (size_t)s->cells * sizeof *s->waiting);
    for (int i = 0; i < n; i++) s->waiting[s->piece[i].cell] += s->piece[i].left;
    return OK;
}

int stream_load(struct stream *s, const void *state, size_t size, struct error *e)
{
    struct header h;
    if (size < sizeof h)
        return error_set(e, E_FORMAT, "the saved training stream is cut short (%zu bytes)", size);
    const unsigned char *p = state;
    memcpy(&h, p, sizeof h);
    TRY(check_header(s, &h, e));
    const size_t fixed = sizeof h + cursors_size(s) + s->mixer_state_size;
    if (h.pieces < 0 || h.pieces > INT32_MAX || size != fixed + (size_t)h.pieces * sizeof *s->piece)
        return error_set(e, E_FORMAT, "the saved training stream has %zu bytes, not %zu", size,
                         fixed + (size_t)h.pieces * sizeof *s->piece);
    p += sizeof h;
    const unsigned char *mixer = p + cursors_size(s), *pieces = mixer + s->mixer_state_size;
    if (!header_is_sound(s, &h) || !cursors_are_sound(s, p) ||
        !pieces_are_sound(s, pieces, h.pieces))
        return error_set(e, E_FORMAT, "the saved training stream does not fit these sources");
    TRY(load_pieces(s, pieces, (int)h.pieces, e));
    memcpy(s->cursor, p, cursors_size(s));
    memcpy(s->mixer_state, mixer, s->mixer_state_size);
    s->slot = h.slot;
    s->ahead_cell = h.ahead_cell;
    s->ahead = (struct ahead){.token = h.ahead_token,
                              .source = h.ahead_exists ? stream_source(s, h.ahead_cell) : 0,
                              .starts = h.ahead_starts,
                              .exists = h.ahead_exists};
    return OK;
}
