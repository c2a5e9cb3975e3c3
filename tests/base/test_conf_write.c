/* Writing, hashing, help, fragments, numbers as text, nearest names. */
#include <locale.h>
#include <unistd.h>

#include "src/base/file.h"
#include "src/base/json.h"
#include "src/base/utf8.h"
#include "tests/base/conf_fixture.h"

static struct conf *read_text(const char *text, struct run *run)
{
    struct conf *c;
    struct error e = {0};
    MUST(conf_open_text(&c, "run.yaml", text, &e), &e);
    conf_bind(c, &rows, run);
    MUST(conf_finish(c, &e), &e);
    return c;
}

static char *written(const struct run *run, bool defaults_too)
{
    char *text = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&text, &n);
    ck_assert_int_eq(conf_write(f, &rows, run, defaults_too), OK);
    fclose(f);
    return text;
}

static void hash_of(const char *text, char hex[65])
{
    struct run r;
    struct conf *c = read_text(text, &r);
    conf_hash(&rows, &r, hex);
    conf_close(c);
}

static const char full[] =
    "seed: 3\nname: \"no\"\nmodel: {hidden_size: 256, qk_norm: true, window_layers: 1-3}\n"
    "position:\n  - {type: pi, factor: 4.25, layers: {every: 2, offset: 1}}\n  - nope\n"
    "optim: {lr: 1e-5, schedule: wsd, betas: [0.9, .99]}\nstages:\n"
    "  - {tokens: 20M, length: 256}\n  - {tokens: 5M, length: 3e2, position: {type: rope}}\n"
    "tasks: [loss, \"1e-4\"]\nthreads: 2\n";

TEST(every_key_is_written)
{
    struct run r;
    struct conf *c = read_text(full, &r);
    char *text = written(&r, true);
    ck_assert_str_eq(text, "seed: 3\n"
                           "name: \"no\"\n"
                           "model:\n"
                           "  hidden_size: 256\n"
                           "  num_hidden_layers: 6\n"
                           "  num_attention_heads: 4\n"
                           "  qk_norm: true\n"
                           "  window_layers: [1, 2, 3]\n"
                           "position:\n"
                           "  - type: linear\n"
                           "    layers: {every: 2, offset: 1}\n"
                           "    theta: 10000\n"
                           "    factor: 4.25\n"
                           "  - type: nope\n"
                           "optim:\n"
                           "  lr: 1.0e-05\n"
                           "  schedule: wsd\n"
                           "  betas: [0.9, 0.99]\n"
                           "stages:\n"
                           "  - name: null\n"
                           "    tokens: 20971520\n"
                           "    length:\n"
                           "      type: constant\n"
                           "      length: 256\n"
                           "    position: null\n"
                           "  - name: null\n"
                           "    tokens: 5242880\n"
                           "    length:\n"
                           "      type: constant\n"
                           "      length: 300\n"
                           "    position:\n"
                           "      - type: rope\n"
                           "        theta: 10000\n"
                           "tasks: [loss, \"1e-4\"]\n"
                           "threads: 2\n");
    free(text);
    conf_close(c);
}
END

TEST(what_is_written_reads_back_the_same)
{
    for (int all = 0; all < 2; all++) {
        struct run r, again;
        struct conf *c = read_text(full, &r);
        char *text = written(&r, all);
        struct conf *d = read_text(text, &again);
        char *twice = written(&again, all);
        ck_assert_str_eq(text, twice);
        char a[65], b[65];
        conf_hash(&rows, &r, a);
        conf_hash(&rows, &again, b);
        ck_assert_str_eq(a, b);
        ck_assert(again.optim.lr == 1e-5);
        free(text);
        free(twice);
        conf_close(c);
        conf_close(d);
    }
}
END

TEST(defaults_are_left_out_on_request)
{
    struct run r;
    struct conf *c = read_text("model: {hidden_size: 8, num_hidden_layers: 6}\n"
                               "optim: {betas: [0.9, 0.95], lr: 0.001}\nposition: rope\n",
                               &r);
    char *text = written(&r, false);
    ck_assert_str_eq(text, "model:\n  hidden_size: 8\n");
    free(text);
    conf_close(c);
}
END

