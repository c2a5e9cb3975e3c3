/* stream_state.c -- the training stream as bytes.
 *
 *   header | cursor of each source | state of the mixer
 *
 * Readers are not stored: a cursor says where to seek. */
#include <stdio.h>
#include <string.h>

#include "src/data/stream.h"

enum { VERSION = 1 };

struct header {
    char magic[8];
    int64_t version, sources, longest;
    uint64_t seed;
    char mixer[64];
    int64_t mixer_state_size;
    struct stream_slot slot;
    int32_t ahead_token, ahead_source, ahead_starts, ahead_exists;
};

static struct header header_of(const struct stream *s)
{
    struct header h = {
        .magic = "rwstream",
        .version = VERSION,
        .sources = s->data->sources,
        .longest = s->longest,
        .seed = s->seed,
        .mixer_state_size = (int64_t)s->mixer_state_size,
        .slot = s->slot,
        .ahead_token = s->ahead.token,
        .ahead_source = s->ahead.source,
        .ahead_starts = s->ahead.starts,
        .ahead_exists = s->ahead.exists,
    };
    snprintf(h.mixer, sizeof h.mixer, "%s", s->mixer.type->name);
    return h;
}

static size_t cursors_size(const struct stream *s)
{
    return (size_t)s->data->sources * sizeof *s->cursor;
}

size_t stream_state_size(const struct stream *s)
{
    return sizeof(struct header) + cursors_size(s) + s->mixer_state_size;
}

void stream_save(const struct stream *s, void *state)
{
    unsigned char *p = state;
    const struct header h = header_of(s);
    memcpy(p, &h, sizeof h);
    memcpy(p += sizeof h, s->cursor, cursors_size(s));
    memcpy(p + cursors_size(s), s->mixer_state, s->mixer_state_size);
}

static int check_header(const struct stream *s, const struct header *h, struct error *e)
{
    const struct header own = header_of(s);
    if (memcmp(h->magic, own.magic, sizeof own.magic) || h->version != VERSION)
        return error_set(e, E_FORMAT, "the saved training stream has an unknown format");
    if (h->sources != own.sources)
        return error_set(e, E_FORMAT, "the training stream was saved with %lld sources, not %lld",
                         (long long)h->sources, (long long)own.sources);
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

static bool slot_is_sound(const struct stream *s, const struct header *h)
{
    const struct stream_slot *slot = &h->slot;
    if (h->ahead_exists && (h->ahead_source < 0 || h->ahead_source >= s->data->sources ||
                            h->ahead_token < 0 || h->ahead_token >= data_vocab_size(s->data)))
        return false;
    if (slot->source < 0) return slot->left == 0;
    if (slot->source >= s->data->sources) return false;
    const struct part_list *l = &s->data->source[slot->source].split[SPLIT_TRAIN];
    if (slot->document < 0 || slot->document >= l->n || slot->at < 0 || slot->left < 0)
        return false;
    const int64_t tokens = part_tokens(&l->v[slot->document]);
    return slot->at <= tokens && slot->left <= tokens - slot->at;
}

static bool cursors_are_sound(const struct stream *s, const unsigned char *p)
{
    for (int i = 0; i < s->data->sources; i++) {
        struct stream_cursor c;
        memcpy(&c, p + (size_t)i * sizeof c, sizeof c);
        const struct part_list *l = &s->data->source[i].split[SPLIT_TRAIN];
        if (c.next < 0 || c.next >= l->n || c.epoch < 0 || c.offset < 0 || c.drawn < 0)
            return false;
        if (c.offset >= part_tokens(&l->v[stream_part(s, i, &c)])) return false;
    }
    return true;
}

int stream_load(struct stream *s, const void *state, size_t size, struct error *e)
{
    struct header h;
    if (size < sizeof h)
        return error_set(e, E_FORMAT, "the saved training stream is cut short (%zu bytes)", size);
    const unsigned char *p = state;
    memcpy(&h, p, sizeof h);
    TRY(check_header(s, &h, e));
    if (size != stream_state_size(s))
        return error_set(e, E_FORMAT, "the saved training stream has %zu bytes, not %zu", size,
                         stream_state_size(s));
    p += sizeof h;
    if (!slot_is_sound(s, &h) || !cursors_are_sound(s, p))
        return error_set(e, E_FORMAT, "the saved training stream does not fit these sources");
    memcpy(s->cursor, p, cursors_size(s));
    memcpy(s->mixer_state, p + cursors_size(s), s->mixer_state_size);
    s->slot = h.slot;
    s->ahead = (struct ahead){.token = h.ahead_token,
                              .source = h.ahead_source,
                              .starts = h.ahead_starts,
                              .exists = h.ahead_exists};
    return OK;
}
