/* fixture.h -- small models and random packed batches for tests. */
#ifndef TESTS_MODEL_FIXTURE_H
#define TESTS_MODEL_FIXTURE_H

#include "src/base/conf.h"
#include "src/data/data.h"
#include "src/model/model.h"
#include "tests/testing.h"

/* A stack of encodings from YAML: "{type: rope}" or "[{type: alibi}, ...]". Lives until stack_close. */
struct stack {
    struct conf *conf;
    struct stack_config {
        struct conf_variants position;
    } config;
};

static const struct conf_field stack_fields[] = {
    CONF_VARIANTS(struct stack_config, position, &position_registry, "the stack"),
    CONF_END,
};
static const struct conf_schema stack_schema = {"stack", sizeof(struct stack_config), stack_fields};

static inline void stack_open(struct stack *s, const char *yaml)
{
    struct error e;
    char text[1024];
    snprintf(text, sizeof text, "position: %s\n", yaml);
    MUST(conf_open_text(&s->conf, "stack", text, &e), &e);
    conf_bind(s->conf, &stack_schema, &s->config);
    MUST(conf_finish(s->conf, &e), &e);
}

static inline void stack_close(struct stack *s)
{
    conf_close(s->conf);
}

static inline struct model *small_model(struct model_config c, const struct stack *s, int tokens,
                                        uint64_t seed)
{
    struct error e;
    struct model *m;
    MUST(model_config_resolve(&c, &e), &e);
    const struct model_use use = {
        .gradients = true, .max_tokens = tokens, .max_length = tokens, .train_length = tokens};
    MUST(model_open(&m, &c, &s->config.position, &use, &e), &e);
    model_init(m, seed);
    /* away from the symmetric start: gains and all else get some noise */
    struct rng r = rng_open(seed, "noise");
    real *w = model_weights(m);
    int n;
    const struct tensor *t = model_tensors(m, &n);
    for (int i = 0; i < n; i++)
        for (size_t j = 0; j < t[i].count; j++) w[t[i].offset + j] += (real)(0.1 * rng_normal(&r));
    return m;
}

/* Random tokens in rows of `length` (the last may be short) with document borders at random; document masks if `mask`. */
static inline void random_batch(struct batch *b, int tokens, int length, int vocab, bool mask,
                                uint64_t seed)
{
    struct error e;
    struct rng r = rng_open(seed, "batch");
    MUST(batch_open(b, tokens, &e), &e);
    b->tokens = tokens;
    b->rows = 0;
    int anchor = 0, document = 0;
    for (int i = 0; i < tokens; i++) {
        const bool row = i % length == 0;
        if (row) b->row_start[b->rows++] = i;
        if (row || (mask && rng_below(&r, 9) == 0)) anchor = i, document++;
        b->token[i] = (int32_t)rng_below(&r, (uint64_t)vocab);
        b->target[i] = rng_below(&r, 10) ? (int32_t)rng_below(&r, (uint64_t)vocab) : NO_TARGET;
        b->weight[i] = b->target[i] == NO_TARGET ? 0 : (real)(0.5 + rng_uniform(&r));
        b->weight_sum += b->weight[i];
        b->position[i] = i - anchor;
        b->source[i] = 0;
        b->document[i] = document;
        b->anchor[i] = anchor;
    }
    b->row_start[b->rows] = tokens;
}

#endif
