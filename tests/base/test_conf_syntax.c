/* Texts that are no YAML, or more than is allowed, with the exact message. */
#include "tests/base/conf_fixture.h"

static const struct bad_text cases[] = {
    {"an empty text", "", "run.yaml: error: the file is empty: expected a map of keys"},
    {"nothing but comments",
     "# nothing\n"
     "\n",
     "run.yaml: error: nothing but comments: expected a map of keys"},
    {"a list at the top", "- a\n",
     "run.yaml:1:1: error: expected a map of keys, got a list\n"
     "    1 | - a\n"
     "      | ^~~"},
    {"a second document",
     "model: {hidden_size: 8}\n"
     "---\n"
     "seed: 1\n",
     "run.yaml:2:1: error: a second document: one is expected\n"
     "    2 | ---\n"
     "      | ^~~ the first is read, this one is not"},
    {"a tab that indents",
     "model:\n"
     "\thidden_size: 8\n",
     "run.yaml:2:1: error: tab used for indentation\n"
     "    2 | \\thidden_size: 8\n"
     "      | ^~ indent with spaces"},
    {"a tab that continues",
     "seed: 1\n"
     "\tname: x\n",
     "run.yaml:2:1: error: tab used for indentation\n"
     "    2 | \\tname: x\n"
     "      | ^~ indent with spaces"},
    {"a quote that is not closed",
     "name: \"x\n"
     "seed: 1\n",
     "run.yaml:1:7: error: the quote is never closed\n"
     "    1 | name: \"x\n"
     "      |       ^~ opened here"},
    {"a bracket that is not closed",
     "optim:\n"
     "  betas: [0.9, 0.95\n"
     "  lr: 1\n",
     "run.yaml:2:10: error: '[' is never closed\n"
     "    2 |   betas: [0.9, 0.95\n"
     "      |          ^ opened here; a ']' is missing"},
    {"a bracket at the end", "optim: {betas: [0.9,",
     "run.yaml:1:8: error: '{' is never closed\n"
     "    1 | optim: {betas: [0.9,\n"
     "      |        ^ opened here; a '}' is missing"},
    {"a comma missing",
     "model: {\n"
     "  hidden_size: 8\n"
     "  qk_norm: true\n"
     "}\n",
     "run.yaml:3:10: error: expected ',' or '}'\n"
     "    3 |   qk_norm: true\n"
     "      |          ^ inside the '{' of line 1 column 8; is a ',' missing before this?"},
    {"a bracket in a word", "a: {b: 1, stages[0].length: 256}\n",
     "run.yaml:1:17: error: expected ',' or '}'\n"
     "    1 | a: {b: 1, stages[0].length: 256}\n"
     "      |                 ^ inside the '{' of line 1 column 4 a word with '[' needs quotes"},
    {"a colon too many", "name: a: b\n",
     "run.yaml:1:8: error: a second ':' in one line\n"
     "    1 | name: a: b\n"
     "      |        ^ quote the value, or begin a new line"},
    {"a key too deep",
     "seed: 1\n"
     "  name: x\n",
     "run.yaml:2:3: error: this key is indented deeper than the keys before it\n"
     "    2 |   name: x\n"
     "      |   ^~~~ keys of one map stand in one column"},
    {"a key too shallow",
     "model:\n"
     "    hidden_size: 8\n"
     "  qk_norm: true\n",
     "run.yaml:3:3: error: expected a key of the map that is open here\n"
     "    3 |   qk_norm: true\n"
     "      |   ^~~~~~~ the map began at line 1 column 1; check the indentation"},
    {"a colon missing",
     "seed: 1\n"
     "name\n"
     "threads: 2\n",
     "run.yaml:2:1: error: expected 'key: value'\n"
     "    2 | name\n"
     "      | ^~~~ a ':' is missing after the key, or '- ' before a list's entry"},
    {"a list behind a colon", "tasks: - a\n",
     "run.yaml:1:8: error: a list's '-' must begin a line\n"
     "    1 | tasks: - a\n"
     "      |        ^~~ or write the list as [a, b]"},
    {"a percent sign", "name: %x\n",
     "run.yaml:1:7: error: a plain value cannot begin with '%'\n"
     "    1 | name: %x\n"
     "      |       ^~ quote the value"},
    {"a star", "tasks: [*.txt]\n",
     "run.yaml:1:9: error: a name must follow '*'\n"
     "    1 | tasks: [*.txt]\n"
     "      |         ^~~~~ quote the value if it is text"},
    {"an unknown anchor",
     "a: &base {lr: 1}\n"
     "optim: *bse\n",
     "run.yaml:2:8: error: unknown anchor 'bse'\n"
     "    2 | optim: *bse\n"
     "      |        ^~~~ did you mean 'base'?"},
    {"an alias in its anchor", "optim: &o {a: *o}\n",
     "run.yaml:1:15: error: an alias inside its own anchor\n"
     "    1 | optim: &o {a: *o}\n"
     "      |               ^~"},
    {"an unknown escape", "name: \"\\q\"\n",
     "run.yaml:1:8: error: unknown escape in a double-quoted value\n"
     "    1 | name: \"\\q\"\n"
     "      |        ^~~ write '\\\\', or use single quotes"},
    {"text after a value", "name: 'a' b\n",
     "run.yaml:1:11: error: text after a value\n"
     "    1 | name: 'a' b\n"
     "      |           ^ quote the whole value"},
    {"a tag", "seed: !!int 1\n",
     "run.yaml:1:7: error: tag '!!int' is not supported\n"
     "    1 | seed: !!int 1\n"
     "      |       ^~~~~~~ values are typed by the key that they belong to"},
    {"a merge of no map",
     "model: {hidden_size: 8}\n"
     "optim: {<<: 3}\n",
     "run.yaml:2:13: error: '<<' merges maps, got '3'\n"
     "    2 | optim: {<<: 3}\n"
     "      |             ^"},
    {"an error behind an alias",
     "seed: &s x\n"
     "model: {hidden_size: 8}\n"
     "threads: *s\n",
     "run.yaml:1:7: error: expected a count (such as 4096, 64k, 20M or 3e6) for 'seed', got 'x'\n"
     "    1 | seed: &s x\n"
     "      |       ^~~~\n"
     "run.yaml:3:10: error: expected an integer for 'threads', got 'x'\n"
     "    3 | threads: *s\n"
     "      |          ^~ by way of the anchor at line 1 column 7\n"
     "2 errors"},
    {"invalid UTF-8",
     "name: \"gr\xFC\xDF"
     "e\"\n",
     "run.yaml:1:10: error: invalid UTF-8: byte 0xFC\n"
     "    1 | name: \"gr\\xFC\\xDFe\"\n"
     "      |          ^~~~~~~~~~ text must be UTF-8"},
    {"a control character",
     "name: a\x01"
     "b\n",
     "run.yaml:1:8: error: control character U+0001\n"
     "    1 | name: a\\x01b\n"
     "      |        ^~~~~"},
    {"wide characters before the caret",
     "model: {hidden_size: 8}\n"
     "tasks: [\xE8\xAA\x9E\xE8\xAA\x9E, {a: 1}]\n",
     "run.yaml:2:13: error: expected a string for 'tasks', got a map\n"
     "    2 | tasks: [\xE8\xAA\x9E\xE8\xAA\x9E, {a: 1}]\n"
     "      |               ^"},
    {"all errors at once",
     "model: {hidden_size: x, heads: 2}\n"
     "optim: {lr: 1, lr: 2}\n"
     "seed: 1\n"
     "sede: 1\n",
     "run.yaml:1:22: error: expected an integer for 'hidden_size', got 'x'\n"
     "    1 | model: {hidden_size: x, heads: 2}\n"
     "      |                      ^\n"
     "run.yaml:1:25: error: unknown key 'heads' in 'model'\n"
     "    1 | model: {hidden_size: x, heads: 2}\n"
     "      |                         ^~~~~ did you mean 'num_attention_heads'?\n"
     "run.yaml:2:16: error: duplicate key 'lr'\n"
     "    2 | optim: {lr: 1, lr: 2}\n"
     "      |                ^~ first at line 2 column 9\n"
     "run.yaml:4:1: error: unknown key 'sede'\n"
     "    4 | sede: 1\n"
     "      | ^~~~ did you mean 'seed'?\n"
     "4 errors"},
};

