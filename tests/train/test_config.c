/* A run's configuration: the design's example, inheritance, identity, and what cannot be a run. */
#include <unistd.h>

#include "src/train/config.h"
#include "tests/testing.h"

static const char small[] =
    "model: {hidden_size: 64, num_hidden_layers: 4, num_attention_heads: 4}\n"
    "position: {type: rope}\n"
    "stages: [{tokens: 1M, length: 256}]\n";

static const char example[] =
    "seed: 1\n"
    "model: {hidden_size: 256, num_hidden_layers: 6, num_attention_heads: 4, vocab_size: 4096,\n"
    "        qk_norm: false, recompute: none}\n"
    "position: {type: rope, rope_theta: 10000}\n"
    "data:\n"
    "  sources: [{name: books, path: corpora/books/*.txt, weight: 0.6},\n"
    "            {name: rfcs, path: corpora/rfcs.jsonl, weight: 0.4}]\n"
    "  tokenizer: bytes\n"
    "  mixer: {type: static}\n"
    "  packing: {type: concat, document_mask: true, reset_positions: true}\n"
    "optim: {type: adamw, lr: 1e-3, warmup: 1M, schedule: cosine, weight_decay: 0.1,\n"
    "        betas: [0.9, 0.95], clip: 1.0, batch_tokens: 16k}\n"
    "stages:\n"
    "  - {tokens: 20M, length: 256}\n"
    "  - {tokens: 5M, length: {type: staged, lengths: [256, 2048], at: [0.5]},\n"
    "     position: {type: rope, rope_theta: 500000}, lr: {rewarm: 200k}}\n"
    "  - {tokens: 1M, mixer: {type: static, weights: [1, 2]}}\n"
    "eval: {every: 2M, tasks: [loss_by_position]}\n"
    "checkpoint: {every: 5M, keep: 2}\n";

enum { ARGUMENTS = 4 };

/* The text as a file "run.yaml" in a folder of its own, which is the present one. */
static int load(struct conf **c, struct run_config *run, const char *text,
                const char *const *arguments, struct error *e)
{
    char folder[] = "/tmp/ropewalk_config_XXXXXX";
    ck_assert(mkdtemp(folder) != NULL && chdir(folder) == 0);
    FILE *f = fopen("run.yaml", "w");
    ck_assert(f != NULL);
    fputs(text, f);
    fclose(f);
    int n = 0;
    while (arguments && n < ARGUMENTS && arguments[n]) n++;
    const int status = run_config_load(c, run, "run.yaml", n, (char *const *)arguments, e);
    unlink("run.yaml");
    ck_assert(chdir("/") == 0 && rmdir(folder) == 0);
    return status;
}

static void id_of(const char *text, const char *argument, char id[13])
{
    struct conf *c;
    struct run_config run;
    struct error e;
    MUST(load(&c, &run, text, (const char *const[ARGUMENTS]){argument}, &e), &e);
    run_config_id(&run, "fingerprint", id);
    conf_close(c);
}

static const struct stage_config *stage(const struct run_config *run, int i)
{
    return (const struct stage_config *)run->stages.v + i;
}

TEST(the_example_is_a_run)
{
    struct conf *c;
    struct run_config r;
    struct error e;
    MUST(load(&c, &r, example, NULL, &e), &e);
    ck_assert(r.model.head_dim == 64 && r.model.num_key_value_heads == 4);
    ck_assert(r.model.intermediate_size == 704 && r.model.vocab_size == 4096);
    ck_assert(r.data.sources.n == 2 && r.optim.batch_tokens == 16384);
    ck_assert(r.optim.betas.n == 2 && r.optim.min_lr == 0.1 && r.checkpoint.keep == 2);
    ck_assert_int_eq(run_config_tokens(&r), (int64_t)26 << 20);
    ck_assert_int_eq(run_config_longest_row(&r), 2048);
    ck_assert_int_eq(r.eval.length, 2048);
    ck_assert_str_eq(r.runs, "runs");
    conf_close(c);
}
END

