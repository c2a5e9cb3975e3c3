/* stream.c -- the one stream of training tokens. See data.h.
 *
 * The stream is a sequence of slots: a document, or a piece of one that is longer than the longest
 * row L of the run. A piece ends where a row of L tokens ends (at a multiple of L of the stream),
 * so that pieces of long documents fill rows instead of being cut twice. Slots do not depend on
 * batches or row lengths; rows are cut from the stream afterwards. */
#include "src/data/stream.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/rng.h"
#include "src/data/assigner.h"

/* ---- opening ---- */

static const struct mixer_type *mixer_type(const struct stream *s)
{
    return (const struct mixer_type *)s->mixer.type;
}

static struct mixer_at mixer_at(const struct data *d, const void *opts, void *state)
{
    return (struct mixer_at){.opts = opts,
                             .state = state,
                             .n = d->sources,
                             .source = d->mixer_source,
                             .classes = d->classes,
                             .edge = d->edge,
                             .cell = d->mixer_cell};
}

struct mixer_at stream_mixer_at(const struct stream *s)
{
    return mixer_at(s->data, s->mixer.opts, s->mixer_state);
}

int stream_set_mixer(struct stream *s, const struct conf_variant *mixer, struct error *e)
{
    struct conf_variant m = mixer ? *mixer : (struct conf_variant){0};
    void *opts = NULL, *state = NULL;
    if (!m.type) {
        m.type = conf_registry_find(&mixer_registry, "static");
        m.opts = opts = calloc(1, m.type->schema->size);
        if (!opts) return error_set(e, E_MEMORY, "no memory for the mixer");
    }
    const struct mixer_type *type = (const struct mixer_type *)m.type;
    const size_t size = type->state_size ? type->state_size(m.opts, s->data->sources) : 0;
    state = calloc(1, size ? size : 1);
    const struct mixer_at at = mixer_at(s->data, m.opts, state);
    int status = state ? OK : error_set(e, E_MEMORY, "no memory for the mixer");
    if (!status && type->check) status = type->check(&at, e);
    if (status) {
        free(opts);
        free(state);
        return status;
    }
    free(s->default_opts);
    free(s->mixer_state);
    s->mixer = m;
    s->default_opts = opts;
    s->mixer_state = state;
    s->mixer_state_size = size;
    if (type->init) type->init(&at);
    return OK;
}

static int stream_memory(struct stream *s, struct error *e)
{
    const size_t n = (size_t)s->cells;
    s->cursor = calloc(n, sizeof *s->cursor);
    s->reader = calloc(n, sizeof *s->reader);
    s->weight = calloc(6 * n, sizeof *s->weight);
    s->length = calloc(4 * n, sizeof *s->length);
    if (!s->cursor || !s->reader || !s->weight || !s->length)
        return error_set(e, E_MEMORY, "no memory for the training stream");
    s->target = s->weight + n;
    s->loss = s->weight + 2 * n;
    s->excess = s->weight + 3 * n;
    s->scratch = s->weight + 4 * n;
    s->drawn = s->length + n;
    s->targets = s->length + 2 * n;
    s->waiting = s->length + 3 * n;
    for (int i = 0; i < s->cells; i++) {
        TRY(reader_open(&s->reader[i], &s->data->source[stream_source(s, i)], e));
        int64_t longest = s->data->cell[i].longest;
        if (longest > s->longest) longest = s->longest;
        if (longest > s->longest_slot) s->longest_slot = longest;
    }
    return OK;
}

int stream_open(struct stream **out, struct data *d, const struct conf_variant *mixer,
                int longest_row, uint64_t seed, struct error *e)
{
    *out = NULL;
    struct stream *s = calloc(1, sizeof *s);
    if (!s) return error_set(e, E_MEMORY, "no memory for the training stream");
    s->data = d;
    s->longest = longest_row;
    s->cells = d->sources * d->classes;
    s->seed = seed;
    s->slot.cell = -1;
    int status = stream_memory(s, e);
    if (!status) status = stream_set_mixer(s, mixer, e);
    if (status)
        stream_close(s);
    else
        *out = s;
    return status;
}

void stream_close(struct stream *s)
{
    if (!s) return;
    for (int i = 0; s->reader && i < s->cells; i++) reader_close(&s->reader[i]);
    free(s->cursor);
    free(s->reader);
    free(s->weight);
    free(s->length);
    free(s->default_opts);
    free(s->mixer_state);
    free(s->piece);
    free(s->end);
    free(s->fit);
    free(s);
}

const struct data *stream_data(const struct stream *s)
{
    return s->data;
}