TEST(every_case_has_its_message)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) expect_message(&cases[i]);
}
END

static int open_status(const char *text, struct error *e)
{
    struct conf *c;
    const int status = conf_open_text(&c, "run.yaml", text, e);
    conf_close(c);
    return status;
}

TEST(nesting_is_bounded)
{
    char text[400] = "a: ";
    struct error e;
    for (int depth = 0; depth < 100; depth++) strcat(text, "[");
    ck_assert_int_eq(open_status(text, &e), E_USAGE);
    ck_assert_msg(strncmp(e.text, "run.yaml:1:68: error: nested deeper than 64 levels\n", 51) == 0,
                  "%s", e.text);
}
END

/* Ten anchors, each a list of nine of the one before: 9^10 values in 500 bytes. */
TEST(aliases_have_a_budget)
{
    char text[2048] = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1]\n";
    struct error e;
    for (int i = 1; i < 10; i++) {
        char line[128], entries[80] = "";
        for (int k = 0; k < 9; k++)
            sprintf(entries + strlen(entries), "%s*a%d", k ? ", " : "", i - 1);
        sprintf(line, "a%d: &a%d [%s]\n", i, i, entries);
        strcat(text, line);
    }
    ck_assert_int_eq(open_status(text, &e), E_USAGE);
    ck_assert_msg(strstr(e.text, "error: aliases expand to more than 100000 values"), "%s", e.text);
}
END

