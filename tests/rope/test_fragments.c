/* test_fragments.c -- configs/position has a fragment for every encoding, and each makes a run. */
#include "src/base/file.h"
#include "src/model/model.h"
#include "src/train/config.h"
#include "tests/base/scratch.h"

static const char run[] =
    "model: {hidden_size: 256, num_hidden_layers: 4, num_attention_heads: 4, vocab_size: 64}\n"
    "data: {sources: [{generate: copy_lag, tokens: 2k}]}\n"
    "stages: [{tokens: 64k, length: 512}]\n";

static bool stack_has(const struct conf_variants *stack, const char *type)
{
    for (int i = 0; i < stack->n; i++)
        if (!strcmp(stack->v[i].type->name, type)) return true;
    return false;
}

static void check_fragment(const char *type)
{
    char path[128], text[8192], *fragment;
    size_t n;
    struct error e;
    struct conf *c;
    struct run_config config;
    struct model *m;
    snprintf(path, sizeof path, "configs/position/%s.yaml", type);
    MUST(file_read_all(path, &fragment, &n, &e), &e);
    ck_assert_msg(fragment[0] == '#', "%s does not begin with a line of what it is", path);
    const int length = snprintf(text, sizeof text, "%s%.*s", run, (int)n, fragment);
    put_file("run.yaml", text, (size_t)length);
    free(fragment);
    MUST(run_config_load(&c, &config, in_scratch("run.yaml"), 0, NULL, &e), &e);
    ck_assert_msg(stack_has(&config.position, type), "%s is of another type", path);
    const struct model_use use = {
        .gradients = true, .max_tokens = 512, .max_length = 512, .train_length = 512};
    MUST(model_open(&m, &config.model, &config.position, &use, &e), &e);
    model_close(m);
    conf_close(c);
}

TEST(every_encoding_has_a_fragment_that_runs)
{
    for (int k = 0; position_types[k]; k++) check_fragment(position_types[k]->v.name);
}
END

TEST(every_fragment_is_an_encodings)
{
    struct error e;
    char **names;
    size_t n;
    MUST(file_list("configs/position", &names, &n, &e), &e);
    for (size_t i = 0; i < n; i++) {
        char *dot = strrchr(names[i], '.');
        ck_assert_msg(dot && !strcmp(dot, ".yaml"), "%s", names[i]);
        *dot = 0;
        const struct variant *v = conf_registry_find(&position_registry, names[i]);
        ck_assert_msg(v && !strcmp(v->name, names[i]), "configs/position/%s.yaml", names[i]);
    }
    file_list_free(names, n);
}
END

int main(void)
{
    parallel_init(2);
    scratch_open();
    return scratch_close(run_tests("fragments of encodings",
                                   every_encoding_has_a_fragment_that_runs,
                                   every_fragment_is_an_encodings, NULL));
}
