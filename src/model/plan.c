/* plan.c -- see plan.h. */
#include "src/model/plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool position_on_layer(const struct conf_variant *entry, int layer)
{
    const struct position_type *t = (const struct position_type *)entry->type;
    return t->ids || t->embed ? layer == 0 : conf_layers_has(&entry->layers, layer);
}

int position_scalars(const struct position_type *type, const void *opts,
                     const struct position_shape *shape)
{
    struct position_param param[POSITION_PARAMS];
    int scalars = 0;
    const int n = type->params ? type->params(opts, shape, param) : 0;
    for (int k = 0; k < n; k++)
        scalars += (int)(param[k].shape[0] * (param[k].n_dims > 1 ? param[k].shape[1] : 1));
    return scalars;
}

/* The rotary entry of a layer, or NULL. */
static const struct plan_entry *rotary_entry(const struct plan *p, int layer)
{
    for (int k = 0; k < p->n_entries; k++) {
        const struct plan_entry *x = &p->layer[layer].entry[k];
        if (x->type && x->type->rope_theta) return x;
    }
    return NULL;
}

static struct rotary_geometry geometry_of(const struct plan *p, int layer)
{
    struct rotary_geometry g = {ROTARY_HALF, 0, p->shape.head_dim, p->shape.head_dim};
    for (int k = 0; k < p->n_entries; k++) {
        const struct plan_entry *x = &p->layer[layer].entry[k];
        if (x->type && x->type->geometry) x->type->geometry(x->at.opts, &p->shape, &g);
    }
    return g;
}

int plan_frequencies(const struct plan *p, int layer, int head, int length, double *inv_freq,
                     double *magnitude)
{
    const struct plan_entry *base = rotary_entry(p, layer);
    *magnitude = 1;
    if (!base) return 0;
    const struct rotary_geometry g = geometry_of(p, layer);
    const int pairs = g.width / 2;
    const double theta = base->type->rope_theta(base->at.opts);
    for (int i = 0; i < pairs; i++) inv_freq[i] = pow(theta, -2.0 * i / g.denominator);
    for (int k = 0; k < p->n_entries; k++) {
        const struct plan_entry *x = &p->layer[layer].entry[k];
        if (!x->type) continue;
        struct position_at at = x->at;
        at.length = length;
        if (x->type->inv_freq) x->type->inv_freq(&at, &g, head, inv_freq);
        if (x->type->magnitude) x->type->magnitude(&at, magnitude);
    }
    return pairs;
}

int plan_plain(const struct plan *p, int layer, double *inv_freq)
{
    const struct plan_entry *base = rotary_entry(p, layer);
    if (!base) return 0;
    const struct rotary_geometry g = geometry_of(p, layer);
    const double theta = base->type->rope_theta(base->at.opts);
    for (int i = 0; i < g.width / 2; i++) inv_freq[i] = pow(theta, -2.0 * i / g.denominator);
    return g.width / 2;
}

static bool plain_at(const struct plan *p, int layer, int length)
{
    double *w = p->frequencies, *plain = w + p->layer[layer].qk_width, magnitude;
    const int pairs = plan_frequencies(p, layer, 0, length, w, &magnitude);
    plan_plain(p, layer, plain);
    return magnitude == 1 && !memcmp(w, plain, (size_t)pairs * sizeof *w);
}

/* Whether a map leaves the distances of the last query of `length` tokens as they are. */
static bool map_is_idle(const struct plan_entry *x, int length)
{
    for (int32_t i = length - 1, j = 0; j < i; j++) {
        const int r = x->type->region(&x->at, i, j);
        if (r && x->type->place(&x->at, r, false, i) - x->type->place(&x->at, r, true, j) != i - j)
            return false;
    }
    return true;
}

const char *plan_scales_nothing(const struct plan *p, int max_length)
{
    const char *name = NULL;
    for (int l = 0; l < p->shape.layers; l++)
        for (int k = 0; k < p->n_entries; k++) {
            const struct plan_entry *x = &p->layer[l].entry[k];
            const struct position_type *t = x->type;
            if (!t || !t->scales) continue;
            name = t->v.name;
            if (t->region && !map_is_idle(x, max_length)) return NULL;
            for (int length = 1; t->inv_freq && length < 2 * max_length; length *= 2)
                if (!plain_at(p, l, length < max_length ? length : max_length)) return NULL;
        }
    return name;
}

