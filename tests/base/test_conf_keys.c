/* Bad keys and types: unknown, misplaced, misspelt, missing, with the exact message. */
#include "tests/base/conf_fixture.h"

static const struct bad_text cases[] = {
    {"an unknown key, near one here",
     "model:\n"
     "  hiden_size: 8\n",
     "run.yaml:2:3: error: unknown key 'hiden_size' in 'model'\n"
     "    2 |   hiden_size: 8\n"
     "      |   ^~~~~~~~~~ did you mean 'hidden_size'?"},
    {"an unknown key of two candidates",
     "model: {hidden_size: 8}\n"
     "optim: {beta: 1}\n"
     "thread: 2\n",
     "run.yaml:2:9: error: unknown key 'beta' in 'optim'\n"
     "    2 | optim: {beta: 1}\n"
     "      |         ^~~~ did you mean 'betas'?\n"
     "run.yaml:3:1: error: unknown key 'thread'\n"
     "    3 | thread: 2\n"
     "      | ^~~~~~ did you mean 'threads'?\n"
     "2 errors"},
    {"an unknown key with the parts of another", "model: {hidden_size: 8, num_layers: 2}\n",
     "run.yaml:1:25: error: unknown key 'num_layers' in 'model'\n"
     "    1 | model: {hidden_size: 8, num_layers: 2}\n"
     "      |                         ^~~~~~~~~~ did you mean 'num_hidden_layers'?"},
    {"a key of another section",
     "model: {hidden_size: 8}\n"
     "lr: 1\n",
     "run.yaml:2:1: error: unknown key 'lr'\n"
     "    2 | lr: 1\n"
     "      | ^~ 'lr' belongs under 'optim'"},
    {"a key of the top in a section", "model: {hidden_size: 8, threads: 2}\n",
     "run.yaml:1:25: error: unknown key 'threads' in 'model'\n"
     "    1 | model: {hidden_size: 8, threads: 2}\n"
     "      |                         ^~~~~~~ 'threads' belongs at the top"},
    {"a key of an encoding in a section", "model: {hidden_size: 8, theta: 2}\n",
     "run.yaml:1:25: error: unknown key 'theta' in 'model'\n"
     "    1 | model: {hidden_size: 8, theta: 2}\n"
     "      |                         ^~~~~ 'theta' is an option of 'position' (types: rope, "
     "linear, yarn)"},
    {"a key near none",
     "model: {hidden_size: 8}\n"
     "optim: {zzz: 1}\n",
     "run.yaml:2:9: error: unknown key 'zzz' in 'optim'\n"
     "    2 | optim: {zzz: 1}\n"
     "      |         ^~~ allowed here: lr, schedule, betas"},
    {"a duplicate key",
     "model: {hidden_size: 8}\n"
     "seed: 1\n"
     "optim: {lr: 1}\n"
     "seed: 2\n",
     "run.yaml:4:1: error: duplicate key 'seed'\n"
     "    4 | seed: 2\n"
     "      | ^~~~ first at line 2 column 1"},
    {"a list as a key",
     "model: {hidden_size: 8}\n"
     "? [a]\n"
     ": 1\n",
     "run.yaml:2:3: error: a key must be a name, got a list\n"
     "    2 | ? [a]\n"
     "      |   ^"},
    {"no space after a colon, as a key", "model: {hidden_size:8}\n",
     "run.yaml:1:9: error: unknown key 'hidden_size:8' in 'model'\n"
     "    1 | model: {hidden_size:8}\n"
     "      |         ^~~~~~~~~~~~~ a space is missing after ':'"},
    {"no space after a colon, as a value",
     "model:\n"
     "  hidden_size:8\n",
     "run.yaml:2:3: error: expected a map for 'model', got 'hidden_size:8'\n"
     "    2 |   hidden_size:8\n"
     "      |   ^~~~~~~~~~~~~ a space is missing after ':'"},
    {"no space after a colon, the next line",
     "model:\n"
     "  hidden_size:8\n"
     "  qk_norm: true\n",
     "run.yaml:2:3: error: expected 'key: value'\n"
     "    2 |   hidden_size:8\n"
     "      |   ^~~~~~~~~~~~~ a space is missing after ':'"},
    {"no space after a colon, the whole text", "model:8\n",
     "run.yaml:1:1: error: expected a map of keys, got 'model:8'\n"
     "    1 | model:8\n"
     "      | ^~~~~~~ a space is missing after ':'"},
    {"no space after a dash",
     "model: {hidden_size: 8}\n"
     "-seed: 1\n",
     "run.yaml:2:1: error: unknown key '-seed'\n"
     "    2 | -seed: 1\n"
     "      | ^~~~~ a space is missing after '-'"},
    {"a missing key", "model: {qk_norm: true}\n",
     "run.yaml:1:1: error: missing key 'hidden_size' in 'model'\n"
     "    1 | model: {qk_norm: true}\n"
     "      | ^~~~~ hidden_size: width"},
    {"a missing section", "seed: 1\n",
     "run.yaml: error: missing section 'model' (it needs 'hidden_size')"},
    {"a section that is a number", "model: 3\n",
     "run.yaml:1:8: error: expected a map for 'model', got '3'\n"
     "    1 | model: 3\n"
     "      |        ^"},
    {"an unknown type",
     "model: {hidden_size: 8}\n"
     "position: {type: yarm, factor: 4}\n",
     "run.yaml:2:18: error: unknown position encoding 'yarm'\n"
     "    2 | position: {type: yarm, factor: 4}\n"
     "      |                  ^~~~ did you mean 'yarn'?"},
    {"a type near none",
     "model: {hidden_size: 8}\n"
     "position: zzz\n",
     "run.yaml:2:11: error: unknown position encoding 'zzz'\n"
     "    2 | position: zzz\n"
     "      |           ^~~ one of: rope, linear, yarn, nope"},
    {"an alias misspelt",
     "model: {hidden_size: 8}\n"
     "position: {type: pj}\n",
     "run.yaml:2:18: error: unknown position encoding 'pj'\n"
     "    2 | position: {type: pj}\n"
     "      |                  ^~ did you mean 'pi'?"},
    {"no type",
     "model: {hidden_size: 8}\n"
     "stages: {tokens: 1, length: {length: 4}}\n",
     "run.yaml:2:29: error: 'stages.length' names no 'type' of length curriculum\n"
     "    2 | stages: {tokens: 1, length: {length: 4}}\n"
     "      |                             ^ one of: constant"},
    {"an option of other types",
     "model: {hidden_size: 8}\n"
     "position: [nope, {type: rope, factor: 4}]\n",
     "run.yaml:2:31: error: 'factor' is not an option of 'rope'\n"
     "    2 | position: [nope, {type: rope, factor: 4}]\n"
     "      |                               ^~~~~~ types with 'factor': linear, yarn"},
    {"an option of a type without options",
     "model: {hidden_size: 8}\n"
     "position: {type: nope, theta: 4}\n",
     "run.yaml:2:24: error: 'theta' is not an option of 'nope'\n"
     "    2 | position: {type: nope, theta: 4}\n"
     "      |                        ^~~~~ types with 'theta': rope, linear, yarn"},
    {"an option misspelt",
     "model: {hidden_size: 8}\n"
     "position: {type: yarn, facto: 4}\n",
     "run.yaml:2:24: error: unknown key 'facto' in 'position' (type 'yarn')\n"
     "    2 | position: {type: yarn, facto: 4}\n"
     "      |                        ^~~~~ did you mean 'factor'?"},
    {"an option that is missing",
     "model: {hidden_size: 8}\n"
     "position: {type: yarn}\n",
     "run.yaml:2:11: error: missing key 'factor' in 'position'\n"
     "    2 | position: {type: yarn}\n"
     "      |           ^ factor: how much longer"},
    {"an option out of range",
     "model: {hidden_size: 8}\n"
     "position: {type: yarn, factor: 0.5}\n",
     "run.yaml:2:32: error: 'factor' is 0.5, must be from 1 to 1000000\n"
     "    2 | position: {type: yarn, factor: 0.5}\n"
     "      |                                ^~~"},
    {"layers where none may be named",
     "model: {hidden_size: 8}\n"
     "stages: {tokens: 1, length: {type: constant, length: 1, layers: [0]}}\n",
     "run.yaml:2:57: error: unknown key 'layers' in 'stages.length' (type 'constant')\n"
     "    2 | stages: {tokens: 1, length: {type: constant, length: 1, layers: [0]}}\n"
     "      |                                                         ^~~~~~ allowed here: type, "
     "length"},
    {"a shorthand out of range",
     "model: {hidden_size: 8}\n"
     "stages: {tokens: 1, length: 0}\n",
     "run.yaml:2:29: error: 'length' is 0, must be from 1 to 16777216\n"
     "    2 | stages: {tokens: 1, length: 0}\n"
     "      |                             ^"},
    {"an empty stack",
     "model: {hidden_size: 8}\n"
     "position: []\n",
     "run.yaml:2:11: error: 'position' is an empty list\n"
     "    2 | position: []\n"
     "      |           ^ types: rope, linear, yarn, nope"},
    {"a list that holds a number",
     "model: {hidden_size: 8}\n"
     "stages: [{tokens: 1}, 2]\n",
     "run.yaml:2:23: error: expected a map for 'stages', got '2'\n"
     "    2 | stages: [{tokens: 1}, 2]\n"
     "      |                       ^"},
};

TEST(every_case_has_its_message)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) expect_message(&cases[i]);
}
END

int main(void)
{
    return run_tests("conf_keys", every_case_has_its_message, NULL);
}
