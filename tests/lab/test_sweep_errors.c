/* Sweep files that are refused, with their whole messages: place, line, caret, suggestion. */
#include "tests/lab/fixture.h"

static const struct {
    const char *name, *text, *message;
} cases[] = {
    {"unknown key",
     "base: [base.yaml]\n"
     "parametres: {optim.lr: {values: [1e-3, 3e-3]}}\n",
     "s.yaml:2:1: error: unknown key 'parametres'\n"
     "    2 | parametres: {optim.lr: {values: [1e-3, 3e-3]}}\n"
     "      | ^~~~~~~~~~ did you mean 'parameters'?"},
    {"unknown run key",
     "base: [base.yaml]\n"
     "parameters:\n"
     "  optm.lr: {values: [1e-3, 3e-3]}\n",
     "s.yaml:3:3: error: unknown key 'optm'\n"
     "    3 |   optm.lr: {values: [1e-3, 3e-3]}\n"
     "      |   ^~~~~~~ did you mean 'optim'? (arm 'lr=1e-3')"},
    {"unknown option",
     "base: [base.yaml]\n"
     "parameters:\n"
     "  optim.lrr: {values: [1e-3, 3e-3]}\n",
     "s.yaml:3:9: error: unknown key 'lrr' in 'optim'\n"
     "    3 |   optim.lrr: {values: [1e-3, 3e-3]}\n"
     "      |         ^~~ did you mean 'lr'? (arm 'lrr=1e-3')"},
    {"bad value",
     "base: [base.yaml]\n"
     "parameters:\n"
     "  optim.lr: {values: [1e-3, fast]}\n",
     "s.yaml:3:29: error: expected a number for 'lr', got 'fast'\n"
     "    3 |   optim.lr: {values: [1e-3, fast]}\n"
     "      |                             ^~~~ arm 'lr=fast'"},
    {"unknown encoding",
     "base: [base.yaml]\n"
     "parameters:\n"
     "  position: {values: [rope, alibbi]}\n",
     "s.yaml:3:29: error: unknown position encoding 'alibbi'\n"
     "    3 |   position: {values: [rope, alibbi]}\n"
     "      |                             ^~~~~~ did you mean 'alibi'? (arm 'position=alibbi')"},
    {"no values",
     "base: [base.yaml]\n"
     "parameters:\n"
     "  optim.lr: {}\n",
     "s.yaml:3:3: error: parameter 'optim.lr' has no values\n"
     "    3 |   optim.lr: {}\n"
     "      |   ^~~~~~~~ value: a, values: [a, b], or distribution, min, max"},
    {"scalar parameter",
     "base: [base.yaml]\n"
     "parameters:\n"
     "  optim.lr: 1e-3\n",
     "s.yaml:3:13: error: parameter 'optim.lr' must be a map, got '1e-3'\n"
     "    3 |   optim.lr: 1e-3\n"
     "      |             ^~~~ write optim.lr: {value: 1e-3}"},
    {"list parameter",
     "base: [base.yaml]\n"
     "parameters:\n"
     "  optim.lr: [1e-3, 3e-3]\n",
     "s.yaml:3:13: error: parameter 'optim.lr' must be a map, got a list\n"
     "    3 |   optim.lr: [1e-3, 3e-3]\n"
     "      |             ^ write optim.lr: {values: [1e-3, 3e-3]}"},
    {"values no list",
     "base: [base.yaml]\n"
     "parameters:\n"
     "  optim.lr: {values: 1e-3}\n",
     "s.yaml:3:22: error: expected a list of values for 'optim.lr', got '1e-3'\n"
     "    3 |   optim.lr: {values: 1e-3}\n"
     "      |                      ^~~~ values: [a, b]; one alone is value: a"},
    {"empty values",
     "base: [base.yaml]\n"
     "parameters:\n"
     "  optim.lr: {values: []}\n",
     "s.yaml:3:22: error: expected a list of values for 'optim.lr', got an empty list\n"
     "    3 |   optim.lr: {values: []}\n"
     "      |                      ^ values: [a, b]; one alone is value: a"},
    {"value twice",
     "base: [base.yaml]\n"
     "parameters:\n"
     "  optim.lr: {values: [1e-3, 0.001]}\n",
     "s.yaml:3:29: error: the value '0.001' of 'optim.lr' is named twice\n"
     "    3 |   optim.lr: {values: [1e-3, 0.001]}\n"
     "      |                             ^~~~~"},
    {"unknown spec key",
     "base: [base.yaml]\n"
     "parameters:\n"
     "  optim.lr: {vaules: [1e-3, 3e-3]}\n",
     "s.yaml:3:14: error: unknown key 'vaules' in parameter 'optim.lr'\n"
     "    3 |   optim.lr: {vaules: [1e-3, 3e-3]}\n"
     "      |              ^~~~~~ did you mean 'values' or 'value'?"},
    {"unknown distribution",
     "base: [base.yaml]\n"
     "method: random\n"
     "run_cap: 3\n"
     "parameters:\n"
     "  optim.lr: {distribution: log_uniform_value, min: 1e-4, max: 1e-2}\n",
     "s.yaml:5:28: error: unknown distribution 'log_uniform_value'\n"
     "    5 |   optim.lr: {distribution: log_uniform_value, min: 1e-4, max: 1e-2}\n"
     "      |                            ^~~~~~~~~~~~~~~~~ did you mean 'log_uniform_values', "
     "'q_log_uniform_values' or 'inv_log_uniform_values'?"},
    {"no min",
     "base: [base.yaml]\n"
     "method: random\n"
     "run_cap: 3\n"
     "parameters:\n"
     "  optim.lr: {distribution: uniform, max: 1e-2}\n",
     "s.yaml:5:13: error: distribution 'uniform' needs 'min'\n"
     "    5 |   optim.lr: {distribution: uniform, max: 1e-2}\n"
     "      |             ^"},
    {"min above max",
     "base: [base.yaml]\n"
     "method: random\n"
     "run_cap: 3\n"
     "parameters:\n"
     "  optim.lr: {distribution: uniform, min: 1e-2, max: 1e-3}\n",
     "s.yaml:5:42: error: min 0.01 is not below max 0.001\n"
     "    5 |   optim.lr: {distribution: uniform, min: 1e-2, max: 1e-3}\n"
     "      |                                          ^~~~"},
    {"log of 0",
     "base: [base.yaml]\n"
     "method: random\n"
     "run_cap: 3\n"
     "parameters:\n"
     "  optim.lr: {distribution: log_uniform_values, min: 0, max: 1e-3}\n",
     "s.yaml:5:53: error: 'log_uniform_values' needs min above 0\n"
     "    5 |   optim.lr: {distribution: log_uniform_values, min: 0, max: 1e-3}\n"
     "      |                                                     ^"},
    {"idle key",
     "base: [base.yaml]\n"
     "method: random\n"
     "run_cap: 3\n"
     "parameters:\n"
     "  optim.lr: {distribution: uniform, min: 0, max: 1e-3, q: 2}\n",
     "s.yaml:5:56: error: distribution 'uniform' has no 'q'\n"
     "    5 |   optim.lr: {distribution: uniform, min: 0, max: 1e-3, q: 2}\n"
     "      |                                                        ^"},
    {"grid of uniform",
     "base: [base.yaml]\n"
     "parameters:\n"
     "  optim.lr: {min: 1e-4, max: 1e-2}\n",
     "s.yaml:3:3: error: a grid cannot go through the distribution of 'optim.lr'\n"
     "    3 |   optim.lr: {min: 1e-4, max: 1e-2}\n"
     "      |   ^~~~~~~~ method: random, or values"},
    {"no run_cap",
     "base: [base.yaml]\n"
     "method: random\n"
     "parameters:\n"
     "  optim.lr: {min: 1e-4, max: 1e-2}\n",
     "s.yaml:4:3: error: method random needs 'run_cap': how many points\n"
     "    4 |   optim.lr: {min: 1e-4, max: 1e-2}\n"
     "      |   ^~~~~~~~ for example run_cap: 32"},
    {"probabilities",
     "base: [base.yaml]\n"
     "method: random\n"
     "run_cap: 4\n"
     "parameters:\n"
     "  optim.lr: {values: [1e-3, 3e-3], probabilities: [0.5, 0.6]}\n",
     "s.yaml:5:51: error: probabilities add up to 1.1, not 1\n"
     "    5 |   optim.lr: {values: [1e-3, 3e-3], probabilities: [0.5, 0.6]}\n"
     "      |                                                   ^"},
    {"zip length",
     "base: [base.yaml]\n"
     "parameters:\n"
     "  optim.lr: {values: [1e-3, 3e-3]}\n"
     "  optim.clip: {values: [1, 2, 3]}\n"
     "zip: [[optim.lr, optim.clip]]\n",
     "s.yaml:4:3: error: zipped parameters differ in length: 'optim.clip' has 3 values, 'optim.lr' "
     "has 2\n"
     "    4 |   optim.clip: {values: [1, 2, 3]}\n"
     "      |   ^~~~~~~~~~ 'optim.lr' at line 3 column 3"},
    {"zip name",
     "base: [base.yaml]\n"
     "parameters:\n"
     "  optim.lr: {values: [1e-3, 3e-3]}\n"
     "  optim.clip: {values: [1, 2]}\n"
     "zip: [[optim.lr, optim.clp]]\n",
     "s.yaml:5:18: error: 'zip' names no parameter: 'optim.clp'\n"
     "    5 | zip: [[optim.lr, optim.clp]]\n"
     "      |                  ^~~~~~~~~ did you mean 'optim.clip' or 'optim.lr'?"},
    {"exclude nothing",
     "base: [base.yaml]\n"
     "parameters:\n"
     "  position: {values: [rope, alibi]}\n"
     "exclude: [{position: nope}]\n",
     "s.yaml:4:11: error: this rule excludes no point\n"
     "    4 | exclude: [{position: nope}]\n"
     "      |           ^ it is matched with the points, as in {position.type: yarn}"},
    {"exclude all",
     "base: [base.yaml]\n"
     "parameters:\n"
     "  position: {values: [rope, alibi]}\n"
     "exclude: [{position: [rope, alibi]}]\n",
     "s.yaml:4:10: error: 'exclude' leaves no point\n"
     "    4 | exclude: [{position: [rope, alibi]}]\n"
     "      |          ^"},
    {"when never",
     "base: [base.yaml]\n"
     "parameters:\n"
     "  position: {values: [rope, alibi]}\n"
     "  position.rope_theta: {values: [1e4, 1e5], when: {position: yarn}}\n",
     "s.yaml:4:51: error: 'position.rope_theta' is never active: no point has what 'when' asks "
     "for\n"
     "    4 |   position.rope_theta: {values: [1e4, 1e5], when: {position: yarn}}\n"
     "      |                                                   ^ it is matched with the points, "
     "as in {position.type: yarn}"},
    {"baseline none",
     "base: [base.yaml]\n"
     "parameters:\n"
     "  position: {values: [rope, alibi]}\n"
     "baseline: {position: nope}\n",
     "s.yaml:4:11: error: no arm has what 'baseline' asks for\n"
     "    4 | baseline: {position: nope}\n"
     "      |           ^ write {path: value} as in 'parameters'"},
    {"baseline two",
     "base: [base.yaml]\n"
     "parameters:\n"
     "  position: {values: [rope, alibi]}\n"
     "  optim.lr: {values: [1e-3, 3e-3]}\n"
     "baseline: {position: rope}\n",
     "s.yaml:5:11: error: 2 arms have what 'baseline' asks for\n"
     "    5 | baseline: {position: rope}\n"
     "      |           ^ name more keys: 'position=rope lr=1e-3', 'position=rope lr=3e-3'"},
    {"seeds",
     "base: [base.yaml]\n"
     "parameters:\n"
     "  position: {values: [rope, alibi]}\n"
     "seeds: many\n",
     "s.yaml:4:8: error: expected a number of seeds from 1 to 10000, got 'many'\n"
     "    4 | seeds: many\n"
     "      |        ^~~~ how many, or a list: [1, 2, 3]"},
    {"seed twice",
     "base: [base.yaml]\n"
     "parameters:\n"
     "  position: {values: [rope, alibi]}\n"
     "seeds: [1, 2, 1]\n",
     "s.yaml:4:15: error: seed 1 is named twice\n"
     "    4 | seeds: [1, 2, 1]\n"
     "      |               ^"},
    {"seed and seeds",
     "base: [base.yaml]\n"
     "parameters:\n"
     "  seed: {values: [1, 2]}\n"
     "seeds: 3\n",
     "s.yaml:3:3: error: 'seed' is a parameter, and 'seeds' is given too\n"
     "    3 |   seed: {values: [1, 2]}\n"
     "      |   ^~~~"},
    {"method",
     "base: [base.yaml]\n"
     "method: gird\n"
     "parameters:\n"
     "  position: {values: [rope, alibi]}\n",
     "s.yaml:2:9: error: unknown value 'gird' for 'method'\n"
     "    2 | method: gird\n"
     "      |         ^~~~ did you mean 'grid'? (one of: grid, random, sobol, list)"},
    {"bayes",
     "base: [base.yaml]\n"
     "method: bayes\n"
     "parameters:\n"
     "  position: {values: [rope, alibi]}\n",
     "s.yaml:2:9: error: W&B's method 'bayes' is not supported\n"
     "    2 | method: bayes\n"
     "      |         ^~~~~ grid, random, sobol or list: arms are compared, not optimised"},
    {"wandb controller",
     "base: [base.yaml]\n"
     "controller: {type: local}\n"
     "parameters:\n"
     "  position: {values: [rope, alibi]}\n",
     "s.yaml:2:1: error: W&B's 'controller' is not supported\n"
     "    2 | controller: {type: local}\n"
     "      | ^~~~~~~~~~ there is no server: `sweep run` schedules"},
    {"no fragment",
     "base: [bse.yaml]\n"
     "parameters:\n"
     "  position: {values: [rope, alibi]}\n",
     "s.yaml:1:8: error: cannot read 'bse.yaml': No such file or directory\n"
     "    1 | base: [bse.yaml]\n"
     "      |        ^~~~~~~~"},
    {"combination",
     "base: [base.yaml]\n"
     "parameters:\n"
     "  model.num_attention_heads: {values: [2, 3]}\n",
     "base.yaml:1:22: error: hidden_size 32 is not a multiple of num_attention_heads 3: give "
     "head_dim\n"
     "    1 | model: {hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 2}\n"
     "      |                      ^~ arm 'num_attention_heads=3'"},
    {"interpolation circle",
     "base: [base.yaml]\n"
     "parameters:\n"
     "  optim.warmup: {value: \"${optim.batch_tokens}\"}\n"
     "  optim.batch_tokens: {value: \"${optim.warmup}\"}\n",
     "s.yaml:3:25: error: '${...}' goes round in a circle: ${optim.batch_tokens}, of "
     "'optim.batch_tokens'\n"
     "    3 |   optim.warmup: {value: \"${optim.batch_tokens}\"}\n"
     "      |                         ^~~~~~~~~~~~~~~~~~~~~~~\n"
     "base.yaml:5:19: error: a stage of 2048 tokens is shorter than one step of optim.batch_tokens "
     "16384\n"
     "    5 | stages: [{tokens: 2k, length: 64}]\n"
     "      |                   ^~\n"
     "2 errors"},
    {"timeout",
     "base: [base.yaml]\n"
     "limits: {timeout: 10x}\n",
     "s.yaml:2:19: error: expected a duration for 'timeout', got '10x'\n"
     "    2 | limits: {timeout: 10x}\n"
     "      |                   ^~~ seconds, or 90s, 30m, 2h, 1d"},
    {"list without include",
     "base: [base.yaml]\n"
     "method: list\n"
     "parameters:\n"
     "  optim.lr: {values: [1e-3, 3e-3]}\n",
     "s.yaml:2:9: error: method list needs 'include': its points\n"
     "    2 | method: list\n"
     "      |         ^~~~ include: [{optim.lr: 1e-3}, {optim.lr: 3e-3}]\n"
     "s.yaml:4:3: error: method list takes its points from 'include': 'optim.lr' may have one "
     "value\n"
     "    4 |   optim.lr: {values: [1e-3, 3e-3]}\n"
     "      |   ^~~~~~~~ method: grid crosses parameters\n"
     "2 errors"},
    {"several",
     "base: [base.yaml]\n"
     "metod: grid\n"
     "parameters:\n"
     "  optim.lrr: {values: [1e-3, 3e-3]}\n"
     "  position: {valuess: [rope, alibi]}\n"
     "seeds: 0\n"
     "metric: {name: test/loss, goal: minimise}\n",
     "s.yaml:2:1: error: unknown key 'metod'\n"
     "    2 | metod: grid\n"
     "      | ^~~~~ did you mean 'method'?\n"
     "s.yaml:4:9: error: unknown key 'lrr' in 'optim'\n"
     "    4 |   optim.lrr: {values: [1e-3, 3e-3]}\n"
     "      |         ^~~ did you mean 'lr'? (arm 'lrr=1e-3')\n"
     "s.yaml:5:14: error: unknown key 'valuess' in parameter 'position'\n"
     "    5 |   position: {valuess: [rope, alibi]}\n"
     "      |              ^~~~~~~ did you mean 'values' or 'value'?\n"
     "s.yaml:6:8: error: expected a number of seeds from 1 to 10000, got '0'\n"
     "    6 | seeds: 0\n"
     "      |        ^ how many, or a list: [1, 2, 3]\n"
     "s.yaml:7:33: error: unknown value 'minimise' for 'goal'\n"
     "    7 | metric: {name: test/loss, goal: minimise}\n"
     "      |                                 ^~~~~~~~ did you mean 'minimize'? (one of: minimize, "
     "maximize)\n"
     "5 errors"},
    {"values and a distribution",
     "base: [base.yaml]\n"
     "method: random\n"
     "run_cap: 2\n"
     "parameters:\n"
     "  optim.lr: {values: [1e-3, 3e-3], min: 0, mu: 1}\n",
     "s.yaml:5:36: error: 'min' is of a distribution, and there are values\n"
     "    5 |   optim.lr: {values: [1e-3, 3e-3], min: 0, mu: 1}\n"
     "      |                                    ^~~ values, or a distribution\n"
     "s.yaml:5:44: error: 'mu' is of a distribution, and there are values\n"
     "    5 |   optim.lr: {values: [1e-3, 3e-3], min: 0, mu: 1}\n"
     "      |                                            ^~ values, or a distribution\n"
     "2 errors"},
    {"probabilities of a distribution",
     "base: [base.yaml]\n"
     "method: random\n"
     "run_cap: 2\n"
     "parameters:\n"
     "  optim.lr: {min: 0.001, max: 0.1, probabilities: [1]}\n",
     "s.yaml:5:36: error: distribution 'uniform' has no 'probabilities'\n"
     "    5 |   optim.lr: {min: 0.001, max: 0.1, probabilities: [1]}\n"
     "      |                                    ^~~~~~~~~~~~~"},
    {"probabilities of a grid",
     "base: [base.yaml]\n"
     "parameters:\n"
     "  optim.lr: {values: [1e-3, 3e-3], probabilities: [0.5, 0.5]}\n",
     "s.yaml:3:3: error: a grid takes every value of 'optim.lr' once: its probabilities say "
     "nothing\n"
     "    3 |   optim.lr: {values: [1e-3, 3e-3], probabilities: [0.5, 0.5]}\n"
     "      |   ^~~~~~~~ method: random, or no probabilities"},
    {"wandb rungs",
     "base: [base.yaml]\n"
     "parameters:\n"
     "  optim.lr: {values: [1e-3, 3e-3]}\n"
     "early_terminate: {type: hyperband, min_iter: 3, min_tokens: 2M}\n",
     "s.yaml:4:36: error: W&B's 'min_iter' counts logged values: rungs are in tokens here\n"
     "    4 | early_terminate: {type: hyperband, min_iter: 3, min_tokens: 2M}\n"
     "      |                                    ^~~~~~~~ min_tokens: tokens of the first rung\n"
     "s.yaml:4:61: error: no run is evaluated on the way: eval.every is 0\n"
     "    4 | early_terminate: {type: hyperband, min_iter: 3, min_tokens: 2M}\n"
     "      |                                                             ^~ rungs compare "
     "eval/loss\n"
     "2 errors"},
    {"duplicate",
     "base: [base.yaml]\n"
     "parameters:\n"
     "  optim.lr: {value: 1e-3}\n"
     "  optim.lr: {value: 3e-3}\n",
     "s.yaml:4:3: error: duplicate key 'optim.lr'\n"
     "    4 |   optim.lr: {value: 3e-3}\n"
     "      |   ^~~~~~~~ first at line 3 column 3"},
    {"wandb nested",
     "base: [base.yaml]\n"
     "parameters:\n"
     "  optim: {parameters: {lr: {values: [1e-3, x]}}}\n",
     "s.yaml:3:44: error: expected a number for 'lr', got 'x'\n"
     "    3 |   optim: {parameters: {lr: {values: [1e-3, x]}}}\n"
     "      |                                            ^ arm 'lr=x'"},
};

TEST(messages)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sweep *s;
        struct error e = {0};
        put_file("s.yaml", cases[i].text, strlen(cases[i].text));
        ck_assert_msg(sweep_open(&s, "s.yaml", 0, NULL, &e) == E_USAGE, "%s: accepted",
                      cases[i].name);
        ck_assert_msg(strcmp(e.text, cases[i].message) == 0, "%s:\n%s\nexpected:\n%s",
                      cases[i].name, e.text, cases[i].message);
    }
}
END

int main(void)
{
    enter_scratch();
    return scratch_close(run_tests("refused sweep files", messages, NULL));
}