/* Whether a layer's tables depend on more than its frequencies: they are its own. */
static bool own_tables(const struct plan *p, int layer)
{
    for (int k = 0; k < p->n_entries; k++) {
        const struct plan_entry *x = &p->layer[layer].entry[k];
        if (x->type && (x->type->table || x->type->inv_freq_grad ||
                        (x->type->per_head && x->type->per_head(x->at.opts))))
            return true;
    }
    return false;
}

static int table_heads(const struct plan *p, int layer)
{
    for (int k = 0; k < p->n_entries; k++) {
        const struct plan_entry *x = &p->layer[layer].entry[k];
        if (x->type && x->type->per_head && x->type->per_head(x->at.opts)) return p->shape.heads;
    }
    return 1;
}

/* Index of the entry that maps relative positions; -1: none. */
static int region_entry(const struct plan *p, int layer)
{
    const struct plan_layer *y = &p->layer[layer];
    return y->region ? (int)(y->region - y->entry) : -1;
}

static int widest(const struct plan *p)
{
    int width = p->shape.head_dim;
    for (int l = 0; l < p->shape.layers; l++)
        if (p->layer[l].qk_width > width) width = p->layer[l].qk_width;
    return width;
}

/* Whether two layers rotate alike at every length that a run may ask for. */
static bool same_tables(const struct plan *p, int a, int b, int max_length)
{
    if (own_tables(p, a) || own_tables(p, b) || region_entry(p, a) != region_entry(p, b))
        return false;
    const struct rotary_geometry ga = geometry_of(p, a), gb = geometry_of(p, b);
    if (memcmp(&ga, &gb, sizeof ga)) return false;
    const int probe[] = {1, p->train_length, p->train_length + 1, 2 * p->train_length, max_length};
    double *fa = p->frequencies, *fb = fa + widest(p), ma, mb;
    for (size_t i = 0; i < sizeof probe / sizeof *probe; i++) {
        const int n = plan_frequencies(p, a, 0, probe[i], fa, &ma);
        plan_frequencies(p, b, 0, probe[i], fb, &mb);
        if (ma != mb || memcmp(fa, fb, (size_t)n * sizeof *fa)) return false;
    }
    return true;
}

static void group_layers(struct plan *p, int max_length)
{
    p->n_groups = 0;
    for (int l = 0; l < p->shape.layers; l++) {
        struct plan_layer *y = &p->layer[l];
        y->rotary = rotary_entry(p, l) != NULL;
        y->group = -1;
        if (!y->rotary) continue;
        for (int g = 0; g < p->n_groups && y->group < 0; g++)
            if (same_tables(p, p->group[g].layer, l, max_length)) y->group = g;
        if (y->group >= 0) continue;
        y->group = p->n_groups++;
        p->group[y->group] = (struct plan_group){
            .layer = l, .heads = table_heads(p, l), .geometry = geometry_of(p, l)};
    }
}

/* Hooks of which a layer can have one: the entry that has it, and what it does. */
static int take_hook(const struct plan_entry **slot, const struct plan_entry *x, bool has, int l,
                     const char *what, struct error *e)
{
    if (!has) return OK;
    if (*slot)
        return error_set(e, E_USAGE,
                         "layer %d has two encodings that %s, %s and %s: one is possible", l, what,
                         (*slot)->type->v.name, x->type->v.name);
    *slot = x;
    return OK;
}

static int take_hooks(struct plan_layer *y, int n_entries, int l, struct error *e)
{
    const struct plan_entry *cap = NULL;
    for (int k = 0; k < n_entries; k++) {
        const struct plan_entry *x = &y->entry[k];
        const struct position_type *t = x->type;
        if (!t) continue;
        TRY(take_hook(&y->map, x, t->qk_map, l, "map q and k", e));
        TRY(take_hook(&y->region, x, t->region, l, "map relative positions", e));
        TRY(take_hook(&y->transform, x, t->transform, l, "transform rows of logits", e));
        TRY(take_hook(&y->learned, x, t->inv_freq_grad, l, "learn frequencies", e));
        TRY(take_hook(&cap, x, t->softcap, l, "cap the logits", e));
        y->row_scale |= t->row_scale && (!t->scales_rows || t->scales_rows(x->at.opts));
        y->row_scale_learned |= t->row_scale_grad != NULL;
        y->content |= t->content != NULL;
    }
    if (cap) y->softcap = cap->type->softcap(cap->at.opts);
    return OK;
}

