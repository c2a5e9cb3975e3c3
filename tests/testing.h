/* testing.h -- what every test program shares: Check without fork, and how to name a test once.
 *
 *   TEST(adds_up) { ck_assert_int_eq(1 + 1, 2); }
 *   int main(void) { return run_tests("sums", adds_up, NULL); }
 *
 * Fork and OpenMP do not mix, so a program holds one suite and runs it in its own process
 * (CK_FORK=no). */
#ifndef TESTS_TESTING_H
#define TESTS_TESTING_H

#include <check.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/error.h"
#include "src/base/parallel.h"
#include "src/base/real.h"
#include "src/base/rng.h"

#define TEST(name) START_TEST(name)
#define END END_TEST

/* NULL-terminated list of tests; returns the exit status of the program. */
static inline int run_tests(const char *suite_name, ...)
{
    Suite *s = suite_create(suite_name);
    TCase *c = tcase_create(suite_name);
    tcase_set_timeout(c, 0);
    va_list ap;
    va_start(ap, suite_name);
    for (const TTest *t; (t = va_arg(ap, const TTest *));) tcase_add_test(c, t);
    va_end(ap);
    suite_add_tcase(s, c);
    SRunner *r = srunner_create(s);
    srunner_set_fork_status(r, CK_NOFORK);
    srunner_run_all(r, CK_NORMAL);
    const int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* ||a - b|| / ||b|| (or ||a - b|| where b is 0), in double. */
static inline double relative_error(const real *a, const real *b, size_t n)
{
    double d = 0, s = 0;
    for (size_t i = 0; i < n; i++) {
        d += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
        s += (double)b[i] * b[i];
    }
    return s > 0 ? sqrt(d / s) : sqrt(d);
}

/* A call that must succeed: prints the error's text if it does not. */
#define MUST(call, e)                                                                              \
    do {                                                                                           \
        const int must_status_ = (call);                                                           \
        ck_assert_msg(must_status_ == OK, "%s failed: %s", #call, (e)->text);                      \
    } while (0)

#endif
