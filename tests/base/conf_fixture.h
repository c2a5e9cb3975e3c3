/* conf_fixture.h -- a small schema with every kind of field, for the tests of configuration. */
#ifndef TESTS_BASE_CONF_FIXTURE_H
#define TESTS_BASE_CONF_FIXTURE_H

#include "src/base/conf.h"
#include "tests/testing.h"

struct rope_opts {
    double theta, factor;
};
#define S struct rope_opts
static const struct conf_field rope_fields[] = {
    CONF_REAL(S, theta, 10000, 1, 1e9, "base"),
    CONF_END,
};
static const struct conf_field yarn_fields[] = {
    CONF_REAL(S, theta, 10000, 1, 1e9, "base"),
    CONF_REAL_REQUIRED(S, factor, 1, 1e6, "how much longer"),
    CONF_END,
};
#undef S
static const struct conf_schema rope_schema = {"rope", sizeof(struct rope_opts), rope_fields},
                                yarn_schema = {"yarn", sizeof(struct rope_opts), yarn_fields};
static const char *const pi[] = {"pi", NULL};
static const struct variant rope = {"rope", NULL, "plain", NULL, &rope_schema},
                            linear = {"linear", pi, "interpolation", NULL, &yarn_schema},
                            yarn = {"yarn", NULL, "by parts", NULL, &yarn_schema},
                            nope = {"nope", NULL, "none", NULL, NULL};
static const struct variant *const encodings[] = {&rope, &linear, &yarn, &nope, NULL};
static const struct conf_registry positions = {"position encoding", encodings, true, NULL, NULL};

struct length_opts {
    int length;
};
static const struct conf_field length_fields[] = {
    CONF_INT_REQUIRED(struct length_opts, length, 1, 1 << 24, "tokens per row"), CONF_END};
static const struct conf_schema length_schema = {"constant", sizeof(struct length_opts),
                                                 length_fields};
static const struct variant constant = {"constant", NULL, "one", NULL, &length_schema};
static const struct variant *const length_types[] = {&constant, NULL};
static const struct conf_registry lengths = {"length curriculum", length_types, false, "constant",
                                             "length"};

struct stage {
    const char *name;
    int64_t tokens;
    struct conf_variant length;
    struct conf_variants position;
};
#define S struct stage
static const struct conf_field stage_fields[] = {
    CONF_STRING(S, name, NULL, "its name"),
    CONF_SIZE_REQUIRED(S, tokens, 1, 1e15, "budget"),
    CONF_VARIANT(S, length, &lengths, "row length"),
    CONF_VARIANTS(S, position, &positions, "encoding"),
    CONF_END,
};
#undef S
static const struct conf_schema stage_schema = {"stage", sizeof(struct stage), stage_fields};

struct model {
    int hidden_size, num_hidden_layers, num_attention_heads;
    bool qk_norm;
    struct conf_layers window_layers;
};
#define S struct model
static const struct conf_field model_fields[] = {
    CONF_INT_REQUIRED(S, hidden_size, 1, 65536, "width"),
    CONF_INT(S, num_hidden_layers, 6, 1, 1024, "blocks"),
    CONF_INT(S, num_attention_heads, 4, 1, 1024, "heads"),
    CONF_BOOL(S, qk_norm, false, "norm of q and k"),
    {"window_layers", CONF_KIND_LAYERS, offsetof(S, window_layers), 0, 0, 0, 0, 0, 0, 0, 0, "who"},
    CONF_END,
};
#undef S
static const struct conf_schema model_rows = {"model", sizeof(struct model), model_fields};

static const char *const schedules[] = {"constant", "linear", "cosine", "wsd", NULL};
struct optim {
    double lr;
    int schedule;
    struct conf_reals betas;
};
#define S struct optim
static const struct conf_field optim_fields[] = {
    CONF_REAL(S, lr, 1e-3, 0, 10, "peak rate"),
    CONF_ENUM(S, schedule, 2, schedules, "shape"),
    {"betas", CONF_KIND_REALS, offsetof(S, betas), 0, 0, 0, 1, "[0.9, 0.95]", 0, 0, 0, "decay"},
    CONF_END,
};
#undef S
static const struct conf_schema optim_rows = {"optim", sizeof(struct optim), optim_fields};

struct run {
    int64_t seed;
    const char *name;
    struct model model;
    struct conf_variants position;
    struct optim optim;
    struct conf_list stages;
    struct conf_strings tasks;
    int threads;
};
#define S struct run
static const struct conf_field run_fields[] = {
    CONF_SIZE(S, seed, 1, 0, 1e15, "randomness"),
    {"name", CONF_KIND_STRING, offsetof(S, name), CONF_UNHASHED, 0, 0, 0, 0, 0, 0, 0, "name"},
    CONF_SECTION(S, model, &model_rows, "shape"),
    {"position", CONF_KIND_VARIANTS, offsetof(S, position), 0, 0, 0, 0, "{type: rope}", 0, 0,
     &positions, "encoding"},
    CONF_SECTION(S, optim, &optim_rows, "optimiser"),
    CONF_LIST(S, stages, &stage_schema, "parts of the run"),
    CONF_STRINGS(S, tasks, "what to evaluate"),
    {"threads", CONF_KIND_INT, offsetof(S, threads), CONF_UNHASHED, 0, 0, 1024, 0, 0, 0, 0, "n"},
    CONF_END,
};
#undef S
static const struct conf_schema rows = {"run", sizeof(struct run), run_fields};

/* A text that is refused, and the whole message. */
struct bad_text {
    const char *name, *text, *message;
};

static inline void expect_message(const struct bad_text *t)
{
    struct conf *c;
    struct run r;
    struct error e = {0};
    if (conf_open_text(&c, "run.yaml", t->text, &e) == OK) {
        conf_bind(c, &rows, &r);
        ck_assert_msg(conf_finish(c, &e) == E_USAGE, "%s: accepted", t->name);
        conf_close(c);
    }
    ck_assert_msg(strcmp(e.text, t->message) == 0, "%s:\n%s\nexpected:\n%s", t->name, e.text,
                  t->message);
}

#endif
