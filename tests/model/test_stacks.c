/* test_stacks.c -- stacks of encodings that contradict themselves are refused, by name. */
#include "tests/model/fixture.h"

TEST(contradictions)
{
    const char *const bad[][2] = {
        {"[{type: rope}, {type: xpos}]", "two rotary encodings"},
        {"{type: rerope}", "maps the positions of a rotary encoding, and there is none"},
        {"[{type: rope}, {type: rerope}, {type: self_extend}]",
         "two encodings that map relative positions, rerope and self_extend"},
        {"[{type: cope}, {type: dape}]", "two encodings that transform rows of logits"},
        {"[{type: softcap}, {type: softcap, cap: 5}]", "two encodings that cap the logits"},
        {"[{type: xpos}, {type: rerope}]", "rerope cannot be stacked with xpos"},
        {"[{type: rope}, {type: rerope}, {type: cope}]", "rerope cannot be stacked with cope"},
        {"[{type: learned_freq}, {type: rerope}]", "rerope cannot be stacked with learned_freq"},
        {"[{type: fope}, {type: rerope}]", "rerope cannot be stacked with fope"},
        {"[{type: xpos}, {type: dape}]", "dape cannot be stacked with xpos"},
    };
    const struct model_config c = {.hidden_size = 32,
                                   .num_hidden_layers = 2,
                                   .num_attention_heads = 4,
                                   .num_key_value_heads = 4,
                                   .head_dim = 8,
                                   .intermediate_size = 48,
                                   .vocab_size = 7};
    const struct model_use use = {.max_tokens = 8, .max_length = 8, .train_length = 8};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct stack s;
        struct error e;
        struct model *m;
        stack_open(&s, bad[i][0]);
        ck_assert_int_eq(model_open(&m, &c, &s.config.position, &use, &e), E_USAGE);
        ck_assert_msg(strstr(e.text, bad[i][1]), "%s", e.text);
        stack_close(&s);
    }
}
END

/* What one layer cannot hold, two can. */
TEST(layers_of_their_own)
{
    struct stack s;
    stack_open(&s, "[{type: rope, layers: [0]}, {type: xpos, layers: [1]}, {type: rerope, layers: "
                   "[0]}, {type: cope, layers: [1]}]");
    const struct model_config c = {.hidden_size = 32,
                                   .num_hidden_layers = 2,
                                   .num_attention_heads = 4,
                                   .num_key_value_heads = 4,
                                   .head_dim = 8,
                                   .intermediate_size = 48,
                                   .vocab_size = 7};
    const struct model_use use = {.max_tokens = 8, .max_length = 8, .train_length = 8};
    struct error e;
    struct model *m;
    ck_assert_int_eq(model_open(&m, &c, &s.config.position, &use, &e), E_USAGE);
    ck_assert_msg(strstr(e.text, "layer 1: cope cannot be stacked with xpos"), "%s", e.text);
    stack_close(&s);
    stack_open(&s, "[{type: rope, layers: [0]}, {type: xpos, layers: [1]}, {type: rerope, layers: "
                   "[0]}]");
    MUST(model_open(&m, &c, &s.config.position, &use, &e), &e);
    model_close(m);
    stack_close(&s);
}
END

int main(void)
{
    parallel_init(2);
    return run_tests("stacks", contradictions, layers_of_their_own, NULL);
}
