/* JSON: typed reads with messages that say where, refusals, and text that is the same each time. */
#include <float.h>
#include <locale.h>

#include "src/base/json.h"
#include "tests/base/scratch.h"

static void open_json(struct jsn_doc *d, const char *text)
{
    struct error e;
    MUST(jsn_open_text(d, "f.json", text, strlen(text), &e), &e);
}

TEST(typed_reads)
{
    struct error e;
    struct jsn_doc d;
    int64_t i = 7;
    double x = 7;
    bool b = false;
    const char *s = "kept";
    size_t n;
    open_json(&d, " {\"i\": -9223372036854775808, \"x\": 2.5, \"b\": true, \"s\": \"\\u00e9\", "
                  "\"none\": null, \"whole\": 3, \"z\": \"a\\u0000b\"} ");
    MUST(jsn_int(&d, d.root, "i", true, &i, &e), &e);
    MUST(jsn_double(&d, d.root, "x", true, &x, &e), &e);
    MUST(jsn_bool(&d, d.root, "b", true, &b, &e), &e);
    MUST(jsn_string(&d, d.root, "s", true, &s, &e), &e);
    ck_assert(i == INT64_MIN && x == 2.5 && b);
    ck_assert_str_eq(s, "\xc3\xa9");
    MUST(jsn_double(&d, d.root, "whole", true, &x, &e), &e);
    ck_assert(x == 3);
    MUST(jsn_int(&d, d.root, "none", false, &i, &e), &e);
    MUST(jsn_double(&d, d.root, "absent", false, &x, &e), &e);
    MUST(jsn_string(&d, d.root, "absent", false, &s, &e), &e);
    ck_assert(i == INT64_MIN && x == 3);
    ck_assert_str_eq(s, "\xc3\xa9");
    FAILS(jsn_string(&d, d.root, "z", true, &s, &e), E_FORMAT, &e,
          "f.json: 'z' is a string with a NUL inside");
    ck_assert_int_eq(memcmp(jsn_as_string(jsn_get(d.root, "z"), &n), "a\0b", 4), 0);
    ck_assert_uint_eq(n, 3);
    jsn_close(&d);
}
END

TEST(messages_name_file_and_path)
{
    struct error e;
    struct jsn_doc d;
    int64_t i;
    double x;
    bool b;
    const char *s;
    open_json(&d,
              "{\"a\": {\"b\": [0, [1], {\"c\": {\"d\": \"text\", \"f\": 1.5}}]}, \"n\": null}");
    const jsn *c = jsn_get(jsn_at(jsn_get(jsn_get(d.root, "a"), "b"), 2), "c");
    FAILS(jsn_int(&d, c, "d", true, &i, &e), E_FORMAT, &e,
          "f.json: 'a.b[2].c.d' is not an integer");
    FAILS(jsn_int(&d, c, "f", false, &i, &e), E_FORMAT, &e,
          "f.json: 'a.b[2].c.f' is not an integer");
    FAILS(jsn_double(&d, c, "d", true, &x, &e), E_FORMAT, &e,
          "f.json: 'a.b[2].c.d' is not a number");
    FAILS(jsn_bool(&d, c, "f", true, &b, &e), E_FORMAT, &e,
          "f.json: 'a.b[2].c.f' is not true or false");
    FAILS(jsn_string(&d, c, "f", true, &s, &e), E_FORMAT, &e,
          "f.json: 'a.b[2].c.f' is not a string");
    FAILS(jsn_int(&d, c, "e", true, &i, &e), E_FORMAT, &e,
          "f.json: required key 'a.b[2].c.e' is missing");
    FAILS(jsn_int(&d, d.root, "n", true, &i, &e), E_FORMAT, &e,
          "f.json: required key 'n' is missing");
    jsn_close(&d);
}
END

TEST(walking)
{
    struct jsn_doc d;
    char keys[16] = "";
    open_json(&d, "{\"z\": [1, 2.5, \"s\", false], \"a\": {}, \"m\": null}");
    for (void *it = jsn_first(d.root); it; it = jsn_next(d.root, it)) strcat(keys, jsn_key(it));
    ck_assert_str_eq(keys, "zam");
    const jsn *z = jsn_get(d.root, "z");
    ck_assert(jsn_is_map(d.root) && jsn_is_array(z) && !jsn_is_map(z));
    ck_assert_uint_eq(jsn_length(d.root), 3);
    ck_assert_uint_eq(jsn_length(z), 4);
    ck_assert(jsn_is_integer(jsn_at(z, 0)) && jsn_is_number(jsn_at(z, 0)));
    ck_assert(!jsn_is_integer(jsn_at(z, 1)) && jsn_is_number(jsn_at(z, 1)));
    ck_assert(jsn_is_string(jsn_at(z, 2)) && jsn_is_bool(jsn_at(z, 3)) && !jsn_at(z, 4));
    ck_assert(jsn_as_int(jsn_at(z, 0)) == 1 && jsn_as_double(jsn_at(z, 1)) == 2.5);
    ck_assert(!jsn_as_bool(jsn_at(z, 3)));
    ck_assert(!jsn_get(d.root, "m") && !jsn_get(d.root, "none") && !jsn_get(z, "z"));
    ck_assert(!jsn_get(NULL, "z") && !jsn_at(d.root, 0) && jsn_length(NULL) == 0);
    ck_assert(!jsn_first(NULL) && !jsn_first(z));
    jsn_close(&d);
}
END