/* Strings that YAML 1.2 or 1.1 would take for something else, or that need escapes. */
TEST(strings_survive)
{
    static const char *const strings[] = {"no",
                                          "Yes",
                                          "on",
                                          "null",
                                          "~",
                                          "true",
                                          "1e-4",
                                          "0x1",
                                          "0o7",
                                          "1_000",
                                          "1:30",
                                          "12",
                                          ".5",
                                          ".inf",
                                          "-.inf",
                                          "+1",
                                          "2001-01-01",
                                          "=",
                                          "<<",
                                          "",
                                          " a",
                                          "a ",
                                          "a: b",
                                          "a:",
                                          "a #b",
                                          "a#b",
                                          "- a",
                                          "-a",
                                          "[a",
                                          "a]",
                                          "{a",
                                          "a, b",
                                          "*a",
                                          "&a",
                                          "!a",
                                          "%a",
                                          "@a",
                                          "`a",
                                          "|",
                                          ">",
                                          "'a'",
                                          "\"a\"",
                                          "a\\b",
                                          "a\nb",
                                          "a\tb",
                                          "\x01",
                                          "\x7F",
                                          "gr\xC3\xBC\xC3\x9F",
                                          "\xE8\xAA\x9E",
                                          "\xC2\x85",
                                          "\xE2\x80\xA8",
                                          "\xEF\xBB\xBF",
                                          "corpora/books/*.txt",
                                          "a?b",
                                          "?a",
                                          "a-b",
                                          "C:\\x",
                                          "http://a/b",
                                          "nan",
                                          "Inf",
                                          "y",
                                          "N",
                                          "...",
                                          "---",
                                          "a'b"};
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++) {
        struct run r, again;
        struct conf *c = read_text("model: {hidden_size: 8}\n", &r);
        r.name = strings[i];
        r.tasks = (struct conf_strings){1, &strings[i]};
        char *text = written(&r, false);
        struct conf *d = read_text(text, &again);
        ck_assert_msg(again.name && strcmp(again.name, strings[i]) == 0, "%d: %s", (int)i, text);
        ck_assert_msg(again.tasks.n == 1 && strcmp(again.tasks.v[0], strings[i]) == 0, "%s", text);
        free(text);
        conf_close(c);
        conf_close(d);
    }
}
END

TEST(plain_strings_stay_plain)
{
    struct run r;
    struct conf *c = read_text("model: {hidden_size: 8}\nname: corpora/a-b_c.txt\n", &r);
    char *text = written(&r, false);
    ck_assert_str_eq(text, "name: corpora/a-b_c.txt\nmodel:\n  hidden_size: 8\n");
    free(text);
    conf_close(c);
}
END

TEST(a_hash_is_of_the_meaning)
{
    static const char base[] = "model: {hidden_size: 8}\noptim: {lr: 0.5}\n";
    static const char *const same[] = {
        "optim: {lr: 5e-1}\nmodel: {hidden_size: 8e0}\n",
        "model: {num_hidden_layers: 6, hidden_size: 0x8}\noptim: {lr: .5, schedule: cosine}\n",
        "model: {hidden_size: 8}\noptim: {lr: 0.5}\nthreads: 7\nname: other\n",
        "model: {hidden_size: 8}\noptim: {lr: 0.5}\nposition: [rope]\n",
        "model: {hidden_size: 8, window_layers: {every: 1}}\noptim: {lr: 0.5}\n",
    };
    static const char *const other[] = {
        "model: {hidden_size: 8}\noptim: {lr: 0.25}\n",
        "model: {hidden_size: 8}\noptim: {lr: 0.5}\nseed: 2\n",
        "model: {hidden_size: 8}\noptim: {lr: 0.5}\nposition: nope\n",
        "model: {hidden_size: 8}\noptim: {lr: 0.5}\nposition: {type: rope, theta: 2}\n",
        "model: {hidden_size: 8}\noptim: {lr: 0.5}\nposition: {type: rope, layers: [0]}\n",
        "model: {hidden_size: 8}\noptim: {lr: 0.5}\nposition: [rope, nope]\n",
        "model: {hidden_size: 8}\noptim: {lr: 0.5}\nstages: [{tokens: 1}]\n",
        "model: {hidden_size: 8}\noptim: {lr: 0.5}\ntasks: [a]\n",
        "model: {hidden_size: 8, window_layers: [0]}\noptim: {lr: 0.5}\n",
        "model: {hidden_size: 8, qk_norm: true}\noptim: {lr: 0.5}\n",
    };
    char a[65], b[65];
    hash_of(base, a);
    /* The recipe itself: a change of it would orphan every run. */
    struct sha256 s;
    static const char canonical[] = "{\"model\":{\"hidden_size\":8},\"optim\":{\"lr\":0.5}}";
    sha256_init(&s);
    sha256_add(&s, canonical, sizeof canonical - 1);
    sha256_hex(&s, b);
    ck_assert_str_eq(a, b);
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        hash_of(same[i], b);
        ck_assert_msg(strcmp(a, b) == 0, "%s", same[i]);
    }
    for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
        hash_of(other[i], b);
        ck_assert_msg(strcmp(a, b) != 0, "%s", other[i]);
    }
}
END