/* What no kernel computes together. */
static int check_together(const struct plan *p, int l, struct error *e)
{
    const struct plan_layer *y = &p->layer[l];
    for (int k = 0; k < p->n_entries; k++) {
        const struct position_type *t = y->entry[k].type;
        const struct plan_entry *other = NULL;
        if (!t) continue;
        if (t->log_rate) other = y->region ? y->region : y->transform ? y->transform : y->map;
        if (t->table || t->inv_freq_grad) other = y->region;
        if (t->transform) other = y->region;
        if (t->inv_freq && !rotary_entry(p, l))
            return error_set(
                e, E_USAGE,
                "layer %d: %s changes the frequencies of a rotary encoding, and there is "
                "none: stack it with one, for example [{type: rope}, {type: %s}]",
                l, t->v.name, t->v.name);
        if (other && other != &y->entry[k])
            return error_set(e, E_USAGE, "layer %d: %s cannot be stacked with %s", l,
                             other->type->v.name, t->v.name);
    }
    if (y->region && !rotary_entry(p, l))
        return error_set(e, E_USAGE,
                         "layer %d: %s maps the positions of a rotary encoding, and there is none: "
                         "stack it with one, for example [{type: rope}, {type: %s}]",
                         l, y->region->type->v.name, y->region->type->v.name);
    return OK;
}

static int check_layer(struct plan *p, int l, struct error *e)
{
    struct plan_layer *y = &p->layer[l];
    int rotaries = 0;
    for (int k = 0; k < p->n_entries; k++) {
        const struct position_type *t = y->entry[k].type;
        if (t && t->rope_theta && ++rotaries > 1)
            return error_set(
                e, E_USAGE,
                "layer %d has two rotary encodings in its stack: name `layers` so that "
                "each layer has one",
                l);
    }
    TRY(take_hooks(y, p->n_entries, l, e));
    TRY(check_together(p, l, e));
    y->qk_width = y->map ? y->map->type->qk_width(y->map->at.opts, &p->shape) : p->shape.head_dim;
    if (!rotaries) return OK;
    const struct rotary_geometry g = geometry_of(p, l);
    if (g.width < 2 || g.width % 2 || g.start < 0 || g.start + g.width > y->qk_width)
        return error_set(e, E_USAGE,
                         "rotary encoding of layer %d turns %d of %d channels of a head: an even "
                         "number from 2 to %d is valid",
                         l, g.width, y->qk_width, y->qk_width / 2 * 2);
    return OK;
}

/* Whether some entry of the stack makes something of position ids. */
static bool reads_ids(const struct conf_variants *stack)
{
    for (int k = 0; k < stack->n; k++) {
        const struct position_type *t = (const struct position_type *)stack->v[k].type;
        if (t->rope_theta || t->bias || t->weight || t->embed || t->row_scale) return true;
    }
    return false;
}

static int fill_entries(struct plan *p, const struct conf_variants *stack, struct error *e)
{
    for (int k = 0; k < p->n_entries; k++) {
        const struct position_type *t = (const struct position_type *)stack->v[k].type;
        const struct conf_layers *layers = &stack->v[k].layers;
        if ((t->ids || t->embed) && (layers->n || layers->every))
            return error_set(e, E_USAGE, "%s acts once, before the first layer: leave `layers` out",
                             t->v.name);
        if (t->ids && !reads_ids(stack))
            return error_set(
                e, E_USAGE,
                "%s changes position ids, which nothing else here reads: stack it with "
                "an encoding that does, for example [{type: rope}, {type: %s}]",
                t->v.name, t->v.name);
        if (t->check) TRY(t->check(stack->v[k].opts, &p->shape, e));
        if (t->laws & LAW_LENGTH_DEPENDENT) p->length_dependent = true;
        for (int l = 0; l < p->shape.layers; l++) {
            struct plan_entry *x = &p->layer[l].entry[k];
            if (!position_on_layer(&stack->v[k], l)) continue;
            *x = (struct plan_entry){.type = t,
                                     .at = {.opts = stack->v[k].opts,
                                            .shape = &p->shape,
                                            .layer = l,
                                            .train_length = p->train_length},
                                     .n_params = position_scalars(t, stack->v[k].opts, &p->shape)};
        }
    }
    for (int l = 0; l < p->shape.layers; l++) TRY(check_layer(p, l, e));
    return OK;
}

