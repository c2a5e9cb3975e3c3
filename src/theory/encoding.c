/* encoding.c -- see encoding.h. */
#include "src/theory/encoding.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/num/cosine_sum.h"

static const struct conf_field named_position_fields[] = {
    CONF_STRING_REQUIRED(struct named_position, name, "for the table and the legend"),
    CONF_VARIANTS(struct named_position, position, &position_registry, "encoding or stack"),
    CONF_END,
};
const struct conf_schema named_position_schema = {"encoding", sizeof(struct named_position),
                                                  named_position_fields};

static const struct position_type *type_of(const struct conf_variant *v)
{
    return (const struct position_type *)v->type;
}

static size_t count_of(const struct position_param *p)
{
    return (size_t)(p->shape[0] * (p->n_dims > 1 ? p->shape[1] : 1));
}

/* One parameter as training would start it: a stream of its own by the tensor's name. */
static void init_param(const struct encoding *x, const struct plan_entry *y, int k,
                       const struct position_param *p, uint64_t seed, real *w)
{
    char stream[160];
    snprintf(stream, sizeof stream, "init/model.layers.%d.position.%s.%s", x->layer,
             y->type->v.name, p->name);
    struct rng r = rng_open(seed, stream);
    if (p->init == POSITION_INIT_CUSTOM) {
        y->type->init(y->at.opts, &x->shape, x->layer, k, &r, w);
        return;
    }
    for (size_t i = 0; i < count_of(p); i++)
        w[i] = (real)(p->init == POSITION_INIT_CONSTANT ? p->a
                      : p->init == POSITION_INIT_NORMAL ? p->a + p->b * rng_normal(&r)
                                                        : p->a + (p->b - p->a) * rng_uniform(&r));
}

/* NULL without memory. */
static real *init_params(struct encoding *x, uint64_t seed)
{
    struct plan_layer *l = &x->plan.layer[x->layer];
    size_t n = 0, at = 0;
    for (int k = 0; k < x->plan.n_entries; k++) n += (size_t)l->entry[k].n_params;
    real *w = calloc(n + 1, sizeof *w);
    for (int k = 0; w && k < x->plan.n_entries; k++) {
        struct plan_entry *y = &l->entry[k];
        struct position_param param[POSITION_PARAMS];
        if (!y->type || !y->type->params) continue;
        const int params = y->type->params(y->at.opts, &x->shape, param);
        for (int j = 0; j < params; at += count_of(&param[j++])) {
            y->at.param[j] = w + at;
            init_param(x, y, j, &param[j], seed, w + at);
        }
    }
    return w;
}

static void read_layer(struct encoding *x)
{
    struct plan_layer *l = &x->plan.layer[x->layer];
    x->row_scale = 1;
    x->rope_theta = NAN;
    for (int k = 0; k < x->plan.n_entries; k++) {
        struct plan_entry *y = &l->entry[k];
        if (!y->type) continue;
        y->at.length = x->length;
        y->at.shape = &x->shape;
        if (y->type->rope_theta) x->rope_theta = y->type->rope_theta(y->at.opts);
        if (y->type->content || y->type->transform) x->content = true;
        if (y->type->softcap) x->softcap = y->type->softcap(y->at.opts);
        if (y->type->region) x->mover = y;
        if (y->type->table) x->custom = true;
        if (y->type->row_scale)
            x->row_scale *= y->type->row_scale(&y->at, x->head, x->length - 1, x->length);
        if (y->type->log_rate) y->type->log_rate(&y->at, &x->geometry, x->rate);
    }
}

/* Plain rope at powers of two up to the length, and at the length. */
static bool is_plain(const struct encoding *x, double *work)
{
    double magnitude;
    if (!x->pairs || x->custom) return false;
    for (int64_t n = 1, last = 0; !last; n *= 2) {
        last = n >= x->length;
        plan_frequencies(&x->plan, x->layer, x->head, last ? x->length : (int)n, work, &magnitude);
        if (magnitude != 1) return false;
        for (int i = 0; i < x->pairs; i++)
            if (work[i] != pow(x->rope_theta, -2.0 * i / x->geometry.denominator) ||
                x->rate[i] != 0)
                return false;
    }
    return true;
}

/* What q = k = ones give each pair, after the map of the stack if it has one. Channels a, b of a pair:
 * u_q (cos + i sin)(r w) conj(u_k), u = a + i b. */