TEST(sha256_matches_its_standard)
{
    static const struct {
        const char *text, *hex;
    } cases[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };
    char hex[65];
    struct sha256 s;
    for (int i = 0; i < 3; i++) {
        sha256_init(&s);
        sha256_add(&s, cases[i].text, strlen(cases[i].text));
        sha256_hex(&s, hex);
        ck_assert_str_eq(hex, cases[i].hex);
    }
    sha256_init(&s); /* a million times "a", in pieces of all sizes */
    static const char as[] =
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    for (size_t left = 1000000, k = 1; left > 0; k = k % 70 + 1) {
        const size_t n = k < left ? k : left;
        sha256_add(&s, as, n);
        left -= n;
    }
    sha256_hex(&s, hex);
    ck_assert_str_eq(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}
END

TEST(numbers_are_short_and_exact)
{
    static const struct {
        double v;
        const char *text;
    } cases[] = {{1, "1"},
                 {0.1, "0.1"},
                 {1e-5, "1e-05"},
                 {1.0 / 3, "0.3333333333333333"},
                 {5e-324, "5e-324"},
                 {1e300, "1e+300"},
                 {-2.5, "-2.5"},
                 {0.30000000000000004, "0.30000000000000004"},
                 {100000, "100000"},
                 {0, "0"},
                 {1.7976931348623157e308, "1.7976931348623157e+308"}};
    char text[32];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_str_eq(format_double(text, cases[i].v), cases[i].text);
    struct rng rng = rng_open(1, "numbers");
    for (int i = 0; i < 20000; i++) {
        union {
            uint64_t bits;
            double v;
        } x = {rng_u64(&rng)};
        if (isfinite(x.v)) ck_assert(strtod(format_double(text, x.v), NULL) == x.v);
    }
    ck_assert_str_eq(format_double(text, NAN) + (*text == '-'), "nan");
}
END

TEST(the_locale_does_not_matter)
{
    if (!setlocale(LC_ALL, "de_DE.UTF-8")) return; /* not installed: nothing to see */
    struct run r;
    struct conf *c = read_text("model: {hidden_size: 8}\noptim: {lr: 0.5}\n", &r);
    char text[32];
    ck_assert(r.optim.lr == 0.5);
    ck_assert_str_eq(format_double(text, 0.5), "0.5");
    conf_close(c);
    setlocale(LC_ALL, "C");
}
END

TEST(fragments_lie_under)
{
    char path[] = "/tmp/conf_fragment_XXXXXX";
    const int fd = mkstemp(path);
    static const char fragment[] = "seed: 5\nmodel: {hidden_size: 4, qk_norm: true}\n"
                                   "position: {type: yarn, factor: 2}\ntasks: [a, b]\nsede: 1\n";
    ck_assert(write(fd, fragment, sizeof fragment - 1) > 0);
    close(fd);
    struct conf *c;
    struct run r;
    struct error e;
    MUST(conf_open_text(&c, "run.yaml", "model: {hidden_size: 8}\nposition: {theta: 3}\ntasks: c\n",
                        &e),
         &e);
    conf_under(c, path);
    conf_under(c, "/nowhere.yaml");
    conf_bind(c, &rows, &r);
    ck_assert(r.seed == 5 && r.model.hidden_size == 8 && r.model.qk_norm && r.tasks.n == 1);
    const struct rope_opts *o = r.position.v[0].opts;
    ck_assert(o->theta == 3 && o->factor == 2);
    ck_assert_str_eq(conf_place(c, &r.seed).file, path);
    ck_assert_int_eq(conf_finish(c, &e), E_USAGE);
    char expected[512];
    snprintf(expected, sizeof expected,
             "error: cannot read '/nowhere.yaml': No such file or directory\n"
             "%s:5:1: error: unknown key 'sede'\n"
             "    5 | sede: 1\n"
             "      | ^~~~ did you mean 'seed'?\n2 errors",
             path);
    ck_assert_str_eq(e.text, expected);
    conf_close(c);
    unlink(path);
}
END

TEST(merge_keys_yield_to_what_is_written)
{
    struct run r;
    struct conf *c = read_text("seed: 1\nmodel: &a {hidden_size: 8, num_hidden_layers: 2}\n"
                               "stages:\n  - &s {tokens: 1, name: x}\n  - {<<: *s, tokens: 2}\n"
                               "  - {<<: [{tokens: 3}, *s], \"name\": y}\n",
                               &r);
    const struct stage *s = r.stages.v;
    ck_assert(s[1].tokens == 2 && s[2].tokens == 3);
    ck_assert_str_eq(s[1].name, "x");
    ck_assert_str_eq(s[2].name, "y");
    conf_close(c);
}
END

TEST(domain_errors_stand_at_their_values)
{
    struct conf *c;
    struct run r;
    struct error e;
    MUST(conf_open_text(&c, "run.yaml", "model: {hidden_size: 7}\n", &e), &e);
    conf_bind(c, &rows, &r);
    conf_error(c, conf_place(c, &r.model.num_hidden_layers), NULL, "%d layers are too many", 6);
    conf_error(c, conf_place(c, &r.model.hidden_size), "for example 8", "%d is odd", 7);
    conf_error(c, conf_place(c, &r.seed), NULL, "a seed is needed");
    ck_assert_int_eq(conf_finish(c, &e), E_USAGE);
    ck_assert_str_eq(e.text, "run.yaml: error: a seed is needed\n"
                             "run.yaml:1:1: error: 6 layers are too many\n"
                             "    1 | model: {hidden_size: 7}\n"
                             "      | ^~~~~\n"
                             "run.yaml:1:22: error: 7 is odd\n"
                             "    1 | model: {hidden_size: 7}\n"
                             "      |                      ^ for example 8\n"
                             "3 errors");
    conf_close(c);
}
END

TEST(help_has_a_row_for_every_key)
{
    char *text = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&text, &n);
    conf_help(f, &rows);
    fclose(f);
    static const char *const expected[] = {
        "model.hidden_size                  integer    required    width (1..65536)\n",
        "optim.schedule                     choice     cosine      shape (constant, linear, "
        "cosine, "
        "wsd)\n",
        "stages[].tokens                    count      required    budget (1..1000000000000000)\n",
        "position                           type(s)    {type: rope}  encoding (rope, linear, yarn, "
        "nope)\n"};
    for (int i = 0; i < 4; i++) ck_assert_msg(strstr(text, expected[i]), "%s", text);
    free(text);
}
END