TEST(stages_inherit_what_they_do_not_name)
{
    struct conf *c;
    struct run_config r;
    struct error e;
    MUST(load(&c, &r, example, NULL, &e), &e);
    ck_assert_str_eq(stage(&r, 0)->name, "stage1");
    ck_assert_str_eq(stage(&r, 2)->name, "stage3");
    ck_assert_ptr_eq(stage(&r, 0)->position.v, r.position.v);
    ck_assert_ptr_ne(stage(&r, 1)->position.v, r.position.v);
    ck_assert_ptr_eq(stage(&r, 2)->position.v, stage(&r, 1)->position.v);
    ck_assert_ptr_eq(stage(&r, 1)->mixer.opts, r.data.mixer.opts);
    ck_assert_ptr_ne(stage(&r, 2)->mixer.opts, r.data.mixer.opts);
    ck_assert_ptr_eq(stage(&r, 2)->length.opts, stage(&r, 1)->length.opts);
    ck_assert(stage(&r, 1)->lr.rewarm == 200 << 10 && stage(&r, 2)->lr.rewarm == 0);
    conf_close(c);
}
END

TEST(defaults_are_complete)
{
    struct conf *c;
    struct run_config r;
    struct error e;
    MUST(load(&c, &r, small, NULL, &e), &e);
    ck_assert(r.data.mixer.type && strcmp(r.data.mixer.type->name, "static") == 0);
    ck_assert(r.data.mixer.opts && stage(&r, 0)->mixer.opts);
    ck_assert(r.optim.betas.n == 2 && r.optim.betas.v[0] == 0.9 && r.optim.betas.v[1] == 0.95);
    ck_assert(r.eval.tasks.n == 1 && strcmp(r.eval.tasks.v[0].type->name, "loss_by_position") == 0);
    conf_close(c);
}
END

TEST(identity_is_of_what_decides_the_result)
{
    static const char *const same[] = {"threads=3",          "name=x",        "runs=/tmp",
                                       "checkpoint.keep=9",  "seed=1",        "optim.lr=1e-3",
                                       "stages[0].name=one", "position=rope", "eval.length=256"};
    static const char *const other[] = {"seed=2",
                                        "optim.lr=2e-3",
                                        "stages[0].tokens=2M",
                                        "stages[0].length=128",
                                        "position.rope_theta=500",
                                        "model.qk_norm=true",
                                        "position=nope",
                                        "data.mixer={weights: [1]}"};
    char id[13], again[13];
    id_of(small, NULL, id);
    ck_assert_int_eq(strspn(id, "0123456789abcdef"), 12);
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        id_of(small, same[i], again);
        ck_assert_msg(strcmp(id, again) == 0, "%s", same[i]);
    }
    for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
        id_of(small, other[i], again);
        ck_assert_msg(strcmp(id, again) != 0, "%s", other[i]);
    }
    struct conf *c;
    struct run_config r;
    struct error e;
    MUST(load(&c, &r, small, NULL, &e), &e);
    run_config_id(&r, "other data", again);
    ck_assert_str_ne(id, again);
    conf_close(c);
}
END

TEST(the_resolved_configuration_is_the_same_run)
{
    for (int all = 0; all < 2; all++) {
        struct conf *c;
        struct run_config r;
        struct error e;
        char *text = NULL, id[13], again[13];
        size_t n = 0;
        MUST(load(&c, &r, example, NULL, &e), &e);
        run_config_id(&r, "fingerprint", id);
        FILE *f = open_memstream(&text, &n);
        ck_assert_int_eq(conf_write(f, &run_schema, &r, all), OK);
        fclose(f);
        conf_close(c);
        id_of(text, NULL, again);
        ck_assert_str_eq(id, again);
        free(text);
    }
}
END

