/* Overrides of the command line: what they do, and the exact message of what they cannot. */
#include "tests/base/conf_fixture.h"

static const char base[] = "seed: 1\n"
                           "model: {hidden_size: 8}\n"
                           "position: {type: yarn, factor: 2}\n"
                           "stages:\n"
                           "  - {tokens: 4k, length: 16}\n"
                           "  - {tokens: 8k, length: 32}\n";

static struct conf *with(struct run *r, int argc, const char *const *argv)
{
    struct conf *c;
    struct error e;
    MUST(conf_open_text(&c, "run.yaml", base, &e), &e);
    conf_override(c, argc, (char *const *)argv);
    conf_bind(c, &rows, r);
    MUST(conf_finish(c, &e), &e);
    return c;
}

#define WITH(r, ...)                                                                               \
    with(r, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *),                           \
         (const char *const[]){__VA_ARGS__})

TEST(overrides_set_merge_replace_add_and_remove)
{
    struct run r;
    struct conf *c =
        WITH(&r, "model.hidden_size=16", "optim={lr: 0.5}", "optim.schedule=wsd", "+threads=3",
             "~seed", "stages[1].tokens=1M", "position.theta=500", "~stages[0]", "++name=x");
    const struct stage *s = r.stages.v;
    const struct rope_opts *o = r.position.v[0].opts;
    ck_assert_int_eq(r.model.hidden_size, 16);
    ck_assert(r.optim.lr == 0.5 && r.optim.schedule == 3);
    ck_assert_int_eq(r.threads, 3);
    ck_assert_int_eq(r.seed, 1);
    ck_assert_int_eq(r.stages.n, 1);
    ck_assert_int_eq(s[0].tokens, 1 << 20);
    ck_assert(o->theta == 500 && o->factor == 2);
    ck_assert_str_eq(r.name, "x");
    const struct place p = conf_place(c, &r.model.hidden_size);
    ck_assert_str_eq(p.file, "argument 1");
    ck_assert(p.line == 0 && p.column == 19);
    conf_close(c);
}
END

TEST(a_map_with_type_replaces)
{
    struct run r;
    struct conf *c = WITH(&r, "position={type: linear, factor: 8}");
    const struct rope_opts *o = r.position.v[0].opts;
    ck_assert(r.position.v[0].type == &linear && o->factor == 8 && o->theta == 10000);
    conf_close(c);
    c = WITH(&r, "position={factor: 8}", "position[0].theta=7");
    o = r.position.v[0].opts;
    ck_assert(r.position.v[0].type == &yarn && o->factor == 8 && o->theta == 7);
    conf_close(c);
}
END

TEST(a_missing_entry_can_be_appended)
{
    struct run r;
    struct conf *c = WITH(&r, "+stages[2]={tokens: 3, length: 1}", "stages[2].tokens=4");
    ck_assert_int_eq(r.stages.n, 3);
    ck_assert_int_eq(((const struct stage *)r.stages.v)[2].tokens, 4);
    conf_close(c);
}
END

TEST(values_are_yaml)
{
    struct run r;
    struct conf *c = WITH(&r, "name=", "tasks=[a, 'b c', no]", "optim.betas=[0, 0x1]",
                          "position=[rope, {type: nope, layers: [0]}]", "model.qk_norm=true");
    ck_assert_str_eq(r.name, "");
    ck_assert_int_eq(r.tasks.n, 3);
    ck_assert_str_eq(r.tasks.v[1], "b c");
    ck_assert_str_eq(r.tasks.v[2], "no");
    ck_assert(r.optim.betas.v[1] == 1 && r.model.qk_norm);
    ck_assert_int_eq(r.position.n, 2);
    ck_assert(!conf_layers_has(&r.position.v[1].layers, 1));
    conf_close(c);
}
END

