/* One field of a JSON line: where it stands, how it reads, and what is refused, with its column. */
#include "src/data/jsonl.h"
#include "tests/testing.h"

static const struct place here = {"x.jsonl", 7, 0};

static void reads(const char *line, const char *want, size_t n_want)
{
    struct jsonl_text t;
    struct error e;
    MUST(jsonl_find((const unsigned char *)line, strlen(line), "text", &here, &t, &e), &e);
    ck_assert_uint_eq(t.length, n_want);
    unsigned char out[256];
    size_t n = 0;
    const unsigned char *p = (const unsigned char *)line + t.begin;
    while (p < (const unsigned char *)line + t.end) {
        unsigned char unit[4];
        const int k = jsonl_unescape(&p, unit);
        memcpy(out + n, unit, (size_t)k);
        n += (size_t)k;
    }
    ck_assert_uint_eq(n, n_want);
    ck_assert_mem_eq(out, want, n);
}

static void refused_n(const char *line, size_t n, const char *text)
{
    /* a copy of exactly n bytes, so that a sanitizer sees a read past the end */
    unsigned char *copy = malloc(n ? n : 1);
    memcpy(copy, line, n);
    struct jsonl_text t;
    struct error e;
    ck_assert_int_eq(jsonl_find(copy, n, "text", &here, &t, &e), E_FORMAT);
    ck_assert_str_eq(e.text, text);
    free(copy);
}

static void refused(const char *line, const char *text)
{
    refused_n(line, strlen(line), text);
}

TEST(finds_and_unescapes)
{
    reads("{\"text\": \"abc\"}", "abc", 3);
    reads(" {\"id\":[1,{\"text\":\"no\"},-0.5e+3,true,false,null,[],{}],\"text\":\"\" } \r", "", 0);
    reads("{\"text\":\"a\\\"\\\\\\/\\b\\f\\n\\r\\tz\",\"b\":0}", "a\"\\/\b\f\n\r\tz", 10);
    reads("{\"text\":\"\\u0041\\u00e9\\u20AC\\ud83d\\ude00\"}",
          "A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80", 10);
    reads("{\"text\":\"\\u0000\"}", "\0", 1);
    reads("{\"t\\u0065xt\":\"\xC3\xA9\"}", "\xC3\xA9", 2);
    reads("{\"text2\":\"x\",\"text\":\"y\"}", "y", 1);
}
END