static const struct {
    const char *name;
    const char *argument[ARGUMENTS];
    const char *message;
} cases[] = {
    {"heads that do not share",
     {"model.num_key_value_heads=3"},
     "argument 1:27: error: num_attention_heads 4 is not a multiple of num_key_value_heads 3\n"
     "      | model.num_key_value_heads=3\n"
     "      |                           ^"},
    {"a width that heads do not divide",
     {"model.hidden_size=65"},
     "argument 1:19: error: hidden_size 65 is not a multiple of num_attention_heads 4: give "
     "head_dim\n"
     "      | model.hidden_size=65\n"
     "      |                   ^~"},
    {"an odd head",
     {"model.head_dim=15"},
     "run.yaml:2:11: error: partial_rotary_factor 1 of head_dim 15 gives 15 rotated channels: an "
     "even number from 2 to 14 is valid\n"
     "    2 | position: {type: rope}\n"
     "      |           ^"},
    {"two rotary encodings",
     {"position=[rope, {type: rope, rope_theta: 500}]"},
     "argument 1:10: error: layer 0 has two rotary encodings in its stack: name `layers` so that "
     "each layer has one\n"
     "      | position=[rope, {type: rope, rope_theta: 500}]\n"
     "      |          ^"},
    {"a layer that is not there",
     {"position=[{type: rope, layers: [0, 4]}, {type: nope, layers: 1-3}]"},
     "argument 1:32: error: there is no layer 4: the last is 3\n"
     "      | position=[{type: rope, layers: [0, 4]}, {type: nope, layers: 1-3}]\n"
     "      |                                ^"},
    {"a pattern that meets no layer",
     {"position={type: rope, layers: {every: 8, offset: 6}}"},
     "argument 1:31: error: layers from 6 on: the last is 3\n"
     "      | position={type: rope, layers: {every: 8, offset: 6}}\n"
     "      |                               ^"},
    {"a window on a layer that is not there",
     {"model.sliding_window=8", "model.sliding_window_layers=[9]"},
     "argument 2:29: error: there is no layer 9: the last is 3\n"
     "      | model.sliding_window_layers=[9]\n"
     "      |                             ^"},
    {"scaling that scales nothing",
     {"position={type: linear, factor: 1}"},
     "argument 1:10: error: encoding 'linear' is plain rope at every length of this run, up to "
     "256\n"
     "      | position={type: linear, factor: 1}\n"
     "      |          ^ say `type: rope` if that is what you mean"},
    {"no position",
     {"~position"},
     "run.yaml: error: missing key 'position'\n"
     "      | for example `position: {type: rope}`"},
    {"no stages",
     {"~stages"},
     "run.yaml: error: missing key 'stages'\n"
     "      | for example `stages: [{tokens: 1M, length: 256}]`"},
    {"empty stages",
     {"stages=[]"},
     "argument 1:8: error: missing key 'stages'\n"
     "      | stages=[]\n"
     "      |        ^ for example `stages: [{tokens: 1M, length: 256}]`"},
    {"no length",
     {"~stages[0].length"},
     "run.yaml:3:10: error: missing key 'length' in 'stages[0]', the first stage\n"
     "    3 | stages: [{tokens: 1M, length: 256}]\n"
     "      |          ^ for example `length: 256`"},
    {"a length of no type",
     {"stages[0].length=linaer"},
     "argument 1:18: error: unknown length curriculum 'linaer'\n"
     "      | stages[0].length=linaer\n"
     "      |                  ^~~~~~ did you mean 'linear'?"},
    {"a window of nothing as a length",
     {"stages[0].length=0"},
     "argument 1:18: error: 'length' is 0, must be from 1 to 16777216\n"
     "      | stages[0].length=0\n"
     "      |                  ^"},
    {"a stage shorter than a step",
     {"stages[0].tokens=1000"},
     "argument 1:18: error: a stage of 1000 tokens is shorter than one step of optim.batch_tokens "
     "16384\n"
     "      | stages[0].tokens=1000\n"
     "      |                  ^~~~"},
    {"a row longer than a step",
     {"stages[0].length=32768"},
     "argument 1:18: error: a row of 32768 tokens is longer than a step of optim.batch_tokens "
     "16384\n"
     "      | stages[0].length=32768\n"
     "      |                  ^~~~~"},
    {"a curriculum that never switches",
     {"stages[0].length={type: staged, lengths: [64, 256], at: [2e6]}"},
     "argument 1:18: error: length staged: point 2e+06 of `at` is never reached, the stage has "
     "1048576 tokens\n"
     "      | stages[0].length={type: staged, lengths: [64, 256], at: [2e6]}\n"
     "      |                  ^"},
    {"a bad second stage",
     {"+stages[1]={tokens: 1M, length: {type: staged, lengths: []}}"},
     "argument 1:33: error: length staged: `lengths` is missing (for example [256, 1024])\n"
     "      | +stages[1]={tokens: 1M, length: {type: staged, lengths: []}}\n"
     "      |                                 ^"},
    {"a warm-up as long as the run",
     {"optim.warmup=1M"},
     "argument 1:14: error: warm-up of 1048576 tokens is not shorter than the run's 1048576 "
     "tokens\n"
     "      | optim.warmup=1M\n"
     "      |              ^~"},
    {"a re-warming longer than the stage",
     {"stages[0].lr.rewarm=2M"},
     "argument 1:21: error: warming up over 2097152 tokens is not shorter than the stage's 1048576 "
     "tokens\n"
     "      | stages[0].lr.rewarm=2M\n"
     "      |                     ^~"},
    {"three betas",
     {"optim.betas=[0.9, 0.95, 0.99]"},
     "argument 1:13: error: betas has 3 values: two are needed, like [0.9, 0.95]\n"
     "      | optim.betas=[0.9, 0.95, 0.99]\n"
     "      |             ^"},
    {"a beta of 1",
     {"optim.betas=[0.9, 1]"},
     "argument 1:19: error: beta 1 is not in [0, 1)\n"
     "      | optim.betas=[0.9, 1]\n"
     "      |                   ^"},
    {"micro-batches larger than a step",
     {"optim.micro_tokens=32k"},
     "argument 1:20: error: micro_tokens 32768 is more than batch_tokens 16384\n"
     "      | optim.micro_tokens=32k\n"
     "      |                    ^~~"},
    {"micro-batches shorter than a row",
     {"optim.micro_tokens=128"},
     "argument 1:20: error: micro_tokens 128 is less than the longest row, 256 tokens\n"
     "      | optim.micro_tokens=128\n"
     "      |                    ^~~"},
    {"an unknown task",
     {"eval.tasks=[loss_by_position, firs_sentence]"},
     "argument 1:31: error: unknown task 'firs_sentence'\n"
     "      | eval.tasks=[loss_by_position, firs_sentence]\n"
     "      |                               ^~~~~~~~~~~~~ did you mean 'first_sentence'?"},
    {"a section misspelt",
     {"optimizer.lr=1"},
     "argument 1:1: error: unknown key 'optimizer'\n"
     "      | optimizer.lr=1\n"
     "      | ^~~~~~~~~ did you mean 'optim'?"},
    {"an optimiser's key at the top",
     {"lr=1"},
     "argument 1:1: error: unknown key 'lr'\n"
     "      | lr=1\n"
     "      | ^~ 'lr' belongs under 'optim', 'stages[]' or 'stages[].batch'"},
    {"rows that do not fill a step",
     {"stages[0].length=384"},
     "argument 1:18: error: steps of 16384 tokens are not whole rows of 384 tokens\n"
     "      | stages[0].length=384\n"
     "      |                  ^~~"},
    {"a list of lengths that do not fill a step",
     {"stages[0].length={type: discrete, lengths: [64, 96]}"},
     "argument 1:18: error: steps of 16384 tokens are not whole rows of 96 tokens\n"
     "      | stages[0].length={type: discrete, lengths: [64, 96]}\n"
     "      |                  ^"},
    {"a window larger than a row",
     {"+stages[0].window={type: skyladder}"},
     "argument 1:19: error: a window of 8192 tokens is larger than the longest row, 256 tokens\n"
     "      | +stages[0].window={type: skyladder}\n"
     "      |                   ^"},
    {"rows longer than a learned table",
     {"position={type: learned_absolute, max_position_embeddings: 128}"},
     "argument 1:10: error: rows of 256 tokens are longer than the 128 positions of "
     "learned_absolute\n"
     "      | position={type: learned_absolute, max_position_embeddings: 128}\n"
     "      |          ^"},
    {"skips to a target that rows pass",
     {"position=[{type: rope}, {type: pose, max_position_embeddings: 128}]"},
     "argument 1:25: error: rows of 256 tokens are longer than the 128 positions of pose\n"
     "      | position=[{type: rope}, {type: pose, max_position_embeddings: 128}]\n"
     "      |                         ^"},
    {"positions that nothing reads",
     {"position={type: randomized}"},
     "argument 1:10: error: randomized changes position ids, which nothing else here reads: stack "
     "it with an encoding that does, for example [{type: rope}, {type: randomized}]\n"
     "      | position={type: randomized}\n"
     "      |          ^"},
    {"a fork with a name that is no folder",
     {"+stages[0].name=a/b", "+stages[0].fork=true"},
     "argument 1:17: error: 'a/b' cannot name the folder of a fork: no '/' and no '.' at the "
     "start\n"
     "      | +stages[0].name=a/b\n"
     "      |                 ^~~"},
    {"two stages of one name",
     {"stages=[{name: a, tokens: 1M, length: 256}, {name: a, tokens: 1M, moments: scale}]"},
     "argument 1:52: error: stages 1 and 2 are both named 'a'\n"
     "      | stages=[{name: a, tokens: 1M, length: 256}, {name: a, tokens: 1M, moments: scale}]\n"
     "      |                                                    ^\n"
     "argument 1:76: error: moments are scaled by no factor: 'moments_scale' is missing\n"
     "      | stages=[{name: a, tokens: 1M, length: 256}, {name: a, tokens: 1M, moments: scale}]\n"
     "      |                                                                            ^~~~~ for "
     "example `moments_scale: 0.5`\n"
     "2 errors"},
    {"rows that no pool holds",
     {"data.packing={type: decompose, shortest: 64}",
      "stages[0].length={type: linear, from: 64, to: "
      "256}"},
     "argument 2:18: error: decomposed documents have no pieces of 67 tokens: powers of two from "
     "64 "
     "are valid\n"
     "      | stages[0].length={type: linear, from: 64, to: 256}\n"
     "      |                  ^ see data.packing.shortest"},
    {"a shortest piece of no pool",
     {"data.packing={shortest: 96}"},
     "argument 1:25: error: 'shortest' is 96, must be a power of two\n"
     "      | data.packing={shortest: 96}\n"
     "      |                         ^~ for example 256\n"
     "argument 1:25: error: 'shortest' has no effect on other packings\n"
     "      | data.packing={shortest: 96}\n"
     "      |                         ^~ add `type: decompose`\n"
     "2 errors"},
    {"two budgets",
     {"+stages[0].steps=10"},
     "argument 1:18: error: stage 'stage1' has two budgets\n"
     "      | +stages[0].steps=10\n"
     "      |                  ^~ one of tokens, steps, flops, seconds, fraction"},
    {"no budget",
     {"~stages[0].tokens"},
     "run.yaml:3:10: error: missing key 'tokens' in 'stages[0]'\n"
     "    3 | stages: [{tokens: 1M, length: 256}]\n"
     "      |          ^ or steps, flops, seconds, or a `budget` of the run"},
    {"a budget beside the run's",
     {"+budget={steps: 10}"},
     "run.yaml:3:10: error: stage 'stage1' has a budget of its own beside the run's `budget`\n"
     "    3 | stages: [{tokens: 1M, length: 256}]\n"
     "      |          ^ name a `fraction` of it, or nothing for the rest"},
    {"a fraction of nothing",
     {"~stages[0].tokens", "+stages[0].fraction=1"},
     "argument 2:21: error: a fraction of no budget: the run has none\n"
     "      | +stages[0].fraction=1\n"
     "      |                     ^ for example `budget: {tokens: 10M}`"},
    {"fractions that leave a rest",
     {"+budget={tokens: 1M}", "stages=[{fraction: 0.2, length: 64}, {fraction: 0.7}]"},
     "argument 2:49: error: fractions add up to 0.9, not to 1\n"
     "      | stages=[{fraction: 0.2, length: 64}, {fraction: 0.7}]\n"
     "      |                                                 ^~~ leave one stage without a "
     "fraction to give it the rest"},
    {"seconds beside tokens",
     {"+stages[1]={seconds: 10}"},
     "argument 1:22: error: a budget in seconds beside others leaves the learning rate no clock\n"
     "      | +stages[1]={seconds: 10}\n"
     "      |                      ^~ give every stage seconds, or none"},
    {"two things held constant",
     {"+stages[0].batch={rows: 4, tokens: 4k}"},
     "argument 1:25: error: two things are held constant\n"
     "      | +stages[0].batch={rows: 4, tokens: 4k}\n"
     "      |                         ^ one of tokens, rows, flops"},
    {"a ramp that begins below a row",
     {"+stages[0].batch={tokens: {type: linear, from: 128, to: 4096}}"},
     "run.yaml:3:31: error: a row of 256 tokens is longer than a step of batch.tokens 128\n"
     "    3 | stages: [{tokens: 1M, length: 256}]\n"
     "      |                               ^~~"},
    {"a restart of the first stage",
     {"+stages[0].lr={action: restart}"},
     "argument 1:24: error: the first stage begins the schedule: there is nothing to restart\n"
     "      | +stages[0].lr={action: restart}\n"
     "      |                        ^~~~~~~"},
    {"a scale without scaling",
     {"+stages[1]={tokens: 1M, moments_scale: 0.5}"},
     "argument 1:40: error: moments_scale has no effect on moments that are kept or reset\n"
     "      | +stages[1]={tokens: 1M, moments_scale: 0.5}\n"
     "      |                                        ^~~ add `moments: scale`"},
    {"several at once",
     {"model.head_dim=15", "optim.warmup=2M", "stages[0].length=1M"},
     "run.yaml:2:11: error: partial_rotary_factor 1 of head_dim 15 gives 15 rotated channels: an "
     "even number from 2 to 14 is valid\n"
     "    2 | position: {type: rope}\n"
     "      |           ^\n"
     "argument 2:14: error: warm-up of 2097152 tokens is not shorter than the run's 1048576 "
     "tokens\n"
     "      | optim.warmup=2M\n"
     "      |              ^~\n"
     "argument 3:18: error: a row of 1048576 tokens is longer than a step of optim.batch_tokens "
     "16384\n"
     "      | stages[0].length=1M\n"
     "      |                  ^~\n"
     "3 errors"},
};

TEST(every_case_has_its_message)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct conf *c;
        struct run_config r;
        struct error e = {0};
        ck_assert_int_eq(load(&c, &r, small, cases[i].argument, &e), E_USAGE);
        ck_assert_ptr_null(c);
        ck_assert_msg(strcmp(e.text, cases[i].message) == 0, "%s:\n%s\nexpected:\n%s",
                      cases[i].name, e.text, cases[i].message);
    }
}
END

int main(void)
{
    return run_tests("config", the_example_is_a_run, stages_inherit_what_they_do_not_name,
                     defaults_are_complete, identity_is_of_what_decides_the_result,
                     the_resolved_configuration_is_the_same_run, every_case_has_its_message, NULL);
}