/* ---- drawing ---- */

int64_t stream_part(const struct stream *s, int cell, const struct stream_cursor *c)
{
    const struct data *d = s->data;
    const struct cell *from = &d->cell[cell];
    const char *source = d->source[stream_source(s, cell)].name;
    const int length_class = cell % d->classes;
    char name[340];
    if (length_class)
        snprintf(name, sizeof name, "documents/%s/%lld-/%lld", source,
                 (long long)d->edge[length_class - 1], (long long)c->epoch);
    else
        snprintf(name, sizeof name, "documents/%s/%lld", source, (long long)c->epoch);
    const uint64_t i = rng_permute(s->seed, name, (uint64_t)c->next, (uint64_t)from->n);
    return from->part ? from->part[i] : (int64_t)i;
}

/* A cell that is empty, or whose source has had its share of repeats. */
static bool spent(const struct stream *s, int cell)
{
    const struct cell *from = &s->data->cell[cell];
    const struct stream_cursor *c = &s->cursor[cell];
    const double cap = s->data->mixer_source[stream_source(s, cell)].max_epochs;
    return !from->n || (cap > 0 && (double)(c->drawn + c->dropped) >= cap * (double)from->tokens);
}

static int64_t slot_length(const struct stream *s, int cell, int64_t position, int row)
{
    const struct stream_cursor *c = &s->cursor[cell];
    const struct part *p =
        &s->data->source[stream_source(s, cell)].split[SPLIT_TRAIN].v[stream_part(s, cell, c)];
    const int64_t rest = part_tokens(p) - c->offset;
    if (row) return rest < row ? rest : row;
    const int64_t to_row_end = s->longest - position % s->longest;
    return part_tokens(p) <= s->longest || rest <= to_row_end ? rest : to_row_end;
}

struct looking_ahead {
    struct stream *s;
    struct data_clock clock;
};

/* The mixer's weights `ahead` tokens on; what cannot be drawn leaves its share to the others. Those
 * of an adaptive mixer are not known ahead. */
static bool weights_ahead(void *context, int64_t ahead, double *w, int64_t *span)
{
    const struct looking_ahead *l = context;
    struct stream *s = l->s;
    if (ahead && mixer_adapts(mixer_type(s))) return false;
    struct data_clock clock = l->clock;
    if (ahead && clock.tokens + ahead >= clock.total) return false;
    clock.tokens += ahead;
    const struct mixer_at at = stream_mixer_at(s);
    mixer_type(s)->weights(&at, &clock, w);
    bool masked = false;
    for (int i = 0; i < s->cells; i++)
        if (w[i] > 0 && spent(s, i)) {
            w[i] = 0;
            masked = true;
        }
    double sum = 0;
    for (int i = 0; i < s->cells && masked; i++) sum += w[i];
    for (int i = 0; i < s->cells && masked && sum > 0; i++) w[i] /= sum;
    *span = s->longest_slot;
    return true;
}

/* Whether anything may be drawn under the present weights. */
static int check_supply(struct looking_ahead *l, struct error *e)
{
    int64_t span;
    struct stream *s = l->s;
    weights_ahead(l, 0, s->weight, &span);
    for (int i = 0; i < s->cells; i++)
        if (s->weight[i] > 0) return OK;
    return error_set(e, E_USAGE,
                     "after %lld tokens of the stage every source with weight has been repeated "
                     "max_epochs times",
                     (long long)l->clock.tokens);
}

static void advance(struct stream *s, int cell, int64_t part, int64_t taken)
{
    struct stream_cursor *c = &s->cursor[cell];
    const struct part *p = &s->data->source[stream_source(s, cell)].split[SPLIT_TRAIN].v[part];
    c->offset += taken;
    if (s->slot.starts && s->data->packing.long_documents == LONG_TRUNCATE &&
        s->data->packing.type >= PACK_PAD && c->offset < part_tokens(p)) {
        c->dropped += part_tokens(p) - c->offset;
        c->offset = part_tokens(p);
    }
    if (c->offset < part_tokens(p)) return;
    c->offset = 0;
    if (++c->next < s->data->cell[cell].n) return;
    c->next = 0;
    c->epoch++;
}