static int fill_products(struct encoding *x, struct error *e)
{
    const struct plan_layer *l = &x->plan.layer[x->layer];
    const struct position_shape *s = &x->shape;
    const int heads = s->heads, width = l->qk_width, pairs = x->geometry.width / 2;
    x->mapped = l->map != NULL;
    real *ones = calloc((size_t)heads * (s->head_dim + 2 * (size_t)width), sizeof *ones);
    if (!ones) return error_set(e, E_MEMORY, "no memory for encoding '%s'", x->name);
    real *q = ones + (size_t)heads * s->head_dim, *k = q + (size_t)heads * width;
    for (int i = 0; i < heads * s->head_dim; i++) ones[i] = 1;
    for (int i = 0; i < 2 * heads * width; i++) q[i] = 1;
    if (l->map) {
        const struct position_type *t = l->map->type;
        t->qk_map(&l->map->at, false, 1, ones, heads * s->head_dim, q, heads * width);
        t->qk_map(&l->map->at, true, 1, ones, heads * s->head_dim, k, heads * width);
    }
    q += (size_t)x->head * width;
    k += (size_t)x->head * width;
    x->fixed = 0;
    for (int c = 0; c < width; c++) x->fixed += (double)q[c] * k[c];
    for (int i = 0; i < pairs; i++) {
        const bool half = x->geometry.layout == ROTARY_HALF;
        const int a = x->geometry.start + (half ? i : 2 * i), b = a + (half ? pairs : 1);
        x->even[i] = (double)q[a] * k[a] + (double)q[b] * k[b];
        x->odd[i] = (double)q[b] * k[a] - (double)q[a] * k[b];
        x->fixed -= x->even[i];
    }
    free(ones);
    return OK;
}

static int resolve(struct encoding *x, const struct conf_variants *stack, int train_length,
                   uint64_t seed, struct error *e)
{
    TRY(plan_open(&x->plan, stack, &x->shape, train_length, 1, NULL, e));
    const struct plan_layer *l = &x->plan.layer[x->layer];
    x->geometry = l->rotary ? x->plan.group[l->group].geometry
                            : (struct rotary_geometry){ROTARY_HALF, 0, 0, x->shape.head_dim};
    x->param = init_params(x, seed);
    x->inv_freq = calloc((size_t)l->qk_width, 4 * sizeof *x->inv_freq);
    double *work = calloc((size_t)l->qk_width, sizeof *work);
    if (!x->param || !x->inv_freq || !work) {
        free(work);
        return error_set(e, E_MEMORY, "no memory for encoding '%s'", x->name);
    }
    x->rate = x->inv_freq + l->qk_width;
    x->even = x->rate + l->qk_width;
    x->odd = x->even + l->qk_width;
    read_layer(x);
    x->pairs = plan_frequencies(&x->plan, x->layer, x->head, x->length, x->inv_freq, &x->magnitude);
    x->plain = is_plain(x, work) && !l->map && !x->mover;
    free(work);
    return fill_products(x, e);
}

int encoding_open(struct encoding *x, const char *name, const struct conf_variants *stack,
                  const struct encoding_opts *o, int length, struct error *e)
{
    *x = (struct encoding){
        .name = name, .stack = stack, .layer = o->layer, .head = o->head, .length = length};
    if (o->head >= o->num_attention_heads)
        return error_set(e, E_USAGE, "there is no head %d: num_attention_heads is %d", o->head,
                         o->num_attention_heads);
    if (!stack->n) return error_set(e, E_USAGE, "encoding '%s' is empty", name);
    x->shape = (struct position_shape){.layers = o->layer + 1,
                                       .heads = o->num_attention_heads,
                                       .kv_heads = o->num_attention_heads,
                                       .head_dim = o->head_dim,
                                       .hidden_size = o->num_attention_heads * o->head_dim};
    x->key = type_of(&stack->v[0])->v.name;
    const int status =
        resolve(x, stack, o->train_length ? o->train_length : o->length, (uint64_t)o->seed, e);
    if (status) {
        encoding_close(x);
        return error_wrap(e, "encoding '%s'", name);
    }
    if (strcmp(x->key, "rope") == 0 && x->rope_theta != 10000) x->key = "abf";
    return OK;
}

static int each(const char *name, const struct conf_variants *stack, const struct encoding_opts *o,
                encoding_fill *fill, const void *opts, struct result *out, struct error *e)
{
    struct encoding x;
    TRY(encoding_open(&x, name, stack, o, o->length, e));
    struct result_series *s = result_add(out, name);
    s->key = result_text(out, "%s", x.key);
    const int status = fill(&x, opts, out, s, e);
    encoding_close(&x);
    return status;
}

int encoding_each(const struct encoding_opts *o, encoding_fill *fill, const void *opts,
                  struct result *out, struct error *e)
{
    const struct named_position *p = (const struct named_position *)o->compare.v;
    if (o->position.n)
        return each(o->position.v[0].type->name, &o->position, o, fill, opts, out, e);
    if (o->compare.n < 1 || o->compare.n > RESULT_SERIES)
        return error_set(e, E_USAGE, "compare names %d encodings: 1 to %d are possible",
                         o->compare.n, RESULT_SERIES);
    for (int i = 0; i < o->compare.n; i++)
        TRY(each(p[i].name, &p[i].position, o, fill, opts, out, e));
    return OK;
}

