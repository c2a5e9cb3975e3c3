/* Length curricula: every ladder holds what `at` returns; switch points; refusals. */
#include "src/data/length.h"
#include "tests/testing.h"

struct staged {
    struct conf_reals lengths, at;
};

static const struct length_type *find(const char *name)
{
    for (const struct variant *const *t = length_registry.types; *t; t++)
        if (!strcmp((*t)->name, name)) return (const struct length_type *)*t;
    ck_abort_msg("no length curriculum '%s'", name);
    return NULL;
}

static struct staged staged(int n, const double *lengths, int m, const double *at)
{
    return (struct staged){{n, lengths}, {m, at}};
}

static int length_at(const struct length_type *t, const void *opts, int64_t tokens, int64_t total)
{
    const struct data_clock clock = {tokens, total, 0};
    return t->at(opts, &clock).length;
}

TEST(registry_is_complete)
{
    ck_assert_str_eq(length_registry.shorthand_type, "constant");
    ck_assert_str_eq(length_registry.shorthand_key, "length");
    for (const struct variant *const *t = length_registry.types; *t; t++) {
        const struct length_type *l = (const struct length_type *)*t;
        ck_assert(l->v.name && l->v.summary && l->ladder && l->at);
    }
}
END

TEST(constant_is_constant)
{
    const struct length_type *t = find("constant");
    const int length = 96;
    struct rung out[LENGTH_RUNGS];
    ck_assert_int_eq(t->ladder(&length, 1000, out), 1);
    ck_assert_int_eq(out[0].length, 96);
    ck_assert_int_eq(out[0].window, 0);
    for (int64_t x = 0; x <= 1000; x += 100) ck_assert_int_eq(length_at(t, &length, x, 1000), 96);
}
END

TEST(staged_switches_where_it_says)
{
    const struct length_type *t = find("staged");
    const double lengths[] = {256, 1024, 256, 4096}, at[] = {0.25, 600, 0.75};
    const struct staged o = staged(4, lengths, 3, at);
    struct error e;
    MUST(t->check(&o, 1000, &e), &e);
    struct rung out[LENGTH_RUNGS];
    ck_assert_int_eq(t->ladder(&o, 1000, out), 3);
    ck_assert_int_eq(out[0].length, 256);
    ck_assert_int_eq(out[1].length, 1024);
    ck_assert_int_eq(out[2].length, 4096);
    const int64_t clock[] = {0, 249, 250, 599, 600, 749, 750, 1000};
    const int want[] = {256, 256, 1024, 1024, 256, 256, 4096, 4096};
    for (int i = 0; i < 8; i++) ck_assert_int_eq(length_at(t, &o, clock[i], 1000), want[i]);
}
END

    static void
    refused(int n, const double *lengths, int m, const double *at, const char *text)
{
    const struct staged o = staged(n, lengths, m, at);
    struct error e;
    ck_assert_int_eq(find("staged")->check(&o, 1000, &e), E_USAGE);
    ck_assert_str_eq(e.text, text);
}

TEST(staged_refuses_what_cannot_be)
{
    const double ok[] = {256, 1024}, half[] = {256, 12.5}, zero[] = {0, 256}, nan[] = {NAN, 256};
    const double mid[] = {0.5}, back[] = {0.5, 0.25}, late[] = {1000}, first[] = {0};
    const double three[] = {1, 2, 3};
    refused(0, NULL, 0, NULL, "length staged: `lengths` is missing (for example [256, 1024])");
    refused(2, half, 1, mid, "length staged: 12.5 is not a whole number of tokens from 1 to 16M");
    refused(2, zero, 1, mid, "length staged: 0 is not a whole number of tokens from 1 to 16M");
    refused(2, nan, 1, mid, "length staged: nan is not a whole number of tokens from 1 to 16M");
    refused(2, ok, 0, NULL, "length staged: 2 lengths need 1 points in `at`, not 0");
    refused(3, three, 2, back, "length staged: point 0.25 of `at` does not rise");
    refused(2, ok, 1, first, "length staged: point 0 of `at` does not rise");
    refused(2, ok, 1, late,
            "length staged: point 1000 of `at` is never reached, the stage has 1000 tokens");
}
END

    int
    main(void)
{
    return run_tests("lengths", registry_is_complete, constant_is_constant,
                     staged_switches_where_it_says, staged_refuses_what_cannot_be, NULL);
}