TEST(refuses_with_a_place)
{
    refused("[1]", "x.jsonl:7:1: error: invalid JSON: '{' expected (an object on each line)");
    refused("{}", "x.jsonl:7:1: error: no field 'text'");
    refused("{\"id\": 3}", "x.jsonl:7:1: error: no field 'text'");
    refused("{\"text\": 3}", "x.jsonl:7:10: error: field 'text' is a number, not a string");
    refused("{\"text\": null}", "x.jsonl:7:10: error: field 'text' is null, not a string");
    refused("{\"text\": [\"a\"]}", "x.jsonl:7:10: error: field 'text' is an array, not a string");
    refused("{\"text\": {}}", "x.jsonl:7:10: error: field 'text' is an object, not a string");
    refused("{\"text\": false}", "x.jsonl:7:10: error: field 'text' is a boolean, not a string");
    refused("{\"text\":\"a\",\"text\":\"b\"}", "x.jsonl:7:13: error: field 'text' stands twice");
    refused("{\"text\": \"abc", "x.jsonl:7:14: error: invalid JSON: the line ends inside a string");
    refused("{\"text\": \"abc\"", "x.jsonl:7:15: error: invalid JSON: ',' or '}' expected");
    refused("{\"text\":",
            "x.jsonl:7:9: error: invalid JSON: the line ends where a value should stand");
    refused("{\"text\"", "x.jsonl:7:8: error: invalid JSON: ':' expected");
    refused("{", "x.jsonl:7:2: error: invalid JSON: a key expected");
    refused("", "x.jsonl:7:1: error: invalid JSON: '{' expected (an object on each line)");
    refused("{\"text\":\"a\"} x", "x.jsonl:7:14: error: invalid JSON: text after the object");
    refused("{\"text\":\"a\",}", "x.jsonl:7:13: error: invalid JSON: a key expected");
    refused("{'text':\"a\"}", "x.jsonl:7:2: error: invalid JSON: a key expected");
    refused("{\"a\":01,\"text\":\"\"}",
            "x.jsonl:7:8: error: invalid JSON: number with a leading zero");
    refused("{\"a\":-,\"text\":\"\"}", "x.jsonl:7:7: error: invalid JSON: invalid number");
    refused("{\"a\":NaN,\"text\":\"\"}", "x.jsonl:7:6: error: invalid JSON: a value expected");
    refused("{\"a\":tru", "x.jsonl:7:6: error: invalid JSON: a value expected");
    refused("{\"a\":[1 2]}", "x.jsonl:7:9: error: invalid JSON: ',' or ']' expected");
    refused("{\"text\":\"a\tb\"}",
            "x.jsonl:7:11: error: invalid JSON: control character in a string");
    refused("{\"text\":\"\\x\"}", "x.jsonl:7:10: error: invalid JSON: invalid escape in a string");
    refused("{\"text\":\"\\u12g4\"}",
            "x.jsonl:7:10: error: invalid JSON: invalid escape in a string");
    refused("{\"text\":\"\\ud800\"}",
            "x.jsonl:7:10: error: invalid JSON: invalid escape in a string");
    refused("{\"text\":\"\\udc00\"}",
            "x.jsonl:7:10: error: invalid JSON: invalid escape in a string");
    refused("{\"text\":\"\\ud800\\u0041\"}",
            "x.jsonl:7:10: error: invalid JSON: invalid escape in a string");
    refused("{\"text\":\"\\", "x.jsonl:7:10: error: invalid JSON: invalid escape in a string");
    /* columns count code points */
    refused("{\"\xC3\xA9\":1,\"text\":2}",
            "x.jsonl:7:15: error: field 'text' is a number, not a string");
    const char *const bad[] = {
        "\xFF",         "\xC0\x80",         "\xED\xA0\x80", "\xF4\x90\x80\x80",
        "\xE0\x80\x80", "\xF0\x80\x80\x80", "\x80",         "\xC3"};
    for (int i = 0; i < 8; i++) {
        char line[64];
        snprintf(line, sizeof line, "{\"text\":\"%s\"}", bad[i]);
        refused(line, "x.jsonl:7:10: error: invalid JSON: invalid UTF-8 in a string");
    }
    char deep[512] = "{\"a\":";
    for (int i = 0; i < 100; i++) strcat(deep, "[");
    refused(deep, "x.jsonl:7:69: error: invalid JSON: nesting over 64 levels");
}
END

/* No prefix and no flipped byte of a good line may read outside it or pass as something else than
 * a string. */
TEST(survives_cuts_and_flips)
{
    const char line[] =
        "{\"a\":[1,-2.5e3,{\"b\":null}],\"text\":\"x\\u00e9\\ud83d\\ude00\xC3\xA9\",\"c\":true}";
    const size_t n = sizeof line - 1;
    struct jsonl_text t;
    struct error e;
    for (size_t k = 0; k < n; k++) {
        unsigned char *cut = malloc(k ? k : 1);
        memcpy(cut, line, k);
        ck_assert_int_eq(jsonl_find(cut, k, "text", &here, &t, &e), E_FORMAT);
        free(cut);
    }
    for (size_t k = 0; k < n; k++)
        for (int bit = 0; bit < 256; bit++) {
            unsigned char *copy = malloc(n);
            memcpy(copy, line, n);
            copy[k] = (unsigned char)bit;
            if (jsonl_find(copy, n, "text", &here, &t, &e) == OK)
                ck_assert(t.begin <= t.end && t.end < n && copy[t.end] == '"');
            free(copy);
        }
}
END

int main(void)
{
    return run_tests("jsonl", finds_and_unescapes, refuses_with_a_place, survives_cuts_and_flips,
                     NULL);
}
