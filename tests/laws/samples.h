/* samples.h -- one set of options for every registered encoding, and the hooks called as the core
 * calls them. A type without a sample fails the law suite. */
#ifndef TESTS_LAWS_SAMPLES_H
#define TESTS_LAWS_SAMPLES_H

#include "src/model/position.h"
#include "tests/testing.h"

struct sample {
    const char *type;
    const char *options; /* as in a position section, after the type */
    const char *at_1;    /* LAW_IDENTITY_AT_1: the options at which it is plain rope */
    const char *with;    /* a type that it must be stacked with */
};

#define EIGHT "[1, 1.1, 1.2, 1.4, 1.8, 2, 3, 4]"
static const struct sample samples[] = {
    {"rope", "rope_theta: 500", NULL, NULL},
    {"linear", "factor: 4", "factor: 1", NULL},
    {"ntk", "factor: 4", "factor: 1", NULL},
    {"dynamic", "factor: 2", NULL, NULL},
    {"yarn", "factor: 4, rope_theta: 500", "factor: 1, original_max_position_embeddings: 4096",
     NULL},
    {"llama3", "factor: 8, rope_theta: 500", "factor: 1, original_max_position_embeddings: 4096",
     NULL},
    {"longrope", "factor: 4, short_factor: " EIGHT ", long_factor: [1, 2, 3, 4, 5, 6, 7, 8]", NULL,
     NULL},
    {"proportional", "partial_rotary_factor: 0.5, factor: 2", "factor: 1", NULL},
    {"half_truncate", "rope_theta: 1024", NULL, NULL},
    {"hope_hf", "rope_theta: 10000", NULL, NULL},
    {"freq_list", "inv_freq: " EIGHT ", attention_factor: 1.5", NULL, NULL},
    {"learned_freq", "rope_theta: 500", NULL, NULL},
    {"xpos", "rope_theta: 500", NULL, NULL},
    {"fope", "rope_theta: 500", NULL, NULL},
    {"spectrum", "floor: 1, snap: half, alternate_sign: true", NULL, "rope"},
    {"pope", "rope_theta: 500, init: uniform", NULL, NULL},
    {"logn", "original_max_position_embeddings: 100", NULL, NULL},
    {"llama4_scale", "floor_scale: 50", NULL, NULL},
    {"ministral_scale", "original_max_position_embeddings: 50", NULL, NULL},
    {"ssmax", "init: 0.43", NULL, NULL},
    {"softcap", "cap: 2", NULL, NULL},
    {"alibi", "max_bias: 8", NULL, NULL},
    {"alibi_learned", "max_bias: 6", NULL, NULL},
    {"t5", "num_buckets: 8, max_distance: 20", NULL, NULL},
    {"kerple_log", NULL, NULL, NULL},
    {"kerple_power", NULL, NULL, NULL},
    {"kerple_weight", NULL, NULL, NULL},
    {"fire", "mlp_width: 5, init_l: 8.3", NULL, NULL},
    {"fox", "decay_time_min: 4, decay_time_max: 60", NULL, NULL},
    {"cable", NULL, NULL, NULL},
    {"cope", "npos_max: 9", NULL, NULL},
    {"dape", "mlp_width: 5", NULL, "kerple_log"},
    {"sinusoidal", "base_theta: 100", NULL, NULL},
    {"learned_absolute", "max_position_embeddings: 12", NULL, NULL},
    {"nope", NULL, NULL, NULL},
    {"randomized", "max_position: 300", NULL, "rope"},
    {"pose", "max_position_embeddings: 300", NULL, "rope"},
    {"self_extend", "group_size: 4, window_size: 6", NULL, "rope"},
    {"rerope", "window_size: 7", NULL, "rope"},
    {"leaky_rerope", "window_size: 7, factor: 3", NULL, "rope"},
    {"dual_chunk", "chunk_size: 12, local_size: 4", NULL, "rope"},
};
#undef EIGHT
enum { N_SAMPLES = sizeof samples / sizeof *samples };

static const struct position_shape sample_shape = {
    .layers = 2, .heads = 4, .kv_heads = 4, .head_dim = 16, .hidden_size = 24};
enum { TRAIN_LENGTH = 64 };

struct position_section {
    struct conf_variants position;
};

static const struct conf_field position_fields[] = {
    CONF_VARIANTS(struct position_section, position, &position_registry, "the stack"),
    CONF_END,
};
static const struct conf_schema position_schema = {"test", sizeof(struct position_section),
                                                   position_fields};

/* One encoding with bound options and initial parameters. */
struct specimen {
    struct conf *c;
    struct position_section section;
    const struct position_type *type;
    struct position_at at;
    struct position_param param[POSITION_PARAMS];
    int n_params, n_scalars;
    real *scalars;
    void *opts_before; /* hooks must leave the options alone */
};

static inline size_t param_count(const struct position_param *p)
{
    return (size_t)(p->shape[0] * (p->n_dims > 1 ? p->shape[1] : 1));
}