/* log_rate of the pairs, spread to the channels of each pair. */
static void fill_rates(struct plan *p, struct arena *a)
{
    for (int l = 0; l < p->shape.layers; l++) {
        bool some = false;
        for (int k = 0; k < p->n_entries; k++)
            some |= p->layer[l].entry[k].type && p->layer[l].entry[k].type->log_rate;
        if (!some) continue;
        const struct rotary_geometry g = geometry_of(p, l);
        double *channel = ARENA_TAKE(a, double, p->shape.head_dim), *rate = p->frequencies;
        if (!channel) continue; /* measuring */
        memset(rate, 0, (size_t)g.width / 2 * sizeof *rate);
        for (int k = 0; k < p->n_entries; k++) {
            const struct plan_entry *x = &p->layer[l].entry[k];
            if (x->type && x->type->log_rate) x->type->log_rate(&x->at, &g, rate);
        }
        memset(channel, 0, (size_t)p->shape.head_dim * sizeof *channel);
        for (int i = 0; i < g.width / 2; i++) {
            const bool half = g.layout == ROTARY_HALF;
            channel[g.start + (half ? i : 2 * i)] = rate[i];
            channel[g.start + (half ? i + g.width / 2 : 2 * i + 1)] = rate[i];
        }
        p->layer[l].rate = channel;
    }
}

static void place_table(const struct plan *p, const struct plan_group *x, struct plan_table *t,
                        struct arena *a)
{
    const int pairs = x->geometry.width / 2;
    const size_t one = (size_t)p->positions * pairs;
    t->cos = ARENA_TAKE(a, real, one * x->heads);
    t->sin = ARENA_TAKE(a, real, one * x->heads);
    t->table = (struct rotary_table){.layout = x->geometry.layout,
                                     .start = x->geometry.start,
                                     .pairs = pairs,
                                     .positions = p->positions,
                                     .head_stride = x->heads > 1 ? (int)one : 0,
                                     .cos = t->cos,
                                     .sin = t->sin};
}

static void place_tables(struct plan *p, struct arena *a)
{
    bool places = false;
    for (int g = 0; g < p->n_groups; g++) {
        struct plan_group *x = &p->group[g];
        const struct plan_entry *map = p->layer[x->layer].region;
        place_table(p, x, &x->own, a);
        for (int r = 1; map && r < map->type->regions; r++)
            for (int key = 0; key < 2; key++) place_table(p, x, &x->copy[r][key], a);
        places |= map != NULL;
    }
    if (places) p->place = ARENA_TAKE(a, double, p->positions);
    fill_rates(p, a);
}

static int largest_id(const struct plan *p, int max_length)
{
    int bound = max_length;
    for (int l = 0; l < p->shape.layers; l++)
        for (int k = 0; k < p->n_entries; k++) {
            const struct plan_entry *x = &p->layer[l].entry[k];
            if (!x->type || !x->type->id_bound) continue;
            const int b = x->type->id_bound(&x->at, max_length);
            if (b > bound) bound = b;
        }
    return bound;
}

int plan_open(struct plan *p, const struct conf_variants *stack, const struct position_shape *shape,
              int train_length, int max_length, size_t *bytes, struct error *e)
{
    *p = (struct plan){.shape = *shape, .n_entries = stack->n, .train_length = train_length};
    if (stack->n > POSITION_ENTRIES)
        return error_set(e, E_USAGE, "position is a stack of %d encodings: at most %d are possible",
                         stack->n, POSITION_ENTRIES);
    p->layer = calloc((size_t)shape->layers, sizeof *p->layer);
    p->group = calloc((size_t)shape->layers, sizeof *p->group);
    if (!p->layer || !p->group) {
        plan_close(p);
        return error_set(e, E_MEMORY, "no memory for the plan of the encoding");
    }
    int status = fill_entries(p, stack, e);
    if (!status) p->frequencies = calloc((size_t)widest(p) * 2, sizeof *p->frequencies);
    if (!status && !p->frequencies)
        status = error_set(e, E_MEMORY, "no memory for the plan of the encoding");
    if (!status) {
        group_layers(p, max_length);
        p->positions = largest_id(p, max_length);
        struct arena measure = ARENA_MEASURE;
        place_tables(p, &measure);
        if (bytes) *bytes = measure.used;
        status = arena_open(&p->memory, measure.used, e);
    }
    if (status) {
        plan_close(p);
        return status;
    }
    place_tables(p, &p->memory);
    return OK;
}

void plan_close(struct plan *p)
{
    arena_close(&p->memory);
    free(p->layer);
    free(p->group);
    free(p->frequencies);
    *p = (struct plan){0};
}
