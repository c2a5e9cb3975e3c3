/* Mixers: weights are shares, in order; refusals. */
#include "src/data/mixer.h"
#include "tests/testing.h"

static const struct mixer_type *find(const char *name)
{
    for (const struct variant *const *t = mixer_registry.types; *t; t++)
        if (!strcmp((*t)->name, name)) return (const struct mixer_type *)*t;
    ck_abort_msg("no mixer '%s'", name);
    return NULL;
}

static const struct mixer_source sources[] = {
    {"books", 0.6, 1000, 10, 0}, {"code", 0.2, 100, 5, 0}, {"rfcs", 0, 10, 3, 0}};

static struct mixer_at at(const struct conf_reals *weights)
{
    return (struct mixer_at){.opts = weights, .n = 3, .source = sources, .classes = 1};
}

TEST(registry_is_complete)
{
    for (const struct variant *const *t = mixer_registry.types; *t; t++) {
        const struct mixer_type *m = (const struct mixer_type *)*t;
        ck_assert(m->v.name && m->v.summary && m->weights);
    }
}
END

TEST(static_normalises)
{
    const struct mixer_type *m = find("static");
    const struct conf_reals none = {0};
    const double given[] = {1, 1, 2};
    const struct conf_reals some = {3, given};
    const struct data_clock clock = {0, 100, 0};
    struct mixer_at a = at(&none), b = at(&some);
    struct error e;
    double w[3];
    MUST(m->check(&a, &e), &e);
    m->weights(&a, &clock, w);
    ck_assert_double_eq_tol(w[0], 0.75, 1e-15);
    ck_assert_double_eq_tol(w[1], 0.25, 1e-15);
    ck_assert_double_eq(w[2], 0);
    MUST(m->check(&b, &e), &e);
    m->weights(&b, &clock, w);
    ck_assert_double_eq(w[0], 0.25);
    ck_assert_double_eq(w[2], 0.5);
}
END

    static void
    refused(int n, const double *v, const char *text)
{
    const struct conf_reals weights = {n, v};
    const struct mixer_at a = at(&weights);
    struct error e;
    ck_assert_int_eq(find("static")->check(&a, &e), E_USAGE);
    ck_assert_str_eq(e.text, text);
}

TEST(static_refuses_what_cannot_be)
{
    refused(2, (const double[]){1, 1}, "mixer static: 2 weights for 3 sources");
    refused(3, (const double[]){0, 0, 0}, "mixer static: all weights are 0");
    refused(3, (const double[]){1, -1, 0},
            "mixer static: weight -1 of source 'code' is not a number from 0 up");
    refused(3, (const double[]){1, 1, INFINITY},
            "mixer static: weight inf of source 'rfcs' is not a number from 0 up");
}
END

    int
    main(void)
{
    return run_tests("mixers", registry_is_complete, static_normalises,
                     static_refuses_what_cannot_be, NULL);
}
