/* Trees of configurations: set and found by path, compared, written, ${...} resolved. */
#include "src/base/conf_tree.h"
#include "tests/base/conf_fixture.h"

static struct conf *open_text(const char *text)
{
    struct conf *c;
    struct error e;
    MUST(conf_open_text(&c, "a.yaml", text, &e), &e);
    return c;
}

static const char *text_of(struct conf *c)
{
    return node_text(c, conf_root(c));
}

TEST(text_reads_back)
{
    static const char *const texts[] = {
        "{a: 1, b: {c: [1, 2.5, x], d: null}}",
        "{a: \"1\", b: \"yes\", c: \"\"}",
        "{\"a: b\": \"c, d\", e: \"[x]\"}",
        "{a: [], b: {}}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct conf *c = open_text(texts[i]);
        ck_assert_str_eq(text_of(c), texts[i]);
        struct conf *again = open_text(text_of(c));
        ck_assert(node_equal(c, conf_root(c), conf_root(again)));
        conf_close(again);
        conf_close(c);
    }
}
END

TEST(equal_by_meaning)
{
    struct conf *c = open_text("{a: 64k, b: 65536, c: 6.5536e4, d: '65536', e: {x: 1, y: 2}, "
                               "f: {y: 2.0, x: 1}, g: 1e-3, h: 0.001, i: [1, 2], j: [2, 1], "
                               "k: ~, l: null}");
    static const char *const same[][2] = {{"a", "b"},
                                          {"a", "c"},
                                          {"e", "f"},
                                          {"g", "h"},
                                          {"k", "l"}},
                             *const other[][2] = {{"a", "g"}, {"i", "j"}, {"e", "i"}, {"b", "k"}};
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        ck_assert_msg(node_equal(c, conf_find(c, same[i][0]), conf_find(c, same[i][1])), "%s %s",
                      same[i][0], same[i][1]);
    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        ck_assert_msg(!node_equal(c, conf_find(c, other[i][0]), conf_find(c, other[i][1])), "%s %s",
                      other[i][0], other[i][1]);
    conf_close(c);
}
END

TEST(set_and_found_by_path)
{
    struct error e;
    struct conf *from = open_text("{a: {b: 1}, s: [{x: 1}, {x: 2}], p: {type: rope, theta: 5}}"),
                *c;
    struct conf *values = open_text("{'s[1].x': 7, a.c: {d: [1]}, p: {type: nope}, new.key: 2}");
    MUST(conf_open_tree(&c, from, conf_root(from), &e), &e);
    const struct node *v = conf_root(values);
    for (int i = 0; i < v->n; i++) conf_set(c, v->pair[i].key, v->pair[i].value);
    MUST(conf_finish(c, &e), &e);
    ck_assert_str_eq(text_of(c), "{a: {b: 1, c: {d: [1]}}, s: [{x: 1}, {x: 7}], p: {type: nope}, "
                                 "new: {key: 2}}");
    ck_assert_str_eq(conf_find(c, "s[1].x")->text, "7");
    ck_assert_str_eq(conf_find(c, "a.c.d[0]")->text, "1");
    ck_assert_ptr_null(conf_find(c, "a.x"));
    ck_assert_ptr_null(conf_find(c, "s[2]"));
    ck_assert_ptr_null(conf_find(c, "a.b.c"));
    /* the values were copied: setting inside of one changes no other tree */
    struct conf *inside = open_text("{a.c.d: 3}");
    conf_set(c, conf_root(inside)->pair[0].key, conf_root(inside)->pair[0].value);
    ck_assert_str_eq(text_of(values),
                     "{\"s[1].x\": 7, a.c: {d: [1]}, p: {type: nope}, new.key: 2}");
    ck_assert_str_eq(text_of(from), "{a: {b: 1}, s: [{x: 1}, {x: 2}], p: {type: rope, theta: 5}}");
    conf_close(inside);
    conf_close(c);
    conf_close(values);
    conf_close(from);
}
END

static void expect_interpolated(const char *text, const char *want)
{
    struct error e;
    struct conf *c = open_text(text);
    conf_interpolate(c);
    const int status = conf_finish(c, &e);
    if (!status)
        ck_assert_str_eq(text_of(c), want);
    else
        ck_assert_msg(strstr(e.text, want) != NULL, "%s:\n%s", text, e.text);
    conf_close(c);
}

TEST(interpolation)
{
    setenv("ROPEWALK_TEST", "12", 1);
    unsetenv("ROPEWALK_NONE");
    static const char *const good[][2] = {
        {"{a: {b: 3}, c: '${a.b}'}", "{a: {b: 3}, c: 3}"},
        {"{a: {b: 3}, c: '${a}'}", "{a: {b: 3}, c: {b: 3}}"},
        {"{a: '${b}', b: '${c}', c: [1, 2]}", "{a: [1, 2], b: [1, 2], c: [1, 2]}"},
        {"{a: 4k, b: '${a * 0.5}', c: '${a / 4}', d: '${a + 1}', e: '${ a - 1 }'}",
         "{a: 4k, b: 2048, c: 1024, d: 4097, e: 4095}"},
        {"{a: 1e-3, b: '${a * 0.5}'}", "{a: 1e-3, b: 0.0005}"},
        {"{a: x, b: 'p-${a}/${a}.txt'}", "{a: x, b: p-x/x.txt}"},
        {"{a: '${env:ROPEWALK_TEST}', b: '${env:ROPEWALK_NONE,7}'}", "{a: 12, b: 7}"},
        {"{s: [{x: 1}], b: '${s[0].x}'}", "{s: [{x: 1}], b: 1}"},
    };
    static const char *const bad[][2] = {
        {"{a: '${b}'}", "a.yaml:1:5: error: 'b' is not set"},
        {"{a: '${b}', b: '${a}'}", "'${...}' goes round in a circle"},
        {"{a: {b: '${a}'}}", "'${...}' goes round in a circle"},
        {"{a: {x: 1}, b: 'p${a}'}", "a.yaml:1:16: error: '${a}' is a map"},
        {"{a: x, b: '${a * 2}'}", "'a' is 'x', not a number"},
        {"{a: 1, b: '${a * x}'}", "expected a number after '*', got 'x'"},
        {"{a: 1, b: '${a / 0}'}", "division by 0"},
        {"{a: 1, b: '${a'}", "'${' is never closed"},
        {"{a: 1, b: '${}'}", "'${...}' names no key"},
        {"{b: '${env:ROPEWALK_NONE}'}", "the environment has no 'ROPEWALK_NONE'"},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        expect_interpolated(good[i][0], good[i][1]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) expect_interpolated(bad[i][0], bad[i][1]);
}
END

int main(void)
{
    return run_tests("configuration trees", text_reads_back, equal_by_meaning,
                     set_and_found_by_path, interpolation, NULL);
}