TEST(refused)
{
    struct error e;
    struct jsn_doc d;
    const struct {
        const char *text, *message;
    } bad[] = {
        {"{\"a\": 1, \"a\": 2}", "f.json:1:12: error: duplicate object key near '\"a\"'"},
        {"{\"a\": 1} 2", "f.json:1:10: error: end of file expected near '2'"},
        {"{\"a\": [1,\n  2,]}", "f.json:2:5: error: unexpected token near ']'"},
        {"[9223372036854775808]", "f.json:1:20: error: too big integer near '9223372036854775808'"},
        {"[1e999]", "f.json:1:6: error: real number overflow near '1e999'"},
        {"[NaN]", "f.json:1:4: error: invalid token near 'NaN'"},
        {"\"\xff\"", "f.json:1:1: error: unable to decode byte 0xff near '\"'"},
        {"\"\\ud800\"", "f.json:1:8: error: invalid Unicode '\\uD800' near '\"\\ud800\"'"},
        {"{\"\\u0000\": 1}",
         "f.json:1:9: error: NUL byte in object key not supported near '\"\\u0000\"'"},
        {"{\"a\": 1", "f.json:1:7: error: '}' expected near end of file"},
        {"", "f.json:1: error: unexpected token near end of file"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        FAILS(jsn_open_text(&d, "f.json", bad[i].text, strlen(bad[i].text), &e), E_FORMAT, &e, "%s",
              bad[i].message);
}
END

TEST(nesting)
{
    struct error e;
    struct jsn_doc d;
    char deep[2 * 200 + 1];
    for (int n = 64; n <= 200; n += 17) {
        memset(deep, '[', (size_t)n);
        memset(deep + n, ']', (size_t)n);
        const int status = jsn_open_text(&d, "f.json", deep, 2 * (size_t)n, &e);
        if (n == 64) {
            ck_assert_int_eq(status, OK);
            jsn_close(&d);
            continue;
        }
        ck_assert_int_eq(status, E_FORMAT);
        ck_assert_str_eq(e.text, "f.json:1:65: error: JSON nested over 64 levels");
    }
    /* brackets in strings do not nest */
    memset(deep, '[', 200);
    deep[0] = '"';
    memcpy(deep + 1, "\\\"", 2);
    deep[199] = '"';
    MUST(jsn_open_text(&d, "f.json", deep, 200, &e), &e);
    jsn_close(&d);
}
END

TEST(files)
{
    struct error e;
    struct jsn_doc d;
    put_file("empty.json", "", 0);
    FAILS(jsn_open(&d, in_scratch("empty.json"), &e), E_FORMAT, &e,
          "'%s/empty.json' is empty: JSON was expected", scratch);
    FAILS(jsn_open(&d, in_scratch("none.json"), &e), E_IO, &e,
          "cannot open '%s/none.json': No such file or directory", scratch);
    put_file("good.json", "{\"a\": 1}", 8);
    MUST(jsn_open(&d, in_scratch("good.json"), &e), &e);
    ck_assert_int_eq(jsn_as_int(jsn_get(d.root, "a")), 1);
    jsn_close(&d);
}
END

static void fill(struct jsn_out *o)
{
    jsn_map_begin(o, NULL);
    jsn_put_int(o, "i", INT64_MIN);
    jsn_put_uint(o, "u", UINT64_MAX);
    jsn_put_double(o, "d", 0.1);
    jsn_put_double(o, "nan", NAN);
    jsn_put_double(o, "inf", -INFINITY);
    jsn_put_string(o, "s", "a\"\\\n\t\r\x01\x7f/\xff\xc3\xa9");
    jsn_put_bytes(o, "z", "a\0b", 3);
    jsn_array_begin(o, "e");
    jsn_array_end(o);
    jsn_map_begin(o, "m");
    jsn_map_end(o);
    jsn_array_begin(o, "l");
    jsn_put_bool(o, NULL, true);
    jsn_put_string(o, NULL, NULL);
    jsn_map_begin(o, NULL);
    jsn_put_bool(o, "k\"", false);
    jsn_map_end(o);
    jsn_array_end(o);
    jsn_map_end(o);
}

TEST(text_on_one_line)
{
    struct jsn_out o;
    jsn_out_open(&o, false);
    for (int i = 0; i < 3; i++) {
        jsn_out_clear(&o);
        fill(&o);
        ck_assert_str_eq(o.text,
                         "{\"i\": -9223372036854775808, \"u\": 18446744073709551615, \"d\": 0.1, "
                         "\"nan\": null, \"inf\": null, "
                         "\"s\": \"a\\\"\\\\\\n\\t\\r\\u0001\x7f/\xef\xbf\xbd\xc3\xa9\", "
                         "\"z\": \"a\\u0000b\", \"e\": [], \"m\": {}, "
                         "\"l\": [true, null, {\"k\\\"\": false}]}");
        ck_assert_uint_eq(o.length, strlen(o.text));
    }
    jsn_out_close(&o);
    ck_assert_ptr_null(o.text);
}
END

TEST(pretty_text)
{
    struct jsn_out o;
    jsn_out_open(&o, true);
    jsn_map_begin(&o, NULL);
    jsn_put_int(&o, "a", 1);
    jsn_array_begin(&o, "l");
    jsn_put_int(&o, NULL, 2);
    jsn_put_int(&o, NULL, 3);
    jsn_array_end(&o);
    jsn_map_begin(&o, "m");
    jsn_map_end(&o);
    jsn_map_end(&o);
    ck_assert_str_eq(o.text, "{\n  \"a\": 1,\n  \"l\": [\n    2,\n    3\n  ],\n  \"m\": {}\n}");
    jsn_out_close(&o);
}
END

TEST(what_is_written_reads_back)
{
    struct error e;
    struct jsn_doc d;
    struct jsn_out o;
    struct rng r = rng_open(3, "json");
    double x[2000];
    jsn_out_open(&o, false);
    jsn_array_begin(&o, NULL);
    for (int i = 0; i < 2000; i++) {
        uint64_t bits;
        do bits = rng_u64(&r), memcpy(x + i, &bits, 8);
        while (!isfinite(x[i]));
        if (i % 3 == 0) x[i] = (double)(int)(rng_u64(&r) % 2000) / 100;
        if (i % 50 == 0) x[i] = (double[]){0, DBL_MAX, DBL_MIN, 5e-324, 1e22, -1}[i / 50 % 6];
        jsn_put_double(&o, NULL, x[i]);
    }
    jsn_array_end(&o);
    MUST(jsn_open_text(&d, "x", o.text, o.length, &e), &e);
    for (size_t i = 0; i < 2000; i++) {
        const double back = jsn_as_double(jsn_at(d.root, i));
        ck_assert_msg(back == x[i], "%zu: %a became %a", i, x[i], back);
    }
    jsn_close(&d);
    jsn_out_close(&o);
}
END

TEST(shortest_numbers)
{
    char text[32];
    ck_assert_str_eq(format_double(text, 1), "1");
    ck_assert_str_eq(format_double(text, 0.1), "0.1");
    ck_assert_str_eq(format_double(text, 1e-5), "1e-05");
    ck_assert_str_eq(format_double(text, 1.0 / 3), "0.3333333333333333");
    parallel_init(1); /* as a run does: it may set the processor to flush subnormal numbers */
    ck_assert_str_eq(format_double(text, 5e-324), "5e-324");
    ck_assert_str_eq(format_double(text, 1.2347e-320), "1.2347e-320");
    ck_assert_str_eq(format_double(text, -0.0), "-0");
    ck_assert_str_eq(format_double(text, -DBL_MAX), "-1.7976931348623157e+308");
    ck_assert_str_eq(format_double(text, 123456789012), "123456789012");
}
END

/* Broken text of all kinds: no crash, and whatever opens can be walked. */
TEST(random_text)
{
    static const char *const pieces[] = {"{", "}",    "[",    "]",   ",",    ":",  "\"a\"", "\"b\"",
                                         "1", "-1.5", "true", "nul", "null", "\"", "\\",    "\xff"};
    struct rng r = rng_open(9, "fuzz");
    struct jsn_doc d;
    struct error e;
    int opened = 0;
    for (int i = 0; i < 20000; i++) {
        char text[256] = "";
        const int n = 1 + (int)(rng_u64(&r) % 12);
        for (int k = 0; k < n; k++)
            strcat(text, pieces[rng_u64(&r) % (sizeof pieces / sizeof *pieces)]);
        if (jsn_open_text(&d, "f", text, strlen(text), &e)) continue;
        for (void *it = jsn_first(d.root); it; it = jsn_next(d.root, it)) {
            int64_t v = 0;
            jsn_int(&d, d.root, jsn_key(it), true, &v, &e);
        }
        jsn_close(&d);
        opened++;
    }
    ck_assert_int_gt(opened, 100);
}
END

int main(void)
{
    scratch_open();
    return scratch_close(run_tests("json", typed_reads, messages_name_file_and_path, walking,
                                   refused, nesting, files, text_on_one_line, pretty_text,
                                   what_is_written_reads_back, shortest_numbers, random_text,
                                   NULL));
}
