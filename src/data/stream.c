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

static const struct mixer_type *mixer_type(const struct stream *s)
{
    return (const struct mixer_type *)s->mixer.type;
}

struct mixer_at stream_mixer_at(const struct stream *s)
{
    return (struct mixer_at){.opts = s->mixer.opts,
                             .state = s->mixer_state,
                             .n = s->data->sources,
                             .source = s->data->mixer_source};
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
    const int n = s->data->sources;
    const size_t size = type->state_size ? type->state_size(m.opts, n) : 0;
    state = calloc(1, size ? size : 1);
    const struct mixer_at at = {m.opts, state, n, s->data->mixer_source};
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
    const size_t n = (size_t)s->data->sources;
    s->cursor = calloc(n, sizeof *s->cursor);
    s->reader = calloc(n, sizeof *s->reader);
    s->weight = calloc(3 * n, sizeof *s->weight);
    s->length = calloc(3 * n, sizeof *s->length);
    if (!s->cursor || !s->reader || !s->weight || !s->length)
        return error_set(e, E_MEMORY, "no memory for the training stream");
    s->target = s->weight + n;
    s->loss = s->weight + 2 * n;
    s->drawn = s->length + n;
    s->targets = s->length + 2 * n;
    for (size_t i = 0; i < n; i++) TRY(reader_open(&s->reader[i], &s->data->source[i], e));
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
    s->seed = seed;
    s->slot.source = -1;
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
    for (int i = 0; s->reader && i < s->data->sources; i++) reader_close(&s->reader[i]);
    free(s->cursor);
    free(s->reader);
    free(s->weight);
    free(s->length);
    free(s->default_opts);
    free(s->mixer_state);
    free(s);
}

int64_t stream_part(const struct stream *s, int source, const struct stream_cursor *c)
{
    const struct source *from = &s->data->source[source];
    char name[320];
    snprintf(name, sizeof name, "documents/%s/%lld", from->name, (long long)c->epoch);
    return (int64_t)rng_permute(s->seed, name, (uint64_t)c->next,
                                (uint64_t)from->split[SPLIT_TRAIN].n);
}

static int64_t slot_length(const struct stream *s, int source, int64_t position)
{
    const struct part *p =
        &s->data->source[source].split[SPLIT_TRAIN].v[stream_part(s, source, &s->cursor[source])];
    const int64_t rest = part_tokens(p) - s->cursor[source].offset;
    const int64_t row = s->longest - position % s->longest;
    return part_tokens(p) <= s->longest || rest <= row ? rest : row;
}

/* The clock of the slot is that of its first token, so that batches do not matter to a schedule. */
static void draw_slot(struct stream *s, const struct data_clock *clock, int64_t emitted)
{
    const int n = s->data->sources;
    const struct data_clock now = {clock->tokens + emitted, clock->total, clock->step};
    const struct mixer_at at = stream_mixer_at(s);
    mixer_type(s)->weights(&at, &now, s->weight);
    int64_t position = 0;
    for (int i = 0; i < n; i++) {
        s->target[i] = s->cursor[i].target;
        position += s->drawn[i] = s->cursor[i].drawn;
    }
    for (int i = 0; i < n; i++) s->length[i] = slot_length(s, i, position);
    const int chosen = assign_deficit(n, s->weight, s->length, s->target, s->drawn);
    assign_account(n, s->weight, s->length[chosen], chosen, s->target, s->drawn);
    for (int i = 0; i < n; i++) {
        s->cursor[i].target = s->target[i];
        s->cursor[i].drawn = s->drawn[i];
    }
    struct stream_cursor *c = &s->cursor[chosen];
    const struct part_list *l = &s->data->source[chosen].split[SPLIT_TRAIN];
    const bool continues = c->offset > 0 && s->slot.source == chosen;
    s->slot = (struct stream_slot){.source = chosen,
                                   .document = stream_part(s, chosen, c),
                                   .at = c->offset,
                                   .left = s->length[chosen],
                                   .starts = !continues};
    c->offset += s->slot.left;
    if (c->offset < part_tokens(&l->v[s->slot.document])) return;
    c->offset = 0;
    if (++c->next < l->n) return;
    c->next = 0;
    c->epoch++;
}

/* Up to n tokens of one slot; returns how many, and whether they start a document. */
static int emit(struct stream *s, const struct data_clock *clock, int64_t emitted, int n,
                int32_t *token, bool *starts)
{
    if (!s->slot.left) draw_slot(s, clock, emitted);
    struct stream_slot *slot = &s->slot;
    const int take = slot->left < n ? (int)slot->left : n;
    const struct part *p = &s->data->source[slot->source].split[SPLIT_TRAIN].v[slot->document];
    part_read(s->data, slot->source, &s->reader[slot->source], p, slot->at, take, token);
    *starts = slot->starts;
    slot->starts = false;
    slot->at += take;
    slot->left -= take;
    return take;
}

int stream_next(struct stream *s, const struct data_clock *clock, int tokens, int length,
                struct batch *b, struct error *e)
{
    if (tokens < 1 || length < 1 || length > s->longest)
        return error_set(e, E_USAGE, "rows of %d tokens in a run whose longest row is %d", length,
                         s->longest);
    int i = 0, document = 0;
    if (s->ahead.exists) {
        b->token[0] = s->ahead.token;
        b->source[0] = s->ahead.source;
        b->document[0] = 0;
        i = 1;
    }
    while (i < tokens) {
        bool starts;
        const int take = emit(s, clock, i, tokens - i, b->token + i, &starts);
        document += starts && i > 0;
        for (int j = i; j < i + take; j++) {
            b->source[j] = s->slot.source;
            b->document[j] = document;
        }
        i += take;
    }
    emit(s, clock, tokens, 1, &s->ahead.token, &s->ahead.starts);
    s->ahead.source = s->slot.source;
    s->ahead.exists = true;
    batch_cut(b, s->data, tokens, length, &s->ahead);
    return OK;
}

void stream_feedback(struct stream *s, const struct data_clock *clock, const struct batch *b,
                     const real *token_loss)
{
    const struct mixer_type *type = mixer_type(s);
    if (!type->batch) return;
    const size_t n = (size_t)s->data->sources;
    memset(s->loss, 0, n * sizeof *s->loss);
    memset(s->targets, 0, n * sizeof *s->targets);
    for (int i = 0; i < b->tokens; i++) {
        if (b->target[i] == NO_TARGET) continue;
        s->loss[b->source[i]] += (double)token_loss[i];
        s->targets[b->source[i]]++;
    }
    const struct mixer_at at = stream_mixer_at(s);
    type->batch(&at, clock, s->loss, s->targets);
}

void stream_eval_feedback(struct stream *s, const struct data_clock *clock, const double *loss)
{
    const struct mixer_at at = stream_mixer_at(s);
    if (mixer_type(s)->eval) mixer_type(s)->eval(&at, clock, loss);
}

void stream_counts(const struct stream *s, int64_t *tokens, double *epochs, double *weights)
{
    for (int i = 0; i < s->data->sources; i++) {
        tokens[i] = s->cursor[i].drawn;
        if (s->slot.source == i) tokens[i] -= s->slot.left;
        if (s->ahead.exists && s->ahead.source == i) tokens[i]--;
        epochs[i] = (double)tokens[i] / (double)data_tokens(s->data, i, SPLIT_TRAIN);
        weights[i] = s->weight[i];
    }
}