static inline void init_param(const struct specimen *s, int k, uint64_t seed, real *w)
{
    const struct position_param *p = &s->param[k];
    struct rng r = rng_open(seed, p->name);
    for (size_t i = 0; i < param_count(p); i++) {
        if (p->init == POSITION_INIT_CONSTANT) w[i] = (real)p->a;
        if (p->init == POSITION_INIT_NORMAL) w[i] = (real)(p->a + p->b * rng_normal(&r));
        if (p->init == POSITION_INIT_UNIFORM) w[i] = (real)(p->a + (p->b - p->a) * rng_uniform(&r));
    }
    if (p->init == POSITION_INIT_CUSTOM) s->type->init(s->at.opts, s->at.shape, 0, k, &r, w);
    for (size_t i = 0; i < param_count(p); i++)
        if (p->min != 0 || p->max != 0) w[i] = (real)fmin(fmax(w[i], p->min), p->max);
}

static inline void specimen_params(struct specimen *s, uint64_t seed)
{
    size_t n = 0, at = 0;
    s->n_params = s->type->params ? s->type->params(s->at.opts, s->at.shape, s->param) : 0;
    for (int k = 0; k < s->n_params; k++) n += param_count(&s->param[k]);
    s->n_scalars = (int)n;
    s->scalars = calloc(n + 1, sizeof *s->scalars);
    for (int k = 0; k < s->n_params; at += param_count(&s->param[k++])) {
        s->at.param[k] = s->scalars + at;
        init_param(s, k, seed, s->scalars + at);
    }
}

/* Bind `position: text`; the type's check must agree with `shape`. */
static inline void specimen_open_text(struct specimen *s, const char *text,
                                      const struct position_shape *shape, int train_length)
{
    struct error e;
    *s = (struct specimen){0};
    MUST(conf_open_text(&s->c, "sample", text, &e), &e);
    conf_bind(s->c, &position_schema, &s->section);
    MUST(conf_finish(s->c, &e), &e);
    ck_assert_int_eq(s->section.position.n, 1);
    const struct conf_variant *v = &s->section.position.v[0];
    s->type = (const struct position_type *)v->type;
    s->at = (struct position_at){
        .opts = v->opts, .shape = shape, .length = train_length, .train_length = train_length};
    if (s->type->check) MUST(s->type->check(v->opts, shape, &e), &e);
    const size_t size = s->type->v.schema ? s->type->v.schema->size : 0;
    s->opts_before = malloc(size + 1);
    if (size) memcpy(s->opts_before, v->opts, size);
    specimen_params(s, 1);
}

static inline void specimen_open(struct specimen *s, const char *type, const char *options)
{
    char text[512];
    snprintf(text, sizeof text, "position: {type: %s%s%s}\n", type, options ? ", " : "",
             options ? options : "");
    specimen_open_text(s, text, &sample_shape, TRAIN_LENGTH);
}

static inline void specimen_close(struct specimen *s)
{
    if (s->type->v.schema)
        ck_assert_msg(!memcmp(s->opts_before, s->at.opts, s->type->v.schema->size),
                      "%s changed its options", s->type->v.name);
    free(s->opts_before);
    free(s->scalars);
    conf_close(s->c);
}

static inline const struct sample *sample_of(const char *type)
{
    for (int i = 0; i < N_SAMPLES; i++)
        if (!strcmp(samples[i].type, type)) return &samples[i];
    return NULL;
}

/* The sample as YAML, with what it must be stacked with; extra: more options, such as ", layers: [1]". */
static inline void sample_yaml(const struct sample *x, const char *extra, char yaml[512])
{
    const int n = x->with ? snprintf(yaml, 512, "[{type: %s}, ", x->with) : 0;
    snprintf(yaml + n, 512 - (size_t)n, "{type: %s%s%s%s}%s", x->type, x->options ? ", " : "",
             x->options ? x->options : "", extra, x->with ? "]" : "");
}

/* Geometry, inverse frequencies and magnitude for a length, as the core asks for them; returns
 * pairs. */
static inline int frequencies(const struct specimen *s, int head, int length,
                              struct rotary_geometry *g, double *inv_freq, double *magnitude)
{
    struct position_at at = s->at;
    at.length = length;
    *g = (struct rotary_geometry){ROTARY_HALF, 0, at.shape->head_dim, at.shape->head_dim};
    if (s->type->geometry) s->type->geometry(at.opts, at.shape, g);
    for (int i = 0; i < g->width / 2; i++)
        inv_freq[i] = pow(s->type->rope_theta(at.opts), -2.0 * i / g->denominator);
    if (s->type->inv_freq) s->type->inv_freq(&at, g, head, inv_freq);
    *magnitude = 1;
    if (s->type->magnitude) s->type->magnitude(&at, magnitude);
    return g->width / 2;
}

#endif
