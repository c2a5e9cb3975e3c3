/* fixture.h -- run an analysis by name, and look its values up. */
#ifndef TESTS_THEORY_FIXTURE_H
#define TESTS_THEORY_FIXTURE_H

#include "src/theory/analysis.h"
#include "tests/testing.h"

/* arguments: NULL-terminated. */
static inline int analyse_status(struct result *r, struct error *e, const char *name,
                                 const char *const *arguments)
{
    const struct analysis_type *a;
    int n = 0;
    MUST(analysis_find(name, &a, e), e);
    while (arguments[n]) n++;
    return analysis_bind_and_run(a, n, (char *const *)arguments, NULL, 0, r, e);
}

#define ANALYSE(r, name, ...)                                                                      \
    do {                                                                                           \
        struct error error_;                                                                       \
        MUST(analyse_status(r, &error_, name, (const char *const[]){__VA_ARGS__, NULL}), &error_); \
    } while (0)

static inline double value_at(const struct result *r, const char *series, const char *field,
                              int64_t i)
{
    const struct result_series *s = result_find(r, series);
    const double *v = result_values(s, field);
    ck_assert_msg(v != NULL, "no %s.%s", series, field);
    return v[i];
}

static inline double fact_of(const struct result *r, const char *series, const char *fact)
{
    const struct result_series *s = result_find(r, series);
    ck_assert_msg(s != NULL, "no series %s", series);
    return result_value(s, fact);
}

/* x rounds to `expected` at its last digit. */
static inline void near_to(double x, double expected, double tolerance, const char *what)
{
    ck_assert_msg(fabs(x - expected) <= tolerance, "%s: %.9g, not %.9g", what, x, expected);
}

#endif
