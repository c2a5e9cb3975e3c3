/* Messages: places, context, and texts that do not fit. */
#include "tests/testing.h"

TEST(set_and_wrap)
{
    struct error e;
    ck_assert_int_eq(error_set(&e, E_IO, "cannot open '%s': %s", "x", "no"), E_IO);
    ck_assert_int_eq(e.status, E_IO);
    ck_assert_str_eq(e.text, "cannot open 'x': no");
    ck_assert_int_eq(error_wrap(&e, "stage %d", 2), E_IO);
    ck_assert_int_eq(error_wrap(&e, "run 'a'"), E_IO);
    ck_assert_str_eq(e.text, "run 'a': stage 2: cannot open 'x': no");
    ck_assert_int_eq(error_set(NULL, E_FORMAT, "%s", "nobody asks"), E_FORMAT);
    ck_assert_int_eq(error_at(NULL, E_FORMAT, NULL, "nobody asks"), E_FORMAT);
    ck_assert_int_ne(error_wrap(NULL, "nobody asks"), OK);
}
END

TEST(places)
{
    struct error e;
    const struct {
        struct place at;
        const char *text;
    } cases[] = {
        {{"f", 3, 7}, "f:3:7: error: no"}, {{"f", 3, 0}, "f:3: error: no"},
        {{"f", 0, 0}, "f: error: no"},     {{NULL, 3, 7}, "3:7: error: no"},
        {{NULL, 0, 0}, "error: no"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_assert_int_eq(error_at(&e, E_USAGE, &cases[i].at, "no"), E_USAGE);
        ck_assert_str_eq(e.text, cases[i].text);
    }
    error_at(&e, E_USAGE, NULL, "no");
    ck_assert_str_eq(e.text, "error: no");
}
END

TEST(long_texts_are_cut)
{
    struct error e;
    static char text[3 * sizeof e.text];
    memset(text, 'x', sizeof text - 1);
    for (size_t n = sizeof e.text - 20; n < sizeof e.text + 20; n++) {
        error_set(&e, E_IO, "%.*s", (int)n, text);
        ck_assert_uint_eq(strlen(e.text), n < sizeof e.text ? n : sizeof e.text - 1);
        error_wrap(&e, "context");
        ck_assert_uint_eq(strlen(e.text), n + 9 < sizeof e.text ? n + 9 : sizeof e.text - 1);
        ck_assert_int_eq(strncmp(e.text, "context: xxx", 12), 0);
        error_set(&e, E_IO, "inside");
        error_wrap(&e, "%.*s", (int)n, text);
        ck_assert_uint_lt(strlen(e.text), sizeof e.text);
        ck_assert_int_eq(e.text[0], 'x');
        const struct place at = {text, 1, 2};
        error_at(&e, E_IO, &at, "%s", text);
        ck_assert_uint_eq(strlen(e.text), sizeof e.text - 1);
        const struct place cut = {text + sizeof text - 1 - n, 1, 2};
        error_at(&e, E_IO, &cut, "inside");
        ck_assert_uint_lt(strlen(e.text), sizeof e.text);
    }
}
END

static int fails(int status)
{
    return status;
}

static int tries(int *after)
{
    TRY(fails(OK));
    TRY(fails(E_STOPPED));
    *after = 1;
    return OK;
}

TEST(try_leaves_at_the_first_failure)
{
    int after = 0;
    ck_assert_int_eq(tries(&after), E_STOPPED);
    ck_assert_int_eq(after, 0);
}
END

int main(void)
{
    return run_tests("error", set_and_wrap, places, long_texts_are_cut,
                     try_leaves_at_the_first_failure, NULL);
}