void encoding_close(struct encoding *x)
{
    plan_close(&x->plan);
    free(x->param);
    free(x->inv_freq);
    x->param = NULL;
    x->inv_freq = x->rate = x->even = x->odd = NULL;
}

/* cos and sin of one position through the hooks that mix them. */
static void mixed_row(const struct encoding *x, int position, double *cosine, double *sine)
{
    for (int i = 0; i < x->pairs; i++) {
        cosine[i] = x->magnitude * cos(position * x->inv_freq[i]);
        sine[i] = x->magnitude * sin(position * x->inv_freq[i]);
    }
    for (int k = 0; k < x->plan.n_entries; k++) {
        const struct plan_entry *y = &x->plan.layer[x->layer].entry[k];
        if (y->type && y->type->table)
            y->type->table(&y->at, x->head, x->pairs, x->inv_freq, cosine, sine);
    }
}

/* (1, 1) turned by either end: 2 (cos_q cos_k + sin_q sin_k). */
static void mixed_products(const struct encoding *x, int n, double *c)
{
    double row[4][COSINE_PAIRS];
    mixed_row(x, x->length - 1, row[0], row[1]);
    for (int m = 0; m < n; m++) {
        mixed_row(x, x->length - 1 - m, row[2], row[3]);
        c[m] = x->shape.head_dim - 2 * x->pairs;
        for (int i = 0; i < x->pairs; i++)
            c[m] += 2 * (row[0][i] * row[2][i] + row[1][i] * row[3][i]) * exp(x->rate[i] * m);
    }
}

/* r(m) of the last row. */
static double relative(const struct encoding *x, int m)
{
    if (!x->mover) return m;
    const int32_t q = x->length - 1, k = q - m;
    const struct position_type *t = x->mover->type;
    const int region = t->region(&x->mover->at, q, k);
    return region ? t->place(&x->mover->at, region, false, q) -
                        t->place(&x->mover->at, region, true, k)
                  : m;
}

void encoding_products(const struct encoding *x, int n, double *c)
{
    const double square = x->magnitude * x->magnitude;
    if (x->custom) {
        mixed_products(x, n, c);
        return;
    }
#pragma omp parallel for schedule(static)
    for (int m = 0; m < n; m++) {
        const double r = relative(x, m);
        double sum = 0;
        for (int i = 0; i < x->pairs; i++) {
            double pair = x->even[i] * cos(r * x->inv_freq[i]);
            if (x->odd[i] != 0) pair -= x->odd[i] * sin(r * x->inv_freq[i]);
            sum += x->rate[i] != 0 ? pair * exp(x->rate[i] * m) : pair;
        }
        c[m] = square * sum + x->fixed;
    }
}

/* One stretch of distances [from, from + n) as a tile of one row. */
static void fill_tile(const struct encoding *x, int from, int n, double *bias, double *weight)
{
    enum { COLS = 64 };
    real b[COLS], w[COLS];
    int32_t key[COLS];
    const int32_t query = x->length - 1;
    for (int c = 0; c < n; c++) {
        b[c] = 0;
        w[c] = 1;
        key[c] = query - from - n + 1 + c;
    }
    const struct attention_tile t = {x->head, 1, n, COLS, &query, key};
    for (int k = 0; k < x->plan.n_entries; k++) {
        const struct plan_entry *y = &x->plan.layer[x->layer].entry[k];
        if (y->type && y->type->bias) y->type->bias(&y->at, &t, b);
        if (y->type && y->type->weight) y->type->weight(&y->at, &t, w);
    }
    for (int c = 0; c < n; c++) {
        if (bias) bias[from + n - 1 - c] = b[c];
        if (weight) weight[from + n - 1 - c] = w[c];
    }
}

void encoding_terms(const struct encoding *x, int n, double *bias, double *weight)
{
    for (int from = 0; from < n; from += 64)
        fill_tile(x, from, n - from < 64 ? n - from : 64, bias, weight);
}

int encoding_scores(const struct encoding *x, int n, double scale, double *s, struct error *e)
{
    double *bias = calloc((size_t)n, 2 * sizeof *bias), *weight = bias + n;
    if (!bias) return error_set(e, E_MEMORY, "no memory for %d distances", n);
    encoding_products(x, n, s);
    encoding_terms(x, n, bias, weight);
    for (int m = 0; m < n; m++) {
        s[m] = weight[m] * x->row_scale * scale * s[m] + bias[m];
        if (x->softcap > 0) s[m] = x->softcap * tanh(s[m] / x->softcap);
    }
    free(bias);
    return OK;
}
