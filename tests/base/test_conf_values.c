/* Bad values: every kind of scalar and list, with the exact message. */
#include "tests/base/conf_fixture.h"

static const struct bad_text cases[] = {
    {"an integer that is a word", "model: {hidden_size: abc}\n",
     "run.yaml:1:22: error: expected an integer for 'hidden_size', got 'abc'\n"
     "    1 | model: {hidden_size: abc}\n"
     "      |                      ^~~"},
    {"an integer in quotes", "model: {hidden_size: \"8\"}\n",
     "run.yaml:1:22: error: expected an integer for 'hidden_size', got the string '8'\n"
     "    1 | model: {hidden_size: \"8\"}\n"
     "      |                      ^~~ drop the quotes"},
    {"an integer with a fraction", "model: {hidden_size: 8.5}\n",
     "run.yaml:1:22: error: expected an integer for 'hidden_size', got '8.5'\n"
     "    1 | model: {hidden_size: 8.5}\n"
     "      |                      ^~~ it must be whole"},
    {"an integer with a suffix", "model: {hidden_size: 4k}\n",
     "run.yaml:1:22: error: expected an integer for 'hidden_size', got '4k'\n"
     "    1 | model: {hidden_size: 4k}\n"
     "      |                      ^~ suffixes are for counts of tokens; write 4096"},
    {"an integer that overflows", "model: {hidden_size: 99999999999999999999}\n",
     "run.yaml:1:22: error: expected an integer for 'hidden_size', got '99999999999999999999'\n"
     "    1 | model: {hidden_size: 99999999999999999999}\n"
     "      |                      ^~~~~~~~~~~~~~~~~~~~ it is too large"},
    {"an integer out of an int", "model: {hidden_size: 3e12}\n",
     "run.yaml:1:22: error: 'hidden_size' is 3e12, must be from 1 to 65536\n"
     "    1 | model: {hidden_size: 3e12}\n"
     "      |                      ^~~~"},
    {"an integer out of range", "model: {hidden_size: 0}\n",
     "run.yaml:1:22: error: 'hidden_size' is 0, must be from 1 to 65536\n"
     "    1 | model: {hidden_size: 0}\n"
     "      |                      ^"},
    {"an integer with underscores", "model: {hidden_size: 1_000}\n",
     "run.yaml:1:22: error: expected an integer for 'hidden_size', got '1_000'\n"
     "    1 | model: {hidden_size: 1_000}\n"
     "      |                      ^~~~~ write the number without '_'"},
    {"an integer that is a list", "model: {hidden_size: [8]}\n",
     "run.yaml:1:22: error: expected an integer for 'hidden_size', got a list\n"
     "    1 | model: {hidden_size: [8]}\n"
     "      |                      ^"},
    {"an integer without a value",
     "model:\n"
     "  hidden_size:\n",
     "run.yaml:2:3: error: 'hidden_size' has no value: expected an integer\n"
     "    2 |   hidden_size:\n"
     "      |   ^~~~~~~~~~~"},
    {"a count with a wrong suffix",
     "model: {hidden_size: 8}\n"
     "seed: 20m\n",
     "run.yaml:2:7: error: expected a count (such as 4096, 64k, 20M or 3e6) for 'seed', got '20m'\n"
     "    2 | seed: 20m\n"
     "      |       ^~~ suffixes are k, M and G (2^10, 2^20, 2^30)"},
    {"a count that is not whole",
     "model: {hidden_size: 8}\n"
     "seed: 0.3k\n",
     "run.yaml:2:7: error: expected a count (such as 4096, 64k, 20M or 3e6) for 'seed', got "
     "'0.3k'\n"
     "    2 | seed: 0.3k\n"
     "      |       ^~~~ it must be whole"},
    {"a count that is infinite",
     "model: {hidden_size: 8}\n"
     "seed: .inf\n",
     "run.yaml:2:7: error: expected a count (such as 4096, 64k, 20M or 3e6) for 'seed', got "
     "'.inf'\n"
     "    2 | seed: .inf\n"
     "      |       ^~~~ it must be finite"},
    {"a count below its bounds",
     "model: {hidden_size: 8}\n"
     "seed: -1\n",
     "run.yaml:2:7: error: 'seed' is -1, must be from 0 to 1000000000000000\n"
     "    2 | seed: -1\n"
     "      |       ^~"},
    {"a count that is too large",
     "model: {hidden_size: 8}\n"
     "seed: 1e30\n",
     "run.yaml:2:7: error: expected a count (such as 4096, 64k, 20M or 3e6) for 'seed', got "
     "'1e30'\n"
     "    2 | seed: 1e30\n"
     "      |       ^~~~ it is too large"},
    {"a number that is a word",
     "model: {hidden_size: 8}\n"
     "optim: {lr: fast}\n",
     "run.yaml:2:13: error: expected a number for 'lr', got 'fast'\n"
     "    2 | optim: {lr: fast}\n"
     "      |             ^~~~"},
    {"a number that overflows",
     "model: {hidden_size: 8}\n"
     "optim: {lr: 1e999}\n",
     "run.yaml:2:13: error: expected a number that a double can hold for 'lr', got '1e999'\n"
     "    2 | optim: {lr: 1e999}\n"
     "      |             ^~~~~"},
    {"a number that is not finite",
     "model: {hidden_size: 8}\n"
     "optim: {lr: .nan}\n",
     "run.yaml:2:13: error: expected a number for 'lr', got '.nan'\n"
     "    2 | optim: {lr: .nan}\n"
     "      |             ^~~~ it must be finite"},
    {"a number out of range",
     "model: {hidden_size: 8}\n"
     "optim:\n"
     "  lr: 11\n",
     "run.yaml:3:7: error: 'lr' is 11, must be from 0 to 10\n"
     "    3 |   lr: 11\n"
     "      |       ^~"},
    {"a number with a suffix",
     "model: {hidden_size: 8}\n"
     "optim: {lr: 1k}\n",
     "run.yaml:2:13: error: expected a number for 'lr', got '1k'\n"
     "    2 | optim: {lr: 1k}\n"
     "      |             ^~ suffixes are for counts of tokens; write 1024"},
    {"yes for true", "model: {hidden_size: 8, qk_norm: yes}\n",
     "run.yaml:1:34: error: expected true or false for 'qk_norm', got 'yes'\n"
     "    1 | model: {hidden_size: 8, qk_norm: yes}\n"
     "      |                                  ^~~ YAML 1.2 knows true and false alone"},
    {"a quoted true", "model: {hidden_size: 8, qk_norm: 'true'}\n",
     "run.yaml:1:34: error: expected true or false for 'qk_norm', got the string 'true'\n"
     "    1 | model: {hidden_size: 8, qk_norm: 'true'}\n"
     "      |                                  ^~~~~~ drop the quotes"},
    {"a number for a boolean", "model: {hidden_size: 8, qk_norm: 1}\n",
     "run.yaml:1:34: error: expected true or false for 'qk_norm', got '1'\n"
     "    1 | model: {hidden_size: 8, qk_norm: 1}\n"
     "      |                                  ^"},
    {"a map for a string",
     "model: {hidden_size: 8}\n"
     "name: {a: 1}\n",
     "run.yaml:2:7: error: expected a string for 'name', got a map\n"
     "    2 | name: {a: 1}\n"
     "      |       ^"},
    {"a choice misspelt",
     "model: {hidden_size: 8}\n"
     "optim: {schedule: cosin}\n",
     "run.yaml:2:19: error: unknown value 'cosin' for 'schedule'\n"
     "    2 | optim: {schedule: cosin}\n"
     "      |                   ^~~~~ did you mean 'cosine'? (one of: constant, linear, cosine, "
     "wsd)"},
    {"a choice unknown",
     "model: {hidden_size: 8}\n"
     "optim: {schedule: step}\n",
     "run.yaml:2:19: error: unknown value 'step' for 'schedule'\n"
     "    2 | optim: {schedule: step}\n"
     "      |                   ^~~~ one of: constant, linear, cosine, wsd"},
    {"a word in a list of numbers",
     "model: {hidden_size: 8}\n"
     "optim: {betas: [0.9, b]}\n",
     "run.yaml:2:22: error: expected a number for 'betas', got 'b'\n"
     "    2 | optim: {betas: [0.9, b]}\n"
     "      |                      ^"},
    {"a map in a list of strings",
     "model: {hidden_size: 8}\n"
     "tasks: [a, {b: 1}]\n",
     "run.yaml:2:12: error: expected a string for 'tasks', got a map\n"
     "    2 | tasks: [a, {b: 1}]\n"
     "      |            ^"},
    {"layers by an empty range", "model: {hidden_size: 8, window_layers: 5-2}\n",
     "run.yaml:1:40: error: the range 5-2 of layers is empty or too long\n"
     "    1 | model: {hidden_size: 8, window_layers: 5-2}\n"
     "      |                                        ^~~"},
    {"layers by a word", "model: {hidden_size: 8, window_layers: first}\n",
     "run.yaml:1:40: error: expected a layer number for 'window_layers', got 'first'\n"
     "    1 | model: {hidden_size: 8, window_layers: first}\n"
     "      |                                        ^~~~~ write [0, 2, 4], 2-5, or {every: 4, "
     "offset: 3}"},
    {"layers without every", "model: {hidden_size: 8, window_layers: {offset: 1}}\n",
     "run.yaml:1:40: error: missing key 'every' in 'window_layers'\n"
     "    1 | model: {hidden_size: 8, window_layers: {offset: 1}}\n"
     "      |                                        ^ write [0, 2, 4], 2-5, or {every: 4, offset: "
     "3}"},
    {"layers with an offset too large",
     "model: {hidden_size: 8, window_layers: {every: 2, offset: 2}}\n",
     "run.yaml:1:59: error: 'offset' is 2, must be below 'every', 2\n"
     "    1 | model: {hidden_size: 8, window_layers: {every: 2, offset: 2}}\n"
     "      |                                                           ^"},
    {"a layer twice", "model: {hidden_size: 8, window_layers: [1, 0-2]}\n",
     "run.yaml:1:44: error: layer 1 is named twice\n"
     "    1 | model: {hidden_size: 8, window_layers: [1, 0-2]}\n"
     "      |                                            ^~~"},
    {"no layer at all", "model: {hidden_size: 8, window_layers: []}\n",
     "run.yaml:1:40: error: 'window_layers' names no layer\n"
     "    1 | model: {hidden_size: 8, window_layers: []}\n"
     "      |                                        ^ write [0, 2, 4], 2-5, or {every: 4, offset: "
     "3}"},
};

TEST(every_case_has_its_message)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) expect_message(&cases[i]);
}
END

int main(void)
{
    return run_tests("conf_values", every_case_has_its_message, NULL);
}