static const struct {
    const char *name;
    const char *argument[2];
    const char *message;
} cases[] = {
    {"an unknown key",
     {"model.hiden_size=4"},
     "argument 1:7: error: unknown key 'hiden_size' in 'model'\n"
     "      | model.hiden_size=4\n"
     "      |       ^~~~~~~~~~ did you mean 'hidden_size'?"},
    {"an unknown section",
     {"modell.hidden_size=4"},
     "argument 1:1: error: unknown key 'modell'\n"
     "      | modell.hidden_size=4\n"
     "      | ^~~~~~ did you mean 'model'?"},
    {"a bad value",
     {"seed=1", "model.hidden_size=many"},
     "argument 2:19: error: expected an integer for 'hidden_size', got 'many'\n"
     "      | model.hidden_size=many\n"
     "      |                   ^~~~"},
    {"a value out of range",
     {"optim.lr=11"},
     "argument 1:10: error: 'lr' is 11, must be from 0 to 10\n"
     "      | optim.lr=11\n"
     "      |          ^~"},
    {"no value",
     {"model.hidden_size"},
     "argument 1:1: error: a value is missing\n"
     "      | model.hidden_size\n"
     "      | ^~~~~ write model.hidden_size=value"},
    {"an option",
     {"--threads=2"},
     "argument 1:1: error: expected key=value, got an option\n"
     "      | --threads=2\n"
     "      | ^~~~~~~~~ options stand before the overrides"},
    {"an empty name",
     {"model..hidden_size=4"},
     "argument 1:7: error: a key is missing\n"
     "      | model..hidden_size=4\n"
     "      |       ^~~~~~~~~~~~ write key=value"},
    {"nothing",
     {""},
     "argument 1:1: error: a key is missing\n"
     "      | \n"
     "      | ^ write key=value"},
    {"no name",
     {"=4"},
     "argument 1:1: error: a key is missing\n"
     "      | =4\n"
     "      | ^~ write key=value"},
    {"an index that is no number",
     {"stages[x].tokens=4"},
     "argument 1:7: error: expected an entry's number, as in stages[0]\n"
     "      | stages[x].tokens=4\n"
     "      |       ^~"},
    {"an index that is not closed",
     {"stages[0.tokens=4"},
     "argument 1:7: error: expected an entry's number, as in stages[0]\n"
     "      | stages[0.tokens=4\n"
     "      |       ^~"},
    {"text behind an index",
     {"stages[0]tokens=4"},
     "argument 1:10: error: expected '.' or '='\n"
     "      | stages[0]tokens=4\n"
     "      |          ^~~~~~ write key=value"},
    {"an entry that is not there",
     {"stages[2].tokens=4"},
     "argument 1:1: error: 'stages' has no entry 2\n"
     "      | stages[2].tokens=4\n"
     "      | ^~~~~~ it has 2 entries"},
    {"an entry of nothing",
     {"tasks[0]=a"},
     "argument 1:1: error: 'tasks' has no entry 0\n"
     "      | tasks[0]=a\n"
     "      | ^~~~~ it has 0 entries"},
    {"a key of a list",
     {"stages.tokens=4"},
     "argument 1:8: error: 'stages' is a list, not a map\n"
     "      | stages.tokens=4\n"
     "      |        ^~~~~~ name an entry, as in stages[0]"},
    {"a key of a number",
     {"seed.x=4"},
     "argument 1:6: error: 'seed' is '1', not a map\n"
     "      | seed.x=4\n"
     "      |      ^ write seed={x: ...}"},
    {"+ of what is there",
     {"+seed=2"},
     "argument 1:2: error: 'seed' is set already\n"
     "      | +seed=2\n"
     "      |  ^~~~ at line 1 column 7; drop the '+'"},
    {"+ of what an argument set",
     {"threads=1", "+threads=2"},
     "argument 2:2: error: 'threads' is set already\n"
     "      | +threads=2\n"
     "      |  ^~~~~~~ drop the '+'"},
    {"+ of an unknown key",
     {"+sede=2"},
     "argument 1:2: error: unknown key 'sede'\n"
     "      | +sede=2\n"
     "      |  ^~~~ did you mean 'seed'?"},
    {"~ of what is not there",
     {"~model.hidden"},
     "argument 1:8: error: nothing to remove: 'model.hidden' is not set\n"
     "      | ~model.hidden\n"
     "      |        ^~~~~~ did you mean 'hidden_size'?"},
    {"~ of an entry that is not there",
     {"~stages[3]"},
     "argument 1:2: error: 'stages' has no entry 3\n"
     "      | ~stages[3]\n"
     "      |  ^~~~~~ it has 2 entries"},
    {"~ of a required key",
     {"~model.hidden_size"},
     "run.yaml:2:1: error: missing key 'hidden_size' in 'model'\n"
     "    2 | model: {hidden_size: 8}\n"
     "      | ^~~~~ hidden_size: width"},
    {"a bracket that is not closed",
     {"optim.betas=[0.9,"},
     "argument 1:13: error: '[' is never closed\n"
     "      | optim.betas=[0.9,\n"
     "      |             ^ opened here; a ']' is missing"},
    {"a quote that is not closed",
     {"name='x"},
     "argument 1:6: error: the quote is never closed\n"
     "      | name='x\n"
     "      |      ^~ opened here"},
    {"a star",
     {"tasks=*.txt"},
     "argument 1:7: error: a name must follow '*'\n"
     "      | tasks=*.txt\n"
     "      |       ^~~~~ quote the value if it is text"},
    {"a percent sign",
     {"tasks=%x"},
     "argument 1:7: error: a plain value cannot begin with '%'\n"
     "      | tasks=%x\n"
     "      |       ^~ quote the value"},
    {"a comment",
     {"name=#x"},
     "argument 1:6: error: expected a value, got a comment\n"
     "      | name=#x\n"
     "      |      ^~ quote the value"},
    {"an empty number",
     {"seed="},
     "argument 1:6: error: expected a count (such as 4096, 64k, 20M or 3e6) for 'seed', got the "
     "empty string\n"
     "      | seed=\n"
     "      |      ^"},
    {"an unknown type",
     {"position={type: yarm}"},
     "argument 1:17: error: unknown position encoding 'yarm'\n"
     "      | position={type: yarm}\n"
     "      |                 ^~~~ did you mean 'yarn'?"},
    {"an option of another type",
     {"position.factor=4", "stages[1].position={type: rope, factor: 2}"},
     "argument 2:33: error: 'factor' is not an option of 'rope'\n"
     "      | stages[1].position={type: rope, factor: 2}\n"
     "      |                                 ^~~~~~ types with 'factor': linear, yarn"},
    {"wide characters",
     {"name.\xE8\xAA\x9E=1"},
     "argument 1:6: error: expected a string for 'name', got a map\n"
     "      | name.\xE8\xAA\x9E=1\n"
     "      |      ^~"},
    {"a long argument",
     {"tasks=[loss_by_position, loss_by_position, loss_by_position, loss_by_position, "
      "loss_by_position, loss_by_position, loss_by_position, {a: 1}]"},
     "argument 1:134: error: expected a string for 'tasks', got a map\n"
     "      | ...tion, loss_by_position, loss_by_position, loss_by_position, {a: 1}]\n"
     "      |                                                                ^"},
    {"two lines",
     {"optim={lr: 1,\n"
      "lrr: 2}"},
     "argument 1:2:1: error: unknown key 'lrr' in 'optim'\n"
     "    2 | lrr: 2}\n"
     "      | ^~~~~~~ did you mean 'lr'?"},
    {"a second document",
     {"seed=1\n"
      "---\n"
      "2"},
     "argument 1:2:1: error: a second document: one is expected\n"
     "    2 | ---\n"
     "      | ^~~ the first is read, this one is not"},
    {"a path too long",
     {"a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a=1"},
     "argument 1:63: error: a path of more than 31 names\n"
     "      | a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a=1\n"
     "      |                                                               ^"},
    {"an entry of what is no list",
     {"~seed[0]"},
     "argument 1:2: error: 'seed' has no entry 0\n"
     "      | ~seed[0]\n"
     "      |  ^~~~ it is not a list"},
    {"an entry past one map",
     {"position[1].factor=4"},
     "argument 1:1: error: 'position' has no entry 1\n"
     "      | position[1].factor=4\n"
     "      | ^~~~~~~~ it is not a list"},
    {"a line break in a value",
     {"seed=\"a\\nb\\x1b\""},
     "argument 1:6: error: expected a count (such as 4096, 64k, 20M or 3e6) for 'seed', got the "
     "string 'a\\nb\\x1B'\n"
     "      | seed=\"a\\nb\\x1b\"\n"
     "      |      ^~~~~~~~~~"},
    {"aliases of the file",
     {"optim=*base"},
     "argument 1:7: error: unknown anchor 'base'\n"
     "      | optim=*base\n"
     "      |       ^~~~~ '*' begins an alias: quote the value if it is text"},
};

TEST(every_case_has_its_message)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct run r;
        struct error e;
        struct conf *c;
        char *argv[2] = {(char *)cases[i].argument[0], (char *)cases[i].argument[1]};
        MUST(conf_open_text(&c, "run.yaml", base, &e), &e);
        conf_override(c, argv[1] ? 2 : 1, argv);
        conf_bind(c, &rows, &r);
        ck_assert_int_eq(conf_finish(c, &e), E_USAGE);
        ck_assert_msg(strcmp(e.text, cases[i].message) == 0, "%s:\n%s\nexpected:\n%s",
                      cases[i].name, e.text, cases[i].message);
        conf_close(c);
    }
}
END

int main(void)
{
    return run_tests("conf_override", overrides_set_merge_replace_add_and_remove,
                     a_map_with_type_replaces, a_missing_entry_can_be_appended, values_are_yaml,
                     every_case_has_its_message, NULL);
}