TEST(many_errors_are_cut_and_counted)
{
    char text[4096] = "model: {hidden_size: 8}\n";
    struct run r;
    struct error e;
    struct conf *c;
    for (int i = 0; i < 100; i++) sprintf(text + strlen(text), "key%d: 1\n", i);
    MUST(conf_open_text(&c, "run.yaml", text, &e), &e);
    conf_bind(c, &rows, &r);
    ck_assert_int_eq(conf_finish(c, &e), E_USAGE);
    const char *last = strrchr(e.text, '\n') + 1;
    int shown = 0;
    for (const char *s = e.text; (s = strstr(s, "unknown key")); s++) shown++;
    char expected[64];
    sprintf(expected, "100 errors, the first %d are shown", shown);
    ck_assert_str_eq(last, expected);
    ck_assert(shown > 20 && strlen(e.text) < sizeof e.text);
    conf_close(c);
}
END

/* Whatever stands in a file, it is read or refused: bytes of a good text are changed, swapped,
 * repeated and cut at random. */
TEST(no_text_breaks_the_reader)
{
    static const char good[] =
        "seed: &s 3\nmodel: &m {hidden_size: 0x10, qk_norm: true}\n"
        "position:\n  - {type: yarn, factor: 4.5e0, layers: {every: 2, offset: 1}}\n  - nope\n"
        "optim:\n  <<: {lr: 1e-4}\n  betas: [0.9, .99]\nstages:\n"
        "  - {tokens: 20M, length: 256}\n  - tokens: 5k # five\n    length: {length: 3, type: "
        "constant}\n    name: \"a\\tb \xE8\xAA\x9E\"\ntasks:\n  - 'a b'\n  - >\n    "
        "folded\nthreads: *s\n";
    static const char spice[] = "[]{}:,&*#?|-<>=!%@\"'\n\t \\~\x80\xFF\xE8"
                                "a0.e";
    struct rng rng = rng_open(1, "mutations");
    char text[2 * sizeof good];
    int accepted = 0;
    for (int round = 0; round < 4000; round++) {
        size_t n = sizeof good - 1;
        memcpy(text, good, n);
        for (uint64_t k = rng_below(&rng, 4) + 1; k > 0; k--) {
            const size_t at = rng_below(&rng, n), to = rng_below(&rng, n);
            switch (rng_below(&rng, 4)) {
            case 0:
                text[at] = spice[rng_below(&rng, sizeof spice - 1)];
                break;
            case 1:
                n = at + 1;
                break;
            case 2:
                text[at] = text[to];
                break;
            default:
                memmove(text + at + 1, text + at, n - at);
                text[at] = spice[rng_below(&rng, sizeof spice - 1)];
                n++;
            }
        }
        text[n] = 0;
        struct conf *c;
        struct run r;
        struct error e = {0};
        char *argv[] = {text + n / 2};
        if (conf_open_text(&c, "run.yaml", text, &e) == OK) {
            conf_override(c, round % 2, argv);
            conf_bind(c, &rows, &r);
            if (conf_finish(c, &e) == OK) accepted++;
            conf_close(c);
        } else {
            ck_assert(c == NULL && strstr(e.text, "error: "));
        }
    }
    ck_assert_msg(accepted > 50 && accepted < 3900, "%d of 4000 accepted", accepted);
}
END

TEST(a_conf_that_failed_to_open_is_harmless)
{
    struct conf *c;
    struct error e;
    struct run r;
    ck_assert_int_eq(conf_open(&c, "/nowhere/run.yaml", &e), E_USAGE);
    ck_assert_str_eq(e.text, "cannot read '/nowhere/run.yaml': No such file or directory");
    ck_assert_int_eq(conf_open(&c, "/", &e), E_USAGE);
    ck_assert_str_eq(e.text, "cannot read '/': Is a directory");
    ck_assert_ptr_null(c);
    conf_under(c, "x");
    conf_override(c, 1, (char *[]){"seed=1"});
    conf_bind(c, &rows, &r);
    ck_assert(r.seed == 1 && r.optim.lr == 1e-3);
    conf_error(c, conf_place(c, &r), NULL, "x");
    ck_assert(!conf_given(c, &r.seed));
    ck_assert_int_eq(conf_finish(c, &e), E_USAGE);
    conf_close(c);
}
END

int main(void)
{
    return run_tests("conf_syntax", every_case_has_its_message, nesting_is_bounded,
                     aliases_have_a_budget, many_errors_are_cut_and_counted,
                     no_text_breaks_the_reader, a_conf_that_failed_to_open_is_harmless, NULL);
}