/* The clock of the slot is that of its first token, so that batches do not matter to a schedule. */
int stream_draw(struct stream *s, const struct data_clock *clock, int64_t emitted, int row,
                struct error *e)
{
    const int n = s->cells;
    struct looking_ahead l = {s, {clock->tokens + emitted, clock->total, clock->step}};
    int64_t position = 0;
    TRY(check_supply(&l, e));
    for (int i = 0; i < n; i++) {
        s->target[i] = s->cursor[i].target;
        position += s->drawn[i] = s->cursor[i].drawn;
    }
    for (int i = 0; i < n; i++) s->length[i] = spent(s, i) ? 0 : slot_length(s, i, position, row);
    const int cell = assign_slot(n, s->longest_slot, s->weight, s->length, s->target, s->drawn,
                                 weights_ahead, &l, s->scratch);
    assign_account(n, s->weight, s->length[cell], cell, s->target, s->drawn);
    for (int i = 0; i < n; i++) {
        s->cursor[i].target = s->target[i];
        s->cursor[i].drawn = s->drawn[i];
        s->cursor[i].weight = s->weight[i];
    }
    const struct stream_cursor *c = &s->cursor[cell];
    const bool continues = c->offset > 0 && s->slot.cell == cell && !row;
    s->slot = (struct stream_slot){.cell = cell,
                                   .document = stream_part(s, cell, c),
                                   .at = c->offset,
                                   .left = s->length[cell],
                                   .starts = !continues};
    advance(s, cell, s->slot.document, s->slot.left);
    return OK;
}

/* Up to n tokens of one slot; returns how many, and whether they start a document. */
static int emit(struct stream *s, int n, int32_t *token, bool *starts)
{
    struct stream_slot *slot = &s->slot;
    const int source = stream_source(s, slot->cell);
    const int take = slot->left < n ? (int)slot->left : n;
    const struct part *p = &s->data->source[source].split[SPLIT_TRAIN].v[slot->document];
    part_read(s->data, source, &s->reader[slot->cell], p, slot->at, take, token);
    *starts = slot->starts;
    slot->starts = false;
    slot->at += take;
    slot->left -= take;
    return take;
}

/* ---- batches ---- */

/* Rows of powers of two, each within one document: the largest that the document, the row and the
 * batch leave room for. */
static void cut_powers(struct batch *b, int n, int length)
{
    b->rows = 0;
    b->row_start[0] = 0;
    for (int first = 0, last; first < n; first = last)
        for (last = first; last < n && b->document[last] == b->document[first];) {
            int end = last;
            while (end < n && b->document[end] == b->document[first] && end - last < length) end++;
            last += (int)stream_power_within(end - last);
            b->row_start[++b->rows] = last;
        }
}

static int next_of_stream(struct stream *s, const struct data_clock *clock, int tokens, int length,
                          struct batch *b, struct error *e)
{
    const int classes = s->data->classes;
    int i = 0, document = 0;
    if (s->ahead.exists) {
        b->token[0] = s->ahead.token;
        b->source[0] = s->ahead.source;
        b->length_class[0] = s->ahead_cell % classes;
        b->document[0] = 0;
        i = 1;
    }
    while (i < tokens) {
        bool starts;
        if (!s->slot.left) TRY(stream_draw(s, clock, i, 0, e));
        const int take = emit(s, tokens - i, b->token + i, &starts);
        document += starts && i > 0;
        for (int j = i; j < i + take; j++) {
            b->source[j] = stream_source(s, s->slot.cell);
            b->length_class[j] = s->slot.cell % classes;
            b->document[j] = document;
        }
        i += take;
    }
    if (!s->slot.left) TRY(stream_draw(s, clock, tokens, 0, e));
    emit(s, 1, &s->ahead.token, &s->ahead.starts);
    s->ahead_cell = s->slot.cell;
    s->ahead.source = stream_source(s, s->slot.cell);
    s->ahead.exists = true;
    if (s->data->packing.type == PACK_POWER_OF_TWO)
        cut_powers(b, tokens, length);
    else
        batch_rows_even(b, tokens, length);
    batch_finish(b, s->data, tokens, &(struct piece_end){tokens - 1, s->ahead}, 1);
    return OK;
}

int stream_next(struct stream *s, const struct data_clock *clock, int tokens, int length,
                struct batch *b, struct error *e)
{
    if (tokens < 1 || length < 1 || length > s->longest)
        return error_set(e, E_USAGE, "rows of %d tokens in a run whose longest row is %d", length,
                         s->longest);
    const int classes = s->data->classes;
    if (s->data->packing.type >= PACK_PAD)
        TRY(stream_pack(s, clock, tokens, length, b, e));
    else
        TRY(next_of_stream(s, clock, tokens, length, b, e));
    for (int i = 0; i < b->tokens; i++) {
        if (b->length_class[i] == NO_CLASS) continue;
        s->cursor[b->source[i] * classes + b->length_class[i]].read++;
    }
    return OK;
}