TEST(nearest_names)
{
    static const char *const names[] = {"cosine", "constant", "linear", "rope_theta", "wsd", NULL};
    static const struct {
        const char *word, *nearest;
    } cases[] = {{"cosin", "cosine"},
                 {"csoine", "cosine"},
                 {"COSINE", "cosine"},
                 {"wds", "wsd"},
                 {"lineer", "linear"},
                 {"rope-theta", "rope_theta"},
                 {"constnat", "constant"},
                 {"exponential", NULL},
                 {"", NULL},
                 {"w", NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *found = conf_nearest(cases[i].word, names);
        if (cases[i].nearest)
            ck_assert_str_eq(found ? found : "nothing", cases[i].nearest);
        else
            ck_assert_msg(!found, "%s: %s", cases[i].word, found);
    }
}
END

TEST(utf8_widths)
{
    uint32_t code;
    ck_assert_int_eq(utf8_next("\xE8\xAA\x9E", 3, &code), 3);
    ck_assert(code == 0x8A9E && utf8_width(code) == 2);
    ck_assert(utf8_width('a') == 1 && utf8_width(0x301) == 0 && utf8_width(0x1F600) == 2);
    static const char *const bad[] = {"\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                                      "\x80",     "\xE8\xAA",     "\xFF"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_int_eq(utf8_next(bad[i], strlen(bad[i]), &code), 0);
}
END

int main(void)
{
    return run_tests("conf_write", every_key_is_written, what_is_written_reads_back_the_same,
                     defaults_are_left_out_on_request, strings_survive, plain_strings_stay_plain,
                     a_hash_is_of_the_meaning, sha256_matches_its_standard,
                     numbers_are_short_and_exact, the_locale_does_not_matter, fragments_lie_under,
                     merge_keys_yield_to_what_is_written, domain_errors_stand_at_their_values,
                     help_has_a_row_for_every_key, nearest_names, utf8_widths, NULL);
}
